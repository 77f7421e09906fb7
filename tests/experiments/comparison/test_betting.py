"""The confidence sequence: a fair bet, worked out by hand, and what must hold of its bounds."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.comparison.betting import bounds, log_capital
from knowledge.errors import AthanorError

numbers = st.lists(st.integers(-20, 20).map(lambda n: n / 20), min_size=1, max_size=25)
few = settings(max_examples=25, deadline=None)


def capital(values: list[float], mean: float) -> float:
    """What ten shares of the capital come to, bet by bet."""
    total = 0.0
    for share in range(1, 11):
        each = 1.0
        for value in values:
            each *= 1 + share / 11 * (value - mean) / (1 + mean)
        total += each / 10
    return total


@few
@given(numbers, st.integers(-19, 19))
def test_capital_is_what_the_bets_come_to(values: list[float], at: int) -> None:
    told = np.exp(log_capital(np.array(values), at / 20))
    for count in range(1, len(values) + 1):
        assert told[count - 1] == pytest.approx(capital(values[:count], at / 20), rel=1e-9)


@few
@given(st.floats(0.05, 0.95), st.floats(-1, 0.5), st.floats(0.1, 1))
def test_a_bet_on_the_true_mean_is_fair(chance: float, low: float, gap: float) -> None:
    high = min(low + gap, 1.0)
    mean = chance * high + (1 - chance) * low
    expected = 0.0
    for outcome in product((0, 1), repeat=5):
        wins = sum(outcome)
        values = np.array([high if o else low for o in outcome])
        weight = chance**wins * (1 - chance) ** (5 - wins)
        expected += weight * float(np.exp(log_capital(values, mean)[-1]))
    assert expected == pytest.approx(1.0, rel=1e-9)


@few
@given(numbers, st.randoms(use_true_random=False))
def test_the_order_of_what_has_come_does_not_matter_to_the_capital(
    values: list[float], random: object
) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (log_capital(np.array(v), 0.1)[-1] for v in (values, shuffled))
    assert one == pytest.approx(other, abs=1e-9)


def test_a_bound_is_the_largest_mean_whose_bets_made_forty_of_one() -> None:
    values = [0.5, 0.25, 1.0, 0.75, -0.25, 0.5, 1.0, 0.5]
    known = bounds(np.array(values), 0.05)
    for count in range(1, len(values) + 1):
        below = [m / 500 for m in range(-499, 500) if capital(values[:count], m / 500) >= 40]
        assert known.low[count - 1] == max(below, default=-1.0)
        assert known.mean[count - 1] == pytest.approx(np.mean(values[:count]))
    assert known.low[-1] > -0.5


@few
@given(numbers)
def test_bounds_never_widen_and_never_pass_each_other(values: list[float]) -> None:
    known = bounds(np.array(values), 0.05)
    assert (np.diff(known.low) >= 0).all()
    assert (np.diff(known.high) <= 0).all()
    assert (known.low < known.high).all()
    assert known.low.min() >= -1
    assert known.high.max() <= 1


@few
@given(numbers)
def test_whoever_is_held_against_whom_the_bounds_are_mirrored(values: list[float]) -> None:
    ours, theirs = bounds(np.array(values), 0.05), bounds(-np.array(values), 0.05)
    assert np.array_equal(ours.low, -theirs.high)
    assert np.array_equal(ours.high, -theirs.low)


@few
@given(numbers)
def test_a_smaller_error_asks_for_wider_bounds(values: list[float]) -> None:
    one, both = bounds(np.array(values), 0.05), bounds(np.array(values), 0.025)
    assert (both.low <= one.low).all()
    assert (both.high >= one.high).all()


def test_of_numbers_that_contradict_what_was_known_the_last_bounds_stay() -> None:
    known = bounds(np.array([1.0] * 100 + [-1.0] * 400), 0.05)
    assert known.low[-1] < known.high[-1]
    assert known.low[99] > 0.8
    assert known.low[-1] == known.low[99]


def test_the_mean_lies_within_at_all_times_in_95_of_100_runs() -> None:
    rng = np.random.default_rng(1)
    for mean, values in (
        (0.0, rng.choice([-1.0, 0.0, 1.0], (200, 500), p=[0.1, 0.8, 0.1])),
        (0.4, rng.beta(7, 3, (200, 500)) * 2 - 1),
        (-0.1, np.where(rng.random((200, 500)) < 0.1, -1.0, 0.0)),
    ):
        wrong = (log_capital(values, mean) >= np.log(40)).any(axis=0)
        wrong |= (log_capital(-values, -mean) >= np.log(40)).any(axis=0)
        assert wrong.mean() <= 0.05


def test_bounds_close_in_on_the_mean() -> None:
    values = np.random.default_rng(2).uniform(-0.3, 0.5, 2000)
    known = bounds(values, 0.05)
    assert known.low[-1] < 0.1 < known.high[-1]
    # Looked at once it were 2 x 1.96 x 0.23 / sqrt(2000) = 0.02 wide; always, less than three times
    assert known.high[-1] - known.low[-1] < 0.06


@pytest.mark.parametrize("value", [1.001, -2.0, float("nan"), float("inf")])
def test_numbers_out_of_bounds_are_refused(value: float) -> None:
    with pytest.raises(AthanorError, match="from -1 to 1"):
        bounds(np.array([0.0, value]), 0.05)
