"""Calibration of a literature model on recipes that it was not trained on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize

from knowledge.literature.answers import shortest_intervals

_COVERAGE = 0.90
_SHARPNESS = (0.2, 3.0)

Floats = NDArray[np.float64]


def fit_sets(shares: Sequence[Sequence[float]], hit: NDArray[np.bool_]) -> tuple[float, float]:
    """Sharpness and coverage under which the likeliest set is reported as often as it says.

    `shares` are a target's probabilities of sets, best first, before calibration; `hit` whether
    the best was reported. Least log loss.
    """
    longest = max(map(len, shares))
    logs = np.full((len(shares), longest), -np.inf)
    for row, share in enumerate(shares):
        logs[row, : len(share)] = np.log(np.maximum(share, 1e-300))

    def loss(parameters: Floats) -> float:
        p = np.clip(_best(logs, *_unpack(parameters)), 1e-6, 1 - 1e-6)
        return float(-(np.log(p) * hit + np.log1p(-p) * ~hit).mean())

    found = minimize(loss, np.array([0.0, 3.0]), method="Nelder-Mead")
    sharpness, coverage = _unpack(found.x)
    return round(sharpness, 4), round(coverage, 4)


def _unpack(parameters: Floats) -> tuple[float, float]:
    sharpness = float(np.clip(np.exp(parameters[0]), *_SHARPNESS))
    return sharpness, float(1 / (1 + np.exp(-parameters[1])))


def _best(logs: Floats, sharpness: float, coverage: float) -> Floats:
    weights = np.exp(sharpness * (logs - logs[:, :1]))
    best: Floats = coverage / weights.sum(axis=1)
    return best


def fit_temperature(grid: Floats, probabilities: Floats, value: Floats) -> float:
    """The power under which the shortest 90 % intervals hold nine in ten values."""

    def excess(power: float) -> float:
        sharpened = probabilities**power
        sharpened = sharpened / sharpened.sum(axis=1, keepdims=True)
        low, high = shortest_intervals(grid, sharpened, _COVERAGE)
        return float(((low <= value) & (value <= high)).mean()) - _COVERAGE

    if excess(_SHARPNESS[0]) * excess(_SHARPNESS[1]) > 0:
        return 1.0
    return round(float(brentq(excess, *_SHARPNESS, xtol=1e-3)), 4)
