"""A study that is killed, again and again, and one that two processes share."""

import random
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest

from experiments.study.application import begin, finish
from experiments.study.shard import Worker
from experiments.study.store import Store
from tests.experiments.study.cases import words

# Forked from this process, so that a start takes no time and a kill hits the work itself.
_context = get_context("fork")
SEEDS = ("study.seeds=[0-59]", "study.policies=[random,hottest]", "budget.stop_at_success=false")


def work(folder: Path) -> None:
    """All that one run of the command does."""
    begun = begin(words(folder, *SEEDS))
    Worker(Store(folder), told=lambda _: None, write_every_s=0.2).work(begun.study.plan.blocks)
    assert finish(begun).missing == 0


def started(function: Callable[[Path], None], folder: Path):  # type: ignore[no-untyped-def]
    process = _context.Process(target=function, args=(folder,))
    process.start()
    return process


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, float]:
    """The result of a study that is left in peace, and the seconds that it takes."""
    folder = tmp_path_factory.mktemp("studies")
    began = time.monotonic()
    work(folder)
    return (folder / "results.parquet").read_bytes(), time.monotonic() - began


def test_killed_ten_times_it_ends_with_the_file_of_a_study_never_killed(
    undisturbed: tuple[bytes, float], tmp_path: Path
) -> None:
    whole, took = undisturbed
    chance, killed, rows = random.Random(7), 0, []
    while killed < 10:
        process = started(work, tmp_path)
        process.join(chance.uniform(0.02, 0.2) * took)
        if process.exitcode is not None:
            break
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        killed += 1
        rows.append(sum(Store(tmp_path).counts().values()))
    work(tmp_path)
    assert killed >= 5  # else it was too fast to be hit
    assert rows == sorted(rows)  # nothing that was there is gone
    assert (tmp_path / "results.parquet").read_bytes() == whole


def test_two_processes_share_the_work_and_both_see_all_of_it(
    undisturbed: tuple[bytes, float], tmp_path: Path
) -> None:
    both = [started(work, tmp_path) for _ in range(2)]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert (tmp_path / "results.parquet").read_bytes() == undisturbed[0]
