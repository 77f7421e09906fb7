"""Beliefs follow from outcomes: inert, reacted, and what says nothing."""

import pytest

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History
from agents.policies.hottest import HottestPolicy
from agents.reactivity import Reactivity, learn
from knowledge.kinetics import onset_prior
from knowledge.outcome import Outcome, PhaseFraction


def after(candidates: Candidates, status: str = "measured", **fractions: float) -> Reactivity:
    """What is learned from the hottest BaCO3 + TiO2, given its product."""
    order = HottestPolicy(candidates, 0).suggest(History(target=candidates.target), 100)
    suggestion = next(s for s in order if "BaCO3" in s.recipe.precursors)
    phases = tuple(
        PhaseFraction(formula=f, weight_fraction=x, sigma=0.02) for f, x in fractions.items()
    )
    outcome = Outcome.model_validate({"experiment_id": "e", "status": status, "phases": phases})
    done = CompletedExperiment(experiment_id="e", suggestion=suggestion, outcome=outcome)
    return learn([done], candidates.onset_priors)


PAIR = ("BaCO3", "TiO2")


def test_nothing_seen_is_the_prior(candidates: Candidates) -> None:
    known = learn([], candidates.onset_priors)
    belief, by_rule = known.belief(PAIR, "air"), onset_prior(PAIR, "air")
    assert belief.onset_c < by_rule.mean_c  # literature bounds it from above
    assert belief.onset_sigma_c < by_rule.sigma_c
    assert belief.prior_source[:-1] == by_rule.source
    assert belief.evidence == ()
    # Each pair has a prior of its own.
    assert known.belief(("BaO", "TiO2"), "air").onset_c < belief.onset_c


def test_left_together_without_product_is_inert(candidates: Candidates) -> None:
    belief = after(candidates, BaCO3=0.7, TiO2=0.3).belief(PAIR, "air")
    assert belief.inert_up_to_c is not None
    assert belief.probability_mobile(belief.inert_up_to_c) == 0
    assert belief.evidence == ("e",)


@pytest.mark.parametrize("left", [0.0, 0.12])
def test_product_means_it_reacted_if_only_in_part(candidates: Candidates, left: float) -> None:
    parts = {"BaTiO3": 1 - 2 * left} | ({"BaCO3": left, "TiO2": left} if left else {})
    belief = after(candidates, **parts).belief(PAIR, "air")
    assert belief.inert_up_to_c is None
    assert belief.reacted_by_c is not None
    assert belief.probability_mobile(belief.reacted_by_c) == pytest.approx(1)
    assert "BaTiO3" in belief.product_probabilities


def test_what_failed_says_nothing(candidates: Candidates) -> None:
    assert after(candidates, status="failed").beliefs == ()
    assert after(candidates, SrTiO3=1.0).beliefs == ()


def test_the_least_mobile_pair_decides(candidates: Candidates) -> None:
    pathway = candidates.items[0].pathway
    known = learn([], candidates.onset_priors)
    each = [known.belief(s.reaction.pair, "air").probability_mobile(900.0) for s in pathway.steps]
    assert known.probability_mobile(pathway, 900.0) == min(each)
    found = known.most_uncertain(pathway, 900.0)
    assert found is not None
    assert found[1] in each
