"""The log of a lab: added to, shared, and never half written."""

import sqlite3
import threading
from pathlib import Path

import pytest

from knowledge.errors import RecordError
from lab.logbook import Logbook


def test_what_was_written_is_read_back_in_order(tmp_path: Path) -> None:
    log = Logbook(tmp_path / "new folder" / "log.sqlite")
    log.append("taken on", "e1", recipe={"a": 1.5}, note="ö")
    log.append("taken on", "e2")
    log.append("done", "e1")
    log.close()
    again = Logbook(tmp_path / "new folder" / "log.sqlite")
    assert [(e.kind, e.experiment) for e in again.entries()] == [
        ("taken on", "e1"), ("taken on", "e2"), ("done", "e1"),
    ]  # fmt: skip
    assert again.of("e1")[0].content == {"recipe": {"a": 1.5}, "note": "ö"}
    assert [e.kind for e in again.of("e1")] == ["taken on", "done"]
    assert again.of("e3") == []


def test_all_of_a_block_or_none(tmp_path: Path) -> None:
    log, other = (Logbook(tmp_path / "log.sqlite") for _ in range(2))

    def interrupted() -> None:
        with log.writing():
            log.append("one", "e1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert other.entries() == []
    with log.writing():
        log.append("one", "e1")
        with log.writing():  # a block within a block is part of it
            log.append("two", "e1")
        assert other.entries() == []
    assert [e.kind for e in other.entries()] == ["one", "two"]


def test_only_one_of_many_finds_the_place_empty(tmp_path: Path) -> None:
    logs = [Logbook(tmp_path / "log.sqlite") for _ in range(8)]
    barrier = threading.Barrier(len(logs))

    def take(log: Logbook) -> None:
        barrier.wait()
        with log.writing():
            if not log.of("e1"):
                log.append("taken on", "e1")

    threads = [threading.Thread(target=take, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(logs[0].entries()) == 1


def test_without_a_file_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log = Logbook()
    log.append("taken on", "e1")
    assert len(log.entries()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "other.sqlite"
    text.write_text("no database at all, and long enough to be told from one" * 20)
    with sqlite3.connect(other) as database:
        database.execute("create table mine (a)")
    for file in (text, other):
        before = file.read_bytes()
        with pytest.raises(RecordError, match="name another"):
            Logbook(file)
        assert file.read_bytes() == before
    with pytest.raises(RecordError, match="cannot use"):
        Logbook(text / "below")


def test_damage_is_told(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    log = Logbook(file)
    log.append("taken on", "e1")
    log.close()
    with sqlite3.connect(file) as database:
        database.execute("update entries set content = '{'")
    with pytest.raises(RecordError, match=r"log\.sqlite is damaged"):
        Logbook(file).entries()
