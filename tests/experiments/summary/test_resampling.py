"""Intervals of means and medians against closed forms and against another bootstrap."""

import numpy as np
import pytest

from experiments.paired_statistics import Interval, crossed_mean
from experiments.summary.campaigns import Campaigns, Floats, campaigns_of
from experiments.summary.resampling import RESAMPLES, Resampling, share_interval
from tests.experiments.summary.rows import frame, row


def laid_out(targets: int, seeds: int, worlds: int = 1) -> Campaigns:
    """One policy on so many targets, with so many seeds in so many worlds."""
    return campaigns_of(
        frame(
            *(
                row("ours", target=f"t{t:03}", seed=s, world=f"w{w}")
                for w in range(worlds)
                for t in range(targets)
                for s in range(seeds)
            )
        )
    )


def test_what_is_everywhere_the_same_is_certain() -> None:
    drawn, values = Resampling(laid_out(3, 4)), np.full((3, 4), 0.25)
    assert drawn.means(values[None]) == [Interval(0.25, 0.25, 0.25)]
    assert drawn.median(values) == Interval(0.25, 0.25, 0.25)


def test_with_one_target_only_seeds_are_drawn() -> None:
    """Of 200 values with standard deviation s, the mean has s/sqrt(200), its interval 1.96 times.

    A quantile of 2000 resamples of this spread is off by some 4 %; thrice that is allowed.
    """
    values = np.random.default_rng(1).normal(0, 1, (1, 200))
    (found,) = Resampling(laid_out(1, 200)).means(values[None])
    half = 1.96 * values.std() / 200**0.5
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.mean == pytest.approx(half, rel=0.12)
    assert found.mean - found.low == pytest.approx(half, rel=0.12)


def test_means_are_those_of_the_crossed_bootstrap() -> None:
    """Two bootstraps of the same, each off by some 4 % of the width; thrice both is allowed."""
    rng = np.random.default_rng(2)
    values = rng.normal(0, 1, (12, 1)) + rng.normal(0, 0.7, (1, 9)) + rng.normal(0, 1, (12, 9))
    values[3, 4] = np.nan
    (found,), other = Resampling(laid_out(12, 9)).means(values[None]), crossed_mean(values)
    assert found.mean == pytest.approx(other.mean)
    assert found.low == pytest.approx(other.low, abs=0.17 * (other.mean - other.low))
    assert found.high == pytest.approx(other.high, abs=0.17 * (other.high - other.mean))


def test_a_seed_is_drawn_with_all_its_worlds() -> None:
    """What differs between worlds alone, and not between seeds, leaves no doubt."""
    values = np.array([[1.0, 1.0, 1.0, 5.0, 5.0, 5.0]])
    (found,) = Resampling(laid_out(1, 3, worlds=2)).means(values[None])
    assert found == Interval(3.0, 3.0, 3.0)


def test_medians_of_resamples_are_those_of_what_was_drawn() -> None:
    """By brute force: each value written down as often as it was drawn, numpy's median of these."""
    rng = np.random.default_rng(3)
    values = rng.integers(0, 9, (3, 5)).astype(float)
    values[0, 0], values[2, 1] = np.inf, np.nan
    drawn = Resampling(laid_out(3, 5))
    order = np.argsort(values[~np.isnan(values)], kind="stable")
    target, column = (place[order] for place in np.nonzero(~np.isnan(values)))
    ordered = values[target, column]
    rows = slice(0, 100)
    times = drawn._of_target[rows][:, target] * drawn._of_column[rows][:, column]
    with np.errstate(invalid="ignore"):
        brute = [np.median(np.repeat(ordered, n)) for n in times]
    assert drawn._medians(ordered, target, column, rows) == pytest.approx(brute, nan_ok=True)


@pytest.mark.parametrize(
    "values", [[3, 1, 2], [4, 1, 2, 3], [1, np.inf, np.inf], [1, 2, 9, np.inf]]
)
def test_the_median_itself_is_the_usual_one(values: list[float]) -> None:
    found = Resampling(laid_out(1, len(values))).median(np.array([values]))
    assert found.mean == np.median(values)


def test_a_median_that_some_resamples_do_not_reach_has_no_upper_end() -> None:
    found = Resampling(laid_out(1, 5)).median(np.array([[1.0, 2.0, 3.0, np.inf, np.inf]]))
    assert found.mean == 3
    assert found.high == np.inf
    assert found.low == 1


def test_what_is_not_there_has_no_interval() -> None:
    drawn, nothing = Resampling(laid_out(2, 2)), np.full((2, 2), np.nan)
    for found in (*drawn.means(nothing[None]), drawn.median(nothing)):
        assert np.isnan([found.mean, found.low, found.high]).all()


def test_tables_that_lack_different_campaigns_are_counted_apart() -> None:
    drawn = Resampling(laid_out(1, 30))
    values = np.random.default_rng(4).random((2, 1, 30))
    values[0, 0, :10] = np.nan
    both = drawn.resampled_means(values)
    assert both.shape == (RESAMPLES, 2)
    for k in range(2):
        alone: Floats = drawn.resampled_means(values[k : k + 1])
        assert both[:, k] == pytest.approx(alone[:, 0])


def test_a_share_of_all_or_none_is_not_certain() -> None:
    """Of 20 of 20, the exact bound is 1 - 0.025^(1/20)."""
    sure = share_interval(Interval(1.0, 1.0, 1.0), 20)
    assert sure.low == pytest.approx(0.8316, abs=1e-4)
    assert share_interval(Interval(0.0, 0.0, 0.0), 20).high == pytest.approx(1 - sure.low)
    assert share_interval(Interval(0.5, 0.4, 0.6), 20) == Interval(0.5, 0.4, 0.6)
