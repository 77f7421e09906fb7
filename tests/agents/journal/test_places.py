"""Where a campaign's journal is, also after its first process was killed before it had begun it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.journal import Journal, begin_in, campaigns_in, journal_of
from agents.journal.store import JOURNAL
from knowledge.errors import RecordError


def empty_file(folder: Path) -> None:
    """As after the first pragma."""
    with sqlite3.connect(folder / JOURNAL) as database:
        database.execute("pragma journal_mode=wal")


def first_table(folder: Path) -> None:
    """As after the first of the tables."""
    empty_file(folder)
    with sqlite3.connect(folder / JOURNAL) as database:
        database.execute(
            "create table campaigns (name varchar(200) primary key not null, last integer not null,"
            " digest varchar(64) not null, owner varchar(16) not null, host varchar(255) not null,"
            " pid integer not null, since varchar(32) not null)"
        )


def all_tables(folder: Path) -> None:
    """As before the first row."""
    Journal.in_folder(folder, "first").close()


@pytest.mark.parametrize("killed_after", [empty_file, first_table, all_tables])
def test_a_journal_that_nobody_had_begun_yet_is_begun_by_the_same_command(
    tmp_path: Path, killed_after: Callable[[Path], None]
) -> None:
    killed_after(tmp_path)
    with pytest.raises(RecordError, match="run the command that was to begin one"):
        campaigns_in(tmp_path)

    journal = begin_in(tmp_path, "first")
    with journal.owned():
        journal.append("started", {"targets": []})
    journal.close()

    assert [e.kind for e in journal_of(tmp_path).events()] == ["started"]
    assert campaigns_in(tmp_path) == ["first"]


def test_a_begun_campaign_keeps_its_name(tmp_path: Path) -> None:
    journal = begin_in(tmp_path, "first")
    journal.append("started", {"targets": []})
    journal.close()

    assert begin_in(tmp_path, "second").campaign == "first"
