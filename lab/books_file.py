"""Where books are kept: in memory, or in a SQLite file that survives a kill.

A file may be shared: each change reads the books, writes them and commits as one transaction, so
that two processes never share out the same gram.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from knowledge.errors import RecordError
from lab.books import Books, Bottle, Promise
from lab.changes import Change
from lab.lots import Lot
from lab.write_ahead import to_look_at, write_ahead

_APPLICATION_ID = 0x41544831  # marks a file as an inventory: ATH1
_WAIT_S = 30.0  # for another process to finish its change
_TABLES = (
    """CREATE TABLE lots (
        number INTEGER PRIMARY KEY, lot TEXT NOT NULL, stocked_ug INTEGER,
        weighed_ug INTEGER NOT NULL, CHECK (weighed_ug >= 0 AND weighed_ug <= stocked_ug))""",
    """CREATE TABLE promises (
        experiment TEXT NOT NULL, phase TEXT NOT NULL, asked_ug INTEGER NOT NULL,
        due_ug INTEGER NOT NULL CHECK (due_ug >= 0), PRIMARY KEY (experiment, phase))""",
)
# Apart from the others: files of before have them not.
_CHANGES = "CREATE TABLE IF NOT EXISTS changes (number INTEGER PRIMARY KEY, change TEXT NOT NULL)"
_USES = """CREATE TABLE IF NOT EXISTS uses (
    experiment TEXT NOT NULL, phase TEXT NOT NULL, used_ug INTEGER NOT NULL,
    PRIMARY KEY (experiment, phase))"""


class Keeper(Protocol):
    """Hands out the books, to one at a time."""

    def reading(self) -> AbstractContextManager[Books]:
        """The books as they are."""

    def changing(self) -> AbstractContextManager[Books]:
        """The books to write in: kept when the block ends well."""

    def close(self) -> None:
        """Let go of the file, if there is one."""


class InMemory:
    """Keeps books as long as the process lives."""

    def __init__(self) -> None:
        self._books, self._lock = Books(), threading.Lock()

    @contextmanager
    def changing(self) -> Iterator[Books]:
        """The books; a block that may fail checks everything before it writes."""
        with self._lock:
            yield self._books

    reading = changing

    def close(self) -> None:
        """Nothing to let go of."""


class InFile:
    """Keeps books in a SQLite file, in WAL mode with full synchronisation.

    With `look`, an inventory that is there is read and never written, and nobody has to wait for
    it. Raises RecordError, naming the file, whenever it cannot be read or written.
    """

    def __init__(self, file: Path | str, look: bool = False) -> None:
        self._file, self._lock = str(file), threading.Lock()
        with self._named_errors():
            self._db = sqlite3.connect(
                to_look_at(Path(file)) if look else self._file,
                timeout=_WAIT_S,
                isolation_level=None,
                check_same_thread=False,
                uri=look,
            )
        try:
            with self._named_errors():
                self._db.execute(f"PRAGMA query_only = {'ON' if look else 'OFF'}")
                self._db.execute("PRAGMA synchronous = FULL")
            # Looked at and begun at once, so that of two who come first one begins it; and before
            # its mode is changed, so that what is something else stays as it was.
            with self._transaction("DEFERRED" if look else "IMMEDIATE"):
                self._make_tables(look)
            if not look:
                with self._named_errors():
                    write_ahead(self._db, _WAIT_S)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Books]:
        """The books as they are on disk."""
        with self._transaction("DEFERRED"):
            yield self._load()

    @contextmanager
    def changing(self) -> Iterator[Books]:
        """The books as they are on disk, written back when the block ends well."""
        with self._transaction("IMMEDIATE"):
            books = self._load()
            yield books
            self._save(books)

    def close(self) -> None:
        """Close the file. What was written is there already."""
        self._db.close()

    def _load(self) -> Books:
        books = Books()
        for text, weighed_ug in self._db.execute(
            "SELECT lot, weighed_ug FROM lots ORDER BY number"
        ):
            books.enter(Bottle(Lot.from_json(text), weighed_ug))
        for experiment, phase, *promise in self._db.execute("SELECT * FROM promises"):
            books.promise(experiment, phase, Promise(*promise))
        if self._has("uses"):
            for experiment, phase, used_ug in self._db.execute("SELECT * FROM uses"):
                books.used_ug.setdefault(experiment, {})[phase] = used_ug
        books.past = self._past
        return books

    def _past(self) -> list[Change]:
        if not self._has("changes"):
            return []
        rows = self._db.execute("SELECT change FROM changes ORDER BY number")
        return [Change.from_json(text) for (text,) in rows]

    def _has(self, table: str) -> bool:
        """Whether a table is there: a file of before that is only looked at may be without."""
        tables = "SELECT count(*) FROM sqlite_master WHERE name = ?"
        return bool(self._db.execute(tables, (table,)).fetchone()[0])

    def _save(self, books: Books) -> None:
        """Everything anew: books are short, and waiting for the disk takes longer."""
        lots = [(b.lot.to_json(), b.stocked_ug, b.weighed_ug) for b in books.bottles]
        promises = [
            (experiment, phase, p.asked_ug, p.due_ug)
            for experiment, powders in books.promises.items()
            for phase, p in powders.items()
        ]
        self._db.execute("DELETE FROM lots")
        self._db.executemany("INSERT INTO lots VALUES (NULL, ?, ?, ?)", lots)
        self._db.execute("DELETE FROM promises")
        self._db.executemany("INSERT INTO promises VALUES (?, ?, ?, ?)", promises)
        uses = [(e, phase, ug) for e, used in books.used_ug.items() for phase, ug in used.items()]
        self._db.execute("DELETE FROM uses")
        self._db.executemany("INSERT INTO uses VALUES (?, ?, ?)", uses)
        changes = [(change.to_json(),) for change in books.changes]
        self._db.executemany("INSERT INTO changes VALUES (NULL, ?)", changes)

    def _make_tables(self, look: bool) -> None:
        mark = self._db.execute("PRAGMA application_id").fetchone()[0]
        if mark == _APPLICATION_ID:
            if not look:
                self._db.execute(_CHANGES)
                self._db.execute(_USES)
            return
        if look or mark or self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise RecordError(f"{self._file} is a database but no inventory: name another file")
        for table in _TABLES:
            self._db.execute(table)
        self._db.execute(_CHANGES)
        self._db.execute(_USES)
        self._db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        with self._lock, self._named_errors():
            self._db.execute(f"BEGIN {kind}")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise RecordError(
                f"cannot use {self._file} as an inventory: {error}; name a file in a folder that "
                "can be written"
            ) from error
