"""Experiments to the first success: figures by hand, a killed run goes on, bad input in a line."""

import json
from functools import partial
from pathlib import Path

import pytest

from experiments.first_comparison import summary
from tests.commands import command as process


def test_figures_by_hand() -> None:
    """Two worlds; the second policy reaches its target in one, and counts as 21 in the other."""
    told = summary({"ours": [1, 3], "theirs": [5, 21]}, budget=20)
    assert told["ours"] == {
        "experiments": {"mean": 2.0, "low": 1.0, "high": 3.0},
        "reached": 2,
        "worlds": 2,
    }
    assert told["theirs"]["reached"] == 1
    assert told["theirs"]["more"] == {"mean": 11.0, "low": 4.0, "high": 18.0}


command = partial(process, "experiments.first_comparison")


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    asked = ("--targets", "BaTiO3", "--budget", 2, "--json", out)
    first = command(*asked, "--worlds", 1, "--policies", "thermo")
    assert first.returncode == 0, first.stderr
    before = out.with_suffix(".csv").read_text()
    second = command(*asked, "--worlds", 2, "--policies", "thermo,hottest")
    assert second.returncode == 0, second.stderr
    after = out.with_suffix(".csv").read_text()
    assert after.startswith(before)
    assert len(after.splitlines()) == 1 + 4
    told = json.loads(out.read_text())["BaTiO3"]
    assert list(told["summary"]) == ["thermo", "hottest"]
    assert all(1 <= n <= 3 for counts in told["experiments"].values() for n in counts)
    assert "more than thermo" in second.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--worlds", 0), "--worlds 0"),
        (("--budget", 0), "--budget 0"),
        (("--policies", "nobody"), "no policy is called 'nobody'"),
        (("--targets", "BaUO4", "--policies", "thermo"), "nothing there brings U"),
        (("--json", "nowhere/out.json"), "there is no folder nowhere"),
    ],
)
def test_bad_input_is_one_line(more: tuple[object, ...], said: str) -> None:
    done = command(*more)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
