"""Scores and differences of small studies by hand and by brute force, and what always holds."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.study.row import Row
from experiments.summary.campaigns import campaigns_of
from experiments.summary.scores import Difference, Summary, summarize
from knowledge.errors import AthanorError
from tests.experiments.summary.rows import BUDGET, failed, frame, row

Study = list[list[int]]  # experiments to success of two policies; above the budget: none


def study(numbers: Study, names: tuple[str, ...] = ("ours", "theirs")) -> list[Row]:
    """One target, a seed for each list: experiments to success of each policy."""
    return [
        row(name, [0.1] * (n - 1) + [0.95] if n <= BUDGET else [0.1] * BUDGET, seed=seed)
        for seed, of_each in enumerate(numbers)
        for name, n in zip(names, of_each, strict=True)
    ]


def of(numbers: Study, reference: str = "ours") -> Difference:
    (told,) = summarize(campaigns_of(frame(*study(numbers))), reference).whole.differences
    return told


def test_scores_by_hand() -> None:
    """Successes after 1, 2, 4 and never: three of four made, medians between 2 and 4."""
    found = campaigns_of(frame(*study([[1], [2], [4], [5]], ("ours",)), failed("ours", seed=9)))
    (score,) = summarize(found).whole.scores
    assert (score.campaigns, score.failed, score.experiments) == (5, 1, 11)
    assert score.made.mean == pytest.approx(3 / 5)
    assert (score.to_success.mean, score.furnace_h.mean, score.cost.mean) == pytest.approx(
        (4, 40, 16)
    )
    assert score.best_yield.mean == 0.95
    assert score.lab_days.mean == 1.5  # of 0.5, 1, 2 and 2; none of the one that failed


def test_a_median_that_half_did_not_reach_is_infinite() -> None:
    (score,) = summarize(campaigns_of(frame(*study([[1], [5], [5]], ("ours",))))).whole.scores
    assert np.isinf([score.to_success.mean, score.furnace_h.mean, score.cost.mean]).all()
    assert score.to_success.low == 1


def test_differences_by_hand() -> None:
    """Ours 1, 2, 3, 5; theirs 2, 2, 5, 1: one each alone, saved (1 + 0 + 2 - 4) / 4."""
    told = of([[1, 2], [2, 2], [3, 5], [5, 1]])
    assert (told.pairs, told.won, told.tied, told.lost) == (4, 2, 1, 1)
    assert (told.only_reference, told.only_other, told.p_value) == (1, 1, 1)
    assert told.made.mean == 0
    assert told.saved.mean == pytest.approx(-0.25)
    assert told.wins.mean == pytest.approx((2 + 0.5) / 4)


def test_a_policy_that_is_always_better_by_one_is_so_in_every_resample() -> None:
    told = of([[n, n + 1] for n in (1, 2, 3, 1, 2, 3)])
    assert (told.saved.low, told.saved.mean, told.saved.high) == (1, 1, 1)
    assert told.sure_of_saved == 1
    assert told.sure_of_made == 0.5
    assert (told.wins.low, told.wins.high) == (1, 1)


def test_one_campaign_each_has_no_interval() -> None:
    """Nothing can be drawn anew: an interval of no width would look certain."""
    told = of([[1, 4]])
    assert (told.saved.mean, told.pairs, told.targets, told.seeds) == (3, 1, 1, 1)
    assert np.isnan([told.saved.low, told.saved.high, told.sure_of_saved]).all()


numbers = st.lists(
    st.lists(st.integers(1, BUDGET + 1), min_size=2, max_size=2), min_size=2, max_size=12
)


@settings(max_examples=15, deadline=None)
@given(numbers)
def test_what_one_policy_wins_the_other_loses(tried: Study) -> None:
    one, other = of(tried), of(tried, "theirs")
    brute = [1.0 if a < b else 0.5 if a == b else 0.0 for a, b in tried]
    assert one.wins.mean == pytest.approx(np.mean(brute))
    assert one.wins.mean + other.wins.mean == pytest.approx(1)
    assert one.saved.mean == pytest.approx(-other.saved.mean)
    assert one.sure_of_saved + other.sure_of_saved == pytest.approx(1)
    assert one.won + one.tied + one.lost == len(tried)
    assert one.made.low <= one.made.mean <= one.made.high


@settings(max_examples=8, deadline=None)
@given(numbers, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(tried: Study, by: random.Random) -> None:
    rows = study(tried)
    shuffled = list(rows)
    by.shuffle(shuffled)
    names = ["ours", "theirs"]
    one, other = (summarize(campaigns_of(frame(*r), names)) for r in (rows, shuffled))
    # NaN, of what is not known, is equal to nothing: as text it is.
    assert repr(one.blocks) == repr(other.blocks)


def crossed() -> list[Row]:
    """Two policies, two targets, two worlds, two seeds."""
    return [
        row(name, [0.95] if name == "ours" or world == "w1" else [0.1], t, seed, world)
        for name, t, world, seed in itertools.product(
            ("ours", "theirs"), ("A", "B"), ("w1", "w2"), (0, 1)
        )
    ]


def test_worlds_are_told_apart_where_there_are_several() -> None:
    told = summarize(campaigns_of(frame(*crossed())))
    assert [(b.of, b.name) for b in told.blocks] == [
        ("all", "all"),
        ("world", "w1"),
        ("world", "w2"),
    ]
    assert [b.differences[0].made.mean for b in told.blocks] == [0.5, 0, 1]
    assert [b.scores[0].campaigns for b in told.blocks] == [8, 4, 4]


def test_targets_are_told_apart_where_that_is_asked() -> None:
    told = summarize(campaigns_of(frame(*crossed())), by="target")
    assert [b.name for b in told.blocks] == ["all", "A", "B"]
    assert [b.scores[1].made.mean for b in told.blocks] == [0.5, 0.5, 0.5]


def test_a_reference_that_is_not_there_is_refused() -> None:
    with pytest.raises(AthanorError, match="of policy gp, the reference: there are ours, theirs"):
        summarize(campaigns_of(frame(*crossed())), "gp")


def test_policies_that_share_no_campaign_are_not_compared() -> None:
    found = campaigns_of(frame(row("ours", [1.0]), row("theirs", [1.0], seed=1)))
    (told,) = summarize(found).whole.differences
    assert told.pairs == 0
    assert np.isnan(told.made.mean)


def replay(name: str, places: tuple[int, ...], seed: int) -> Row:
    """A replay of a table of four recipes, two of them good, at these places."""
    yields = [0.95 if n in places else 0.1 for n in range(1, BUDGET + 1)]
    return row(name, yields, seed=seed, ending="no candidate left")


def test_replays_are_held_against_each_other_until_all_successes() -> None:
    found = campaigns_of(
        frame(
            *(replay("ours", (1, 2), s) for s in (0, 1)),
            *(replay("theirs", (1, 4), s) for s in (0, 1)),
        )
    )
    told: Summary = summarize(found)
    assert told.knows_all
    assert [s.to_all.mean for s in told.whole.scores] == [2, 4]
    (difference,) = told.whole.differences
    assert difference.saved.mean == 0
    assert difference.saved_to_all.mean == 2
    assert difference.unlike_to_all == 2
