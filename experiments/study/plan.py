"""Every campaign of a study: cells, cut into blocks that are files, and shards that are jobs.

A cell is a policy with a target in a world. Its seeds are cut at multiples of 50 into blocks, so
that a block has the same name however the study grows. A shard is as many blocks, one after the
other, as hold about the campaigns asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from knowledge.record import content_hash

_SEEDS_A_BLOCK = 50


@dataclass(frozen=True)
class Cell:
    """One policy for one target in one world: `settings` are resolved, without any seed."""

    policy: str
    target: str
    world: str
    settings: dict[str, Any]

    @cached_property
    def name(self) -> str:
        """The hash of its settings, however its policy and world are called."""
        return content_hash(self.settings)

    def key(self, seed: int) -> str:
        """What the row of a campaign is known by."""
        return content_hash([self.name, seed])


@dataclass(frozen=True)
class Block:
    """Some seeds of a cell: what is written to one file."""

    cell: Cell
    seeds: tuple[int, ...]

    @property
    def name(self) -> str:
        """The name of its file: the same in every study that has the cell and these seeds."""
        return f"{self.cell.name}-{self.seeds[0] // _SEEDS_A_BLOCK:06d}"

    @property
    def keys(self) -> list[str]:
        """The keys of its campaigns, in the order of the seeds."""
        return [self.cell.key(seed) for seed in self.seeds]


@dataclass(frozen=True)
class Plan:
    """All cells, in the order in which their rows stand in the result, and all seeds."""

    cells: Sequence[Cell]
    seeds: Sequence[int]

    @property
    def size(self) -> int:
        """How many campaigns it has."""
        return len(self.cells) * len(self.seeds)

    @cached_property
    def blocks(self) -> list[Block]:
        """The files that the rows stand in, in order."""
        spans = [tuple(s) for _, s in groupby(self.seeds, key=lambda seed: seed // _SEEDS_A_BLOCK)]
        return [Block(cell, span) for cell in self.cells for span in spans]

    def campaigns(self) -> Iterator[tuple[Cell, int]]:
        """Every campaign, in the order of the result."""
        return ((cell, seed) for cell in self.cells for seed in self.seeds)

    def shards(self, campaigns: int) -> list[list[Block]]:
        """The blocks, cut into jobs of so many campaigns, or as few more as a block brings."""
        shards: list[list[Block]] = []
        room = 0
        for block in self.blocks:
            if room <= 0:
                shards.append([])
                room = campaigns
            shards[-1].append(block)
            room -= len(block.seeds)
        return shards
