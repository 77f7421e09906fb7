"""Beliefs about pairs follow a normal law, conditioned on what was seen."""

import numpy as np
import pytest
from scipy.stats import norm

from knowledge.errors import RecordError
from knowledge.kinetics import OnsetPrior, PairwiseBelief, TargetPriors, onset_prior

PRIOR = OnsetPrior(800.0, 100.0)


def belief() -> PairwiseBelief:
    return PRIOR.belief(("TiO2", "BaCO3"), "air")


def test_the_prior_is_the_normal_law() -> None:
    assert belief().pair == ("BaCO3", "TiO2")
    for t in (600.0, 800.0, 950.0):
        expected = belief().probability_of_reacting * norm.cdf(t, 800, 100)
        assert belief().probability_mobile(t) == pytest.approx(expected)


def test_bounds_condition_it() -> None:
    """P(onset <= 900 | 700 < onset <= 1000), by Bayes."""
    seen = belief().inert(700.0, "e1").reacted(1000.0, ("BaTiO3",), "e2")
    mass = norm.cdf(2) - norm.cdf(-1)
    assert seen.probability_mobile(900.0) == pytest.approx((norm.cdf(1) - norm.cdf(-1)) / mass)
    assert seen.probability_mobile(650.0) == 0
    assert seen.probability_mobile(1000.0) == pytest.approx(1)
    assert seen.evidence == ("e1", "e2")


def test_bounds_only_tighten() -> None:
    seen = belief().inert(700.0, "e1").inert(600.0, "e2").reacted(1000.0, ("A",), "e3")
    seen = seen.reacted(1100.0, ("A",), "e4")
    assert (seen.inert_up_to_c, seen.reacted_by_c) == (700.0, 1000.0)


def test_an_experiment_counts_once() -> None:
    once = belief().inert(700.0, "e1")
    assert once.inert(900.0, "e1") == once
    assert once.reacted(900.0, ("A",), "e1") == once


def test_contradictions_meet_in_the_middle() -> None:
    torn = belief().inert(900.0, "e1").reacted(800.0, ("A",), "e2")
    assert torn.probability_mobile(850.0) == pytest.approx(0.5)
    assert torn.probability_mobile(600.0) < 0.05
    assert torn.probability_mobile(1100.0) > 0.95


def test_products_are_counted() -> None:
    seen = belief().reacted(900.0, ("A",), "e1").reacted(900.0, ("A", "B"), "e2")
    assert seen.product_probabilities == pytest.approx({"A": 0.75, "B": 0.25})
    assert sum(seen.product_probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize("fired_c", [500.0, 800.0, 1200.0, 2500.0])
def test_a_firing_bounds_the_onset(fired_c: float) -> None:
    """Moments of N(800, 100) times P(onset < T), T normal, against a sum over a fine grid."""
    found = PRIOR.reacted_near(fired_c, 190.0, "literature")
    grid = np.linspace(-700, 2300, 60_001)
    weight = norm.pdf(grid, 800, 100) * norm.cdf(fired_c, grid, 190)
    weight /= weight.sum()
    mean = float(weight @ grid)
    assert found.mean_c == pytest.approx(mean, abs=1e-3)
    assert found.sigma_c == pytest.approx(float(np.sqrt(weight @ (grid - mean) ** 2)), abs=1e-3)
    assert found.source == ("literature",)


def test_a_firing_far_below_stays_finite() -> None:
    found = PRIOR.reacted_near(-20_000.0, 100.0, "literature")
    assert found.mean_c == pytest.approx(800 - 20_800 * 100**2 / (100**2 + 100**2), abs=5)
    assert 0 < found.sigma_c < 100


def test_each_pair_of_a_target_has_its_own_prior() -> None:
    priors = TargetPriors(1240.0, 190.0)
    slow, fast = (priors.belief((f, "TiO2"), "air") for f in ("BaCO3", "BaO"))
    assert fast.probability_mobile(700) > slow.probability_mobile(700)
    assert slow.prior_source[:-1] == onset_prior(("BaCO3", "TiO2"), "air").source
    assert "1240" in slow.prior_source[-1]


def test_an_unknown_gas_is_an_error() -> None:
    with pytest.raises(RecordError, match="atmosphere"):
        onset_prior(("BaO", "TiO2"), "phlogiston")
