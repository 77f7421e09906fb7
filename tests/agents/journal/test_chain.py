"""Whatever is altered in a journal is seen when it is read, and told in one line."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, text

from agents.journal import Event, Journal
from agents.ledger import Ledger
from knowledge.errors import RecordError

COUNT = 5
COLUMNS = ("time", "kind", "experiment", "target", "schema_version", "payload", "digest")


@contextmanager
def altering(url: str) -> Iterator[Connection]:
    """A connection of somebody who alters a journal behind Athanor's back."""
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def written(url: str) -> str:
    """A journal of five events, and another campaign beside it."""
    journal = Journal(url, "c")
    for number in range(COUNT):
        journal.append("note", {"number": number, "words": "it's 100 %"})
    Journal(url, "other").append("note", {})
    journal.close()
    return url


def is_seen(url: str) -> None:
    """Every way to read the journal raises RecordError, in one line that names the damage."""
    with pytest.raises(RecordError, match="damaged") as caught:
        Journal(url, "c").events()
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(RecordError):
        Journal(url, "c").append("note", {})


@pytest.mark.parametrize("sequence", [1, 3, COUNT])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_altered(written: str, column: str, sequence: int) -> None:
    value = 1 if column == "schema_version" else "other"
    with altering(written) as connection:
        connection.execute(
            text(f"UPDATE journal_events SET {column} = :v WHERE campaign = 'c' AND sequence = :s"),
            {"v": value, "s": sequence},
        )
    is_seen(written)
    assert len(Journal(written, "other").events()) == 1


@pytest.mark.parametrize("sequence", [1, 2, COUNT])
def test_a_row_deleted(written: str, sequence: int) -> None:
    with altering(written) as connection:
        connection.execute(
            text("DELETE FROM journal_events WHERE campaign = 'c' AND sequence = :s"),
            {"s": sequence},
        )
    is_seen(written)


@pytest.mark.parametrize("left", range(COUNT))
def test_the_tail_cut(written: str, left: int) -> None:
    with altering(written) as connection:
        connection.execute(
            text("DELETE FROM journal_events WHERE campaign = 'c' AND sequence > :s"), {"s": left}
        )
    is_seen(written)


def test_two_rows_swapped(written: str) -> None:
    with altering(written) as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(
                text("UPDATE journal_events SET sequence = :n WHERE sequence = :o"),
                {"o": old, "n": new},
            )
    is_seen(written)


def test_an_event_moved_from_another_campaign(written: str) -> None:
    with altering(written) as connection:
        connection.execute(text("DELETE FROM journal_events WHERE campaign='c' AND sequence = 1"))
        connection.execute(text("UPDATE journal_events SET campaign='c' WHERE campaign='other'"))
    is_seen(written)


@pytest.mark.parametrize("value", [0, COUNT - 1, COUNT + 1, -1, 2**31 - 1])
def test_the_end_of_the_chain_altered(written: str, value: int) -> None:
    with altering(written) as connection:
        connection.execute(text("UPDATE campaigns SET last = :v WHERE name = 'c'"), {"v": value})
    is_seen(written)


def test_altered_while_a_journal_is_open(written: str) -> None:
    """What was read already is not read again; what comes after it no longer fits."""
    journal = Journal(written, "c")
    assert len(journal.events()) == COUNT
    with altering(written) as connection:
        connection.execute(text("UPDATE campaigns SET digest = 'x' WHERE name = 'c'"))
    with pytest.raises(RecordError, match="damaged"):
        journal.append("note", {})
    with pytest.raises(RecordError, match="damaged"):
        journal.refresh()


@given(place=st.integers(0, 10_000), byte=st.integers(32, 126))
@settings(max_examples=40, deadline=None)
def test_any_letter_of_a_payload_changed(place: int, byte: int) -> None:
    """In memory, letter by letter."""
    journal = Journal("sqlite://", "c")
    (event,) = journal.append("note", {"number": 1, "words": "it's 100 %"})
    at = place % len(event.text)
    other = event.text[:at] + chr(byte) + event.text[at + 1 :]
    with journal._engine.begin() as connection:
        connection.execute(text("UPDATE journal_events SET payload = :v"), {"v": other})
    fresh = Journal("sqlite://", "c")
    fresh._engine = journal._engine
    if other == event.text:
        assert fresh.events() == [event]
        return
    with pytest.raises(RecordError, match=r"damaged at event 1 \('note'\)"):
        fresh.events()


def test_the_digest_is_of_everything_that_an_event_says() -> None:
    """Known answer: SHA-256 of the digest before and the fields, and then of the payload."""
    event = Event(1, "t", "c", "k", "e", "f", 2, "{}")
    written = "('', 1, 't', 'c', 'k', 'e', 'f', 2){}"
    assert event.chained("") == hashlib.sha256(written.encode()).hexdigest()


@pytest.mark.parametrize("payload", ["[]", "null", "{", '{"a":' * 100_000, "1" * 5000])
def test_a_payload_that_says_nothing_is_told_in_one_line(payload: str) -> None:
    """The chain is right, as in a journal that another program wrote."""
    with pytest.raises(RecordError, match="damaged at event 1") as caught:
        Ledger([Event(1, "t", "c", "started", "", "", 2, payload)])
    assert len(str(caught.value).splitlines()) == 1
