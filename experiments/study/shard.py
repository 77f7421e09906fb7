"""The campaigns of a shard that are not there yet, each block written as it fills.

Blocks belong to whoever holds their lock, which dies with its process. Another process takes what
is free first, and waits at the end for what is not, to finish it if its owner does not.
"""

import gc
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from filelock import FileLock, Timeout

from experiments.study.parts import Parts, parts_of
from experiments.study.plan import Block
from experiments.study.single import run
from experiments.study.store import Store, has_failed, timed
from knowledge.errors import AthanorError

Told = Callable[[int], None]


class Worker:
    """Runs what blocks lack, one campaign after the other.

    `again`: campaigns that failed are run again. `told` is called with the number of campaigns of
    each block that are there, as it grows. A row may be lost with its process for `write_every_s`.
    """

    def __init__(
        self,
        store: Store,
        again: bool = False,
        journals: Path | None = None,
        told: Told = print,
        write_every_s: float = 3.0,
    ) -> None:
        self._store, self._again, self._journals, self._told = store, again, journals, told
        self._write_every_s = write_every_s

    def work(self, blocks: Sequence[Block]) -> None:
        """Until every block has all its rows."""
        taken = [block for block in blocks if not self._take(block, wait=False)]
        for block in taken:
            self._take(block, wait=True)

    def _take(self, block: Block, wait: bool) -> bool:
        """Fill a block; false where another process has it and it is not waited for."""
        try:
            with FileLock(self._store.lock_file(block.name), timeout=-1 if wait else 0):
                self._fill(block)
        except Timeout:
            return False
        return True

    def _fill(self, block: Block) -> None:
        self._store.tidy(block.name)
        rows = self._store.block(block.name)
        left = [
            (seed, key)
            for seed, key in zip(block.seeds, block.keys, strict=True)
            if key not in rows or (self._again and has_failed(rows[key]))
        ]
        self._told(len(block.seeds) - len(left))
        if not left:
            return
        parts, written = _parts(block), time.monotonic()
        unwritten = 0
        try:
            first = None
            for seed, key in left:
                if first is None or self._journals or not parts.same_for_all_seeds:
                    first = run(parts, seed, self._journals)
                    settle()
                row, timing = first
                row = row.model_copy(update={"seed": seed, "key": key})
                rows[key] = timed(row, timing.model_copy(update={"key": key}))
                self._told(1)
                unwritten += 1
                if time.monotonic() - written > self._write_every_s:
                    self._store.write(block.name, rows.values())
                    written, unwritten = time.monotonic(), 0
        finally:  # also when it is stopped: what is done is done
            if unwritten:
                self._store.write(block.name, rows.values())


@lru_cache(maxsize=1)
def settle() -> None:
    """Once a process: what stays, modules and tables, is not searched for garbage ever again.

    It is half a million objects, and looking through them takes a twelfth of a campaign's time.
    """
    gc.collect()
    gc.freeze()


def _parts(block: Block) -> Parts:
    try:
        return parts_of(block.cell)
    except AthanorError as error:
        raise AthanorError(f"{block.cell.policy} in {block.cell.world}: {error}") from error
