"""Experiments until the first, half and all successes, by hand and by brute force."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.replay import Truth, milestones


def test_by_hand() -> None:
    """Three successes: half of them, rounded up, is two. The best are two equals."""
    yields = {"a": 0.2, "b": 0.995, "c": 1.0, "d": 1.0, "e": 0.99}
    found = milestones(["e", "b", "a", "d", "c"], Truth(yields, 0.995))
    assert (found.first, found.half, found.all, found.best) == (2, 4, 5, 4)
    assert found.found == (0, 1, 1, 2, 3)


def test_a_table_without_success() -> None:
    found = milestones(["a", "b"], Truth({"a": 0.1, "b": 0.3}, 0.9))
    assert (found.first, found.half, found.all, found.best) == (None, None, None, 2)
    assert found.found_at(10) == 0


def test_what_is_not_reached_is_none() -> None:
    found = milestones(["a"], Truth({"a": 1.0, "b": 1.0}, 0.9))
    assert (found.first, found.half, found.all, found.best) == (1, 1, None, 1)


def test_a_result_that_answers_twice_counts_once() -> None:
    found = milestones(["a", "a", "b"], Truth({"a": 1.0, "b": 1.0}, 0.9))
    assert (found.half, found.all) == (1, 3)


@given(
    st.lists(st.sampled_from([0.0, 0.5, 0.9, 0.95, 1.0]), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_against_brute_force(yields: list[float], random: object) -> None:
    names = [str(i) for i in range(len(yields))]
    truth = Truth(dict(zip(names, yields, strict=True)), 0.95)
    order = list(names)
    random.shuffle(order)  # type: ignore[attr-defined]
    found = milestones(order, truth)
    places = [n for n, name in enumerate(order, 1) if truth.yields[name] >= 0.95]
    assert found.best == min(n for n, i in enumerate(order, 1) if truth.yields[i] == max(yields))
    if places:
        half = places[math.ceil(len(places) / 2) - 1]
        assert (found.first, found.half, found.all) == (places[0], half, places[-1])
    else:
        assert (found.first, found.half, found.all) == (None, None, None)
    for experiments in (1, 10, 20, 47):
        assert found.found_at(experiments) == sum(place <= experiments for place in places)


@pytest.mark.parametrize("experiments", [10, 47])
def test_after_the_end_nothing_more_is_found(experiments: int) -> None:
    assert milestones(["b", "a"], Truth({"a": 1.0, "b": 0.1}, 0.9)).found_at(experiments) == 1
