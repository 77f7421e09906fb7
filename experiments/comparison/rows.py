"""The campaigns of a comparison: those that are not there yet are run, by some processes.

Every process takes a few campaigns at a time, of whichever policy, so that none waits for one whose
policy is slow; one alone writes, into the folder of a study.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from experiments.side_by_side import as_done, workers
from experiments.study.parts import parts_of
from experiments.study.plan import Block, Cell, Plan
from experiments.study.single import run
from experiments.study.store import Store, has_failed, timed
from knowledge.errors import AthanorError

_WRITE_EVERY_S = 3.0  # a row that is done is lost with its process for so long
_SEEDS_A_TASK = 8
_TASKS_A_PROCESS = 4
_BLOCKS_AT_ONCE = 100  # each keeps a file open for its lock, and a process may have some 1000
Told = Callable[[int], None]


@dataclass(frozen=True)
class Task:
    """Some seeds of one cell, for one process. `journals`: where journals are kept, if they are."""

    block: str
    cell: Cell
    seeds: tuple[int, ...]
    journals: Path | None


Done = tuple[str, list[dict[str, Any]]]


def done(task: Task) -> Done:
    """The rows of a task, with the block that they belong to."""
    try:
        parts = parts_of(task.cell)
    except AthanorError as error:  # in words alone: not every error survives between processes
        raise AthanorError(f"{task.cell.policy} in {task.cell.world}: {error}") from None
    return task.block, [timed(*run(parts, seed, task.journals)) for seed in task.seeds]


class Crew:
    """Those who run campaigns: this process, or others at its side."""

    def __init__(self, processes: int, pool: ProcessPoolExecutor | None) -> None:
        self.processes, self._pool = processes, pool

    def work(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """What comes of tasks, as it comes."""
        if self._pool is None:
            return (done(task) for task in tasks)
        return as_done(self._pool, done, tasks)


@contextmanager
def crew(processes: int) -> Iterator[Crew]:
    """Some processes, of one thread each; one is this one itself."""
    import torch

    torch.set_num_threads(1)
    if processes == 1:
        yield Crew(1, None)
        return
    with workers(processes) as pool:
        yield Crew(processes, pool)


@dataclass
class Rows:
    """The rows of a comparison in the folder of a study, as far as they are known here.

    `again`: campaigns that failed before are run again, once.
    """

    store: Store
    crew: Crew
    again: bool = False
    journals: Path | None = None
    _held: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    _tried: set[str] = field(default_factory=set)

    def fill(self, plan: Plan, told: Told = lambda _: None) -> None:
        """Run what a plan has and the folder lacks. `told` hears how many are there, as they come.

        What is done when it is stopped is kept.
        """
        lacking = [block for block in plan.blocks if self._left(block)]
        told(plan.size - sum(len(self._left(block)) for block in lacking))
        if not lacking:
            return
        self.store.reopen()
        for start in range(0, len(lacking), _BLOCKS_AT_ONCE):
            self._fill(lacking[start : start + _BLOCKS_AT_ONCE], told)

    def _fill(self, blocks: Sequence[Block], told: Told) -> None:
        """Run what some blocks lack, which nobody else does meanwhile."""
        with ExitStack() as locks:
            for name in sorted(
                block.name for block in blocks
            ):  # so that no two wait for each other
                locks.enter_context(FileLock(self.store.lock_file(name)))
            for block in blocks:  # whoever held it may have run some of them
                before = len(self._left(block))
                self._held[block.name] = self.store.block(block.name)
                told(before - len(self._left(block)))
            self._run(self._tasks(blocks), told)

    def frame(self, plan: Plan) -> pd.DataFrame:
        """The rows of a plan that are there, in its order."""
        keys = ((block.name, key) for block in plan.blocks for key in block.keys)
        rows = (self._held.get(name, {}).get(key) for name, key in keys)
        return pd.DataFrame([row for row in rows if row is not None])

    def _left(self, block: Block) -> list[int]:
        if block.name not in self._held:
            self._held[block.name] = self.store.block(block.name)
        rows = self._held[block.name]
        return [
            seed
            for seed, key in zip(block.seeds, block.keys, strict=True)
            if key not in rows or (self.again and key not in self._tried and has_failed(rows[key]))
        ]

    def _tasks(self, blocks: Iterable[Block]) -> list[Task]:
        """The work that is left, cut small, that of each cell spread over all of it."""
        left = [(block, self._left(block)) for block in blocks]
        every = sum(len(seeds) for _, seeds in left)
        size = max(1, min(_SEEDS_A_TASK, every // (_TASKS_A_PROCESS * self.crew.processes)))
        cut = [
            (start, Task(block.name, block.cell, tuple(seeds[start : start + size]), self.journals))
            for block, seeds in left
            for start in range(0, len(seeds), size)
        ]
        return [task for _, task in sorted(cut, key=lambda each: each[0])]

    def _run(self, tasks: Sequence[Task], told: Told) -> None:
        unwritten: set[str] = set()
        written = time.monotonic()
        try:
            for block, rows in self.crew.work(tasks):
                self._held[block] |= {row["key"]: row for row in rows}
                self._tried |= {row["key"] for row in rows}
                unwritten.add(block)
                told(len(rows))
                if time.monotonic() - written > _WRITE_EVERY_S:
                    self._write(unwritten)
                    written = time.monotonic()
        finally:  # also when it is stopped: what is done is done
            self._write(unwritten)

    def _write(self, blocks: set[str]) -> None:
        for block in blocks:
            self.store.write(block, self._held[block].values())
        blocks.clear()
