"""When bounds decide, by hand; and how seeds are added."""

from itertools import pairwise

import numpy as np
import pytest

from experiments.comparison.betting import Bounds
from experiments.comparison.differences import Paired
from experiments.comparison.verdict import Rule, decided, rounds
from knowledge.errors import AthanorError


def known(low: list[float], high: list[float]) -> Bounds:
    return Bounds((np.array(low) + np.array(high)) / 2, np.array(low), np.array(high))


@pytest.mark.parametrize(
    ("low", "high", "kind", "after"),
    [
        ([-0.5, -0.1, 0.01], [0.9, 0.6, 0.5], "better", 3),
        ([-0.5, 0.0, 0.1], [0.9, 0.6, 0.5], "better", 2),  # a bound at 0 rules it out
        ([-0.9, -0.6], [0.1, -0.002], "worse", 2),
        ([-0.3, -0.02], [0.3, 0.02], "alike", 2),
        ([-0.3, -0.02], [0.3, 0.022], "undecided", None),
        ([-0.02, 0.004], [0.02, 0.01], "alike", 1),  # what is decided first stands
        ([-0.3, 0.004], [0.3, 0.01], "better", 2),  # of two at once, that there is a difference
        ([-1.0], [1.0], "undecided", None),
    ],
)
def test_the_first_that_bounds_rule_out_decides(
    low: list[float], high: list[float], kind: str, after: int | None
) -> None:
    assert decided(known(low, high), 0.02) == (kind, after)


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.1, float("nan")])
def test_a_margin_is_a_share(margin: float) -> None:
    with pytest.raises(AthanorError, match="--margin"):
        Rule(margin)


def test_several_opponents_share_the_error() -> None:
    values = np.array([1.0, 0.5] * 10)
    alone, of_ten = (Rule(opponents=n).of(Paired(values, 20)) for n in (1, 10))
    assert alone.kind == of_ten.kind == "better"
    assert alone.after is not None
    assert of_ten.after is not None
    assert alone.after < of_ten.after
    assert alone.now[1] > of_ten.now[1]


def test_equal_policies_are_told_to_be_alike() -> None:
    verdict = Rule(0.1).of(Paired(np.zeros(200), 20))
    assert verdict.kind == "alike"
    assert verdict.now[0] == 0


def test_seeds_grow_by_about_a_quarter_and_end_at_the_most_there_may_be() -> None:
    assert list(rounds(40)) == [10, 13, 17, 22, 28, 35, 40]
    assert list(rounds(10)) == [10]
    assert list(rounds(3)) == [3]
    many = list(rounds(100_000))
    assert many[-1] == 100_000
    assert all(1.2 <= after / before <= 1.4 for before, after in pairwise(many[:-1]))
