"""Differences between two policies that made the same targets in the same worlds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

Floats = NDArray[np.float64]
_RESAMPLES = 4000
_CHUNK = 500


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    def rounded(self) -> dict[str, float]:
        """For a JSON file."""
        return {"mean": round(self.mean, 4), "low": round(self.low, 4), "high": round(self.high, 4)}


def crossed_mean(values: Floats, seed: int = 0) -> Interval:
    """The mean over a table of targets by worlds, with its 95 % interval.

    What one target yields in different worlds is alike, and so is what different targets yield in
    one world, so targets and worlds are both drawn anew, each independently (the pigeonhole
    bootstrap: Owen, Ann. Appl. Stat. 1, 386 (2007)). `values` has shape (targets, worlds); NaN is
    a campaign that was not run. Where a single target or world was run, only the other is drawn.
    """
    there = np.isfinite(values)
    if not there.any():
        return Interval(np.nan, np.nan, np.nan)
    filled = np.where(there, values, 0.0)
    rng = np.random.default_rng(seed)
    means = []
    for _ in range(_RESAMPLES // _CHUNK):
        of_target = _draw(rng, values.shape[0])
        of_world = _draw(rng, values.shape[1])
        total = ((of_target @ filled) * of_world).sum(axis=1)
        count = ((of_target @ there) * of_world).sum(axis=1)
        means.append(total[count > 0] / count[count > 0])
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return Interval(float(filled.sum() / there.sum()), float(low), float(high))


def _draw(rng: np.random.Generator, size: int) -> Floats:
    """How often each of so many is drawn, in each of a chunk of resamples. shape: (chunk, size)."""
    return rng.multinomial(size, np.full(size, 1 / size), size=_CHUNK).astype(float)


@dataclass(frozen=True)
class McNemar:
    """Campaigns that only one of two policies brought to its end, and how likely by chance.

    `p_value` is two-sided and exact (binomial). It takes campaigns for independent, which those of
    one target or one world are not: the interval of the difference does not take them so.
    """

    only_ours: int
    only_theirs: int
    p_value: float


def mcnemar(ours: Floats, theirs: Floats) -> McNemar:
    """McNemar's exact test of two tables of successes, 0 or 1; NaN in either is left out."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    only_ours = int(((ours == 1) & (theirs == 0) & both).sum())
    only_theirs = int(((ours == 0) & (theirs == 1) & both).sum())
    differing = only_ours + only_theirs
    p = float(binomtest(only_ours, differing).pvalue) if differing else 1.0
    return McNemar(only_ours, only_theirs, p)
