"""A log in a file: what a lab outside this process was told, and what was heard of it.

Entries are only ever added, and are on disk when `append` returns. Processes may share a file; who
must look before writing does both within `writing`, where nobody else writes:

    with log.writing():
        if not log.of("e1"):
            log.append("taken on", "e1", recipe=...)
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from knowledge.errors import RecordError
from knowledge.record import canonical_json

_APPLICATION_ID = 0x41544C32  # marks a file as the log of a lab: ATL2
_WAIT_S = 30.0  # for another process to finish writing
_SCHEMA = """CREATE TABLE entries (
    number INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, experiment TEXT NOT NULL,
    content TEXT NOT NULL)"""


@dataclass(frozen=True)
class Entry:
    """One thing that happened: when (UTC, ISO 8601), of which kind, to which experiment."""

    number: int
    time: str
    kind: str
    experiment: str
    content: dict[str, Any]


class Logbook:
    """The entries of one file; without a file they go with the process.

    Raises RecordError, naming the file and what to do, for one that cannot be used, is damaged, or
    is something else.
    """

    def __init__(self, file: Path | str | None = None) -> None:
        self.file = str(file) if file else None
        self._lock, self._process = threading.RLock(), os.getpid()
        self._writing = False
        with self._told():
            if self.file is not None:
                Path(self.file).parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                self.file or ":memory:",
                timeout=_WAIT_S,
                isolation_level=None,
                check_same_thread=False,
            )
        try:
            self._check_whose()
            with self._told():
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
            with self.writing():
                self._begin()
        except BaseException:
            self._db.close()
            raise

    def entries(self) -> list[Entry]:
        """All of them, in the order in which they happened."""
        return self._read("SELECT * FROM entries ORDER BY number")

    def of(self, experiment: str) -> list[Entry]:
        """Those of one experiment, in the order in which they happened."""
        return self._read("SELECT * FROM entries WHERE experiment = ? ORDER BY number", experiment)

    def append(self, kind: str, experiment: str, **content: Any) -> Entry:
        """Add an entry; it is on disk when this returns, or at the end of `writing`."""
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = (time, kind, experiment, canonical_json(content))
        with self._lock, self._told():
            cursor = self._db.execute("INSERT INTO entries VALUES (NULL, ?, ?, ?, ?)", row)
        return Entry(int(cursor.lastrowid or 0), time, kind, experiment, content)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Nobody else writes meanwhile; what is added stays if the block ends well, all or none."""
        with self._lock:
            if self._writing:
                yield
                return
            with self._told():
                self._db.execute("BEGIN IMMEDIATE")
            self._writing = True
            try:
                yield
                with self._told():
                    self._db.execute("COMMIT")
            finally:
                self._writing = False
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file. A child process leaves it to its parent."""
        if os.getpid() == self._process:
            self._db.close()

    def _check_whose(self) -> None:
        """Raise RecordError for a database that is not a lab's, before anything is put into it."""
        with self._told():
            mark = self._db.execute("PRAGMA application_id").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if mark != _APPLICATION_ID and (mark or tables):
            raise RecordError(f"{self.file} is a database of something else: name another file")

    def _begin(self) -> None:
        """Make the table, unless it is there."""
        with self._told():
            if self._db.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
                self._db.execute(_SCHEMA)
                self._db.execute("CREATE INDEX by_experiment ON entries (experiment)")
                self._db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")

    def _read(self, query: str, *values: str) -> list[Entry]:
        with self._lock, self._told():
            rows = self._db.execute(query, values).fetchall()
        try:
            return [Entry(n, at, kind, of, json.loads(text)) for n, at, kind, of, text in rows]
        except (TypeError, ValueError) as error:
            raise RecordError(
                f"{self.file} is damaged ({error}): put a copy in its place"
            ) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise RecordError(
                f"cannot use {self.file} as the log of a lab: {' '.join(str(error).split())}; "
                "see to the file and its disk, or name another one"
            ) from error
