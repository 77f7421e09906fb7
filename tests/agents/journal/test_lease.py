"""A campaign is run by one process; who that is can be seen, and a dead one leaves nothing."""

import os
import re
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from agents.journal import Journal, NotOwnerError
from agents.journal.lease import Lease
from knowledge.errors import RecordError
from tests.agents.journal.processes import Other, keeps, owned_elsewhere, soon


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds for a lease that is not let go."""
    monkeypatch.setattr(Lease.take, "__defaults__", (0.3,))


def test_a_second_process_is_told_in_one_line_who_runs_it(url: str) -> None:
    journal = Journal(url, "c")
    with owned_elsewhere(url, "c") as other:
        with pytest.raises(NotOwnerError) as caught, journal.owned():
            pytest.fail("both own it")
        said = str(caught.value)
        assert len(said.splitlines()) == 1
        pid = re.search(
            r"run by process (\d+) on (\S+), since 20\d\d-\d\d-\d\d \d\d:\d\d UTC", said
        )
        assert pid is not None
        assert int(pid[1]) == other._process.pid
        assert pid[2] == os.uname().nodename
        assert "athanor status" in said


def test_a_killed_process_leaves_nothing_to_clear_away(url: str) -> None:
    journal = Journal(url, "c")
    with owned_elsewhere(url, "c") as other:
        assert journal.is_run()
        other.kill()
        # A server sees it when the socket closes; a file's lock is gone with its process.
        assert soon(lambda: not journal.is_run())
        with journal.owned():
            assert str(os.getpid()) in str(journal.owner)


def test_let_go_in_order(url: str) -> None:
    journal = Journal(url, "c")
    other = Other(keeps, url, "c")
    assert other.hears() == "owns it"
    other.tell("let go")
    assert other.hears() == "let go"
    with journal.owned():
        journal.append("note", {})
    assert not journal.is_run()


def test_looking_does_not_disturb(url: str) -> None:
    """While one looks again and again, the owner appends, and others are told the same."""
    owner, looker = Journal(url, "c"), Journal(url, "c")
    with owner.owned():
        for number in range(20):
            assert looker.is_run()
            owner.append("note", {"number": number})
            assert len(looker.refresh()) == 1
    assert not looker.is_run()


def test_the_owner_itself_may_look(url: str) -> None:
    """It is not another process, and it keeps the lease."""
    owner, other = Journal(url, "c"), Journal(url, "c")
    with owner.owned():
        assert not owner.is_run()
        assert other.is_run()
        with pytest.raises(NotOwnerError), other.owned():
            pytest.fail("both own it")


def test_looking_never_keeps_a_campaign_from_beginning(url: str) -> None:
    looker, owner = Journal(url, "c"), Journal(url, "c")
    for _ in range(20):
        assert not looker.is_run()
        with owner.owned():
            pass


def test_campaigns_of_one_database_have_leases_of_their_own(url: str) -> None:
    with owned_elsewhere(url, "one"), Journal(url, "two").owned():
        assert Journal(url, "one").is_run()
        assert not Journal(url, "three").is_run()


def test_people_speak_while_a_process_owns_it(url: str) -> None:
    with owned_elsewhere(url, "c"):
        Journal(url, "c").append("paused", {"who": "Ada", "why": "smoke"})
    assert [e.kind for e in Journal(url, "c").events()] == ["paused"]


def test_who_lost_the_lease_writes_nothing_more(url: str) -> None:
    """Fencing: another took over, as after a server died; the first one's token is of no use."""
    first = Journal(url, "c")
    with first.owned():
        first.append("note", {"who": "first"})
        with create_engine(url).begin() as connection:
            connection.execute(text("UPDATE campaigns SET owner = 'another' WHERE name = 'c'"))
        with pytest.raises(NotOwnerError, match="taken over c: this one stops"):
            first.append("note", {"who": "first, late"})
    assert [e.payload["who"] for e in Journal(url, "c").events()] == ["first"]


def test_a_lease_that_cannot_be_taken_is_told_in_one_line(tmp_path: Path) -> None:
    journal = Journal.in_folder(tmp_path, "c")
    path = next(iter(_lock_files(journal)))
    path.mkdir()
    with pytest.raises(RecordError, match="cannot take the lease") as caught, journal.owned():
        pytest.fail("it is owned")
    assert len(str(caught.value).splitlines()) == 1


def _lock_files(journal: Journal) -> list[Path]:
    lock = journal._lease._lock
    assert lock is not None
    return [Path(lock.lock_file)]


def test_a_process_waits_a_moment_for_one_that_ends(url: str) -> None:
    journal = Journal(url, "c")
    other = Other(keeps, url, "c")
    assert other.hears() == "owns it"
    other.tell("let go")
    began = time.monotonic()
    with journal.owned():
        assert time.monotonic() - began < 5
    other.end()
