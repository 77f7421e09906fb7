"""What happened, append-only, in SQL. Everything else is folded from it.

An event row, version 1: sequence, time, campaign, kind, schema version, JSON payload. The kinds
in the order they come for one experiment:

    reactivity  what was known of pairs of solids, its hash, and where from: before `started` if
                a map was given, and again whenever newer knowledge is taken in
    started     target, settings and knowledge fingerprint; once
    decided     experiment id and suggestion, written before the lab hears of it; the
                suggestions of one decision are written together or not at all
    submitted   the lab took it on
    finished    the outcome (also of an experiment that the lab refused)
    ended       why the campaign stopped, and its best experiment
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Integer, String, Text, create_engine, event, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import StaticPool

from agents.history import CompletedExperiment, History, PendingExperiment, Suggestion
from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Target
from knowledge.record import canonical_json

SCHEMA_VERSION = 1


class _Base(DeclarativeBase):
    pass


class _EventRow(_Base):
    __tablename__ = "events"
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    time: Mapped[str] = mapped_column(String(32))
    campaign: Mapped[str] = mapped_column(String(128), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    schema_version: Mapped[int] = mapped_column(Integer)
    payload: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Event:
    """One row of the journal."""

    sequence: int
    time: str
    campaign: str
    kind: str
    schema_version: int
    payload: dict[str, Any]


class Journal:
    """The events of one campaign in a database that may hold others.

    SQLite files are opened in WAL mode with full synchronisation: what was appended survives a
    power cut. `sqlite://` keeps everything in memory.
    """

    def __init__(self, url: str, campaign: str) -> None:
        self.campaign = campaign
        try:
            self._engine = open_database(url)
            _Base.metadata.create_all(self._engine)
        except SQLAlchemyError as error:
            raise RecordError(f"cannot open the journal {url}: {cause_of(error)}") from error

    @classmethod
    def in_folder(cls, folder: Path, campaign: str) -> "Journal":
        """The journal of a campaign folder, made if it is not there."""
        return cls(f"sqlite:///{folder / 'journal.sqlite'}", campaign)

    def append(self, kind: str, *payloads: dict[str, Any]) -> None:
        """Write events of one kind, all or none; they are safe on disk when this returns."""
        rows = [
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "campaign": self.campaign,
                "kind": kind,
                "schema_version": SCHEMA_VERSION,
                "payload": canonical_json(payload),
            }
            for payload in payloads
        ]
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_EventRow), rows)
        except SQLAlchemyError as error:
            raise RecordError(f"cannot write to the journal: {cause_of(error)}") from error

    def events(self) -> list[Event]:
        """All events of the campaign, in order. Raises RecordError for a newer schema."""
        return list(self._read())

    def _read(self) -> Iterator[Event]:
        query = select(_EventRow).where(_EventRow.campaign == self.campaign)
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(query.order_by(_EventRow.sequence)).all()
        except SQLAlchemyError as error:
            raise RecordError(f"cannot read the journal: {cause_of(error)}") from error
        for row in rows:
            if row.schema_version > SCHEMA_VERSION:
                raise RecordError(
                    f"event {row.sequence} was written by a newer version (schema "
                    f"{row.schema_version}, this one reads {SCHEMA_VERSION}): update Athanor"
                )
            yield Event(
                row.sequence, row.time, row.campaign, row.kind, row.schema_version,
                json.loads(row.payload),
            )  # fmt: skip

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def fold(events: list[Event], target: Target) -> History:
    """The history that the events tell: decided experiments, with outcomes where there are any."""
    suggestions: dict[str, Suggestion] = {}
    outcomes: dict[str, Outcome] = {}
    watermark = 0
    for entry in events:
        watermark = entry.sequence
        if entry.kind == "decided":
            suggestion = Suggestion.model_validate(entry.payload["suggestion"])
            suggestions[entry.payload["experiment_id"]] = suggestion
        elif entry.kind == "finished":
            outcome = Outcome.model_validate(entry.payload["outcome"])
            outcomes.setdefault(outcome.experiment_id, outcome)
    completed = [
        CompletedExperiment(experiment_id=i, suggestion=suggestions[i], outcome=o)
        for i, o in outcomes.items()
    ]
    pending = [
        PendingExperiment(experiment_id=i, suggestion=s)
        for i, s in suggestions.items()
        if i not in outcomes
    ]
    return History(
        target=target, completed=tuple(completed), pending=tuple(pending), watermark=watermark
    )


def campaigns_in(folder: Path) -> list[str]:
    """Names of the campaigns in a folder's journal. Raises RecordError where there is none."""
    path = folder / "journal.sqlite"
    if not path.is_file():
        raise RecordError(
            f"{folder} holds no campaign (no journal.sqlite): give the folder that `athanor run` "
            "named"
        )
    try:
        engine = open_database(f"sqlite:///{path}")
        with engine.connect() as connection:
            names = connection.execute(select(_EventRow.campaign).distinct()).scalars().all()
        engine.dispose()
    except SQLAlchemyError as error:
        raise RecordError(f"{path} is not a journal: {cause_of(error)}") from error
    return sorted(names)


def open_database(url: str) -> Engine:
    """An engine that keeps what it commits, for any SQLAlchemy URL. Raises SQLAlchemyError."""
    if url in ("sqlite://", "sqlite:///:memory:"):
        return create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _durable(connection: Any, _: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()

    return engine


def cause_of(error: SQLAlchemyError) -> str:
    """What a database said went wrong, in one line."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
