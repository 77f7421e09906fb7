"""The rows of many blocks, without a file open for each."""

import os
import resource
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from experiments.comparison.rows import Crew, Done, Rows, Task
from experiments.study.plan import Cell, Plan
from experiments.study.row import Timing
from experiments.study.store import Store, timed
from tests.experiments.summary.rows import row

_SPARE = 120  # files that may be open beside those that are


class Told(Crew):
    """Those who know the rows of tasks without running anything."""

    def work(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """A row for each seed."""
        for task in tasks:
            yield task.block, [_row(task.cell, seed) for seed in task.seeds]


def _row(cell: Cell, seed: int) -> dict[str, object]:
    key = cell.key(seed)
    timing = Timing(key=key, cpu_s=0.0, code="none")
    return timed(row("mine", [0.95], cell.target, seed, key=key), timing)


@pytest.fixture
def few_files() -> Iterator[None]:
    """No more files than are open, and a few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    probe = os.open(os.devnull, os.O_RDONLY)
    os.close(probe)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe + _SPARE, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_files")
def test_many_blocks_are_filled_with_few_files_open(tmp_path: Path) -> None:
    cells = [Cell("mine", f"T{n}", "easy", {"target": n}) for n in range(2 * _SPARE)]
    plan, seen = Plan(cells, [0, 1]), list[int]()
    rows = Rows(Store(tmp_path), Told(1, None))
    rows.fill(plan, seen.append)
    assert sum(seen) == plan.size
    assert list(rows.frame(plan)["target"]) == [c.target for c in cells for _ in (0, 1)]
