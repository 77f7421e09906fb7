"""Two processes: results in order or as they come, errors that arrive, a killed process told."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.side_by_side import as_done, in_order, workers
from knowledge.errors import AthanorError


def slowly(number: int) -> int:
    time.sleep(0.2 * (number == 0))
    return number * number


def third_fails(number: int) -> int:
    if number == 2:
        raise AthanorError("the third")
    return number


def ends(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def threads(_: int) -> int:
    import torch

    return torch.get_num_threads()


def test_all_is_done_once_in_whatever_order() -> None:
    with workers() as pool:
        assert in_order(pool, slowly, range(6)) == [0, 1, 4, 9, 16, 25]
        assert sorted(as_done(pool, slowly, range(6))) == [0, 1, 4, 9, 16, 25]
        assert in_order(pool, slowly, []) == []
        assert set(in_order(pool, threads, range(4))) == {1}


def test_an_error_comes_through_and_ends_the_work() -> None:
    with pytest.raises(AthanorError, match="the third"), workers() as pool:
        list(as_done(pool, third_fails, range(500)))


def test_a_process_that_was_killed_is_told() -> None:
    with pytest.raises(AthanorError, match="ended from outside"), workers() as pool:
        list(as_done(pool, ends, range(5)))


# Two tasks write the ids of their processes and then work for longer than any test.
LONG_WORK = """
import os, time
from pathlib import Path
from experiments.side_by_side import as_done, workers

def long(name):
    Path(name).write_text(str(os.getpid()))
    Path(name + ".there").touch()
    time.sleep(600)

if __name__ == "__main__":
    with workers() as pool:
        list(as_done(pool, long, ["one", "other"]))
"""


def waited_for(happened: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it happens within the seconds."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if happened():
            return True
        time.sleep(0.1)
    return False


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # What nobody has asked after yet is a zombie, and runs no more.
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_processes_end_with_a_command_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(LONG_WORK)
    path = os.pathsep.join([str(Path(__file__).parents[2]), str(tmp_path)])
    command = subprocess.Popen(
        [sys.executable, "work.py"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}
    )
    names = [tmp_path / "one", tmp_path / "other"]
    try:
        assert waited_for(lambda: all(n.with_suffix(".there").exists() for n in names))
        processes = [int(name.read_text()) for name in names]
        assert all(map(runs, processes))
    finally:
        command.kill()
        command.wait()
    assert waited_for(lambda: not any(map(runs, processes)))
