"""A command and all processes that it starts: CPU seconds, memory over time, and a time limit.

Processes are found in /proc by their session, which the command is given, so that those count too
that were never children of the command: joblib's workers, and whoever outlives its parent.
"""

import contextlib
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TICKS_A_S = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
# Fields of /proc/PID/stat after the name, which may hold spaces: proc(5) counts from 1.
_SESSION, _USER, _SYSTEM, _RSS = 6 - 3, 14 - 3, 15 - 3, 24 - 3


@dataclass(frozen=True)
class Sample:
    """A moment: how far the work is (0 to 1), CPU seconds and MB of each process that is there."""

    share_done: float
    cpu_s: Mapping[int, float]
    rss_mb: Mapping[int, float]


@dataclass
class Watched:
    """What a command took. `status` is its exit status, none where it ran out of time.

    `cpu_s` is of all its processes: the larger of what the system counted for those that were
    waited for, and of what was seen of each; `cpu_by_process` is what was seen, of the command
    itself (`root`) too.
    """

    root: int
    status: int | None = None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    cpu_by_process: dict[int, float] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def root_cpu_s(self, until: float) -> float:
        """CPU seconds of the command's own process while no more than so much was done."""
        seen = [s.cpu_s.get(self.root, 0.0) for s in self.samples if s.share_done <= until]
        return max(seen, default=0.0)

    def peak_mb(self, until: float = 1.0) -> tuple[float, float]:
        """The most MB that the command's own process held until so much was done, and any other."""
        own = others = 0.0
        for sample in self.samples:
            if sample.share_done <= until:
                for process, mb in sample.rss_mb.items():
                    if process == self.root:
                        own = max(own, mb)
                    else:
                        others = max(others, mb)
        return own, others


def watched(
    words: Sequence[str],
    output: Path,
    env: Mapping[str, str] | None = None,
    limit_s: float | None = None,
    every_s: float = 0.1,
    share_done: Callable[[], float] = lambda: 0.0,
) -> Watched:
    """Run a command to its end, its output to a file; past its limit all of it is killed.

    So it is when this process is interrupted or terminated. Call it in the main thread.
    """
    before, told = _waited_for(), signal.signal(signal.SIGTERM, _terminated)
    began = time.monotonic()
    with output.open("wb") as stream:
        child = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    found = Watched(child.pid)
    try:
        while child.poll() is None:
            _look(found, share_done())
            if limit_s is not None and time.monotonic() - began > limit_s:
                break
            time.sleep(every_s)
    finally:
        ended = child.poll() is not None
        _end(child.pid)  # whoever is still there: beyond its limit, or left behind
        child.wait()
        signal.signal(signal.SIGTERM, told)
    found.status = child.returncode if ended else None
    found.wall_s = time.monotonic() - began
    found.cpu_s = max(_waited_for() - before, sum(found.cpu_by_process.values()))
    return found


def _terminated(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _look(found: Watched, share_done: float) -> None:
    seen = _session(found.root)
    cpu_s = {pid: seconds for pid, seconds, _ in seen}
    found.cpu_by_process |= cpu_s
    found.samples.append(Sample(share_done, cpu_s, {pid: mb for pid, _, mb in seen}))


def _session(leader: int) -> list[tuple[int, float, float]]:
    """Each process of a session: its id, CPU seconds, resident MB."""
    found = []
    for place in os.scandir("/proc"):
        if not place.name.isdigit():
            continue
        try:
            text = Path(place.path, "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it is gone
            continue
        words = text.rpartition(")")[2].split()
        if int(words[_SESSION]) == leader:
            ticks = int(words[_USER]) + int(words[_SYSTEM])
            found.append((int(place.name), ticks / _TICKS_A_S, int(words[_RSS]) * _PAGE_MB))
    return found


def _end(leader: int) -> None:
    for pid, *_ in _session(leader):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _waited_for() -> float:
    """CPU seconds of all processes that this one, and those it waited for, have waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
