"""Calibration of forecasts of which it is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.reliability import (
    TOLD_APART,
    calibration_error,
    covered,
    equal_mass,
    error_by_chance,
    reliability,
)


def test_bins_have_equal_mass_and_equal_predictions_stay_together() -> None:
    assert np.bincount(equal_mass(np.linspace(0, 1, 100))).tolist() == [10] * 10
    tied = equal_mass(np.array([0.5] * 60 + [0.9] * 40))
    assert len(set(tied[:60])) == len(set(tied[60:])) == 1
    assert tied[0] != tied[-1]
    assert set(equal_mass(np.full(7, 0.5))) == {1}


def test_the_error_by_hand() -> None:
    """Half said 0.2 and came true half the time, half said 0.8 and always came true."""
    probability = np.repeat([0.2, 0.8], 4)
    happened = np.array([1, 1, 0, 0, 1, 1, 1, 1], dtype=bool)
    assert calibration_error(probability, happened) == pytest.approx(0.5 * 0.3 + 0.5 * 0.2)
    first, second = reliability(probability, happened)
    assert (first.count, first.probability, first.frequency) == (4, pytest.approx(0.2), 0.5)
    assert first.low < 0.5 < first.high
    assert (second.frequency, second.high) == (1, pytest.approx(1, abs=0.001))


def test_what_is_certain_and_true_has_no_error() -> None:
    probability = np.array([0.0, 1.0, 1.0, 0.0])
    assert calibration_error(probability, probability == 1) == 0
    assert error_by_chance(probability) == (0, 0)


def test_chance_by_its_closed_form() -> None:
    """One bin of n forecasts of 1/2: the mean distance of a binomial share, sqrt(1 / (2 pi n))."""
    mean, most = error_by_chance(np.full(400, 0.5))
    # The mean of 1000 draws is off by some 2.4 % of it; three times that is allowed.
    assert mean == pytest.approx((2 * np.pi * 400) ** -0.5, rel=0.075)
    assert most == pytest.approx(1.96 * 0.5 / 20, rel=0.1)


def test_a_perfect_forecaster_is_within_chance() -> None:
    rng = np.random.default_rng(5)
    probability = rng.beta(0.5, 0.5, 2000)
    happened = rng.random(2000) < probability
    assert calibration_error(probability, happened) <= error_by_chance(probability)[1]
    wrong = calibration_error(probability, rng.random(2000) < probability**3)
    assert wrong > 3 * error_by_chance(probability)[1]


def test_what_an_interval_holds() -> None:
    low = np.array([0.2, 0.2, 0.2, 0.01, 0.1, 0.9])
    high = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.985])
    measured = np.array([0.2, 0.51, 0.1, 0.0, 0.0, 1.0])
    assert covered(low, high, measured).tolist() == [True, False, False, True, False, True]


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=30))
def test_a_wider_interval_never_holds_less(rows: list[tuple[float, float, float]]) -> None:
    one, other, measured = np.array(rows).T
    low, high = np.minimum(one, other), np.maximum(one, other)
    inside = covered(low, high, measured)
    assert (inside >= ((low <= measured) & (measured <= high))).all()
    assert (covered(low - 0.1, high + 0.1, measured) >= inside).all()
    assert covered(np.zeros(len(low)), np.ones(len(low)), measured).all()
    gap = np.maximum(low - measured, measured - high)
    assert not inside[gap > TOLD_APART].any()
