"""A command in a forked process that can be killed at any of its write boundaries.

A boundary is the moment before a write: an SQL statement that writes or commits, on any SQLite
database in the working folder, or a file there that is opened for writing, renamed or removed.
"""

import os
import re
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from knowledge.record import canonical_json, content_hash

OUTPUT, ACKNOWLEDGED = "output.txt", "acknowledged.jsonl"
BOUNDARIES, MODULES = "boundaries.txt", "modules.txt"
# After the name of a boundary before which the files are as before the last one of its transaction.
SAME = " (same)"

_WRITES = re.compile(
    r"\s*(insert|update|delete|replace|create|drop|alter"
    r"|pragma\s+(journal_mode|application_id)\s*=)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\s*(begin|commit|end|rollback)\b", re.IGNORECASE)
_CONNECT = sqlite3.connect
_FILE_EVENTS = ("os.rename", "os.remove", "os.mkdir", "os.truncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def start(
    words: list[str],
    folder: Path,
    output: str = OUTPUT,
    kill_at: int | None = None,
    count: bool = False,
    environment: dict[str, str] | None = None,
) -> BaseProcess:
    """`athanor WORDS` in a fork of this process, with `folder` as its working folder.

    It kills itself before boundary `kill_at`, counted from 1. What it prints is added to `output`
    there, what its journal acknowledged to ACKNOWLEDGED; with `count`, the names of its boundaries
    are in BOUNDARIES after it, and those of what it imported in MODULES. ATHANOR_DATA is not passed
    on, so that tables are the embedded ones.
    """
    process = get_context("fork").Process(
        target=_become, args=(words, folder, output, kill_at, count, environment or {})
    )
    process.start()
    return process


def _become(
    words: list[str],
    folder: Path,
    output: str,
    kill_at: int | None,
    count: bool,
    environment: dict[str, str],
) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.chdir(folder)
    os.environ.pop("ATHANOR_DATA", None)
    os.environ.update(environment)
    _redirect(output)
    _acknowledge()
    reached = Boundaries(os.getcwd(), kill_at, count)
    # Its audit event comes before a connection can be traced.
    sqlite3.connect = sqlite3.dbapi2.connect = reached.connect  # type: ignore[assignment]
    sys.addaudithook(reached.audit)
    sys.argv = ["athanor", *words]
    from agents.cli import main

    try:
        main()
    finally:
        reached.save()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _redirect(output: str) -> None:
    """Standard streams from nothing and to the end of a file."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    told = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number, stream in enumerate((nothing, told, told)):
        os.dup2(stream, number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
        for number, mode in enumerate(("r", "w", "w"))
    )


def _acknowledge() -> None:
    """Write down each event that the journal says is safe: what a write holds, a kill leaves."""
    from agents.journal import Event, Journal

    file = os.open(ACKNOWLEDGED, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    append: Callable[..., list[Event]] = Journal.append

    def acknowledged(self: Journal, *args: Any, **kwargs: Any) -> list[Event]:
        new = append(self, *args, **kwargs)
        rows = [[e.sequence, e.time, e.kind, e.experiment, content_hash(e.text)] for e in new]
        os.write(file, "".join(canonical_json(row) + "\n" for row in rows).encode())
        return new

    Journal.append = acknowledged  # type: ignore[method-assign]


class Boundaries:
    """Counts boundaries by way of Python's audit events; kills its process before one of them."""

    def __init__(self, folder: str, kill_at: int | None, count: bool) -> None:
        self._folder, self._kill_at, self._keeps = folder, kill_at, count
        self._reached = 0
        self.names: list[str] = []

    def audit(self, event: str, values: tuple[Any, ...]) -> None:
        """What Python is about to do, of all that it does."""
        if event == "open":
            path, mode, flags = values
            if isinstance(path, str) and ((mode and set(mode) & set("wax+")) or flags & _WRITING):
                self._file(event, path)
        elif event in _FILE_EVENTS:
            self._file(event, values[0])

    def save(self) -> None:
        """Write the names of all that were reached."""
        names, self._kill_at = list(self.names), None  # for its own files are none
        if self._keeps:
            Path(BOUNDARIES).write_text("".join(f"{n}\n" for n in names), encoding="utf-8")
            Path(MODULES).write_text("".join(f"{n}\n" for n in sys.modules), encoding="utf-8")

    def connect(self, database: Any, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        """What sqlite3.connect does, with an eye on the statements that write into a file."""
        connection: sqlite3.Connection = _CONNECT(database, *args, **kwargs)
        name = os.path.basename(os.fsdecode(database))

        inside = wrote = False

        def reached(statement: str) -> None:
            nonlocal inside, wrote
            again = inside and wrote
            if _ENDS.match(statement):
                counts = wrote  # what was only read is not written at its end
                inside, wrote = statement.lstrip()[:5].lower() == "begin", False
            else:
                counts = _WRITES.match(statement) is not None
                wrote = inside and (wrote or counts)
            if counts:
                told = f"{name} {' '.join(statement.split()[:3])}"
                self._reach(told + SAME * again)

        if name and name != ":memory:":
            connection.set_trace_callback(reached)
        return connection

    def _file(self, event: str, path: Any) -> None:
        whole = os.path.abspath(os.fsdecode(path)) if isinstance(path, str | bytes) else ""
        if whole.startswith(self._folder + os.sep):
            self._reach(f"{event} {re.sub(r'^tmp[a-z0-9_]{8}', 'tmp', os.path.basename(whole))}")

    def _reach(self, name: str) -> None:
        self._reached += 1
        if self._keeps:
            self.names.append(name)
        if self._reached == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
