"""Measures of campaigns against what they are by hand."""

import numpy as np
import pytest

from experiments.summary.campaigns import campaigns_of
from experiments.summary.measures import (
    Prices,
    all_successes,
    beats,
    best_so_far,
    capped,
    costs,
    first_success,
    furnace_hours,
    lab_days,
    promises,
    regret,
    spent_in_all,
    successes,
    unpriced,
    until_success,
)
from knowledge.errors import AthanorError
from tests.experiments.summary.rows import failed, frame, row

FOUND = campaigns_of(
    frame(
        row("ours", [0.2, None, 0.95]),
        row("ours", [0.1, 0.5, 0.3, 0.89], seed=1),
        failed("ours", seed=2),
    )
)
GOES_ON = campaigns_of(
    frame(
        row("ours", [0.2, 0.9, 1.0, 0.1], ending="budget spent"),
        row("theirs", [0.9, 0.1, 0.1, 0.9], ending="budget spent"),
        row("ours", [0.9, 0.1, 0.1], ending="no candidate left", seed=1),
    )
)


def test_experiments_to_the_first_success_are_counted_and_capped() -> None:
    assert first_success(FOUND).tolist() == [3, np.inf, np.inf]
    assert capped(FOUND).tolist() == [3, 5, 5]
    assert FOUND.failed.tolist() == [False, False, True]


def test_what_follows_a_success_is_not_counted_to_it() -> None:
    assert first_success(GOES_ON).tolist() == [2, 1, 1]
    assert until_success(GOES_ON, furnace_hours(GOES_ON)).tolist() == [20, 10, 10]


def test_hours_and_costs_are_those_until_success_or_none() -> None:
    """Three experiments of 1, of 0.1 for each of 10 hours, and of precursors for 2: 4 each."""
    prices = Prices(1.0, 0.1)
    assert until_success(FOUND, furnace_hours(FOUND)).tolist() == [30, np.inf, np.inf]
    assert until_success(FOUND, costs(FOUND, prices)).tolist() == pytest.approx(
        [12, np.inf, np.inf]
    )
    assert spent_in_all(FOUND, costs(FOUND, prices)).tolist() == pytest.approx([12, 16, 0])


def test_precursors_without_a_price_cost_nothing_and_are_counted() -> None:
    found = campaigns_of(frame(row("ours", [0.1, 0.95], price=(None, 3.0))))
    assert costs(found, Prices(1.0, 0.0)).tolist() == [[1.0, 4.0]]
    assert unpriced(found) == 1


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_an_impossible_price_is_refused(wrong: float) -> None:
    with pytest.raises(AthanorError, match="give a price of 0 or more"):
        Prices(per_experiment=wrong)


def test_the_best_yield_so_far_is_kept_to_the_end_of_the_budget() -> None:
    assert best_so_far(FOUND).tolist() == [
        [0, 0.2, 0.2, 0.95, 0.95],
        [0, 0.1, 0.5, 0.5, 0.89],
        [0, 0, 0, 0, 0],
    ]


def test_regret_is_against_the_oracle_of_the_same_campaign() -> None:
    found = campaigns_of(
        frame(row("ours", [0.2, 0.6]), row("oracle", [1.0]), row("ours", [0.5], seed=1))
    )
    told = regret(found)
    assert told.after[0].tolist() == pytest.approx([1.0, 0.8, 0.4, 0.4, 0.4])
    assert told.mean[0] == pytest.approx(0.5)
    assert np.isnan(told.after[2]).all()  # no oracle had that seed
    assert "oracle" in told.against


def test_where_the_oracle_failed_there_is_no_regret() -> None:
    """What could be had is not known there: nothing, it is not."""
    found = campaigns_of(frame(row("ours", [0.4]), failed("oracle"), failed("ours", seed=1)))
    assert np.isnan(regret(found).after).all()
    own = campaigns_of(frame(failed("ours"), row("oracle", [1.0])))
    assert regret(own).mean.tolist() == pytest.approx([1.0, 0.0])


def test_days_of_the_lab_are_those_to_the_last_result() -> None:
    """Twelve hours for each of three and four; nothing was ever there of the one that failed."""
    assert lab_days(FOUND)[:2].tolist() == [1.5, 2.0]
    assert np.isnan(lab_days(FOUND)[2])


def test_without_an_oracle_regret_is_against_the_best_that_any_policy_had() -> None:
    told = regret(campaigns_of(frame(row("ours", [0.2]), row("theirs", [0.7, 0.3]))))
    assert told.after[:, 1].tolist() == pytest.approx([0.5, 0.0])
    assert "any of these policies" in told.against


def test_successes_are_counted_along_the_campaign() -> None:
    assert successes(GOES_ON).tolist() == [[0, 0, 1, 2, 2], [0, 1, 1, 1, 2], [0, 1, 1, 1, 1]]
    assert GOES_ON.goes_on
    assert not FOUND.goes_on


def test_all_successes_are_known_where_a_campaign_tried_every_candidate() -> None:
    """Both found two with seed 0, after three and four; with seed 1 nobody tried the last one."""
    needed = all_successes(GOES_ON)
    assert needed[:2].tolist() == [3, 4]
    assert np.isnan(needed[2])
    assert np.isnan(all_successes(FOUND)).all()


def test_a_campaign_that_ended_before_it_found_all_never_did() -> None:
    found = campaigns_of(
        frame(
            row("ours", [0.1, 0.9, 0.9, 0.1], ending="no candidate left"),
            row("theirs", [0.9, 0.1], ending="not worth its cost"),
        )
    )
    assert all_successes(found).tolist() == [3, np.inf]


def test_fewer_experiments_beat_more_and_ties_count_half() -> None:
    ours, theirs = np.array([1, 2, 3, np.nan]), np.array([2, 2, 1, 1])
    assert beats(ours, theirs)[:3].tolist() == [1, 0.5, 0]
    assert np.isnan(beats(ours, theirs)[3])


def test_promises_are_paired_with_what_came_of_them() -> None:
    found = campaigns_of(
        frame(
            row("ours", [0.2, None, 0.95], promised=(0.1, 0.2, 0.3)),
            row("ours", [0.1], seed=1),  # promised nothing
            row("theirs", [0.99], promised=(0.7,)),
        )
    )
    said, came = promises(found, 0)
    assert said.tolist() == [0.1, 0.2, 0.3]
    assert came.tolist() == [False, False, True]
