"""When a comparison is decided, and how seeds are added until it is."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from experiments.comparison.betting import Bounds, bounds
from experiments.comparison.differences import Paired
from knowledge.errors import AthanorError

Kind = Literal["better", "worse", "alike", "undecided", "same"]
ERROR = 0.05
_FIRST_ROUND = 10
_GROWTH = 1.25


@dataclass(frozen=True)
class Rule:
    """How a comparison is decided.

    `margin`: differences that are no larger do not matter, as shares from 0 to 1. `error`: how
    probable it is that any of its verdicts is wrong, at most. `opponents` share it evenly
    (Bonferroni). Raises AthanorError for a margin that is none.
    """

    margin: float = 0.02
    error: float = ERROR
    opponents: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.margin < 1:
            raise AthanorError(
                f"--margin {self.margin:g}: give a share above 0 and below 1, as 0.02, below which "
                "a difference does not matter"
            )

    def of(self, found: Paired) -> "Verdict":
        """What some differences decide; nothing where they are copies of one."""
        if found.copies:
            mean = found.values[:1].repeat(len(found.values))
            return Verdict("same", None, found, Bounds(mean, mean, mean))
        known = bounds(found.values, self.error / self.opponents)
        kind, after = decided(known, self.margin)
        return Verdict(kind, after, found, known)


@dataclass(frozen=True)
class Verdict:
    """What differences decide, `after` how many seeds, and what is known of their mean by each.

    `better` and `worse`: the mean is not 0, of whichever size. `alike`: it is within the margin.
    `same`: there is no chance in it, and so nothing to decide by adding seeds.
    """

    kind: Kind
    after: int | None
    found: Paired
    known: Bounds

    @property
    def seeds(self) -> int:
        """How many seeds it rests on."""
        return len(self.found.values)

    @property
    def now(self) -> tuple[float, float, float]:
        """The mean difference, and what the true one lies within, low and high."""
        known = self.known
        return float(known.mean[-1]), float(known.low[-1]), float(known.high[-1])


def decided(known: Bounds, margin: float) -> tuple[Kind, int | None]:
    """The first thing that bounds decide, and after how many numbers."""
    kinds: dict[Kind, np.ndarray] = {
        "better": known.low >= 0,
        "worse": known.high <= 0,
        "alike": (known.low >= -margin) & (known.high <= margin),
    }
    first: list[tuple[int, Kind]] = [
        (int(seen.argmax()) + 1, kind) for kind, seen in kinds.items() if seen.any()
    ]
    if not first:
        return "undecided", None
    after, kind = min(first, key=lambda each: each[0])  # of two at once, the first named
    return kind, after


def rounds(most: int) -> Iterator[int]:
    """How many seeds there are after each round: a quarter more each time, to so many."""
    count = _FIRST_ROUND
    while count < most:
        yield count
        count = math.ceil(count * _GROWTH)
    yield most
