"""The journal of a campaign: append events, read them back, own the campaign."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from agents.journal import rows
from agents.journal.database import open_database, shown, told
from agents.journal.events import SCHEMA_VERSION, Event, about
from agents.journal.lease import Lease, NotOwnerError, Owner
from agents.journal.rows import End
from agents.journal.tables import OldEventRow, make_tables, tables_in
from knowledge.errors import RecordError
from knowledge.record import canonical_json

# For a database that another program keeps locked, and for a server that is started again.
_PATIENCE_S = 30.0
_PAUSE_S = 0.25

JOURNAL = "journal.sqlite"

T = TypeVar("T")


class Journal:
    """The events of one campaign in a database that may hold others.

    What was appended survives a power cut. `sqlite://` keeps everything in memory. With `at_once`
    nothing is written before `commit`, and then all of it in one transaction: for studies, whose
    campaigns take seconds and are run again when they are cut off. Raises RecordError, in one line
    that says what to do, whenever the database cannot be read or written.
    """

    def __init__(
        self, url: str, campaign: str, at_once: bool = False, patience_s: float = _PATIENCE_S
    ) -> None:
        self.campaign, self._at_once, self._patience_s = campaign, at_once, patience_s
        self._events: list[Event] = []
        self._end = End()
        self._written = 0
        self._owner: Owner | None = None
        try:
            self._engine = open_database(url, patience_s)
            make_tables(self._engine)
            if OldEventRow.__tablename__ in tables_in(self._engine):
                with self._engine.begin() as connection:
                    rows.bring_forward(connection, campaign)
        except (SQLAlchemyError, UnicodeError) as error:
            raise RecordError(f"cannot open the journal {shown(url)}: {told(error)}") from error
        self._lease = Lease(self._engine, campaign)
        self._is_server = self._engine.dialect.name == "postgresql"
        self._path = "" if self._is_server else self._engine.url.database or ""
        self._file = _file_of(self._path)

    @classmethod
    def in_folder(cls, folder: Path, campaign: str, at_once: bool = False) -> "Journal":
        """The journal in a campaign folder, made if it is not there."""
        return cls(f"sqlite:///{folder / JOURNAL}", campaign, at_once)

    @property
    def last(self) -> int:
        """The sequence of the last event that was read or written here; 0 before the first."""
        return self._events[-1].sequence if self._events else 0

    def events(self) -> list[Event]:
        """All events of the campaign, in order. Raises RecordError for a damaged journal."""
        self.refresh()
        return list(self._events)

    def refresh(self) -> list[Event]:
        """The events that came since the last look, from this process or others."""
        if self._at_once and self._events:
            return []

        def read() -> tuple[list[Event], End]:
            with self._engine.connect() as connection:
                end = rows.end_of(connection, self.campaign)
                return rows.between(connection, self.campaign, self._end, end), end

        found, self._end = self._patiently("read", read)
        self._events += found
        self._written = len(self._events)
        return found

    def append(self, kind: str, *payloads: dict[str, Any], after: int | None = None) -> list[Event]:
        """Write events of one kind, all or none; they are safe on disk when this returns.

        Returns what is new in the journal, others' events that came before included. With `after`
        nothing is written, and nothing returned, if there are events beyond that one.
        """
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        texts = [(about(kind, p), canonical_json(p)) for p in payloads]

        def made(last: int) -> list[Event]:
            return [
                Event(last + n, stamp, self.campaign, kind, *subject, SCHEMA_VERSION, text)
                for n, (subject, text) in enumerate(texts, 1)
            ]

        def write() -> tuple[list[Event], End]:
            with self._transaction() as (connection, end):
                others = rows.between(connection, self.campaign, self._end, end)
                if others and others[-len(texts) :] == made(end.last - len(texts)):
                    return others, end  # the answer to an earlier try was lost, not the events
                if after is not None and end.last != after:
                    return [], self._end
                mine = made(end.last)
                return [*others, *mine], rows.add(connection, mine, end)

        if self._at_once:
            new = made(self.last)
        else:
            new, self._end = self._patiently("write to", write)
        self._events += new
        self._written = self._written if self._at_once else len(self._events)
        return new

    def commit(self) -> None:
        """Write what was appended `at_once`. Raises RecordError where others wrote meanwhile."""
        new = self._events[self._written :]
        if not self._at_once or not new:
            return

        def write() -> End:
            with self._transaction() as (connection, end):
                if end != self._end:
                    if rows.between(connection, self.campaign, self._end, end) == new:
                        return end  # the answer to an earlier try was lost, not the events
                    raise NotOwnerError(f"another process wrote to {self.campaign} meanwhile")
                return rows.add(connection, new, end)

        self._end = self._patiently("write to", write)
        self._written = len(self._events)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Own the campaign: no other process runs it meanwhile. Raises NotOwnerError."""
        if not self._lease.take():
            raise NotOwnerError(
                f"{self.campaign} is run by {self.owner or 'another process'}: look at it with "
                "`athanor status`, steer it with `athanor pause` or `athanor stop`, or end that "
                "process"
            )
        owner = Owner.this_process(datetime.now(UTC).isoformat(timespec="milliseconds"))

        def enter() -> None:
            with self._engine.begin() as connection:
                rows.enter(connection, self.campaign, owner)

        try:
            if not self._at_once:
                self._patiently("write to", enter)
                self._owner = owner
            yield
        finally:
            self._owner = None
            self._lease.release()

    @property
    def owner(self) -> Owner | None:
        """The process that runs the campaign, or ran it last, if any did."""

        def read() -> Owner | None:
            with self._engine.connect() as connection:
                return rows.owner_of(connection, self.campaign)

        return self._patiently("read", read)

    def is_run(self) -> bool:
        """Whether another process runs the campaign at this moment."""
        if self._lease.is_held:
            return False
        free = self._lease.take(patience_s=0)
        if free:
            self._lease.release()
        return not free

    def close(self) -> None:
        """Write what is left to write, and let go of the database."""
        self.commit()
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[tuple[Connection, End]]:
        """A transaction that nobody else writes in, and where the chain ends in it."""
        if self._file != _file_of(self._path):
            raise RecordError(
                f"{self._path} was moved or removed while the campaign ran: put it "
                "back, then run the same command again"
            )
        self._lease.prove()
        with self._engine.begin() as connection:
            yield connection, rows.hold(connection, self.campaign, self._owner)

    def _patiently(self, what: str, act: Callable[[], T]) -> T:
        """Do something to the database, again and again while its server does not answer."""
        until = time.monotonic() + self._patience_s
        while True:
            try:
                return act()
            except (SQLAlchemyError, UnicodeError) as error:
                gone = isinstance(error, OperationalError) and self._is_server
                second = isinstance(error, IntegrityError)  # two began the same campaign
                if not (gone or second) or time.monotonic() > until:
                    raise RecordError(f"cannot {what} the journal: {told(error)}") from error
                time.sleep(_PAUSE_S)
                if gone and self._owner is not None and not self._lease.renew():
                    raise NotOwnerError(
                        f"another process has taken over {self.campaign} while its database was "
                        "away: this one stops and leaves it the rest"
                    ) from error


def _file_of(path: str) -> tuple[int, int] | None:
    """What file lies at a path, whatever it is called; none for what is no file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
