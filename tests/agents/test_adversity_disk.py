"""Disks that are full, read-only, or robbed; clocks that go back; journals that others keep locked.

A campaign goes on, or stops with one line, and what it had written down before is all there.
"""

import contextlib
import io
import shutil
import sqlite3
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from agents import cli
from agents.campaign import Budget, Campaign, Ending
from agents.candidate_files import write_candidates
from agents.candidates import Candidates
from agents.journal import Event, Journal
from agents.pursuit import Pursuit
from knowledge.errors import AthanorError, RecordError
from tests.agents.lab_by_hand import Clock, InOrder, LabByHand
from tests.agents.small_disk import alone, fill, make_read_only, mount_small


def played(
    candidates: Candidates, lab: LabByHand, journal: Journal, experiments: int = 4
) -> Ending:
    pursuit = Pursuit.with_policy(candidates, InOrder(candidates))
    budget = Budget(experiments)
    return Campaign([pursuit], lab, journal, budget, sleep=Clock().sleep).run()


class Acknowledging(Journal):
    """Keeps what it was told to be written, elsewhere."""

    acknowledged: list[Event]

    def append(self, kind: str, *payloads: dict[str, Any], after: int | None = None) -> list[Event]:
        new = super().append(kind, *payloads, after=after)
        self.acknowledged = [*getattr(self, "acknowledged", []), *new]
        return new


def stopped(
    candidates: Candidates, lab: LabByHand, journal: Acknowledging, hits: str
) -> AthanorError:
    """The one line with which a campaign stops once something happened in the experiment `hits`."""
    with pytest.raises(AthanorError) as caught:
        played(candidates, lab, journal)
    assert len(str(caught.value).splitlines()) == 1
    assert list(lab.fired)[-1] == hits
    return caught.value


def goes_on(
    candidates: Candidates, lab: LabByHand, folder: Path, acknowledged: list[Event]
) -> None:
    """Afterwards nothing that was acknowledged is missing, and the campaign comes to its end."""
    lab.before = lab.after = lambda *_: None
    journal = Journal.in_folder(folder, "c")
    assert journal.events()[: len(acknowledged)] == acknowledged
    assert played(candidates, lab, journal).experiments == 4
    assert len(lab.fired) == 4
    events = journal.events()
    assert [e.sequence for e in events] == list(range(1, len(events) + 1))
    journal.close()


