"""Candidates as plain numbers, for policies that know no chemistry.

Which precursors are used (one indicator each), in which atmosphere, how hot and how long: what any
optimiser could be told of a recipe.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from agents.candidates import Candidate, Candidates
from agents.history import History
from agents.policies.protocol import Choice
from knowledge.errors import AthanorError

Rows = NDArray[np.int64]
Vector = NDArray[np.float64]
# What one recipe's yield varies by when it is made again.
REPEATABILITY = 0.05


@dataclass(frozen=True)
class Observed:
    """Recipes with a result: their rows, ascending, each once, and their mean yields, 0 to 1."""

    rows: Rows
    yields: Vector

    def __len__(self) -> int:
        return len(self.rows)


class OneHot:
    """The candidates of a campaign, by row.

    `x`: shape (candidates, features), each feature from 0 to 1; temperature, and logarithm of the
    hold, are the last two. What all candidates have in common is left out.
    """

    def __init__(self, candidates: Candidates) -> None:
        self.items = candidates.items
        self._row = {c.recipe.content_id: row for row, c in enumerate(self.items)}
        steps = [c.recipe.hottest for c in self.items]
        choices = [{*c.recipe.precursors, f"in {s.atmosphere.name}"} for c, s in self._with(steps)]
        names = sorted(set().union(*choices))
        used = np.array([[float(n in chosen) for n in names] for chosen in choices])
        self.temperature_c = np.array([s.temperature_c for s in steps])
        conditions = [_scaled(self.temperature_c), _scaled(np.log1p([s.hold_h for s in steps]))]
        varied = used[:, used.min(axis=0) < used.max(axis=0)]
        self.x = np.column_stack([varied, *conditions])

    def _with(self, values: Sequence[Any]) -> list[tuple[Candidate, Any]]:
        return list(zip(self.items, values, strict=True))

    def left(self, history: History) -> Rows:
        """Rows neither completed nor pending, ascending."""
        tried = history.tried
        return np.array([r for name, r in self._row.items() if name not in tried], dtype=np.int64)

    def pending(self, history: History) -> Rows:
        """Rows in the lab."""
        ids = (p.suggestion.recipe.content_id for p in history.pending)
        return np.array([self._row[i] for i in ids if i in self._row], dtype=np.int64)

    def observed(self, history: History) -> Observed:
        """What has a result. Of a recipe made several times the mean: no model grows with it."""
        seen: dict[int, list[float]] = {}
        for experiment in history.measured:
            row = self._row.get(experiment.recipe.content_id)
            if row is not None:
                seen.setdefault(row, []).append(experiment.yield_fraction)
        rows = sorted(seen)
        means = np.array([np.mean(seen[r]) for r in rows], dtype=np.float64)
        return Observed(np.array(rows, dtype=np.int64), means)

    def drawn(self, shuffled: Rows, count: int, random_first: int) -> list[Choice]:
        """The first of the shuffled rows: what is tried before there is enough for a model."""
        why = f"drawn at random: the model begins after {random_first} results"
        return [Choice(self.items[row], why) for row in shuffled[: max(count, 0)]]

    def choice(self, row: int, why: str, mean: float, sigma: float, yield_asked: float) -> Choice:
        """A row with the yield a model predicts for it, mean and standard deviation.

        The probability of success averages over the standard deviation and what repeats vary by;
        its interval holds 90 % of what the model does not know, that of the yield 90 % of what may
        be measured.
        """
        bounds, spread = norm.ppf([0.05, 0.95]), np.hypot(sigma, REPEATABILITY)
        low, high = norm.cdf((mean + bounds * sigma - yield_asked) / REPEATABILITY)
        middle = norm.cdf((mean - yield_asked) / spread)
        least, most = np.clip(mean + bounds * spread, 0.0, 1.0)
        return Choice(
            self.items[row],
            why,
            probability=round(float(middle), 6),
            interval=(round(float(min(low, middle)), 6), round(float(max(high, middle)), 6)),
            predicted_yield=round(float(np.clip(mean, 0.0, 1.0)), 6),
            predicted_yield_sigma=round(float(sigma), 6),
            yield_interval=(round(float(least), 6), round(float(most), 6)),
        )


def whole(name: str, value: int) -> int:
    """The value of a setting that counts something. Raises AthanorError unless it is 1 or more."""
    if not isinstance(value, int) or value < 1:
        raise AthanorError(f"{name} is {value}: it must be a whole number above zero")
    return value


def _scaled(values: NDArray[Any]) -> Vector:
    """From 0 for the smallest to 1 for the largest; 0 where all are equal."""
    span = float(np.ptp(values))
    return np.asarray((values - values.min()) / (span or 1.0), dtype=np.float64)
