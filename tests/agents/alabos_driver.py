"""A campaign at a stand-in of AlabOS in processes that can be killed, and what disturbs them."""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from agents.campaign import Budget, Campaign, LabError
from agents.candidates import Candidates
from agents.journal import Journal
from agents.policies.random import RandomPolicy
from agents.pursuit import Pursuit
from lab.alabos.ids import sample_id
from tests.lab.alabos.stand_in import TROUBLES, StandIn, made

_fork = get_context("fork")
_PATIENCE_S = 60.0
DONE, ASKS = 0, 3  # how a driver ends: the campaign is over, or only a person can help


def journal_of(folder: Path) -> Journal:
    return Journal(f"sqlite:///{folder / 'journal.db'}", "c")


def drive(candidates: Candidates, seed: int, size: int, url: str, folder: Path) -> int:
    """Run, or go on with, the campaign of a folder."""
    lab = made(url, folder, timeout_s=0.3, settle_s=0.5, silent_h=0.5 / 3600)
    journal = journal_of(folder)
    pursuit = Pursuit.with_policy(candidates, RandomPolicy(candidates, seed))
    campaign = Campaign(
        [pursuit], lab, journal, Budget(size, parallel=3, stop_at_success=False),
        poll_seconds=0.02, sleep=lambda s: time.sleep(min(s, 0.05)),
    )  # fmt: skip
    try:
        campaign.run()
    except LabError:
        return ASKS
    finally:
        journal.close()
    return DONE


class Nursery:
    """Starts drivers: forked from a process that has all imported, and no threads."""

    def __init__(self, work: Callable[..., int]) -> None:
        self._pipe, theirs = _fork.Pipe()
        self._process = _fork.Process(target=_nurse, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()
        self._pid = 0

    def begin(self, *words: Any) -> None:
        """Start a driver."""
        self._pipe.send(words)
        self._pid = self._pipe.recv()

    def ended(self) -> bool:
        """Whether the driver has ended by itself."""
        return self._pipe.poll(0)

    def kill(self) -> None:
        """SIGKILL it, and wait until it is gone."""
        os.kill(self._pid, signal.SIGKILL)
        self._pipe.recv()
        self._pid = 0

    def status(self) -> int:
        """How it ended, once it has."""
        assert self._pipe.poll(_PATIENCE_S), "the driver never ends"
        self._pid = 0
        return os.waitstatus_to_exitcode(self._pipe.recv())

    def close(self) -> None:
        """End everything, also a driver that a failed test left."""
        if self._pid and not self.ended():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()


def _nurse(pipe: Connection, work: Callable[..., int]) -> None:
    while True:
        words = pipe.recv()
        pid = os.fork()
        if not pid:
            status = 1
            try:
                status = work(*words)
            finally:
                os._exit(status)
        pipe.send(pid)
        pipe.send(os.waitpid(pid, 0)[1])


class Chaos:
    """Disturbs a server as long as it lasts: a share of the questions and every second submission
    meet trouble, the latter each kind in turn, and the server restarts, is away, or loses its
    experiment manager to somebody else's experiment.
    """

    def __init__(self, server: StandIn, seed: int, share: float) -> None:
        self._server, self._share, self._rng = server, share, random.Random(seed)
        self._over, self._lock = threading.Event(), threading.Lock()
        self.did: list[str] = []
        self._submissions = 0
        self._in_turn = self._rng.sample(TROUBLES, len(TROUBLES))
        server.trouble = self._trouble
        self._thread = threading.Thread(target=self._disturb, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._server.trouble = lambda *_: None

    def _trouble(self, method: str, _: str) -> str | None:
        with self._lock:
            kind = self._rng.choice(TROUBLES) if self._rng.random() < self._share else None
            if method == "POST":
                self._submissions += 1
                number, odd = divmod(self._submissions, 2)
                kind = self._in_turn[number % len(TROUBLES)] if odd else None
            if kind is not None:
                self.did.append(f"{method} {kind}")
            return kind

    def _disturb(self) -> None:
        while not self._over.wait(0.4 + 0.4 * self._rng.random()):
            kind = self._rng.choice(["restart", "away", "poison"])
            self.did.append(kind)
            if kind == "restart":
                self._server.restart()
            elif kind == "away":
                self._server.down()
                self._over.wait(0.2)
                self._server.up()
            else:
                self._poison()

    def _poison(self) -> None:
        """Somebody submits a type that the manager does not know; a person mends that later."""
        model = self._server.model
        task = {"type": "Alchemy", "parameters": {}, "prev_tasks": [], "samples": ["x"]}
        body = {
            "name": "theirs", "tags": [], "metadata": {},
            "samples": [{"name": "x", "sample_id": sample_id(f"theirs {len(self.did)}")}],
            "tasks": [{**task, "task_id": sample_id(f"task {len(self.did)}")}],
        }  # fmt: skip
        with self._server.lock:
            exp_id = model.submit(body)
        self._over.wait(0.7)  # longer than drivers wait before they ask
        with self._server.lock:
            del model.experiments[exp_id]
        self._server.restart()
