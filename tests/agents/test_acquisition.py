"""What an experiment is worth, held against sampling."""

import numpy as np
import pytest
from scipy.special import ndtr

from agents.acquisition import Belief, best_batch, improvement, one_firing, worth
from agents.goal import Wanted
from agents.surrogate import REPEATED, threshold

SAMPLES = 400_000


def wanted(objective: str, count: int, **changes: object) -> Wanted:
    fields = {
        "best": 0.0, "costs": np.ones(count), "bits": np.zeros(count), "yield_asked": 0.9,
        "question": np.arange(count),
    }  # fmt: skip
    return Wanted(objective=objective, **{**fields, **changes})  # type: ignore[arg-type]


def belief(seed: int = 0, count: int = 4, members: int = 2) -> Belief:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(members, count, count)) / 2
    covariance = root @ root.transpose(0, 2, 1) + 0.1 * np.eye(count)
    weights = np.array([0.7, 0.3])[:members]
    mean = rng.normal(0.3, 0.5, size=(members, count))
    return Belief(mean, covariance, np.log(weights / weights.sum()))


def test_improvement_is_what_sampling_gives() -> None:
    rng = np.random.default_rng(1)
    mean, variance, best = np.array([[0.2, 1.5]]), np.array([[1.0, 0.3]]), np.array([0.4, 0.8])
    drawn = ndtr(mean + np.sqrt(variance) * rng.normal(size=(SAMPLES, 2)))
    sampled = np.maximum(drawn - best, 0).mean(axis=0)
    # Five standard errors of the sampling, and what 21 nodes leave of a kink.
    assert improvement(mean, variance, best)[0] == pytest.approx(sampled, abs=0.003)


def test_assuming_a_failure_is_conditioning_on_it() -> None:
    """Mean, covariance and weights of the draws in which the first candidate falls short."""
    rng = np.random.default_rng(2)
    believed, asked = belief(), threshold(0.9)
    means, covariances, shares = [], [], []
    for mean, covariance, weight in zip(
        believed.mean, believed.covariance, np.exp(believed.log_weights), strict=True
    ):
        drawn = rng.multivariate_normal(mean, covariance, SAMPLES)
        failed = drawn[drawn[:, 0] + REPEATED * rng.normal(size=SAMPLES) < asked]
        means.append(failed.mean(axis=0))
        covariances.append(np.cov(failed.T))
        shares.append(weight * len(failed))
    believed.assume_failed(0, 0.9)
    # Five standard errors of means and covariances of some 300,000 draws.
    assert believed.mean == pytest.approx(np.array(means), abs=0.02)
    assert believed.covariance == pytest.approx(np.array(covariances), abs=0.02)
    expected = np.array(shares) / sum(shares)
    assert np.exp(believed.log_weights) == pytest.approx(expected, abs=0.01)


def test_a_batch_is_not_filled_with_copies() -> None:
    """Two candidates that stand or fall together, and a third a little less likely."""
    covariance = np.array([[[1.0, 0.999, 0.0], [0.999, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    believed = Belief(np.array([[0.9, 0.9, 0.8]]), covariance, np.zeros(1))
    chosen = best_batch(believed, wanted("one", 3), np.ones(3, dtype=bool), 2, [])
    assert sorted(chosen) in ([0, 2], [1, 2])


def test_a_pending_copy_is_passed_over() -> None:
    covariance = np.array([[[1.0, 0.999, 0.0], [0.999, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    believed = Belief(np.array([[0.9, 0.9, 0.8]]), covariance, np.zeros(1))
    assert best_batch(believed, wanted("all", 3), np.array([False, True, True]), 1, [0]) == [2]


def test_only_what_is_allowed_is_chosen_and_all_of_it() -> None:
    allowed = np.array([True, False, True, True])
    chosen = best_batch(belief(), wanted("all", 4), allowed, 9, [])
    assert sorted(chosen) == [0, 2, 3]


def test_costs_decide_between_equals() -> None:
    mean, variance = np.full((1, 2), 0.5), np.ones((1, 2))
    for objective in ("one", "all", "tradeoff"):
        costs = np.array([0.2, 0.1]) if objective == "tradeoff" else np.array([20.0, 10.0])
        values = worth(mean, variance, np.zeros(1), wanted(objective, 2, costs=costs))
        assert values[1] > values[0]


def test_information_is_the_bits() -> None:
    bits = np.array([0.3, 2.0])
    asked = wanted("information", 2, bits=bits)
    assert worth(np.zeros((1, 2)), np.ones((1, 2)), np.zeros(1), asked).tolist() == bits.tolist()


def test_one_firing_prefers_the_firing_that_likely_holds_a_success() -> None:
    """The single best candidate is fired alone; three good ones share a firing."""
    mean = np.array([[1.4, 1.2, 1.2, 1.2]])
    believed = Belief(mean, np.eye(4)[None] * 0.5, np.zeros(1))
    firings = ["hot", "cool", "cool", "cool"]
    rows = one_firing(believed, wanted("one", 4), np.ones(4, dtype=bool), 3, [], firings)
    assert sorted(rows) == [1, 2, 3]


def equal_chances(count: int) -> Belief:
    return Belief(np.full((1, count), 1.0), np.eye(count)[None] * 0.5, np.zeros(1))


def test_one_firing_counts_what_its_furnace_costs() -> None:
    """As likely a success in a long firing and in a short one."""
    asked = wanted("one", 4, costs=np.array([40.0, 40.0, 10.0, 10.0]))
    firings = ["long", "long", "short", "short"]
    rows = one_firing(equal_chances(4), asked, np.ones(4, dtype=bool), 2, [], firings)
    assert sorted(rows) == [2, 3]


def test_one_firing_of_a_tradeoff_counts_costs_in_yield() -> None:
    asked = wanted("tradeoff", 4, costs=np.array([0.3, 0.3, 0.1, 0.1]))
    firings = ["long", "long", "short", "short"]
    rows = one_firing(equal_chances(4), asked, np.ones(4, dtype=bool), 2, [], firings)
    assert sorted(rows) == [2, 3]


def test_one_firing_for_information_asks_most() -> None:
    """The likeliest success lies in the firing that tells least."""
    mean = np.array([[2.0, 2.0, -2.0, -2.0]])
    believed = Belief(mean, np.eye(4)[None] * 0.5, np.zeros(1))
    asked = wanted("information", 4, bits=np.array([1.1, 0.1, 1.0, 0.9]))
    firings = ["sure", "sure", "open", "open"]
    rows = one_firing(believed, asked, np.ones(4, dtype=bool), 2, [], firings)
    assert sorted(rows) == [2, 3]


def test_one_firing_knows_what_is_in_the_lab() -> None:
    """A copy of the pending recipe looks best, until it is assumed to fail."""
    covariance = np.array([[[1.0, 0.999, 0.0], [0.999, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    believed = Belief(np.array([[0.9, 0.9, 0.8]]), covariance, np.zeros(1))
    allowed = np.array([False, True, True])
    rows = one_firing(believed, wanted("one", 3), allowed, 1, [0], ["a", "b", "c"])
    assert rows == [2]


@pytest.mark.parametrize("pending", [[], [0]])
def test_no_question_is_asked_twice(pending: list[int]) -> None:
    """Rows 0 and 1 answer the same; what is answered in the lab is not asked again."""
    asked = wanted("information", 3, bits=np.array([2.0, 1.9, 0.5]), question=np.array([7, 7, 8]))
    allowed = np.array([not pending, True, True])
    chosen = best_batch(equal_chances(3), asked, allowed, 2, pending)
    assert chosen == ([2, 1] if pending else [0, 2])
