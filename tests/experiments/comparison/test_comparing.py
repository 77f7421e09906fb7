"""A comparison that is run: decided, gone on with after it was stopped, and told."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.comparison.comparing import Comparison, Watching, compare
from experiments.comparison.contest import contest_of
from experiments.comparison.differences import MEASURES
from experiments.comparison.rows import crew
from experiments.study.store import read_results
from knowledge.errors import AthanorError
from tests.commands import command

QUICK = ["study.worlds=[easy]", "budget.experiments=8", "literature=frequency"]
BROKEN = "tests.experiments.comparison.cases.Broken"


def run(
    folder: Path, words: list[str], against: str, most: int | None, *, limits: bool = False,
    there: Callable[[int], None] = lambda _: None,
) -> Comparison:  # fmt: skip
    """A comparison in a folder, in this process."""
    contest = contest_of([*words, *QUICK, f"study.folder={folder}"], against, most, limits)
    with crew(1) as hands:
        return compare(contest, MEASURES["experiments"], 0.02, hands, Watching(there=there))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return run(tmp_path_factory.mktemp("whole"), ["policy=thermo"], f"random,{BROKEN}", 17)


def test_seeds_are_added_for_those_alone_of_whom_nothing_is_decided(
    undisturbed: Comparison,
) -> None:
    rows = undisturbed.rows
    seeds = rows.groupby("policy")["seed"].apply(list)
    assert seeds["thermo"] == seeds["random"] == list(range(17))
    assert undisturbed.verdicts["random"].kind == "undecided"
    assert seeds["Broken"] == list(range(13))  # decided in the second round
    assert undisturbed.verdicts["Broken"].kind == "better"
    assert undisturbed.finished.failed == 13


def test_differences_are_those_of_the_same_seeds(undisturbed: Comparison) -> None:
    spent = {
        policy: [len(row.yields) if row.made else 9 for row in own.itertuples()]
        for policy, own in undisturbed.rows.groupby("policy")
    }
    saved = (np.array(spent["random"]) - np.array(spent["thermo"])) / 9
    assert undisturbed.verdicts["random"].found.values == pytest.approx(saved)
    assert set(spent["Broken"]) == {9}


def test_stopped_and_gone_on_with_it_comes_to_the_same(
    undisturbed: Comparison, tmp_path: Path
) -> None:
    class Stopped(Exception):
        """What ends a process, at a moment of its own."""

    seen = 0

    def there(campaigns: int) -> None:
        nonlocal seen
        seen += campaigns
        if seen >= 50:  # in the second round
            raise Stopped

    with pytest.raises(Stopped):
        run(tmp_path, ["policy=thermo"], f"random,{BROKEN}", 17, there=there)
    assert not (tmp_path / "results.parquet").exists()
    again = run(tmp_path, ["policy=thermo"], f"random,{BROKEN}", 17)
    assert again.verdicts["random"].known.low.tolist() == (
        undisturbed.verdicts["random"].known.low.tolist()
    )
    whole = undisturbed.contest.study.folder
    pd.testing.assert_frame_equal(read_results([tmp_path]), read_results([whole]))
    assert (tmp_path / "results.parquet").read_bytes() == (whole / "results.parquet").read_bytes()


def test_limits_are_run_on_seeds_that_the_others_had_and_asked_nothing(tmp_path: Path) -> None:
    found = run(tmp_path, ["policy=thermo"], "hottest", 2, limits=True)
    assert found.contest.limits == ("oracle", "random")
    assert found.verdicts.keys() == {"hottest"}
    assert sorted(found.rows.groupby("policy")["seed"].count()) == [2, 2, 2, 2]
    assert list(dict.fromkeys(read_results([tmp_path])["policy"])) == [
        "thermo", "hottest", "oracle", "random",
    ]  # fmt: skip


def test_a_policy_of_ones_own_that_raises_is_told_and_counts_as_not_made(tmp_path: Path) -> None:
    (tmp_path / "broken_policy.py").write_text(
        "class Mine:\n"
        "    name = 'mine'\n"
        "    def __init__(self, **_): ...\n"
        "    def suggest(self, history, count): raise RuntimeError('no idea')\n"
    )
    found = command(
        "agents.cli", "compare", "policy=broken_policy.Mine", "--against", "random", *QUICK,
        "study.seeds=3", "--no-limits", "--processes", "1", "--figure", "a.svg", cwd=tmp_path,
    )  # fmt: skip
    assert found.returncode == 1
    assert found.stdout.startswith("Mine needs ")
    assert "undecided, after 3 seeds (6 campaigns)" in found.stdout
    assert "3 of 3 campaigns of Mine failed with an error and count as not made" in found.stdout
    assert "RuntimeError: no idea" in found.stderr
    folder = tmp_path / "comparisons" / "Mine-against-random"
    assert (folder / "comparison.html").stat().st_size > 1_000_000  # plotly is in it
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["policy=thermo", "--against", "random", "--margin", "1"], "--margin 1: give a share"),
        (["policy=thermo", "--against", "random", "--at-most", "1"], "--at-most 1: give 2"),
        (["policy=thermo", "--against", "random", "--processes", "0"], "--processes 0: give 1"),
        (["policy=thermo", "--against", "random", "--figure", "a.gif"], "name a file that ends in"),
        (["--against", "random"], "no policy=: name the one policy"),
    ],
)
def test_a_command_that_cannot_be_is_one_line(words: list[str], told: str, tmp_path: Path) -> None:
    found = command("agents.cli", "compare", *words, cwd=tmp_path)
    assert found.returncode == 2
    assert told in found.stderr
    assert found.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_error_tells_of_no_option_that_compare_lacks(tmp_path: Path) -> None:
    words = ["policy=thermo", "--against", "random", "yield_asked=2"]
    found = command("agents.cli", "compare", *words, cwd=tmp_path)
    assert found.returncode == 2
    assert "yield_asked is 2" in found.stderr
    assert "--cfg" not in found.stderr


def test_the_folder_of_another_study_is_refused(undisturbed: Comparison) -> None:
    with pytest.raises(AthanorError, match="another study"):
        run(undisturbed.contest.study.folder, ["policy=thermo", "yield_asked=0.5"], "random", 17)


def test_nothing_is_written_of_what_cannot_be_run(tmp_path: Path) -> None:
    with pytest.raises(AthanorError, match="no policy is called 'nobody'"):
        run(tmp_path / "none", ["policy=nobody"], "random", 17)
    assert not (tmp_path / "none").exists()
