"""Intervals of means and medians by drawing targets and seeds anew, all from the same draws.

What a policy does with one target in different worlds is alike, and so is what it does with
different targets in one world, so targets and seeds are both drawn, each independently (the
pigeonhole bootstrap: Owen, Ann. Appl. Stat. 1, 386 (2007)), as in experiments.paired_statistics. A
seed is drawn with all the worlds that it had: those were chosen, not met by chance. Where there is
one target, or one seed, only the other is drawn; where there is one of both there is no interval.
Draws of a few tell of those few: of five targets or fewer, not of targets in general.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from experiments.paired_statistics import Interval
from experiments.summary.campaigns import Bools, Campaigns, Floats, Ints

RESAMPLES = 2000
_OF_MEDIANS = 1000  # they move in steps: more would change no digit that is shown
_CHUNK = 250
_TAILS = (0.025, 0.975)


class Resampling:
    """Draws of the targets and seeds of some campaigns, for all that is asked of them.

    Values are laid out as by `Campaigns.grid`: targets by columns, NaN where there is none.
    """

    def __init__(self, found: Campaigns, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        seeds, self._seed_of_column = np.unique(found.columns[:, 1], return_inverse=True)
        self._of_target = _drawn(rng, len(found.targets))
        self._of_seed = _drawn(rng, len(seeds))

    @cached_property
    def _of_column(self) -> NDArray[np.uint16]:
        return self._of_seed[:, self._seed_of_column]

    def resampled_means(self, values: Floats, resamples: int = RESAMPLES) -> Floats:
        """The mean of each table in every resample, NaN where it drew nothing that is there.

        NaN throughout where a table is of one target and one seed: nothing is drawn anew there.
        `values`: shape (k, targets, columns); returned: shape (resamples, k).
        """
        there = np.isfinite(values)
        filled = np.where(there, values, 0.0)
        # Of one policy at many points the same is there: what is counted once is counted for all.
        alike = bool((there == there[:1]).all())
        counted = (there[:1] if alike else there).astype(np.float64)
        found = np.empty((resamples, len(values)))
        for start in range(0, resamples, _CHUNK):
            rows = slice(start, min(start + _CHUNK, resamples))
            total, count = self._weighed(filled, rows), self._weighed(counted, rows)
            found[rows] = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
        found[:, [not self._varies(table) for table in there]] = np.nan
        return found

    def _varies(self, there: Bools) -> bool:
        """Whether what is there of a table is of several targets or seeds."""
        return bool(there.any(axis=1).sum() > 1) or self.seeds_of(there) > 1

    def seeds_of(self, there: Bools) -> int:
        """Of how many seeds something is there. `there`: shape (targets, columns)."""
        return len(np.unique(self._seed_of_column[there.any(axis=0)]))

    def _weighed(self, tables: Floats, rows: slice) -> Floats:
        """Sums of tables over what is drawn. shape: (rows, tables)."""
        of_target = self._of_target[rows].astype(np.float64)
        of_column = self._of_column[rows].astype(np.float64)
        if tables.shape[1] == 1:
            return np.asarray(of_column @ tables[:, 0].T)
        sums = [np.einsum("rc,rc->r", of_target @ table, of_column) for table in tables]
        return np.stack(sums, axis=1)

    def means(self, values: Floats, resamples: int = RESAMPLES) -> list[Interval]:
        """The mean of each table with its 95 % interval. `values`: shape (k, targets, columns)."""
        resampled = self.resampled_means(values, resamples)
        return [interval_of(mean_of(v), resampled[:, k]) for k, v in enumerate(values)]

    def median(self, values: Floats) -> Interval:
        """The median of a table with its 95 % interval; infinite values lie above all others."""
        there = ~np.isnan(values)
        if not there.any():
            return Interval(np.nan, np.nan, np.nan)
        if not self._varies(there):
            return Interval(float(_middle(np.sort(values[there]))), np.nan, np.nan)
        order = np.argsort(values[there], kind="stable")
        target, column = (places[order] for places in np.nonzero(there))
        ordered = values[there][order]
        chunks = [
            self._medians(ordered, target, column, slice(start, start + _CHUNK))
            for start in range(0, _OF_MEDIANS, _CHUNK)
        ]
        return interval_of(_middle(ordered), np.concatenate(chunks))

    def _medians(self, ordered: Floats, target: Ints, column: Ints, rows: slice) -> Floats:
        weight = self._of_column[rows].astype(np.int32)[:, column]
        weight *= self._of_target[rows].astype(np.int32)[:, target]
        below = np.cumsum(weight, axis=1, out=weight)
        total = below[:, -1:].copy()
        below *= 2  # half of the total may lie between two values: then the middle of both
        last = len(ordered) - 1
        first = np.minimum((below < total).sum(axis=1), last)
        second = np.minimum((below <= total).sum(axis=1), last)
        middle = _between(ordered[first], ordered[second])
        return np.where(total[:, 0] > 0, middle, np.nan)


def interval_of(value: float, resampled: Floats) -> Interval:
    """A value with the interval that holds 95 % of its resamples."""
    kept = resampled[~np.isnan(resampled)]
    if not len(kept):
        return Interval(value, np.nan, np.nan)
    low, high = np.quantile(kept, _TAILS, method="inverted_cdf")
    return Interval(value, float(low), float(high))


def share_interval(share: Interval, campaigns: int) -> Interval:
    """A share of campaigns, wider where all or none did: no resample of these tells of others.

    There the exact binomial bound holds (Clopper and Pearson, Biometrika 26, 404 (1934)), which
    takes campaigns for independent.
    """
    if campaigns and share.mean in (0.0, 1.0):
        rest = 1 - (_TAILS[0]) ** (1 / campaigns)
        return Interval(share.mean, *((0.0, rest) if share.mean == 0 else (1 - rest, 1.0)))
    return share


def _drawn(rng: np.random.Generator, size: int) -> NDArray[np.uint16]:
    """How often each of so many is drawn in each resample. shape: (RESAMPLES, size)."""
    counts = np.empty((RESAMPLES, size), dtype=np.uint16)
    for start in range(0, RESAMPLES, _CHUNK):
        rows = min(_CHUNK, RESAMPLES - start)
        drawn = rng.integers(0, size, (rows, size)) + size * np.arange(rows)[:, None]
        counts[start : start + rows] = np.bincount(drawn.ravel(), minlength=rows * size).reshape(
            rows, size
        )
    return counts


def mean_of(values: Floats) -> float:
    """The mean of what is there; NaN where nothing is."""
    there: Bools = np.isfinite(values)
    return float(values[there].mean()) if there.any() else float("nan")


def _middle(ordered: Floats) -> float:
    half = len(ordered) // 2
    return float(_between(ordered[[half - (len(ordered) % 2 == 0)]], ordered[[half]])[0])


def _between(one: Floats, other: Floats) -> Floats:
    """The middle of two values; equal ones, infinite too, are themselves."""
    return np.where(one == other, one, one / 2 + other / 2)
