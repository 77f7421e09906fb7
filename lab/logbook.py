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
from typing import Any, Self

from knowledge.errors import RecordError
from knowledge.record import canonical_json
from lab.write_ahead import to_look_at, write_ahead

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

    file: str | None
    _db: sqlite3.Connection
    _writing: bool

    def __init__(self, file: Path | str | None = None) -> None:
        self.file = str(file) if file else None
        with self._told():
            if self.file is not None:
                Path(self.file).parent.mkdir(parents=True, exist_ok=True)
        self._open(self.file or ":memory:")
        try:
            with self._told():
                self._db.execute("PRAGMA synchronous = FULL")
            # Looked at and begun at once, so that of two who come first one begins it; and before
            # its mode is changed, so that what is something else stays as it was.
            with self.writing():
                self._begin()
            with self._told():
                write_ahead(self._db, _WAIT_S)
        except BaseException:
            self._db.close()
            raise

    @classmethod
    def look(cls, file: Path | str) -> Self:
        """The log in a file that is there, to be read and not changed. Raises RecordError."""
        found = cls.__new__(cls)
        found.file = str(file)
        found._open(to_look_at(Path(file)), uri=True)
        try:
            with found._told():
                found._db.execute("PRAGMA query_only = ON")
            if not found._is_a_log():
                raise found._something_else()
        except BaseException:
            found._db.close()
            raise
        return found

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

    def _open(self, name: str, uri: bool = False) -> None:
        self._lock, self._process = threading.RLock(), os.getpid()
        self._writing = False
        with self._told():
            self._db = sqlite3.connect(
                name, timeout=_WAIT_S, isolation_level=None, check_same_thread=False, uri=uri
            )

    def _begin(self) -> None:
        """Make the table, unless it is there. Raises RecordError for what is something else."""
        if self._is_a_log():
            return
        with self._told():
            mark = self._db.execute("PRAGMA application_id").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if mark or tables:
            raise self._something_else()
        with self._told():
            self._db.execute(_SCHEMA)
            self._db.execute("CREATE INDEX by_experiment ON entries (experiment)")
            self._db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")

    def _is_a_log(self) -> bool:
        with self._told():
            mark = self._db.execute("PRAGMA application_id").fetchone()[0]
        return bool(mark == _APPLICATION_ID)

    def _something_else(self) -> RecordError:
        return RecordError(f"{self.file} is a database of something else: name another file")

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