def command(*words: object) -> tuple[int, str]:
    """Exit status and last line on standard error of a command, run in this process."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(said):
        patch.setattr(sys, "argv", ["athanor", *map(str, words)])
        with pytest.raises(SystemExit) as caught, contextlib.redirect_stdout(io.StringIO()):
            cli.main()
    return int(str(caught.value.code)), said.getvalue()


def _on_a_full_disk(folder: Path, candidates: Candidates) -> str:
    mount_small(folder)
    lab, journal = LabByHand(), Acknowledging.in_folder(folder, "c")
    assert isinstance(journal, Acknowledging)
    lab.after = lambda _, name: fill(folder) if name == "c-0001" else None
    error = stopped(candidates, lab, journal, "c-0001")
    with pytest.raises(OSError, match="No space left"):
        write_candidates(folder, 1, candidates)
    assert sorted(p.suffix for p in folder.iterdir() if p.suffix == ".json") == []
    (folder / "ballast").unlink()
    goes_on(candidates, lab, folder, journal.acknowledged)
    return str(error)


def test_a_full_disk(tmp_path: Path, candidates: Candidates) -> None:
    """Filled to the last byte after the lab took on the second experiment; then there is room."""
    said = alone(_on_a_full_disk, tmp_path, candidates)
    assert "full; make room on the disk, then run the same command again" in said


def _read_only(folder: Path) -> list[tuple[int, str]]:
    make_read_only(folder)
    found = [command("status", folder), command("pause", folder, "--why", "smoke")]
    with pytest.raises(AthanorError) as caught:
        Journal.in_folder(folder, "c").append("note", {})
    assert len(str(caught.value).splitlines()) == 1
    return [*found, command("report", folder)]


def test_a_folder_that_cannot_be_written(tmp_path: Path, candidates: Candidates) -> None:
    """A read-only mount of a finished campaign. SQLite needs to write to read, so all refuse."""
    journal = Journal.in_folder(tmp_path, "c")
    played(candidates, LabByHand(), journal)
    journal.close()
    write_candidates(tmp_path, 1, candidates)
    for status, said in alone(_read_only, tmp_path):
        assert status == 2
        assert len(said.splitlines()) == 1, said
        assert "be writable" in said


def test_a_journal_that_another_program_keeps_locked(
    tmp_path: Path, candidates: Candidates
) -> None:
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    lab, journal = LabByHand(), Acknowledging(url, "c", patience_s=0.2)
    others: list[sqlite3.Connection] = []

    def lock(_: str, name: str) -> None:
        if name == "c-0001" and not others:
            others.append(sqlite3.connect(tmp_path / "journal.sqlite"))
            others[0].execute("BEGIN EXCLUSIVE")

    lab.after = lock
    error = stopped(candidates, lab, journal, "c-0001")
    assert "locked; another program keeps it locked: end that one" in str(error)
    others[0].close()
    goes_on(candidates, lab, tmp_path, journal.acknowledged)


@pytest.mark.parametrize("removed", ["journal.sqlite", "."])
def test_a_journal_removed_while_the_campaign_runs(
    tmp_path: Path, candidates: Candidates, removed: str
) -> None:
    """It stops before the next event, which nobody could read; put back, it goes on."""
    folder, kept = tmp_path / "campaign", tmp_path / "kept"
    folder.mkdir()
    lab, journal = LabByHand(), Acknowledging.in_folder(folder, "c")
    assert isinstance(journal, Acknowledging)

    def rob(_: str, name: str) -> None:
        if name == "c-0001":
            shutil.copytree(folder, kept)
            shutil.rmtree(folder) if removed == "." else (folder / removed).unlink()

    lab.after = rob
    error = stopped(candidates, lab, journal, "c-0001")
    assert "moved or removed while the campaign ran: put it back" in str(error)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)
    goes_on(candidates, lab, folder, journal.acknowledged)


def test_a_journal_damaged_while_the_campaign_runs(tmp_path: Path, candidates: Candidates) -> None:
    """Overwritten in the middle: one line, at every command, and no other file is touched."""
    lab, journal = LabByHand(), Journal.in_folder(tmp_path, "c")
    played(candidates, lab, journal)
    journal.close()
    path = tmp_path / "journal.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xa5" * 8192 + whole[16384:])
    with pytest.raises(RecordError) as caught:
        played(candidates, lab, Journal.in_folder(tmp_path, "c"))
    assert len(str(caught.value).splitlines()) == 1
    assert "damaged" in str(caught.value)
    for words in (["status", tmp_path], ["pause", tmp_path, "--why", "x"], ["report", tmp_path]):
        status, said = command(*words)
        assert status == 2
        assert len(said.splitlines()) == 1, said
    path.write_bytes(whole)
    assert played(candidates, lab, Journal.in_folder(tmp_path, "c")).experiments == 4


class Backwards(datetime):
    """A clock that is set back by an hour each time somebody looks."""

    looked = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Backwards":
        cls.looked += 1
        return cls(2026, 3, 29, 12, tzinfo=tz or UTC) - timedelta(hours=cls.looked)


def test_a_clock_set_back_changes_times_and_nothing_else(
    tmp_path: Path, candidates: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, path = Journal("sqlite://", "c"), tmp_path / "other"
    path.mkdir()
    played(candidates, LabByHand(), whole)
    monkeypatch.setattr("agents.journal.store.datetime", Backwards)
    journal = Journal.in_folder(path, "c")
    played(candidates, LabByHand(), journal)
    journal.close()
    events = Journal.in_folder(path, "c").events()
    times = [e.time for e in events]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) > 2
    assert [(e.sequence, e.kind, e.payload) for e in events] == [
        (e.sequence, e.kind, e.payload) for e in whole.events()
    ]
