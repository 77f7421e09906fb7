"""What follows from beliefs: for one pathway, for many, and for what an experiment would teach."""

import gc
import math
import time
from random import Random

import numpy as np
import pytest

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History
from agents.policies.hottest import HottestPolicy
from agents.reactivity import Reactivity, learn
from knowledge.kinetics import PairObservation, TargetPriors, onset_prior
from knowledge.outcome import Outcome, PhaseFraction
from tests.agents.reactivity_cases import fired, pathway

PAIR = ("BaCO3", "TiO2")
PRIORS = TargetPriors(1100.0, 200.0)


def after(
    candidates: Candidates, fractions: dict[str, float], status: str = "measured"
) -> Reactivity:
    """What is learned from the hottest BaCO3 + TiO2, given its product."""
    order = HottestPolicy(candidates, 0).suggest(History(target=candidates.target), 100)
    suggestion = next(s for s in order if "BaCO3" in s.recipe.precursors)
    phases = tuple(
        PhaseFraction(formula=f, weight_fraction=x, sigma=0.02) for f, x in fractions.items()
    )
    outcome = Outcome.model_validate({"experiment_id": "e", "status": status, "phases": phases})
    done = CompletedExperiment(experiment_id="e", suggestion=suggestion, outcome=outcome)
    return learn([done], candidates.onset_priors)


def saw(
    pair: tuple[str, ...], temperature_c: float, *products: str, source: str = "earlier"
) -> PairObservation:
    return PairObservation(
        pair=pair,
        atmosphere="air",
        temperature_c=temperature_c,
        reacted=bool(products),
        products=products,
        source=source,
    )


def test_nothing_seen_is_the_prior(candidates: Candidates) -> None:
    known = learn([], candidates.onset_priors)
    belief, by_rule = known.belief(PAIR, "air"), onset_prior(PAIR, "air")
    assert belief.onset_c < by_rule.mean_c  # literature bounds it from above
    assert belief.onset_sigma_c < by_rule.sigma_c
    assert belief.prior_source[:-1] == by_rule.source
    assert belief.evidence == ()
    assert known.beliefs == ()
    # Each pair has a prior of its own.
    assert known.belief(("BaO", "TiO2"), "air").onset_c < belief.onset_c


def test_left_together_without_product_is_inert(candidates: Candidates) -> None:
    belief = after(candidates, {"BaCO3": 0.7, "TiO2": 0.3}).belief(PAIR, "air")
    before = learn([], candidates.onset_priors).belief(PAIR, "air")
    assert belief.inert_up_to_c is not None
    assert belief.reacted_by_c is None
    assert belief.probability_mobile(belief.inert_up_to_c) < 0.5
    assert before.probability_mobile(belief.inert_up_to_c) > 0.8
    assert belief.evidence == ("e",)


@pytest.mark.parametrize("left", [0.0, 0.12])
def test_product_means_it_reacted_if_only_in_part(candidates: Candidates, left: float) -> None:
    parts = {"BaTiO3": 1 - 2 * left} | ({"BaCO3": left, "TiO2": left} if left else {})
    belief = after(candidates, parts).belief(PAIR, "air")
    assert belief.inert_up_to_c is None
    assert belief.reacted_by_c is not None
    assert belief.probability_mobile(belief.reacted_by_c) > 0.97
    assert "BaTiO3" in belief.product_probabilities


def test_what_failed_or_cannot_be_says_nothing(candidates: Candidates) -> None:
    assert after(candidates, {}, status="failed").beliefs == ()
    assert after(candidates, {"SrTiO3": 1.0}).beliefs == ()


def test_the_least_mobile_pair_decides(candidates: Candidates) -> None:
    path = candidates.items[0].pathway
    known = learn([], candidates.onset_priors)
    each = [known.belief(s.reaction.pair, "air").probability_mobile(900.0) for s in path.steps]
    assert known.probability_mobile(path, 900.0) == min(each)
    found = known.most_uncertain(path, 900.0)
    assert found is not None
    assert found[1] in each


def test_many_at_once_are_each_of_them(candidates: Candidates) -> None:
    seen = [saw(PAIR, 1000.0, "Ba2TiO4"), saw(("Ba2TiO4", "TiO2"), 900.0)]
    known = Reactivity(candidates.onset_priors, seen)
    paths = [*(c.pathway for c in candidates.items), pathway(PAIR)]
    hot = [*(c.recipe.hottest.temperature_c for c in candidates.items), 900.0]
    found = known.probabilities_mobile(paths, hot)
    single = [known.probability_mobile(p, t) for p, t in zip(paths, hot, strict=True)]
    assert found == pytest.approx(single, abs=1e-12)
    assert found[-1] == 0.0  # nothing is predicted to react
    bits = known.informations(paths, hot)
    assert bits == pytest.approx(
        [known.information(p, t) for p, t in zip(paths, hot, strict=True)], abs=1e-12
    )
    assert known.probabilities_mobile([], []).shape == (0,)


