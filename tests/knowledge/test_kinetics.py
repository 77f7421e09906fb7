"""Beliefs about pairs follow from rule, literature and observations."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from knowledge.errors import RecordError
from knowledge.kinetics import (
    OnsetPrior,
    PairObservation,
    PairwiseBelief,
    TargetPriors,
    onset_prior,
)

PRIOR = OnsetPrior(800.0, 100.0)
PAIR = ("TiO2", "BaCO3")


def saw(temperature_c: float, *products: str, source: str = "", **more: Any) -> PairObservation:
    """The pair gave some products at a temperature, or nothing: it stayed inert."""
    return PairObservation(
        pair=PAIR,
        atmosphere="air",
        temperature_c=temperature_c,
        reacted=bool(products),
        products=products,
        source=source or f"e{temperature_c:g}{products}",
        **more,
    )


def belief(*observations: PairObservation) -> PairwiseBelief:
    return PRIOR.belief(PAIR, "air").after(observations)


def test_the_prior_is_normal_and_in_a_tenth_of_the_cases_wide() -> None:
    assert belief().pair == ("BaCO3", "TiO2")
    for t in (600.0, 800.0, 950.0):
        wide = norm.cdf(t, 800, np.hypot(100, 300))
        expected = 0.9 * (0.9 * norm.cdf(t, 800, 100) + 0.1 * wide)
        assert belief().probability_mobile(t) == pytest.approx(expected, rel=1e-12)


def test_bounds_are_those_that_are_believed() -> None:
    seen = belief(saw(700), saw(600), saw(1000, "Ba2TiO4"), saw(1100, "Ba2TiO4"))
    assert (seen.inert_up_to_c, seen.reacted_by_c) == (700.0, 1000.0)
    # One odd observation among many is not.
    many = [saw(900, "Ba2TiO4", source=f"e{i}") for i in range(5)]
    torn = belief(*many, saw(1000))
    assert torn.reacted_by_c == 900.0
    assert torn.inert_up_to_c is None


def test_evidence_is_named_once() -> None:
    seen = belief(saw(700, source="e1"), saw(900, "Ba2TiO4", source="e1"), saw(650, source="e0"))
    assert seen.evidence == ("e0", "e1")
    assert belief().evidence == ()


def test_the_same_observation_counts_once() -> None:
    assert belief(saw(700)).after([saw(700)]) == belief(saw(700))


def test_another_pair_says_nothing_of_this_one() -> None:
    other = PairObservation(
        pair=("CuO", "TiO2"), atmosphere="air", temperature_c=500.0, reacted=True, source="e"
    )
    assert belief(other) == belief()


def test_products_are_counted_by_how_far_they_are_trusted() -> None:
    seen = belief(
        saw(900, "Ba2TiO4", source="e1", doubt=0.1),
        saw(900, "BaTiO3", "Ba2TiO4", source="e2", doubt=0.1),
    )
    assert seen.product_sets == pytest.approx({("Ba2TiO4",): 0.9, ("Ba2TiO4", "BaTiO3"): 0.9})
    assert seen.product_probabilities == pytest.approx({"Ba2TiO4": 0.75, "BaTiO3": 0.25})
    # 0.9 + 0.9 times seen, and 1 for what is predicted or unknown.
    assert seen.products() == pytest.approx(
        {("Ba2TiO4",): 0.9 / 2.8, ("Ba2TiO4", "BaTiO3"): 0.9 / 2.8}
    )
    predicted = seen.products(["Ba2TiO4"])
    assert predicted[("Ba2TiO4",)] == pytest.approx(1.9 / 2.8)
    assert sum(predicted.values()) == pytest.approx(1)
    assert belief().products(["BaTiO3"]) == {("BaTiO3",): 1.0}
    assert belief().products() == {}


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


def test_priors_carry_what_was_seen_earlier() -> None:
    seen = TargetPriors(1240.0, 190.0, (saw(900, "Ba2TiO4"), saw(900, "Ba2TiO4"), saw(700)))
    known = seen.belief(("TiO2", "BaCO3"), "air")
    assert len(known.observations) == 2
    assert known.reacted_by_c == 900.0
    assert seen.belief(("TiO2", "BaCO3"), "argon").observations == ()


def test_an_unknown_gas_is_an_error() -> None:
    with pytest.raises(RecordError, match="atmosphere"):
        onset_prior(("BaO", "TiO2"), "phlogiston")


def test_a_belief_is_a_record() -> None:
    seen = belief(saw(700), saw(900, "Ba2TiO4"))
    seen.probability_mobile(800.0)
    assert PairwiseBelief.from_json(seen.to_json()) == seen
