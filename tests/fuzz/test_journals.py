"""Mutilated journals: a history, or RecordError of one line; never anything else."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import create_engine, text

from agents.campaign import Budget, Campaign
from agents.candidates import Candidates
from agents.commands.status import _as_json, _shown
from agents.history import History
from agents.journal import Event, Journal, campaigns_in, journal_of
from agents.journal.store import JOURNAL
from agents.ledger import Ledger
from agents.pursuit import Pursuit
from agents.steering import say
from knowledge.errors import AthanorError, RecordError
from tests.agents.lab_by_hand import Clock, InOrder, LabByHand

FILES, ROWS, PAYLOADS = 500, 200, 10_000
ODD: list[Any] = [
    None, True, 0, -1, 2**63, 1e308, "", "x", "\u0000", "\ud800", "δ" * 300, [], {}, [[]], [None],
    {"": None}, "2026", b"\xff\x00", "NaN",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, candidates: Candidates) -> Path:
    """A small journal in which every kind of event comes."""
    made = tmp_path_factory.mktemp("whole")
    journal = Journal.in_folder(made, "c")
    lab = LabByHand(says={"c-0000": ["?"]})
    items = candidates.items[:3]
    few = candidates.model_copy(update={"items": items, "unavailable": ()})
    pursuit = Pursuit.with_policy(few, InOrder(few))
    journal.append("reactivity", {"map": "m", "fingerprint": "f", "observations": []})
    Campaign([pursuit], lab, journal, Budget(2), sleep=Clock().sleep).run()
    about = {"target": "BaTiO3", "recipe": items[2].recipe.content_id}
    for kind, payload in (
        ("paused", {}), ("resumed", {}), ("vetoed", about), ("pinned", about), ("stopped", {}),
        ("dropped", {"target": "BaTiO3", "reason": "by Ada: no"}),
    ):  # fmt: skip
        say(journal, kind, "Ada", "because", **payload)
    outcome = Ledger(journal.events()).outcome("c-0001")
    assert outcome is not None
    told = {"experiment_id": "c-0001", "outcome": outcome.model_dump(mode="json")}
    say(journal, "amended", "Ada", "because", **told)
    journal.append("conditions", {"changes": {"seed": 1}, "candidates": {"BaTiO3": "x"}})
    journal.close()
    return made


def one_line(look: Callable[[], object]) -> bool:
    """Whether something worked; if not, it was told in one line."""
    try:
        look()
    except AthanorError as error:
        told = str(error)
        assert told
        assert len(told.splitlines()) == 1, told
        assert len(told) < 1000, told
        return False
    return True


def opened(place: Path) -> object:
    """All that `athanor status` and a campaign read of a folder."""
    for name in campaigns_in(place):
        journal = journal_of(place, name)
        try:
            folded(journal.events())
        finally:
            journal._engine.dispose()
    return None


def folded(events: list[Event]) -> None:
    """Every history in it, and everything that is looked up beside."""
    ledger = Ledger(events)
    for target in ledger.targets:
        assert isinstance(ledger.history(target), History)
    for name in ledger.experiments:
        ledger.suggestion(name)
        ledger.outcome(name)


def test_bytes_flipped_cut_and_spliced(folder: Path, tmp_path: Path) -> None:
    """Of the file, as a disk or a sync tool would: most lie in pages that SQLite itself checks."""
    whole, chance = (folder / JOURNAL).read_bytes(), random.Random(0)
    path = tmp_path / JOURNAL
    worked = 0
    for number in range(FILES):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 1, 4, 64))):
            at = chance.randrange(len(damaged) or 1)
            size = chance.choice((1, 1, 16, 512))
            match number % 5:
                case 0 | 1:
                    damaged[at : at + size] = chance.randbytes(len(damaged[at : at + size]))
                case 2:
                    del damaged[at:]
                case 3:
                    other = chance.randrange(len(whole))
                    damaged[at : at + size] = whole[other : other + size]
                case _:
                    damaged[at:at] = chance.randbytes(size)
        for left in tmp_path.iterdir():
            left.unlink()
        path.write_bytes(damaged)
        worked += one_line(lambda: opened(tmp_path))
    assert 0 < worked < FILES


def test_columns_of_rows_replaced(folder: Path, tmp_path: Path) -> None:
    """SQLite keeps any type in any column. Without a chain made anew each is seen, or harmless."""
    chance = random.Random(1)
    columns = {
        "campaigns": ("last", "digest", "owner", "host", "pid", "since", "name"),
        "journal_events": (
            "campaign", "sequence", "time", "kind", "experiment", "target", "schema_version",
            "payload", "digest",
        ),
    }  # fmt: skip
    shutil.copy(folder / JOURNAL, tmp_path / JOURNAL)
    url = f"sqlite:///{tmp_path / JOURNAL}"
    Journal(url, "c").close()
    whole = (tmp_path / JOURNAL).read_bytes()
    values = [v for v in ODD if not isinstance(v, list | dict) and v != "\ud800" and v != 2**63]
    for _ in range(ROWS):
        (tmp_path / JOURNAL).write_bytes(whole)
        engine = create_engine(url)
        table = chance.choice(list(columns))
        column, value = chance.choice(columns[table]), chance.choice(values)
        where = "" if table == "campaigns" else f" WHERE sequence = {chance.randint(1, 15)}"
        change = text(f"UPDATE OR IGNORE {table} SET {column} = :v{where}")
        with engine.begin() as connection:
            connection.execute(change, {"v": value})
        engine.dispose()
        one_line(lambda: opened(tmp_path))
        one_line(lambda: _as_json(tmp_path))


def mutilated(value: Any, chance: random.Random) -> Any:
    """A JSON value with something in it replaced, dropped, doubled or added."""
    if chance.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return chance.choice([v for v in ODD if not isinstance(v, bytes)])
    if isinstance(value, list):
        at = chance.randrange(len(value))
        kept = [*value[:at], *([value[at]] * chance.randint(0, 2)), *value[at + 1 :]]
        return kept if chance.random() < 0.3 else [
            mutilated(v, chance) if n == at else v for n, v in enumerate(value)
        ]  # fmt: skip
    key = chance.choice(list(value))
    if chance.random() < 0.25:
        return {k: v for k, v in value.items() if k != key}
    if chance.random() < 0.1:
        return {**value, chance.choice(["", "extra", "target"]): chance.choice([None, 1, "x", {}])}
    return {**value, key: mutilated(value[key], chance)}


def test_payloads_mutilated_with_the_chain_made_anew(folder: Path) -> None:
    """As a program would that writes journals of its own: folded and shown, or one line."""
    journal = Journal.in_folder(folder, "c")
    events, chance, worked = journal.events(), random.Random(2), 0
    memory, console = Journal("sqlite://", "c"), Console(file=open("/dev/null", "w"))  # noqa: SIM115
    for number in range(PAYLOADS):
        at = chance.randrange(len(events))
        was = events[at]
        said = json.dumps(mutilated(json.loads(was.text), chance))
        fields = (was.sequence, was.time, was.campaign, was.kind, was.experiment, was.target)
        version = was.schema_version if number % 10 else chance.choice((0, 1, 2, 3, -1))
        changed = [*events[:at], Event(*fields, version, said), *events[at + 1 :]]
        if number % 7 == 0:
            chance.shuffle(changed)
        worked += one_line(lambda changed=changed: folded(changed))  # type: ignore[misc]
        if number % 20 == 0:
            one_line(lambda c=changed: console.print(_shown(memory, Ledger(c))))  # type: ignore[misc]
    assert 0 < worked < PAYLOADS
    journal.close()
    memory.close()


def test_a_row_of_another_type_is_seen_where_its_digest_is_right(tmp_path: Path) -> None:
    """A blob for a text, or a text for a number, whose chain somebody made anew."""
    for column, value in (("time", b"x"), ("schema_version", "two"), ("kind", 7), ("kind", None)):
        url = f"sqlite:///{tmp_path / f'{column}-{value!r}.sqlite'}"
        journal = Journal(url, "c")
        journal.append("note", {})
        with journal._engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA writable_schema = 1")
            connection.exec_driver_sql(
                "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE type = 'table'"
            )
        journal.close()
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE journal_events SET {column} = :v"), {"v": value})
        engine.dispose()
        with pytest.raises(RecordError) as caught:
            Journal(url, "c").events()
        assert len(str(caught.value).splitlines()) == 1
