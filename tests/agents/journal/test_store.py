"""What was appended is there, once, in order, whoever else appends to the same journal."""

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection

from agents.journal import Journal, NotOwnerError, campaigns_in
from knowledge.errors import RecordError
from tests.agents.journal.processes import Other, appends

# What SQL, shells, paths and patterns take for something else.
ODD = ["it's", '"; DROP TABLE campaigns; --', "100%", "a_b", "a%s", ":name", "δ" * 200]
NAMES = st.sampled_from(ODD) | st.text(min_size=1, max_size=200).filter(str.isprintable)


def note(number: int) -> dict[str, int]:
    return {"number": number}


def test_two_journals_see_what_the_other_appends(url: str) -> None:
    one, other = Journal(url, "c"), Journal(url, "c")
    first = one.append("note", note(1))
    assert other.refresh() == first
    second = other.append("note", note(2))
    assert one.refresh() == second
    assert one.refresh() == []
    assert [e.payload for e in one.events()] == [note(1), note(2)]
    assert one.events() == other.events() == Journal(url, "c").events()
    assert [e.sequence for e in one.events()] == [1, 2]


def test_an_append_returns_what_others_wrote_before(url: str) -> None:
    """So that whoever folds what it returns misses nothing."""
    one, other = Journal(url, "c"), Journal(url, "c")
    theirs = other.append("note", note(1))
    new = one.append("note", note(2))
    assert new[:1] == theirs
    assert [e.payload for e in new] == [note(1), note(2)]
    assert one.refresh() == []


def test_after_nothing_is_written_when_somebody_spoke(url: str) -> None:
    one, other = Journal(url, "c"), Journal(url, "c")
    one.append("started", {})
    seen = one.last
    other.append("paused", {"who": "Ada", "why": "smoke"})
    assert one.append("note", note(1), note(2), after=seen) == []
    assert one.last == seen
    assert [e.kind for e in one.refresh()] == ["paused"]
    assert [e.payload for e in one.append("note", note(1), after=one.last)] == [note(1)]
    assert [e.kind for e in other.events()] == ["started", "paused", "note"]


def test_a_batch_is_written_whole_or_not_at_all(url: str) -> None:
    """The third row of a batch is refused by the database: the first two are not there either."""
    journal = Journal(url, "c")
    journal.append("note", note(0))
    with create_engine(url).begin() as connection:
        connection.execute(text("CREATE UNIQUE INDEX once ON journal_events (campaign, payload)"))
    with pytest.raises(RecordError, match="cannot write to the journal"):
        Journal(url, "c", patience_s=0).append("note", note(1), note(2), note(0))
    assert [e.payload for e in Journal(url, "c").events()] == [note(0)]
    journal.append("note", note(1), note(2))
    assert [e.payload for e in Journal(url, "c").events()] == [note(0), note(1), note(2)]


def test_processes_that_append_at_once_lose_nothing(url: str) -> None:
    count = 15
    others = [Other(appends, url, "c", who, count) for who in "ab"]
    for other in others:
        other.tell("go")
    assert [other.hears() for other in others] == ["done", "done"]
    events = Journal(url, "c").events()
    assert [e.sequence for e in events] == list(range(1, 2 * count + 1))
    for who in "ab":
        mine = [e.payload["number"] for e in events if e.payload["who"] == who]
        assert mine == list(range(count))


def test_campaigns_in_one_database_are_apart(url: str) -> None:
    one, other = Journal(url, "one"), Journal(url, "other")
    for number in range(3):
        one.append("note", note(number))
        other.append("note", note(-number))
    assert [e.payload for e in Journal(url, "one").events()] == [note(0), note(1), note(2)]
    assert [e.payload for e in Journal(url, "other").events()] == [note(0), note(-1), note(-2)]
    assert [e.sequence for e in other.events()] == [1, 2, 3]
    with one.owned(), other.owned():
        one.append("note", note(9))
    assert len(Journal(url, "other").events()) == 3


class Counted:
    """Transactions that were committed after writing something, as the database is told."""

    def __init__(self, engine: Engine) -> None:
        self.commits = self.statements = 0
        event.listen(engine, "commit", self._committed)
        event.listen(engine, "before_cursor_execute", self._executed)

    def _committed(self, _: Connection) -> None:
        self.commits += 1

    def _executed(self, _: Connection, __: object, statement: str, *___: object) -> None:
        self.statements += statement.startswith(("INSERT", "UPDATE"))


def test_at_once_all_is_in_one_transaction_and_nothing_before(url: str) -> None:
    journal = Journal(url, "c", at_once=True)
    counted = Counted(journal._engine)
    with journal.owned():
        for number in range(20):
            journal.append("note", note(number))
        journal.append("note", note(20), after=journal.last)
    assert (counted.commits, counted.statements) == (0, 0)
    assert Journal(url, "c").events() == []
    assert [e.payload for e in journal.events()] == [note(n) for n in range(21)]
    journal.commit()
    assert counted.commits == 1
    assert Journal(url, "c").events() == journal.events()
    journal.close()
    assert counted.commits == 1


def test_at_once_and_another_wrote_meanwhile(url: str) -> None:
    journal = Journal(url, "c", at_once=True)
    journal.append("note", note(1))
    Journal(url, "c").append("note", note(2))
    with pytest.raises(NotOwnerError, match="another process wrote to c meanwhile"):
        journal.commit()
    assert [e.payload for e in Journal(url, "c").events()] == [note(2)]


@given(name=NAMES, words=st.text(alphabet=string.printable + "'\"%;δ", max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_name_and_any_words_come_back_as_they_are(name: str, words: str) -> None:
    journal = Journal("sqlite://", name)
    new = journal.append("note", {"words": words})
    other = Journal("sqlite://", f"{name}x"[:200])
    assert [e.payload["words"] for e in journal.events()] == [words]
    assert journal.events() == new
    assert other.events() == []


@given(name=NAMES)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_name_in_a_database_shared_with_others(server_url: str, name: str) -> None:
    before = Journal(server_url, "bystander").events()
    journal = Journal(server_url, name)
    length = len(journal.events())
    journal.append("note", note(length))
    assert [e.payload for e in Journal(server_url, name).events()][length:] == [note(length)]
    assert Journal(server_url, "bystander").events() == before
    journal.close()


def test_a_name_longer_than_its_column_is_told_in_one_line(server_url: str) -> None:
    with pytest.raises(RecordError, match="too long") as caught:
        Journal(server_url, "n" * 201).append("note", note(1))
    assert len(str(caught.value).splitlines()) == 1


def test_a_folder_says_which_campaigns_it_holds(tmp_path: Path) -> None:
    for name in ("b'\"", "a%"):
        journal = Journal.in_folder(tmp_path, name)
        journal.append("note", note(1))
        journal.close()
    assert campaigns_in(tmp_path) == ["a%", "b'\""]
