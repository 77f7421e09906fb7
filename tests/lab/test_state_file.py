"""A state file that cannot be used: told in one line, and nothing is begun that is not on disk."""

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from lab import Unsubmitted
from lab.archive import Archive
from lab.inventory import Inventory
from tests.lab.test_simulated import opened, outcome_of, recipe


@contextmanager
def no_room(file: Path) -> Iterator[None]:
    """Let no file of this process grow beyond what the log of a state file is now."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = Path(f"{file}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_could_not_be_written_was_not_begun(tmp_path: Path) -> None:
    """Without room nothing changes, be it a new experiment, an end or a cancel; with room it does,
    and all comes to the same end at the same hour as in a lab that always had room."""
    file = tmp_path / "state.db"
    lab, steady = opened(state=file), opened()
    for each in (lab, steady):
        each.submit(recipe(1000), "e1")
        each.submit(recipe(900), "gone")
    with no_room(file):
        for attempt in (
            lambda: lab.submit(recipe(1100), "e2"),
            lambda: lab.cancel("gone"),
            lambda: lab.pause(),
            lambda: lab.poll("e1"),
        ):
            with pytest.raises(RecordError, match=r"lab\.state is .*state\.db") as error:
                attempt()
            assert "\n" not in str(error.value)
    assert isinstance(lab.look("e2"), Unsubmitted)
    steady.poll("e1")
    assert lab.look("e1") == steady.look("e1")
    for each in (lab, steady):
        each.submit(recipe(1100), "e2")
    assert outcome_of(lab, "gone") == outcome_of(steady, "gone")
    assert outcome_of(lab, "e2") == outcome_of(steady, "e2")
    now_h = lab.now_h
    lab.close()
    assert opened(state=file).now_h == now_h == steady.now_h


def test_the_disk_is_full(tmp_path: Path) -> None:
    """SQLite answers alike where the pages are used up that a database may have."""
    archive = Archive(tmp_path / "state.db")
    archive._db._db.execute("pragma max_page_count = 1")
    with pytest.raises(RecordError, match="its disk is full: make room"):
        archive.add("e" * 20_000, recipe())  # more than the page that it may have is left of
    assert archive.open_count == 0


def test_one_lab_at_a_time(tmp_path: Path) -> None:
    """In this process and in another; a lab that was closed or forgotten is none."""
    file = tmp_path / "state.db"
    lab = opened(state=file)
    lab.submit(recipe(), "e1")
    told = r"lab\.state is .*state\.db, on which another lab is running: wait until"
    with pytest.raises(RecordError, match=told):
        opened(state=file)
    other = f"from lab.archive import Archive\nArchive({str(file)!r})"
    elsewhere = subprocess.run(
        [sys.executable, "-c", other], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert "on which another lab is running" in elsewhere.stderr
    assert isinstance(lab.poll("e1"), Outcome)  # who has it is not disturbed
    lab.close()
    again = opened(state=file)
    assert isinstance(again.look("e1"), Outcome)
    del again
    assert isinstance(opened(state=file).look("e1"), Outcome)


def test_settings_that_are_none_let_go_of_the_file(tmp_path: Path) -> None:
    for stock in ([{"formula": "BaCO3", "grams": -1}], ["no formula"]):
        with pytest.raises(Exception, match=r"grams|formula"):
            opened(state=tmp_path / "state.db", stock=stock)
    with pytest.raises(RecordError, match="batch_wait_h"):
        opened(state=tmp_path / "state.db", batch_wait_h=-1)
    opened(state=tmp_path / "state.db")


@pytest.mark.parametrize("kind", ["inventory", "other"])
def test_a_database_of_something_else_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "file.db"
    if kind == "inventory":
        Inventory(["BaCO3"], file).close()
    else:
        with sqlite3.connect(file) as other:
            other.execute("create table events (x)")
        other.close()
    before = file.read_bytes()
    with pytest.raises(RecordError, match=r"a database of something else.*: give another file"):
        Archive(file)
    assert file.read_bytes() == before


def test_a_damaged_file(tmp_path: Path) -> None:
    """Where pages are gone, and where a recipe is none any more."""
    file = tmp_path / "state.db"
    lab = opened(state=file)
    for number in range(30):
        lab.submit(recipe(900 + number), f"e{number}")
    lab.close()
    whole = file.read_bytes()
    for damaged in (
        whole[:4096] + b"\xa5" * (len(whole) - 4096),
        whole.replace(b'"precursors"', b'"precursers"'),
    ):
        file.write_bytes(damaged)
        with pytest.raises(
            RecordError, match=r"which is damaged .*put a copy in its place"
        ) as error:
            opened(state=file)
        assert "\n" not in str(error.value)
    file.write_bytes(whole)
    assert opened(state=file).wait(["e0"])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="has to become another user")
def test_a_file_that_may_not_be_written() -> None:
    """By a user who may read it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "state.db")
        Archive(file).close()
        file.chmod(0o444)
        Path(folder).chmod(0o555)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.setuid(65534)
            try:
                Archive(file)
            except RecordError as error:
                os.write(writing, str(error).encode())
            os._exit(0)
        os.close(writing)
        os.waitpid(child, 0)
        with os.fdopen(reading) as pipe:
            assert "which cannot be written" in pipe.read()