def entropy(p: float) -> float:
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def test_information_is_entropy_of_what_can_be_reached() -> None:
    """Two steps by hand: the second waits for what the first makes."""
    path = pathway(PAIR, [(PAIR, ["Ba2TiO4"]), (["Ba2TiO4", "TiO2"], ["BaTiO3"])])
    known = learn([], PRIORS)
    first, second = (
        known.belief(pair, "air").probability_mobile(800.0) for pair in (PAIR, ("Ba2TiO4", "TiO2"))
    )
    expected = entropy(first) + first * entropy(second)
    assert known.information(path, 800.0) == pytest.approx(expected)
    assert known.information(pathway(PAIR), 800.0) == 0.0


def test_what_is_known_teaches_less() -> None:
    path = pathway(PAIR, [(PAIR, ["BaTiO3"])])
    sure = learn([], TargetPriors(1100.0, 200.0, (saw(PAIR, 800.0, "BaTiO3"),)))
    assert sure.information(path, 900.0) < 0.5 * learn([], PRIORS).information(path, 900.0)


def test_products_may_be_predicted_or_seen() -> None:
    known = Reactivity(PRIORS, [saw(PAIR, 900.0, "Ba2TiO4", source=f"e{i}") for i in range(3)])
    # Three times seen with a doubt of 0.02, once predicted.
    assert known.products(PAIR, "air", ["BaTiO3"]) == pytest.approx(
        {("Ba2TiO4",): 2.94 / 3.94, ("BaTiO3",): 1 / 3.94}
    )
    assert known.products(("CuO", "TiO2"), "air") == {}


def test_earlier_observations_count_and_own_ones_are_added() -> None:
    priors = TargetPriors(1100.0, 200.0, (saw(PAIR, 700.0), saw(("BaO", "TiO2"), 600.0, "BaTiO3")))
    done = fired(PAIR, {"BaTiO3": 1.0}, temperature_c=1000.0)
    known = learn([done], priors)
    belief = known.belief(PAIR, "air")
    assert (belief.inert_up_to_c, belief.reacted_by_c) == (700.0, 1000.0)
    assert belief.evidence == ("e", "earlier")
    assert len(known.beliefs) == 2
    # What is taken in again counts once.
    again = learn([done], TargetPriors(1100.0, 200.0, known.observations))
    assert again.beliefs == known.beliefs


def test_the_order_of_outcomes_makes_no_difference() -> None:
    done = [
        fired(PAIR, {"BaTiO3": 0.4, "BaCO3": 0.4, "TiO2": 0.2}, 900.0 + 50 * i, name=f"e{i}")
        for i in range(4)
    ]
    done += [
        fired(PAIR, {"BaCO3": 0.7, "TiO2": 0.3}, 600.0 + 50 * i, name=f"f{i}") for i in range(4)
    ]
    shuffled = list(done)
    Random(0).shuffle(shuffled)
    assert learn(shuffled, PRIORS).beliefs == learn(done, PRIORS).beliefs


def test_candidates_carry_observations(candidates: Candidates) -> None:
    earlier = saw(PAIR, 1000.0, "Ba2TiO4")
    richer = candidates.with_observations([earlier, earlier])
    assert richer.onset_priors.observations == (earlier,)
    assert richer.fingerprint != candidates.fingerprint
    assert candidates.with_observations([]).fingerprint == candidates.fingerprint
    assert Candidates.from_json(richer.to_json()) == richer
    assert learn([], richer.onset_priors).belief(PAIR, "air").reacted_by_c == 1000.0


def test_a_hundred_thousand_pathways_take_less_than_a_second(candidates: Candidates) -> None:
    known = Reactivity(candidates.onset_priors, [saw(PAIR, 1000.0, "Ba2TiO4")])
    paths = [c.pathway for c in candidates.items]
    many = [paths[i % len(paths)] for i in range(100_000)]
    hot = np.linspace(500.0, 1500.0, 100_000)
    start = time.process_time()
    assert known.probabilities_mobile(many, hot).shape == (100_000,)
    assert time.process_time() - start < 1.0


def test_learning_takes_no_longer_than_it_may() -> None:
    done = [
        fired(
            PAIR,
            {"BaTiO3": 0.5, "Ba2TiO4": 0.3, "TiO2": 0.2} if i % 3 else {"BaCO3": 0.7, "TiO2": 0.3},
            temperature_c=500.0 + i / 4,
            steps=[(PAIR, ["Ba2TiO4"]), (["Ba2TiO4", "TiO2"], ["BaTiO3"])],
            name=f"e{i:04d}",
        )
        for i in range(2000)
    ]
    gc.collect()
    gc.disable()  # collecting what other tests left is not learning
    try:
        start = time.process_time()
        known = learn(done, PRIORS)
        first = time.process_time() - start
        start = time.process_time()
        learn(done[:150], PRIORS)
        again = time.process_time() - start
    finally:
        gc.enable()
    assert len(known.belief(PAIR, "air").observations) == 2000
    assert first < 0.4
    assert again < 0.02  # as a campaign does before each decision: outcomes seen before
