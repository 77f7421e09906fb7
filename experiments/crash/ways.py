"""Ways of killing a campaign, each until it has ended well in the end, or can not.

    boundary  the process kills itself just before its Nth write, then is run again
    random    killed at random moments, several times in a row, then is run again
    lab       its lab, a process of its own, is killed at random moments and started again
    both      that, and the campaign with it (two kills at a time)
    postgres  its journal's PostgreSQL server is killed at random moments and started again

Moments are drawn from a seed; what the machine makes of them is not the same twice.
"""

import os
import random
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
from sqlalchemy import make_url

from experiments.crash.check import Left, Verdict, compared, left_in
from experiments.crash.child import OUTPUT, start
from experiments.crash.shapes import BY_NAME, Shape
from experiments.postgres_server import PostgresServer
from knowledge.errors import AthanorError, RecordError

WAYS = ("boundary", "random", "lab", "both", "postgres")
# Times that a campaign is struck, at most, in all ways but the first.
IN_A_ROW = 3
# A run of some seconds that takes so long has come to a stop.
_PATIENCE_S = 300.0
# How often a command that ended with one line is run again before that counts as its end.
_AGAIN = 5
# A server is killed in this part of a run's time: one that nobody needs any more tells nothing.
_EARLY = 0.6
# In which a campaign that gave up while what it needs was away has ended.
_MOMENT_S = 0.2
_LAB_OUTPUT = "lab.txt"
# Below the ports that systems hand to outgoing connections, one of which might take a dead lab's.
_PORTS = range(15_000, 32_000)
_MEMORY = Path("/dev/shm")
_servers: set[PostgresServer] = set()


class Stuck(AthanorError):
    """A campaign, or its lab, that does not go on after a kill."""


@dataclass(frozen=True)
class Reference:
    """A campaign that was never killed: what it left, its boundaries, and its time in s."""

    left: Left
    boundaries: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Done:
    """How often a campaign was killed and started, and what is wrong with what it left."""

    kills: int
    starts: int
    verdict: Verdict


def carry_out(
    shape: str, way: str, number: int, seed: int, reference: Reference, folder: Path
) -> Done:
    """Kill a campaign in an empty folder in one way, let it end, and compare.

    A campaign or lab that does not go on, or whose files cannot be read, has lost everything, which
    counts as one thing. Raises PostgresError where no server can be had.
    """
    rng = np.random.default_rng([seed, WAYS.index(way), *shape.encode(), number])
    run = _Run(BY_NAME[shape], folder, rng, reference.seconds)
    try:
        if way == "boundary":
            run.at_boundary(number)
        elif way == "random":
            run.at_random()
        elif way == "postgres":
            left = run.with_postgres()
        else:
            run.with_lab(both=way == "both")
        if way != "postgres":
            left = left_in(folder)
        verdict = compared(left, reference.left, whole=way in ("boundary", "random"))
    except (Stuck, RecordError, sqlite3.Error) as error:
        verdict = Verdict(lost=1, told=str(error))
    return Done(kills=run.kills, starts=run.starts, verdict=verdict)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that goes again, in memory where there is such: a kill leaves both alike."""
    where = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="athanor-crash-", dir=where) as folder:
        yield Path(folder)


def end_with_parent() -> None:
    """For a process that works for another: end with it, and leave no server behind."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            for server in list(_servers):
                server.kill()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def last_line(file: Path) -> str:
    """The last line that a command printed."""
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    return next((s for line in reversed(text.splitlines()) if (s := line.strip())), "nothing")


