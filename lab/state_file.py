"""The SQLite database behind an archive: opened for one lab alone, its errors told in one line.

With a file, the lock is SQLite's own: it goes with the process, however that ends, so a killed lab
can be opened again at once. Nobody else reads the file while a lab runs on it.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from knowledge.errors import RecordError

_APPLICATION_ID = 0x41544C31  # marks a file as the state of a lab: ATL1
_TABLES_OF_OLD = {"experiments", "lab"}  # of files from before the mark
_WAIT_S = 1.0  # for a lab that is just closing the file

_FULL = {sqlite3.SQLITE_FULL}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_CLOSED_TO_US = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_DAMAGED = {sqlite3.SQLITE_CORRUPT}
_NONE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN}


class StateFile:
    """One database, held by one lab. Without a file it is temporary and goes with the process.

    Raises RecordError, naming the file and what to do, for a file that another lab holds, that is
    damaged, full, not to be written, or no lab's.
    """

    def __init__(self, file: Path | str | None, schema: str) -> None:
        self.file = None if file is None or not str(file) else str(file)
        self._process = os.getpid()
        if self.file is not None and not _may_be_written(Path(self.file)):
            raise RecordError(
                f"{self._name}, which cannot be written: let it and its folder be written, or give "
                "another file"
            )
        with self._told():
            # An empty name is a temporary database: in memory while small, on disk when not.
            self._db = sqlite3.connect(
                self.file or "", timeout=_WAIT_S, isolation_level=None, check_same_thread=False
            )
        try:
            with self._told():
                self._open(schema)
        except BaseException:
            self._db.close()
            raise

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows that a query gives."""
        with self._told():
            return self._db.execute(query, values).fetchall()

    def write(self, *statements: tuple[str, Sequence[Any]]) -> None:
        """Do all of the statements, on disk when this returns, or none."""
        with self._told():
            if len(statements) == 1:
                self._db.execute(*statements[0])
                return
            self._db.execute("begin immediate")
            try:
                for statement, values in statements:
                    self._db.execute(statement, values)
                self._db.execute("commit")
            finally:
                if self._db.in_transaction:
                    self._db.execute("rollback")

    def damaged(self, why: object) -> RecordError:
        """The error for a file whose content does not hold together."""
        return RecordError(
            f"{self._name}, which is damaged ({_line(why)}): put a copy in its place, or give "
            "another file"
        )

    def close(self) -> None:
        """Let go of the file. A child process leaves it to its parent."""
        if os.getpid() == self._process:
            self._db.close()

    def _open(self, schema: str) -> None:
        if self.file is None:
            self._db.execute("pragma journal_mode=memory")
            self._db.execute("pragma synchronous=off")
            self._db.executescript(schema)
            return
        # Set before anything is read, so that the first look at the file takes it for good.
        self._db.execute("pragma locking_mode=exclusive")
        self._check_whose()
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=full")
        self._db.executescript(
            f"begin immediate; {schema} pragma application_id={_APPLICATION_ID}; commit;"
        )

    def _check_whose(self) -> None:
        """Raise RecordError for a database that is not a lab's, before anything is put into it."""
        mark = self._db.execute("pragma application_id").fetchone()[0]
        if mark == _APPLICATION_ID:
            return
        tables = {
            name
            for (name,) in self._db.execute("select name from sqlite_master where type='table'")
        }
        if mark or (tables and not tables >= _TABLES_OF_OLD):
            raise RecordError(
                f"{self._name}, which holds no experiments (it is a database of something else): "
                "give another file"
            )

    @property
    def _name(self) -> str:
        return f"lab.state is {self.file or 'a temporary file'}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _error(self, error: sqlite3.Error) -> RecordError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # extended codes lie above
        if code in _DAMAGED:
            return self.damaged(error)
        if code in _FULL:
            told = "and its disk is full: make room, and start again; what was told is kept"
        elif code in _BUSY:
            told = (
                "on which another lab is running: wait until that one has ended, or give another "
                "file"
            )
        elif code in _CLOSED_TO_US:
            told = (
                f"which cannot be written ({_line(error)}): let it and its folder be written, or "
                "give another file"
            )
        elif code in _NONE:
            told = f"which holds no experiments ({error}): give another file"
        else:
            told = f"which cannot be used ({_line(error)}): see to its disk, or give another file"
        return RecordError(f"{self._name}, {told}")


def _may_be_written(file: Path) -> bool:
    """False where a file is there that this user may read at most. SQLite writes beside it, too."""
    return not file.is_file() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def _line(text: object) -> str:
    return " ".join(str(text).split())
