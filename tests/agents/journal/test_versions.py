"""Journals of older and newer versions of Athanor."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from agents.campaign import Budget, Campaign
from agents.candidates import Candidates
from agents.journal import SCHEMA_VERSION, Event, Journal, campaigns_in, events, rows, store
from agents.ledger import Ledger
from agents.policies.random import RandomPolicy
from agents.pursuit import Pursuit
from knowledge.errors import RecordError
from knowledge.record import canonical_json
from lab.simulated import SimulatedLab

TIME = "2026-01-02T03:04:05.678+00:00"
CONDITIONS = {"settings": {"seed": 0}, "seed": 0}


def played(candidates: Candidates, lab: SimulatedLab, journal: Journal, budget: Budget) -> int:
    """How many experiments the campaign had when it ended."""
    pursuit = Pursuit.with_policy(candidates, RandomPolicy(candidates, 0))
    return Campaign([pursuit], lab, journal, budget, CONDITIONS).run().experiments


def as_version_1(url: str, written: Sequence[Event]) -> None:
    """Write events into the one table that version 1 had, as it wrote them."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE events (sequence INTEGER NOT NULL PRIMARY KEY, time VARCHAR(32) "
                "NOT NULL, campaign VARCHAR(128) NOT NULL, kind VARCHAR(32) NOT NULL, "
                "schema_version INTEGER NOT NULL, payload TEXT NOT NULL)"
            )
        )
        for event in written:
            payload = dict(event.payload)
            if event.kind == "started":
                (target,) = payload.pop("targets")
                formula = target["formula"]
                payload["target"] = target
                payload["candidates"] = payload["candidates"][formula]
                payload["unavailable"] = payload["unavailable"][formula]
                del payload["seed"]
            connection.execute(
                text("INSERT INTO events VALUES (:s, :t, 'c', :k, 1, :p)"),
                {
                    "s": event.sequence,
                    "t": TIME,
                    "k": event.kind,
                    "p": canonical_json(payload),
                },
            )
    engine.dispose()


def old_rows(url: str) -> list[tuple[Any, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM events ORDER BY sequence")).all()
    engine.dispose()
    return [tuple(row) for row in found]


def test_a_journal_of_version_1_goes_on(
    url: str, candidates: Candidates, lab: SimulatedLab
) -> None:
    """It says the same, is not changed, and its campaign goes on as if it were of this version."""
    whole = Journal("sqlite://", "c")
    played(candidates, SimulatedLab(3, lab.inventory), whole, Budget(2, stop_at_success=False))
    as_version_1(url, whole.events())
    before = old_rows(url)
    journal = Journal(url, "c")
    opened = journal.events()
    assert [e.sequence for e in opened] == [e.sequence for e in whole.events()]
    assert {e.schema_version for e in opened} == {1}
    old, new = Ledger(opened), Ledger(whole.events())
    assert old.targets == new.targets
    assert old.candidates == new.candidates
    assert old.history(candidates.target) == new.history(candidates.target)
    assert old.started is not None
    assert old.started.payload["seed"] == 0
    more = journal.append("paused", {"who": "Ada", "why": "lunch"})
    assert more[0].schema_version == SCHEMA_VERSION
    assert more[0].sequence == opened[-1].sequence + 1
    journal.close()
    assert old_rows(url) == before
    again = Journal(url, "c")
    assert again.events() == [*opened, *more]
    again.append("resumed", {"who": "Ada", "why": "back"})
    assert played(candidates, lab, again, Budget(4, stop_at_success=False)) == 4
    assert Ledger(again.events()).experiments[:2] == old.experiments
    assert old_rows(url) == before


def test_two_campaigns_of_version_1_in_one_file(tmp_path: Path) -> None:
    """They shared one count of events, so that numbers are missing in each."""
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    as_version_1(url, [])
    engine = create_engine(url)
    with engine.begin() as connection:
        for sequence, name in enumerate("abab", 1):
            connection.execute(
                text("INSERT INTO events VALUES (:s, :t, :c, 'note', 1, :p)"),
                {"s": sequence, "t": TIME, "c": name, "p": json.dumps({"n": sequence})},
            )
    assert campaigns_in(tmp_path) == ["a", "b"]
    assert [e.payload["n"] for e in Journal(url, "a").events()] == [1, 3]
    assert [e.payload["n"] for e in Journal(url, "b").events()] == [2, 4]
    journal = Journal(url, "b")
    journal.append("note", {"n": 5})
    assert [e.payload["n"] for e in Journal(url, "b").events()] == [2, 4, 5]


@pytest.mark.parametrize("payload", ["{}", "[]", "nothing", '{"outcome": 3}'])
def test_a_damaged_journal_of_version_1_is_told_in_one_line(tmp_path: Path, payload: str) -> None:
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    as_version_1(url, [])
    with create_engine(url).begin() as connection:
        connection.execute(
            text("INSERT INTO events VALUES (1, :t, 'c', 'finished', 1, :p)"),
            {"t": TIME, "p": payload},
        )
    with pytest.raises(RecordError, match="damaged at event 1") as caught:
        Journal(url, "c")
    assert len(str(caught.value).splitlines()) == 1


def test_a_newer_version_is_not_guessed_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written by a program whose version is one higher."""
    with monkeypatch.context() as newer:
        for module in (events, rows, store):
            newer.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
        Journal(url, "c").append("started", {"all is": "other now"})
    with pytest.raises(RecordError, match=r"newer version \(schema 3.*reads 2\): update Athanor"):
        Journal(url, "c").events()
