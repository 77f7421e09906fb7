"""Other processes at the same journal."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from agents.journal import Journal
from knowledge.errors import AthanorError

_fork = get_context("fork")
_PATIENCE_S = 30.0


class Other:
    """A process that runs a function, which talks to this one through a pipe."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        self._pipe, theirs = _fork.Pipe()
        self._process = _fork.Process(target=_run, args=(work, theirs, *arguments), daemon=True)
        self._process.start()
        theirs.close()

    def hears(self) -> Any:
        """What it says next. Raises TimeoutError."""
        if not self._pipe.poll(_PATIENCE_S):
            raise TimeoutError("the other process says nothing")
        return self._pipe.recv()

    def tell(self, word: Any) -> None:
        """Let it go on."""
        self._pipe.send(word)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._process.kill()
        self._process.join()

    def end(self) -> None:
        """Wait for its end."""
        self._process.join(_PATIENCE_S)
        assert self._process.exitcode is not None


def _run(work: Callable[..., None], pipe: Connection, *arguments: Any) -> None:
    """Without what the parent would do at its exit."""
    status = 1
    try:
        work(pipe, *arguments)
        status = 0
    except AthanorError as error:
        pipe.send(str(error))
    finally:
        os._exit(status)


def keeps(pipe: Connection, url: str, campaign: str) -> None:
    """Own a campaign until told to let go, or killed."""
    journal = Journal(url, campaign)
    with journal.owned():
        pipe.send("owns it")
        pipe.recv()
    journal.close()
    pipe.send("let go")


def appends(pipe: Connection, url: str, campaign: str, who: str, count: int) -> None:
    """Append events as fast as it can, once it is told to."""
    journal = Journal(url, campaign)
    pipe.recv()
    for number in range(count):
        journal.append("note", {"who": who, "number": number})
    journal.close()
    pipe.send("done")


@contextmanager
def owned_elsewhere(url: str, campaign: str) -> Iterator[Other]:
    """While it lasts, another process owns the campaign."""
    other = Other(keeps, url, campaign)
    assert other.hears() == "owns it"
    try:
        yield other
    finally:
        other.kill()


def soon(holds: Callable[[], bool]) -> bool:
    """Whether something comes true within seconds."""
    until = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
