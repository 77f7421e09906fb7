"""Files of a lab opened first by several at once, and those of others, which stay as they are."""

import multiprocessing
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any

import pytest

from knowledge.errors import RecordError
from lab.inventory import Inventory
from lab.logbook import Logbook
from lab.write_ahead import write_ahead

PROCESSES, FILES = 6, 30


def log(file: Path) -> None:
    opened = Logbook(file)
    opened.append("taken on", "e1")
    opened.close()


def stock(file: Path) -> None:
    opened = Inventory(["TiO2"], file)
    opened.weigh("e1", "TiO2", 1.0)
    opened.close()


def _open_each(begin: Callable[[Path], None], folder: Path, barrier: Any) -> None:
    for number in range(FILES):
        try:
            barrier.wait(60)
        except BrokenBarrierError:  # another of them failed, and says why
            return
        begin(folder / f"{number}.sqlite")


@pytest.mark.parametrize("begin", [log, stock])
def test_many_may_be_the_first_to_open_a_file(
    begin: Callable[[Path], None], tmp_path: Path
) -> None:
    forked = multiprocessing.get_context("fork")
    barrier = forked.Barrier(PROCESSES)
    arguments = (begin, tmp_path, barrier)
    processes = [forked.Process(target=_open_each, args=arguments) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(100)
        if process.exitcode:
            barrier.abort()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    for number in range(FILES):
        file = tmp_path / f"{number}.sqlite"
        if begin is log:
            assert len(Logbook(file).entries()) == PROCESSES
        else:
            assert Inventory.look(file).weighed_g("TiO2") == PROCESSES


@pytest.mark.parametrize("begin", [log, stock])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_database_of_something_else_stays_byte_for_byte(
    begin: Callable[[Path], None], mode: str, tmp_path: Path
) -> None:
    """Nor is the way in which it keeps its changes another one then."""
    file = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"pragma journal_mode = {mode}")
        database.execute("create table mine (a)")
    before = file.read_bytes()
    with pytest.raises(RecordError, match="name another file"):
        begin(file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_changing_the_mode_waits_for_who_is_writing_and_not_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite"
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as one,
        closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as other,
    ):
        one.execute("begin exclusive")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            write_ahead(other, wait_s=0.02)
        one.execute("commit")
        write_ahead(other, wait_s=0.02)
        assert one.execute("pragma journal_mode").fetchone() == ("wal",)
