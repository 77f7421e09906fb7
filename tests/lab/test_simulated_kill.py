"""A simulated lab that is killed before each of its writes ends as one that never was.

A transaction is killed when all of it but the commit is done: that is where the last one is on disk
and this one is not.
"""

import multiprocessing
import os
import signal
import sqlite3
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from knowledge.outcome import Outcome
from lab import Unsubmitted
from lab.simulated import FaultRates, SimulatedLab
from tests.lab.test_simulated import opened, recipe

MISHAPS = FaultRates(wrong_mass=0.5, contaminated_crucible=1.0, overshoot=0.5, noticed=0.5)
# Bottles of two finenesses, so tight that a mass that is too large is refused.
BOTTLES = [
    {"formula": f, "lot": lot, "grams": grams, "particle_size_um": um}
    for f, grams in (("BaCO3", 2.7), ("TiO2", 1.1))
    for lot, um in (("A", 0.5), ("B", 8.0))
]
RECIPES = {"e1": recipe(1000, 4), "e2": recipe(1100, 4), "gone": recipe(900), "late": recipe(950)}
WRITES = ("insert", "update", "delete", "create")


class End(NamedTuple):
    """What a campaign comes to."""

    outcomes: dict[str, Outcome]
    now_h: float
    left_g: dict[str, float]
    free_g: dict[str, float]


def lab_in(folder: Path) -> SimulatedLab:
    return opened(
        stock=BOTTLES, faults=MISHAPS, batch_wait_h=2.0,
        state=folder / "state.db", inventory_file=folder / "stock.db",
    )  # fmt: skip


def campaign(folder: Path) -> End:
    """Three are taken on and one of them cancelled; after a pause, in which time passes, a fourth.

    It can be started again wherever it stopped, as campaigns can.
    """
    lab = lab_in(folder)
    for name in ("e1", "e2", "gone"):
        lab.submit(RECIPES[name], name)
    lab.cancel("gone")
    if isinstance(lab.look("late"), Unsubmitted):
        lab.pause()
        lab.wait(["e1", "e2"])
        lab.resume()
        lab.submit(RECIPES["late"], "late")
    found: dict[str, Outcome] = {}
    while left := [name for name in RECIPES if name not in found]:
        for name in left:
            status = lab.look(name)
            if isinstance(status, Outcome):
                found[name] = status
        left = [name for name in left if name not in found]
        assert not left or lab.wait(left)
    stock = lab.stock
    end = End(
        found, lab.now_h,
        {f: stock.left_g(f) for f in ("BaCO3", "TiO2")},
        {f: stock.free_g(f) for f in ("BaCO3", "TiO2")},
    )  # fmt: skip
    lab.close()
    return end


def _doomed(folder: Path, number: int) -> None:
    """The campaign, until it is about to write for the given time; nothing is tidied up."""
    writes, connect = count(1), sqlite3.connect

    def watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        uncommitted = False

        def seen(statement: str) -> None:
            nonlocal uncommitted
            statement = statement.lstrip().lower()
            writes_now = statement.startswith(WRITES)
            if writes_now and connection.in_transaction:
                uncommitted = True
            elif writes_now or (uncommitted and statement.startswith("commit")):
                uncommitted = False
                if next(writes) == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        connection.set_trace_callback(seen)
        return connection

    with pytest.MonkeyPatch.context() as patch:  # in this process alone, which does not live long
        patch.setattr(sqlite3, "connect", watched)
        campaign(folder)


def _killed_at(folder: Path, number: int) -> bool:
    """Whether a campaign in a process of its own came to that many writes, and was killed."""
    folder.mkdir()
    process = multiprocessing.get_context("fork").Process(target=_doomed, args=(folder, number))
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def test_killed_before_any_write_and_started_again(tmp_path: Path) -> None:
    """Same outcomes, same hour, same grams left on the shelf, and nothing promised to anybody."""
    (tmp_path / "steady").mkdir()
    steady = campaign(tmp_path / "steady")
    assert steady.free_g == steady.left_g
    kinds = {f.kind for o in steady.outcomes.values() for f in o.faults}
    assert "cancelled" in kinds
    for number in count(1):
        folder = tmp_path / str(number)
        if not _killed_at(folder, number):
            break
        assert campaign(folder) == steady, f"killed before write {number}"
    assert number > 25  # of four experiments: what they were promised, weighed, and gave
