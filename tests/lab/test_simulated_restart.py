"""A simulated lab that was killed between two calls, or in another shape, and opened again."""

import multiprocessing
import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.outcome import Outcome
from lab import Refused
from lab.safety import Envelope
from lab.simulated import FaultRates, SimulatedLab
from lab.stations import BoxFurnace, Stations
from tests.conformance.restarted_lab import ClockedPausable, RestartedLabConformance
from tests.lab.test_simulated import opened, outcome_of, recipe

# Often enough that a few experiments see them.
MISHAPS = FaultRates(
    wrong_mass=0.3, spilled_sample=0.1, furnace_trip=0.2, overshoot=0.2,
    contaminated_crucible=0.5, failed_scan=0.3, mislabelled_phase=0.2, noticed=0.5,
)  # fmt: skip
SMALL = Stations(furnace=BoxFurnace(units=2, positions=2))
# For about five samples of 2 g, fine and coarse: masses that are wrong may be refused.
BOTTLES = [
    {"formula": f, "lot": lot, "grams": grams, "particle_size_um": um}
    for f, grams in (("BaCO3", 4.0), ("TiO2", 1.6))
    for lot, um in (("A", 0.5), ("B", 8.0))
]


class _Restarts(RestartedLabConformance):
    """Labs in folders of their own; a kill leaves what is on disk at that moment."""

    books = False
    settings: dict[str, Any]

    @pytest.fixture(autouse=True)
    def _folder(self) -> Iterator[None]:
        with tempfile.TemporaryDirectory() as self.folder:
            self.folders: dict[int, str] = {}
            yield

    def make(self) -> ClockedPausable:
        return self._open(tempfile.mkdtemp(dir=self.folder))

    def reopen(self, lab: ClockedPausable) -> ClockedPausable:
        assert isinstance(lab, SimulatedLab)
        left = tempfile.mkdtemp(dir=self.folder)
        shutil.copytree(self.folders.pop(id(lab)), left, dirs_exist_ok=True)
        lab.close()
        return self._open(left)

    def _open(self, folder: str) -> SimulatedLab:
        stock = f"{folder}/stock.db" if self.books else None
        lab = opened(state=f"{folder}/state.db", inventory_file=stock, **self.settings)
        self.folders[id(lab)] = folder
        return lab


class TestRestarts(_Restarts):
    settings = {"stock": ["BaCO3", "TiO2"]}


class TestFaultyRestarts(_Restarts):
    settings = {"stock": BOTTLES, "faults": MISHAPS, "stations": SMALL, "batch_wait_h": 3.0}


class TestFaultyRestartsWithBooks(TestFaultyRestarts):
    books = True


OLD = """
create table experiments (
    id text primary key, recipe_id text not null, replicate integer not null,
    recipe text not null, outcome text);
create table lab (fingerprint text not null);
"""


def test_a_file_from_before_events_were_kept_opens(tmp_path: Path) -> None:
    """Outcomes are known; what was open is taken up on a fresh floor, in its order."""
    now = opened(state=tmp_path / "now.db")
    for name, hot_c in (("done", 1000), ("open", 1100), ("hot", 1200)):
        now.submit(recipe(hot_c), name)
    done = outcome_of(now, "done")
    now.close()
    with sqlite3.connect(tmp_path / "old.db") as old:
        old.executescript(OLD)
        old.execute("attach ? as now", (str(tmp_path / "now.db"),))
        for table in ("experiments", "lab"):
            old.execute(f"insert into main.{table} select * from now.{table}")
    old.close()
    steady = opened()
    for name, hot_c in (("open", 1100), ("hot", 1200)):
        steady.submit(recipe(hot_c), name)
    first = opened(state=tmp_path / "old.db")
    assert first.look("done") == done
    assert first.now_h == 0
    assert outcome_of(first, "open") == outcome_of(steady, "open")
    first.close()
    second = opened(state=tmp_path / "old.db")
    assert second.now_h == steady.now_h
    assert outcome_of(second, "hot") == outcome_of(steady, "hot")
    assert second.now_h == steady.now_h


def test_another_floor_begins_anew_with_what_is_open(tmp_path: Path) -> None:
    """Other stations: the past cannot be lived through again, and no outcome is lost."""
    lab = opened(state=tmp_path / "state.db")
    lab.submit(recipe(1000), "done")
    done = outcome_of(lab, "done")
    lab.submit(recipe(1000), "open")
    lab.pause()
    lab.close()
    lab = opened(state=tmp_path / "state.db", stations=SMALL)
    assert lab.now_h == 0
    assert lab.look("done") == done
    assert not lab.wait(["open"])
    lab.resume()
    replicate = outcome_of(lab, "open")
    assert replicate.phases != done.phases  # measured anew, as the second of its recipe


def test_what_may_not_be_fired_any_more_is_taken_off_the_floor(tmp_path: Path) -> None:
    lab = opened(state=tmp_path / "state.db")
    lab.submit(recipe(1300), "hot")
    lab.submit(recipe(1000), "cool")
    lab.close()
    cautious = Envelope(max_temperature_c=1100)
    for _ in range(2):
        lab = opened(state=tmp_path / "state.db", envelope=cautious)
        status = lab.look("hot")
        assert isinstance(status, Outcome)
        assert [f.kind for f in status.faults] == ["refused"]
        assert outcome_of(lab, "cool").status == "measured"
        lab.close()


def test_a_promise_ends_with_the_process_that_kept_no_state(tmp_path: Path) -> None:
    """Killed with one sample in the furnace and one promised: the next lab may have the second."""
    books = tmp_path / "stock.db"
    doomed = multiprocessing.get_context("fork").Process(target=_killed_at_work, args=(books,))
    doomed.start()
    doomed.join(60)
    assert doomed.exitcode == -signal.SIGKILL
    lab = opened(stock=_for_samples(2), inventory_file=books)
    assert lab.stock.promised == ()
    lab.submit(recipe(), "mine")
    with pytest.raises(Refused, match="promised to others"):
        lab.submit(recipe(), "too many")
    assert outcome_of(lab, "mine").status == "measured"


def _for_samples(count: int) -> list[dict[str, Any]]:
    # A microgram more, for what rounding takes.
    grams = recipe().masses_g(2.0)
    return [{"formula": f, "grams": round(count * g + 1e-5, 6)} for f, g in grams.items()]


def _killed_at_work(books: Path) -> None:
    lab = opened(stock=_for_samples(2), inventory_file=books)
    lab.submit(recipe(), "e1")
    lab.wait(["e1"])
    lab.submit(recipe(), "e2")
    os.kill(os.getpid(), signal.SIGKILL)
