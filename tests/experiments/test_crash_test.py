"""Killed campaigns lose nothing; and what is lost, there twice or otherwise would be noticed."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.journal import Journal, campaigns_in, journal_of
from agents.journal.store import JOURNAL
from experiments.crash.check import compared, left_in
from experiments.crash.child import ACKNOWLEDGED, SAME, Boundaries
from experiments.crash.plan import planned
from experiments.crash.rows import Row
from experiments.crash.shapes import CAMPAIGN, STATE, STOCK
from experiments.record_table import as_text
from knowledge.record import canonical_json
from tests.commands import command

# Files are made, the journal begun, the first experiment decided; the middle, the report.
BOUNDARIES = (3, 31, 42, 110, 200, 340)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple["CompletedProcess[str]", Path]:
    """Some campaigns killed in three ways, and the folder with what they left."""
    folder = tmp_path_factory.mktemp("crash")
    cases = [*(f"boundary:{n}" for n in BOUNDARIES), "random:1", "lab:1"]
    words = ("--only", "one", "--json", folder / "crash.json", "--keep", folder / "kept")
    return command("experiments.crash_test", *words, "--case", *cases), folder


def test_campaigns_killed_at_writes_at_random_and_with_their_lab_lose_nothing(
    killed: tuple["CompletedProcess[str]", Path],
) -> None:
    done, folder = killed
    assert done.returncode == 0, done.stderr + done.stdout
    found = json.loads((folder / "crash.json").read_text())
    assert (found["lost"], found["duplicated"], found["diverged"]) == (0, 0, 0)
    assert found["boundaries_killed_at"] == len(BOUNDARIES)
    assert found["kills"] > len(BOUNDARIES)
    assert {part["way"] for part in found["by_shape"]} == {"boundary", "random", "lab"}
    assert not found["wrong"]


@pytest.fixture(scope="module")
def good(killed: tuple["CompletedProcess[str]", Path]) -> Path:
    """What one of them left."""
    return killed[1] / "kept" / f"one-boundary-{BOUNDARIES[3]}"


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    """A copy of that, to tamper with."""
    return Path(shutil.copytree(good, tmp_path / "copy"))


def change(file: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement, values)


def rewritten(folder: Path, change: Callable[[str, dict[str, object]], bool]) -> None:
    """Write the journal anew, its chain whole, with the events that `change` keeps."""
    journal = journal_of(folder / CAMPAIGN)
    name, events = journal.campaign, journal.events()
    journal.close()
    (folder / CAMPAIGN / JOURNAL).unlink()
    (folder / ACKNOWLEDGED).unlink()
    new = Journal.in_folder(folder / CAMPAIGN, name)
    for event in events:
        payload = json.loads(event.text)
        if change(event.kind, payload):
            new.append(event.kind, payload)
    new.close()


def test_nothing_is_wrong_with_a_copy(folder: Path, good: Path) -> None:
    assert compared(left_in(folder), left_in(good), whole=True).good


def test_a_lost_outcome_is_noticed(folder: Path, good: Path) -> None:
    # Five experiments were measured, three refused: this drops the first outcome of all.
    seen = list[str]()

    def keep(kind: str, _: dict[str, object]) -> bool:
        seen.append(kind)
        return kind != "finished" or seen.count("finished") > 1

    rewritten(folder, keep)
    verdict = compared(left_in(folder), left_in(good), whole=False)
    # Decided without an outcome, and the lab has one that the journal lacks.
    assert verdict.lost == 2
    assert verdict.duplicated == 0
    assert verdict.diverged > 0


def test_an_outcome_that_the_lab_lost_is_noticed(folder: Path, good: Path) -> None:
    change(folder / STATE, "update experiments set outcome = null where rowid = 2")
    assert compared(left_in(folder), left_in(good), whole=True).lost == 1


def test_an_acknowledged_event_that_is_missing_is_noticed(folder: Path, good: Path) -> None:
    with (folder / ACKNOWLEDGED).open("a") as stream:
        stream.write(canonical_json([99, "2026-01-01", "submitted", "e", "0" * 16]) + "\n")
    verdict = compared(left_in(folder), left_in(good), whole=True)
    assert (verdict.lost, verdict.duplicated, verdict.diverged) == (1, 0, 0)
    assert "event 99 (submitted e) was acknowledged" in verdict.told


def test_an_event_that_was_lost_and_written_again_is_noticed(folder: Path, good: Path) -> None:
    """It is the same but for its time."""
    lines = (folder / ACKNOWLEDGED).read_text().splitlines()
    row = json.loads(lines[2])
    row[1] = "2020-01-01T00:00:00.000+00:00"
    (folder / ACKNOWLEDGED).write_text("\n".join([*lines[:2], canonical_json(row)]) + "\n")
    assert compared(left_in(folder), left_in(good), whole=True).lost == 1


def test_a_recipe_fired_under_another_id_is_noticed(folder: Path, good: Path) -> None:
    change(
        folder / STATE,
        "insert into experiments select 'x', recipe_id, 1, recipe, null from experiments limit 1",
    )
    assert compared(left_in(folder), left_in(good), whole=True).duplicated == 1


def test_an_experiment_taken_on_twice_is_noticed(folder: Path, good: Path) -> None:
    change(
        folder / STATE,
        "insert into events select 1000, kind, id, ended, idle from events "
        "where kind = 'submitted' limit 1",
    )
    verdict = compared(left_in(folder), left_in(good), whole=True)
    assert (verdict.lost, verdict.duplicated, verdict.diverged) == (0, 1, 0)


def test_powder_weighed_twice_is_noticed(folder: Path, good: Path) -> None:
    change(folder / STOCK, "update lots set weighed_ug = weighed_ug + 1 where stocked_ug is null")
    verdict = compared(left_in(folder), left_in(good), whole=True)
    # One microgram too much of BaCO3 and of the second lot of TiO2: both are bought as needed.
    assert (verdict.lost, verdict.duplicated, verdict.diverged) == (0, 2, 0)


def test_another_result_is_noticed(folder: Path, good: Path) -> None:
    def keep(_: str, payload: dict[str, object]) -> bool:
        outcome = payload.get("outcome")
        if isinstance(outcome, dict) and outcome["experiment_id"].endswith("0001"):
            outcome["lab_time_h"] += 1e-9
        return True

    rewritten(folder, keep)
    verdict = compared(left_in(folder), left_in(good), whole=True)
    assert (verdict.lost, verdict.duplicated, verdict.diverged) == (0, 0, 1)


def test_the_name_of_a_campaign_makes_no_difference(good: Path) -> None:
    left = left_in(good)
    name = campaigns_in(good / CAMPAIGN)[0]
    assert name not in repr(left)
    assert len({e for kind, e, _ in left.events if kind == "decided"}) == len(left.of("decided"))


def test_statements_that_write_are_boundaries(tmp_path: Path) -> None:
    """A transaction that only reads writes nothing at its end."""
    watch = Boundaries(str(tmp_path), kill_at=None, count=True)
    with closing(watch.connect(tmp_path / "a.sqlite", isolation_level=None)) as database:
        for statement in (
            "create table t (x)", "begin", "select * from t", "commit", "begin immediate",
            "insert into t values (1)", "update t set x = 2", "commit", "select * from t",
            "insert into t values (3)",
        ):  # fmt: skip
            database.execute(statement)
    assert watch.names == [
        "a.sqlite create table t",
        "a.sqlite insert into t",
        f"a.sqlite update t set{SAME}",
        f"a.sqlite commit{SAME}",
        "a.sqlite insert into t",
    ]


@given(st.integers(1, 2000), st.lists(st.lists(st.booleans(), min_size=1), min_size=1, max_size=5))
def test_a_plan_kills_as_often_as_asked(kills: int, same: list[list[bool]]) -> None:
    boundaries = {f"s{n}": [SAME if s else "w" for s in each] for n, each in enumerate(same)}
    cases = planned(kills, boundaries)
    assert len(set(cases)) == len(cases)
    at_most = {"boundary": 1, "both": 6}
    # Two kills more than asked where the last of random moments has three.
    assert kills <= sum(at_most.get(c.way, 3) for c in cases) <= kills + 2
    chosen = [c for c in cases if c.way == "boundary"]
    assert all(1 <= c.number <= len(boundaries[c.shape]) for c in chosen)
    if any(boundaries[c.shape][c.number - 1] == SAME for c in chosen):  # all others come first
        changed = {
            (s, n) for s, each in boundaries.items() for n, w in enumerate(each, 1) if w == "w"
        }
        assert changed - {(c.shape, c.number) for c in chosen} == set()


def test_other_code_s_rows_are_not_gone_on_with(tmp_path: Path) -> None:
    row = Row(
        shape="one", way="random", number=1, kills=3, starts=4, lost=0, duplicated=0, diverged=0,
        seconds=1.0, of="another",
    )  # fmt: skip
    (tmp_path / "crash.csv").write_text(as_text([row], Row))
    words = ("--kills", 3, "--json", tmp_path / "crash.json", "--resume")
    done = command("experiments.crash_test", *words)
    assert done.returncode == 2
    assert "is of other code or of another seed" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--kills", "0"), "--kills 0: give 1 to"),
        (("--seed", "-1"), "--seed -1: give zero or above"),
        (("--resume",), "--resume goes on with the table beside --json"),
        (("--only", "none"), "--only none: there are one, mishaps, shared, thermo, random"),
        (("--boundary", "3"), "give --only SHAPE"),
        (("--only", "one", "--boundary", "0"), "--case boundary:0: give WAY:N, with N from 1"),
        (("--only", "one", "--case", "axe:1"), "--case axe:1: give WAY:N"),
    ],
)
def test_bad_arguments_are_told_in_one_line(words: tuple[str, ...], told: str) -> None:
    done = command("experiments.crash_test", *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
