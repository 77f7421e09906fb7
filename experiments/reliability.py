"""Whether probabilities and intervals come true: pure functions of what was said and seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
BINS = 10
# Diffraction does not tell less from nothing, nor what lacks less from everything.
TOLD_APART = 0.02
_DRAWS = 1000


@dataclass(frozen=True)
class Bin:
    """Predictions of like probability: how many, what they said, and how often it happened.

    `low` and `high` hold the frequency with 90 % probability (a Beta posterior, Jeffreys' prior).
    """

    count: int
    probability: float
    frequency: float
    low: float
    high: float


def equal_mass(probability: Floats, bins: int = BINS) -> NDArray[np.intp]:
    """The bin of each prediction: about as many in each, equal ones together. shape: (n,)."""
    edges = np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(np.unique(edges), probability, side="right")


def reliability(probability: Floats, happened: Bools, bins: int = BINS) -> list[Bin]:
    """Probability and frequency by bins of about equal mass, least probable first."""
    index = equal_mass(probability, bins)
    found = []
    for b in np.unique(index):
        inside = index == b
        count, hits = int(inside.sum()), int(happened[inside].sum())
        low, high = beta.ppf([0.05, 0.95], hits + 0.5, count - hits + 0.5)
        found.append(
            Bin(count, float(probability[inside].mean()), hits / count, float(low), float(high))
        )
    return found


def calibration_error(probability: Floats, happened: Bools, bins: int = BINS) -> float:
    """Expected calibration error: mean distance of probability and frequency, by mass of bins."""
    found = reliability(probability, happened, bins)
    distance = sum(b.count * abs(b.probability - b.frequency) for b in found)
    return float(distance / len(probability))


def error_by_chance(probability: Floats, bins: int = BINS, seed: int = 0) -> tuple[float, float]:
    """What the error would be if all probabilities were right: its mean, and its 95 % quantile.

    A finite number of predictions never has an error of zero.
    """
    index = equal_mass(probability, bins)
    said = np.bincount(index, weights=probability)
    rng = np.random.default_rng(seed)
    drawn = (rng.random(len(probability)) < probability for _ in range(_DRAWS))
    errors = np.array([np.abs(np.bincount(index, weights=hits) - said).sum() for hits in drawn])
    errors /= len(probability)
    return float(errors.mean()), float(np.quantile(errors, 0.95))


def covered(low: Floats, high: Floats, measured: Floats) -> Bools:
    """Whether each interval holds what was measured. shape: (n,).

    A yield of nothing is anything that diffraction does not see, and so is the rest of a pure
    product: an interval that reaches there holds it.
    """
    least = np.where(measured < TOLD_APART, 0.0, measured)
    most = np.where(measured < TOLD_APART, TOLD_APART, measured)
    least = np.where(measured > 1 - TOLD_APART, 1 - TOLD_APART, least)
    most = np.where(measured > 1 - TOLD_APART, 1.0, most)
    return np.asarray((low <= most) & (least <= high))
