"""How good proposals of recipes are: pure functions of what was proposed and what was reported."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TOP = (1, 3, 5, 10)
_BINS = 15
_RESAMPLES = 2000

Floats = NDArray[np.float64]
PrecursorSet = tuple[str, ...]


def hits(
    proposed: Sequence[Sequence[PrecursorSet]], reported: Sequence[set[PrecursorSet]]
) -> NDArray[np.bool_]:
    """Whether any of the first k sets is a reported one, `targets x TOP`."""
    return np.array(
        [
            [bool(known & set(sets[:k])) for k in TOP]
            for sets, known in zip(proposed, reported, strict=True)
        ],
        dtype=bool,
    ).reshape(len(reported), len(TOP))


def shares(hit: NDArray[np.bool_]) -> dict[str, float]:
    """Share of targets hit, by k."""
    return {str(k): round(float(hit[:, i].mean()), 4) for i, k in enumerate(TOP)}


def expected_calibration_error(probability: Floats, happened: NDArray[np.bool_]) -> float:
    """Mean distance of probability and frequency over bins of equal width (Guo et al., 2017)."""
    bins = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    total = 0.0
    for b in np.unique(bins):
        inside = bins == b
        total += inside.sum() * abs(probability[inside].mean() - happened[inside].mean())
    return float(total / len(probability))


def brier_skill(probability: Floats, happened: NDArray[np.bool_]) -> float:
    """1 - Brier score over that of always saying the base rate; 0 where all or none happened."""
    base = happened.mean()
    reference = base * (1 - base)
    if reference == 0:
        return 0.0
    return float(1 - ((probability - happened) ** 2).mean() / reference)


def interval_scores(low: Floats, high: Floats, value: Floats) -> dict[str, object]:
    """Coverage and mean width of intervals, and coverage in thirds of rising width."""
    inside = (low <= value) & (value <= high)
    width = high - low
    thirds = np.array_split(np.argsort(width, kind="stable"), 3)
    return {
        "coverage_90": round(float(inside.mean()), 4),
        "width_90_c": round(float(width.mean()), 1),
        "coverage_90_by_third": [round(float(inside[t].mean()), 4) for t in thirds if len(t)],
    }


def paired_gain(
    ours: Floats, theirs: Floats, clusters: Sequence[str], seed: int = 0
) -> dict[str, float]:
    """Mean of ours - theirs with its 95 % interval, from resampling whole clusters.

    Compositions of one chemical system rise and fall together, so systems are what is drawn.
    """
    names, index = np.unique(np.asarray(clusters), return_inverse=True)
    difference = np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float)
    sums = np.bincount(index, weights=difference, minlength=len(names))
    sizes = np.bincount(index, minlength=len(names)).astype(float)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=_RESAMPLES)
    means = (drawn @ sums) / (drawn @ sizes)
    low, high = np.quantile(means, [0.025, 0.975])
    return {
        "mean": round(float(difference.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }
