"""A PostgreSQL server that goes away while a campaign writes, and comes back."""

from collections.abc import Iterator
from threading import Timer
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from agents.journal import Journal, NotOwnerError
from experiments.postgres_server import PostgresServer
from knowledge.errors import RecordError


@pytest.fixture
def journal(server_url: str) -> Iterator[Journal]:
    journal = Journal(server_url, "c")
    yield journal
    journal.close()


def numbers(url: str) -> list[int]:
    return [e.payload["number"] for e in Journal(url, "c").events()]


def test_what_was_acknowledged_is_there_after_a_kill(
    server_url: str, journal: Journal, postgres: PostgresServer
) -> None:
    """Killed and started again between two appends: the second one goes through by itself."""
    with journal.owned():
        for number in range(3):
            journal.append("note", {"number": number})
            postgres.kill()
            postgres.start()
    journal.append("note", {"number": 3})
    assert numbers(server_url) == [0, 1, 2, 3]


def test_an_append_waits_for_a_server_that_comes_back(
    server_url: str, journal: Journal, postgres: PostgresServer
) -> None:
    journal.append("note", {"number": 0})
    postgres.kill()
    later = Timer(0.6, postgres.start)
    later.start()
    journal.append("note", {"number": 1})
    later.join()
    assert numbers(server_url) == [0, 1]


def test_a_server_that_stays_away_is_told_in_one_line(
    server_url: str, postgres: PostgresServer
) -> None:
    journal = Journal(server_url, "c", patience_s=0.5)
    journal.append("note", {"number": 0})
    postgres.stop()
    try:
        for act in (journal.refresh, lambda: journal.append("note", {"number": 1})):
            with pytest.raises(RecordError, match="see that the database server runs") as caught:
                act()
            assert len(str(caught.value).splitlines()) == 1
        with pytest.raises(RecordError, match="cannot open the journal") as caught:
            Journal(server_url, "c", patience_s=0.5)
        assert postgres.password not in str(caught.value)
    finally:
        postgres.start()
    assert numbers(server_url) == [0]


class AnswerLost:
    """The server commits, and the answer does not come through: as often as is said."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> None:
        self.left, self._wrote = times, False
        event.listen(engine, "before_cursor_execute", self._executed)
        self._commit = engine.dialect.do_commit
        monkeypatch.setattr(engine.dialect, "do_commit", self._committed)

    def _executed(self, _: Connection, __: object, statement: str, *___: object) -> None:
        self._wrote |= statement.startswith("INSERT INTO journal_events")

    def _committed(self, connection: Any) -> None:
        self._commit(connection)
        if self._wrote and self.left:
            self._wrote, self.left = False, self.left - 1
            connection.close()
            raise OperationalError("COMMIT", {}, Exception("server closed the connection"))
        self._wrote = False


@pytest.mark.parametrize("times", [1, 3])
def test_an_append_whose_answer_was_lost_is_not_written_twice(
    server_url: str, journal: Journal, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append("note", {"number": 0})
    lost = AnswerLost(journal._engine, monkeypatch, times)
    new = journal.append("note", {"number": 1}, {"number": 2}, after=1)
    assert lost.left == times - 1
    assert [e.payload["number"] for e in new] == [1, 2]
    journal.append("note", {"number": 3})
    assert numbers(server_url) == [0, 1, 2, 3]


def test_a_commit_whose_answer_was_lost_is_not_written_twice(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(server_url, "c", at_once=True)
    journal.append("note", {"number": 0})
    journal.append("note", {"number": 1})
    AnswerLost(journal._engine, monkeypatch)
    journal.commit()
    journal.append("note", {"number": 2})
    journal.close()
    assert numbers(server_url) == [0, 1, 2]


def test_two_hosts_are_two_sessions(server_url: str) -> None:
    """The lease is the server's, whatever files the hosts share or do not."""
    here, there = Journal(server_url, "c"), Journal(server_url, "c")
    with here.owned():
        assert there.is_run()
        sessions = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory'")
        with create_engine(server_url).connect() as connection:
            assert connection.execute(sessions).scalar_one() == 1
    assert not there.is_run()


def test_a_lease_lost_with_the_server_is_taken_again(
    server_url: str, journal: Journal, postgres: PostgresServer
) -> None:
    """The owner's session ended with the server; its next write brings the lease back first."""
    with journal.owned():
        journal.append("note", {"number": 0})
        postgres.kill()
        postgres.start()
        journal.append("note", {"number": 1})
        assert Journal(server_url, "c").is_run()
    assert not Journal(server_url, "c").is_run()


def test_a_lease_that_another_took_meanwhile_stops_the_first(
    server_url: str, journal: Journal, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is back first after a kill owns it; the other one's writes are fenced off."""
    monkeypatch.setattr("agents.journal.lease._PATIENCE_S", 0.3)
    with journal.owned():
        journal.append("note", {"number": 0})
        postgres.kill()
        postgres.start()
        second = Journal(server_url, "c")
        with second.owned():
            second.append("note", {"number": 1})
            with pytest.raises(NotOwnerError, match="taken over"):
                journal.append("note", {"number": 2})
            second.append("note", {"number": 3})
    assert numbers(server_url) == [0, 1, 3]
