"""The comparison of policies: figures by hand, a killed run goes on, bad input in one line."""

import json
from functools import partial
from pathlib import Path

import pytest

from experiments.compare_policies import differences, scores
from experiments.paired_campaigns import Step
from experiments.paired_study import Found
from tests.commands import command as process


def campaign(policy: str, target: str, seed: int, *yields: float) -> tuple[Step, ...]:
    """Made at 0.5."""
    return tuple(
        Step(
            run="r", target=target, seed=seed, policy=policy, number=n, recipe="", probability=0.5,
            low=0.1, high=0.9, weight_fraction=y, cpu_s=0.5,
            ending=None if n < len(yields) - 1 else "made" if y >= 0.5 else "recipes spent",
        )
        for n, y in enumerate(yields)
    )  # fmt: skip


@pytest.fixture
def found() -> Found:
    """Two targets in two worlds with at most three experiments."""
    told = [
        campaign("ours", "A", 0, 0.6), campaign("ours", "A", 1, 0.1, 0.7),
        campaign("ours", "B", 0, 0.1, 0.2, 0.3), campaign("ours", "B", 1, 0.9),
        campaign("theirs", "A", 0, 0.1, 0.6), campaign("theirs", "A", 1, 0.1, 0.2, 0.3),
        campaign("theirs", "B", 0, 0.0, 0.0, 0.0), campaign("theirs", "B", 1, 0.1, 0.1, 0.1),
    ]  # fmt: skip
    campaigns = {(c[0].policy, c[0].target, c[0].seed): c for c in told}
    return Found(campaigns, ["A", "B"], [0, 1], {})


def test_scores_by_hand(found: Found) -> None:
    told = scores(found, "ours", 3)
    assert told["reached"]["mean"] == 0.75
    assert told["targets_a_world"] == 1.5
    assert told["experiments_to_success"] == pytest.approx(4 / 3, abs=1e-4)
    assert told["experiments_capped"]["mean"] == (1 + 2 + 4 + 1) / 4
    assert told["best_yield"]["mean"] == pytest.approx((0.6 + 0.7 + 0.3 + 0.9) / 4, abs=1e-4)
    assert told["cpu_s_per_suggestion"] == 0.5
    assert told["by_target"] == {"A": 2, "B": 1}
    assert scores(found, "theirs", 3)["experiments_capped"]["mean"] == (2 + 4 + 4 + 4) / 4


def test_differences_by_hand(found: Found) -> None:
    told = differences(found, "ours", "theirs", 3)
    assert told["reached"]["mean"] == 0.5
    assert told["experiments_saved"]["mean"] == (1 + 2 + 0 + 3) / 4
    assert told["mcnemar"] == {"only_ours": 2, "only_theirs": 0, "p_value": 0.5}
    back = differences(found, "theirs", "ours", 3)
    assert back["reached"]["mean"] == -0.5
    assert (back["reached"]["low"], back["reached"]["high"]) == (
        -told["reached"]["high"],
        -told["reached"]["low"],
    )


command = partial(process, "experiments.compare_policies")


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    targets, out = tmp_path / "targets.csv", tmp_path / "out.json"
    targets.write_text("target\nBaZrO3\nBaUO4\n")
    asked = ("--targets", targets, "--json", out, "--lab", "easy", "--experiments-per-target", 1)
    first = command(*asked, "--policies", "thermo", "--seeds", 1)
    assert first.returncode == 0, first.stderr
    table = out.with_suffix(".csv")
    before = table.read_text().splitlines()[1]  # with the time it took: never written twice
    second = command(*asked, "--policies", "thermo,hottest", "--seeds", 2)
    assert second.returncode == 0, second.stderr
    lines = table.read_text().splitlines()
    assert (len(lines), lines[1]) == (5, before)
    told = json.loads(out.read_text())
    assert (told["worlds"], told["targets"], told["reference"]) == (2, 1, "thermo")
    assert list(told["untried"]) == ["BaUO4"]
    assert list(told["differences"]) == ["hottest"]
    assert "not tried: BaUO4" in second.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--targets", "nowhere.csv"), "nowhere.csv"),
        (("--seeds", 0), "--seeds 0"),
        (("--first-seed", -1), "--first-seed -1"),
        (("--yield-asked", 2), "yield_asked is 2"),
        (("--experiments-per-target", 0), "experiments is 0"),
        (("--policies", "nobody"), "no policy is called 'nobody'"),
        (("--reference", "gp"), "--reference gp"),
        (("--json", "nowhere/out.json"), "there is no folder nowhere"),
    ],
)
def test_bad_input_is_one_line(more: tuple[object, ...], said: str, tmp_path: Path) -> None:
    targets = tmp_path / "targets.csv"
    targets.write_text("target\nBaZrO3\n")
    done = command("--targets", targets, "--policies", "thermo", *more)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
