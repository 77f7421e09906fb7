"""What papers say of a firing: the values that a model chooses from, and distributions over them.

A distribution is over the values of a grid. Between them it is taken as spread evenly, so that a
quantile is a number and not one of the values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Gases that reduce are one answer: papers seldom say how much hydrogen is in the nitrogen.
REDUCING = "reducing"
ANSWERS: dict[str, list[float] | list[str] | list[int]] = {
    "temperature_c": [200.0 + 25.0 * i for i in range(73)],
    "hold_h": [0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 36, 48, 72, 120, 240],
    "atmosphere": ["air", "oxygen", "argon", "nitrogen", REDUCING],
    "firings": [1, 2, 3, 4],
}
_GASES = {
    "air": "air", "ambient": "air", "oxygen": "oxygen", "argon": "argon", "nitrogen": "nitrogen",
    "vacuum": "argon", "helium": "argon", "inert": "argon", "hydrogen": REDUCING,
    "carbon monoxide": REDUCING, "thermal carbon": REDUCING, "ammonia": REDUCING,
}  # fmt: skip
# Years as a network reads them. A paper without one is taken for one of the middle.
_YEAR_MIDDLE, _YEAR_SCALE, _YEAR_UNKNOWN = 2008.0, 8.0, 2010.0


def year_feature(year: float) -> float:
    """A year of publication as a small number; NaN is a year in the middle."""
    known = year if year == year else _YEAR_UNKNOWN
    return (known - _YEAR_MIDDLE) / _YEAR_SCALE


def atmosphere_of(text: str) -> str | None:
    """The one atmosphere of a paper's words (`hydrogen;nitrogen`), or none if it says several."""
    gases = {_GASES.get(word.strip().lower(), "") for word in text.split(";") if word.strip()}
    if REDUCING in gases and gases <= {REDUCING, "nitrogen", "argon"}:
        return REDUCING
    return gases.pop() or None if len(gases) == 1 else None


# Shares left below an interval that are tried when the shortest is sought.
_TRIED = 21


@dataclass(frozen=True)
class Spread:
    """A distribution over the values of a rising grid: probabilities that add up to one."""

    values: Sequence[float]
    probabilities: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(np.dot(self.values, self.probabilities))

    @property
    def sigma(self) -> float:
        """Standard deviation."""
        square = np.dot((np.asarray(self.values) - self.mean) ** 2, self.probabilities)
        return float(np.sqrt(square))

    def quantile(self, share: float) -> float:
        """The value below which a share of the distribution lies."""
        return float(quantiles(np.asarray(self.values), self.probabilities[None], share)[0])

    def interval(self, share: float) -> tuple[float, float]:
        """The shortest interval that holds a share of the distribution."""
        low, high = shortest_intervals(np.asarray(self.values), self.probabilities[None], share)
        return float(low[0]), float(high[0])


def quantiles(
    grid: NDArray[np.float64], probabilities: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """The quantile of every row of probabilities (`rows x values`), linear within a value's cell.

    A cell reaches half-way to the values beside it, and as far beyond the first and the last.
    """
    middles = (grid[1:] + grid[:-1]) / 2
    edges = np.concatenate([[2 * grid[0] - middles[0]], middles, [2 * grid[-1] - middles[-1]]])
    below = np.concatenate([np.zeros((len(probabilities), 1)), probabilities.cumsum(axis=1)], 1)
    below /= below[:, -1:]
    cell = np.clip((below <= share).sum(axis=1) - 1, 0, len(grid) - 1)
    rows = np.arange(len(probabilities))
    low, high = below[rows, cell], below[rows, cell + 1]
    within = (share - low) / np.maximum(high - low, 1e-12)
    found: NDArray[np.float64] = edges[cell] + within * (edges[cell + 1] - edges[cell])
    return found


def shortest_intervals(
    grid: NDArray[np.float64], probabilities: NDArray[np.float64], share: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the shortest interval that holds a share of each row, by the share left below it."""
    left = np.linspace(0, 1 - share, _TRIED)
    lows = np.stack([quantiles(grid, probabilities, q) for q in left])
    highs = np.stack([quantiles(grid, probabilities, q + share) for q in left])
    best = (highs - lows).argmin(axis=0), np.arange(len(probabilities))
    return lows[best], highs[best]
