"""A process that is killed before the write to SQLite of a given number.

A transaction is killed when all of it but the commit is done: that is where the last one is on disk
and this one is not.
"""

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

WRITES = ("insert", "update", "delete", "create")


def killed_at(run: Callable[[Path], object], folder: Path, number: int) -> bool:
    """Whether `run`, in a folder that is made and a process of its own, came to that many writes.

    It was killed then.
    """
    folder.mkdir()
    arguments = (run, folder, number)
    process = multiprocessing.get_context("fork").Process(target=_doomed, args=arguments)
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def _doomed(run: Callable[[Path], object], folder: Path, number: int) -> None:
    """Run until it is about to write for the given time; nothing is tidied up."""
    writes, connect = count(1), sqlite3.connect

    def watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        uncommitted = False

        def seen(statement: str) -> None:
            nonlocal uncommitted
            statement = statement.lstrip().lower()
            writes_now = statement.startswith(WRITES)
            if writes_now and connection.in_transaction:
                uncommitted = True
            elif writes_now or (uncommitted and statement.startswith("commit")):
                uncommitted = False
                if next(writes) == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        connection.set_trace_callback(seen)
        return connection

    with pytest.MonkeyPatch.context() as patch:  # in this process alone, which does not live long
        patch.setattr(sqlite3, "connect", watched)
        run(folder)
