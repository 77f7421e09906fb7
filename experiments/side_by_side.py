"""Work done by two processes, or a few, side by side, of one thread each."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import TypeVar

from knowledge.errors import AthanorError

PROCESSES = 2
# Imported once, by the process that the others are forked from.
_NEEDED = ("agents.literature", "agents.posterior", "agents.policies.athanor", "lab.simulated")
Task = TypeVar("Task")
Result = TypeVar("Result")


@contextmanager
def workers(processes: int = PROCESSES) -> Iterator[ProcessPoolExecutor]:
    """Processes to give work to. What has not begun when the block is left is not done."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(_NEEDED))
    pool = ProcessPoolExecutor(processes, context, _ready)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _ready() -> None:
    """Make a process ready: one thread, and an end when the command that it works for ends."""
    import torch

    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A command that is killed cannot tell its processes, which would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def in_order(
    pool: ProcessPoolExecutor, function: Callable[[Task], Result], tasks: Iterable[Task]
) -> list[Result]:
    """The results in the order of the tasks. Raises as `as_done`."""
    numbered = list(enumerate(tasks))
    found = dict(_as_done(pool, function, numbered))
    return [found[number] for number, _ in numbered]


def as_done(
    pool: ProcessPoolExecutor, function: Callable[[Task], Result], tasks: Iterable[Task]
) -> Iterator[Result]:
    """Each result as soon as it is there.

    Raises what a task raised, and AthanorError where a process was ended from outside. An error
    that is raised must survive between processes: one with a message alone does.
    """
    return (result for _, result in _as_done(pool, function, list(enumerate(tasks))))


def _as_done(
    pool: ProcessPoolExecutor,
    function: Callable[[Task], Result],
    numbered: Iterable[tuple[int, Task]],
) -> Iterator[tuple[int, Result]]:
    futures = {pool.submit(function, task): number for number, task in numbered}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        raise AthanorError(
            "a process that worked was ended from outside, perhaps for want of memory: the same "
            "command goes on where it stopped"
        ) from error