class _Run:
    """One campaign in its folder, and how often it was killed and started.

    A whole run takes some `seconds`.
    """

    def __init__(
        self, shape: Shape, folder: Path, rng: np.random.Generator, seconds: float
    ) -> None:
        self._shape, self._folder, self._rng, self._seconds = shape, folder, rng, seconds
        self._words, self._environment = shape.local, dict[str, str]()
        self.kills = self.starts = 0

    def at_boundary(self, number: int) -> None:
        """Killed once; not at all where it writes less often than that, which is no kill."""
        process = self._begin(kill_at=number)
        if self._status_of(process) < 0:
            self.kills += 1
            process = self._begin()
        self._finish(process)

    def at_random(self) -> None:
        """Killed while it runs, and whenever it runs again."""
        process = self._begin()
        while self.kills < IN_A_ROW and self._runs_on(process):
            self._kill(process)
            process = self._begin()
        self._finish(process)

    def with_lab(self, both: bool) -> None:
        """The lab killed, or lab and campaign, and started again."""
        port, most = _free_port(), 2 * IN_A_ROW if both else IN_A_ROW
        self._words = self._shape.remote(port)
        lab = self._serve(port)
        try:
            campaign = self._begin()
            while self.kills < most and self._runs_on(campaign, _EARLY):
                self._kill(lab)
                if both:
                    self._kill(campaign)
                time.sleep(self._rng.uniform(0, 0.3))
                lab = self._serve(port)
                if both or self._gave_up(campaign):
                    campaign = self._begin()
            self._finish(campaign)
        finally:
            lab.kill()
            lab.join()

    def with_postgres(self) -> Left:
        """The server killed and started again; what was left, which only the server can tell."""
        with scratch() as folder, PostgresServer(folder) as server:
            _servers.add(server)
            try:
                self._words = [*self._shape.local, f"journal.url={server.url}"]
                self._environment = {"PGPASSWORD": server.password}
                campaign = self._begin()
                while self.kills < IN_A_ROW and self._runs_on(campaign, _EARLY):
                    server.kill()
                    self.kills += 1
                    time.sleep(self._rng.uniform(0, 2))
                    server.start()
                    if self._gave_up(campaign):
                        campaign = self._begin()
                self._finish(campaign)
                url = make_url(server.url).set(password=server.password)
                return left_in(self._folder, url.render_as_string(hide_password=False))
            finally:
                _servers.discard(server)

    def _begin(self, kill_at: int | None = None) -> BaseProcess:
        self.starts += 1
        return start(self._words, self._folder, kill_at=kill_at, environment=self._environment)

    def _runs_on(self, process: BaseProcess, within: float = 1.0) -> bool:
        """Whether it still runs at the next of the moments, in that part of a whole run's time."""
        process.join(self._rng.uniform(0, self._seconds * within))
        return process.exitcode is None

    def _gave_up(self, campaign: BaseProcess) -> bool:
        """Whether it ended, with one line, for want of what was killed: then it is run again."""
        campaign.join(_MOMENT_S)
        return campaign.exitcode == 2

    def _kill(self, process: BaseProcess) -> None:
        process.kill()
        process.join()
        self.kills += 1

    def _finish(self, process: BaseProcess) -> None:
        """Wait until it ends well. Raises Stuck.

        One that gave up for want of what was killed beside it is run again.
        """
        again = 0 if self._words == self._shape.local else _AGAIN
        while again and self._status_of(process) == 2:
            again -= 1
            process = self._begin()
        status = self._status_of(process)
        if status:
            told = last_line(self._folder / OUTPUT)
            raise Stuck(f"run again, it ended with status {status}: {told[:200]}")

    def _status_of(self, process: BaseProcess) -> int:
        process.join(_PATIENCE_S)
        if process.exitcode is None:
            process.kill()
            raise Stuck(f"it had not ended after {_PATIENCE_S:.0f} s and was stopped")
        return process.exitcode

    def _serve(self, port: int) -> BaseProcess:
        """The lab at its port, as soon as it answers. Raises Stuck where it does not."""
        lab = start(self._shape.served(port), self._folder, _LAB_OUTPUT)
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until and lab.exitcode is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return lab
            lab.join(0.05)
        lab.kill()
        raise Stuck(f"its lab does not answer: {last_line(self._folder / _LAB_OUTPUT)[:200]}")


def _free_port() -> int:
    for port in random.SystemRandom().sample(_PORTS, 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AthanorError("no free port on 127.0.0.1 among 100 tried: close some servers")
