"""What a posterior says of a recipe before it is fired: chance of success, yield, intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

from agents.censoring import END, LIMIT
from agents.surrogate import REPEATED, threshold

Array = NDArray[np.float64]
Interval = tuple[float, float]
_LOW, _HIGH = 0.05, 0.95
# Gauss-Hermite for the mean over a standard normal.
NODES, _AREAS = np.polynomial.hermite_e.hermegauss(21)
NODE_WEIGHTS = _AREAS / _AREAS.sum()
_DIGITS = 6


@dataclass(frozen=True)
class Prediction:
    """Of one recipe. `interval` of the probability is over what is not known of the recipe;
    that of the yield holds a measurement with 90 % probability.
    """

    probability: float
    probability_interval: Interval
    expected_yield: float
    yield_sigma: float
    yield_interval: Interval


def predict(mean: Array, variance: Array, weights: Array, yield_asked: float) -> Prediction:
    """From a mixture of normals for the probit of one recipe. shapes: (members,)."""
    spread, measured = np.sqrt(variance), np.sqrt(variance + REPEATED**2)
    asked = threshold(yield_asked)
    probability = float(weights @ norm.sf((asked - mean) / measured))
    ends = [
        norm.sf((asked - _quantile(q, mean, spread, weights)) / REPEATED) for q in (_LOW, _HIGH)
    ]
    low, high = min(ends[0], probability), max(ends[1], probability)
    yields = ndtr(mean + NODES[:, None] * measured)
    expected = float(NODE_WEIGHTS @ yields @ weights)
    square = float(NODE_WEIGHTS @ yields**2 @ weights)
    reached = [_yield(_quantile(q, mean, measured, weights)) for q in (_LOW, _HIGH)]
    return Prediction(
        probability=round(probability, _DIGITS),
        probability_interval=(round(low, _DIGITS), round(high, _DIGITS)),
        expected_yield=round(expected, _DIGITS),
        yield_sigma=round(float(np.sqrt(max(square - expected**2, 0.0))), _DIGITS),
        yield_interval=(round(reached[0], _DIGITS), round(reached[1], _DIGITS)),
    )


def _quantile(share: float, mean: Array, spread: Array, weights: Array) -> float:
    """Of a mixture of normals, by root finding between the quantiles of its members."""
    each = mean + norm.ppf(share) * spread
    low, high = float(each.min()), float(each.max())
    if high - low < 1e-9:
        return low
    return float(brentq(lambda x: weights @ norm.cdf((x - mean) / spread) - share, low, high))


def _yield(probit: float) -> float:
    """The yield of a probit; beyond what is told apart, all or nothing."""
    if abs(probit) >= LIMIT:
        return float(probit > 0)
    return float(min(max(ndtr(probit), END), 1 - END))
