"""Predictions of one recipe, held against sampling and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from agents.predictions import predict
from agents.surrogate import REPEATED

WEIGHTS = np.array([0.6, 0.4])


def test_the_expected_yield_of_a_normal_probit() -> None:
    """E[Phi(f)] = Phi(mu / sqrt(1 + s^2)): Rasmussen & Williams, 2006, equation 3.82."""
    told = predict(np.array([0.4]), np.array([0.8]), np.ones(1), 0.9)
    assert told.expected_yield == pytest.approx(ndtr(0.4 / np.sqrt(1.8 + REPEATED**2)), abs=1e-5)


def test_intervals_hold_nine_draws_in_ten() -> None:
    rng = np.random.default_rng(0)
    mean, variance = np.array([-0.5, 0.8]), np.array([0.3, 0.6])
    told = predict(mean, variance, WEIGHTS, 0.9)
    which = rng.choice(2, 200_000, p=WEIGHTS)
    measured = mean[which] + np.sqrt(variance[which] + REPEATED**2) * rng.normal(size=len(which))
    low, high = told.yield_interval
    held = ((ndtr(measured) >= low) & (ndtr(measured) <= high)).mean()
    assert held == pytest.approx(0.9, abs=0.004)  # five standard errors
    assert told.probability == pytest.approx((ndtr(measured) >= 0.9).mean(), abs=0.004)
    assert told.yield_sigma == pytest.approx(ndtr(measured).std(), abs=0.004)


@given(
    st.lists(st.floats(-6, 6), min_size=2, max_size=2),
    st.lists(st.floats(1e-6, 9), min_size=2, max_size=2),
    st.floats(0.01, 1),
)
def test_probabilities_and_yields_are_ordered_within_0_and_1(
    mean: list[float], variance: list[float], asked: float
) -> None:
    told = predict(np.array(mean), np.array(variance), WEIGHTS, asked)
    low, high = told.probability_interval
    assert 0 <= low <= told.probability <= high <= 1
    assert 0 <= told.yield_interval[0] <= told.yield_interval[1] <= 1
    assert 0 <= told.expected_yield <= 1
