"""SQLite files in WAL mode, where readers and one writer do not wait for each other."""

import os
import sqlite3
import time
from pathlib import Path

_PAUSE_S = 0.005


def write_ahead(database: sqlite3.Connection, wait_s: float) -> None:
    """Have a database keep its changes in a log beside it; nothing where it does already.

    SQLite does not wait by itself for others who do this at the same moment. Raises sqlite3.Error,
    also when they take longer than `wait_s`.
    """
    until = time.monotonic() + wait_s
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # The low byte is the kind of error, the rest says more of it.
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def to_look_at(file: Path) -> str:
    """The URI by which a file that is there is read. In a folder that cannot be written, only so.

    Whoever may write opens it for writing, as WAL mode needs, and must ask for `query_only`.
    """
    beside = file.with_name(f"{file.name}-wal")
    if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK):
        mode = "mode=rw"
    elif beside.exists() or not file.exists():
        mode = "mode=ro"
    else:  # nobody is writing, and reading in WAL mode would need files beside it
        mode = "mode=ro&immutable=1"
    return f"{file.absolute().as_uri()}?{mode}"
