"""Intervals against closed forms, McNemar's test against the binomial by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.paired_statistics import crossed_mean, mcnemar


def test_what_is_everywhere_the_same_is_certain() -> None:
    found = crossed_mean(np.full((5, 7), 0.25))
    assert (found.mean, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))


@pytest.mark.parametrize("across", ["targets", "worlds"])
def test_where_only_one_of_both_varies_it_is_the_bootstrap_of_that(across: str) -> None:
    """Of 100 values with standard deviation s, the mean has s/10, and the interval 1.96 of that."""
    values = np.repeat(np.random.default_rng(1).normal(0, 1, (100, 1)), 6, axis=1)
    half = 1.96 * values[:, 0].std() / 10
    found = crossed_mean(values if across == "targets" else values.T)
    assert found.mean == pytest.approx(values.mean())
    # A quantile of 4000 resamples of this spread is off by some 3 %; three times that is allowed.
    assert found.high - found.mean == pytest.approx(half, rel=0.1)
    assert found.mean - found.low == pytest.approx(half, rel=0.1)


def test_both_at_once_is_wider_than_campaigns_taken_for_independent() -> None:
    """Variances of targets and of worlds add up: s_t^2 / n_t + s_w^2 / n_w."""
    rng = np.random.default_rng(2)
    targets, worlds = rng.normal(0, 1, (60, 1)), rng.normal(0, 0.5, (1, 20))
    half = 1.96 * np.hypot(targets.std() / 60**0.5, worlds.std() / 20**0.5)
    found = crossed_mean(targets + worlds)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.1)


def test_what_was_not_run_is_left_out() -> None:
    values = np.array([[1.0, np.nan], [1.0, 1.0], [np.nan, np.nan]])
    assert crossed_mean(values).mean == 1
    assert crossed_mean(values).low == 1
    assert np.isnan(crossed_mean(np.full((2, 2), np.nan)).mean)


def test_mcnemar_by_hand() -> None:
    ours = np.array([1, 1, 1, 1, 1, 0, np.nan, 1])
    theirs = np.array([0, 0, 0, 0, 0, 0, 0, 1])
    found = mcnemar(ours, theirs)
    assert (found.only_ours, found.only_theirs) == (5, 0)
    assert found.p_value == pytest.approx(2 / 2**5)
    assert mcnemar(theirs, theirs).p_value == 1


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_mcnemar_is_alike_from_both_sides(pairs: list[tuple[bool, bool]]) -> None:
    ours, theirs = np.array(pairs, dtype=float).T
    one, other = mcnemar(ours, theirs), mcnemar(theirs, ours)
    assert one.p_value == other.p_value
    assert 0 < one.p_value <= 1
    assert (one.only_ours, one.only_theirs) == (other.only_theirs, other.only_ours)
    assert one.only_ours - one.only_theirs == ours.sum() - theirs.sum()
