"""What a sheet says may go wrong: textbook cases, and the chances that causes have beforehand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.bench.failures import MOST_TOLD, Failure, failures
from agents.bench.sheet import sheet
from agents.history import CompletedExperiment, History
from agents.reactivity import Reactivity
from agents.why import chances
from knowledge.chemistry import identity
from knowledge.energies import EnergyStack
from tests.agents.bench.sheet_cases import ENDLESS, at_bench, expected_of
from tests.agents.why_cases import (
    candidates,
    computed,
    experiment,
    reaction,
    recipe,
    suggestion,
    written,
)


def barium(temperature_c: float, energies: EnergyStack) -> tuple[Failure, ...]:
    return expected_of(recipe("BaTiO3", ("BaCO3", "TiO2"), temperature_c), energies).failures


def test_too_cold_for_carbonate_and_titania(energies: EnergyStack) -> None:
    """BaCO3 lets go of nothing before some 800 C: what was weighed in is found again."""
    first = barium(600, energies)[0]
    assert first.cause == "kinetics"
    assert first.called == "too slow"
    assert first.leaves == ("BaCO3", "TiO2")
    assert first.probability > 0.8
    assert "in 12 h at 600 C" in first.says


def test_chances_are_those_of_the_pair(energies: EnergyStack) -> None:
    """As agents.why.chances has them, from priors alone where nothing was measured."""
    belief = Reactivity(candidates("BaTiO3").onset_priors).belief(("BaCO3", "TiO2"), "air")
    for temperature_c in (600, 1100):
        told = [f for f in barium(temperature_c, energies) if f.leaves == ("BaCO3", "TiO2")]
        assert told[0].probability == pytest.approx(chances.stalls(belief, temperature_c))


def test_only_the_first_step_that_stalls_leaves_anything(energies: EnergyStack) -> None:
    """Steps that may be too slow exclude each other, and in all are as likely as the slowest."""
    for temperature_c in (600, 900, 1100):
        fired = recipe("BaTiO3", ("BaCO3", "TiO2"), temperature_c)
        pathway, _ = computed(fired, energies)
        known = Reactivity(candidates("BaTiO3").onset_priors)
        beliefs = [known.belief(step.reaction.pair, "air") for step in pathway.steps]
        slow = [f.probability for f in barium(temperature_c, energies) if f.cause == "kinetics"]
        slowest = max(chances.stalls(belief, temperature_c) for belief in beliefs)
        assert sum(slow) == pytest.approx(slowest, abs=0.02)  # what is rarer than 2 % is not told


def test_orthotitanate_may_be_left(energies: EnergyStack) -> None:
    """The textbook intermediate: Ba2TiO4 with TiO2 that has not reached it."""
    every = barium(1100, energies)
    assert any("Ba2TiO4" in f.leaves for f in every)
    assert {f.cause for f in every} >= {"kinetics", "intermediate"}


def test_lead_evaporates_where_it_is_known_to() -> None:
    fired = recipe("PbTiO3", ("PbO", "TiO2"), 1100)
    made = reaction({"PbO": 1, "TiO2": 1}, {"PbTiO3": 1}, 80)
    told = failures(
        suggestion(fired, written(fired, (made, {"PbTiO3": 1}))),
        History(target=fired.target),
        candidates("PbTiO3"),
    )
    [lost] = [f for f in told if f.cause == "volatility"]
    assert lost.probability == pytest.approx(chances.evaporates(fired, 1100)["Pb"])
    assert "poorer in Pb than PbTiO3" in lost.sign


def test_what_was_seen_elsewhere_counts(energies: EnergyStack) -> None:
    """A pair that reacted at 900 C is likelier to react at 1000 C than one that nobody tried."""
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 1000)
    colder = recipe("BaTiO3", ("BaCO3", "TiO2"), 900)
    pathway, _ = computed(colder, energies)
    seen = experiment(colder, pathway, {"BaTiO3": 1.0})

    def stalls(*done: CompletedExperiment) -> float:
        told = expected_of(fired, energies, *done).failures
        return next(f.probability for f in told if f.leaves == ("BaCO3", "TiO2"))

    assert stalls(seen) < stalls() - 0.05


def test_a_target_that_no_step_makes() -> None:
    """Without a pathway the powders themselves are what may be left."""
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 1100)
    told = failures(
        suggestion(fired, written(fired)), History(target=fired.target), candidates("BaTiO3")
    )
    assert ("BaCO3", "TiO2") in {f.leaves for f in told}


@given(
    st.floats(300, 1400), st.sampled_from([("BaCO3", "TiO2"), ("BaO2", "TiO2"), ("BaO", "TiO2")])
)
@settings(max_examples=25, deadline=None)
def test_whatever_the_firing(
    energies: EnergyStack, temperature_c: float, powders: tuple[str, ...]
) -> None:
    """A few, likeliest first, each a probability, each with what it would leave or how it looks;
    the target is what none of them is told by."""
    fired = recipe("BaTiO3", powders, temperature_c)
    told = expected_of(fired, energies).failures
    assert 1 <= len(told) <= MOST_TOLD
    assert list(told) == sorted(told, key=lambda f: -f.probability)
    for failure in told:
        assert 0 < failure.probability <= 1
        assert failure.leaves or failure.sign
        assert fired.target.identity not in map(identity, failure.leaves)


def test_a_sheet_with_expectations_tells_the_lines_of_what_may_be_left(
    energies: EnergyStack,
) -> None:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 1100)
    expected = expected_of(fired, energies)
    told = sheet(at_bench(fired), ENDLESS, expected=expected)
    assert told.expectation == expected
    assert expected.pathway[0] == "2 BaCO3 + TiO2 -> Ba2TiO4 + 2 CO2"
    assert {"BaTiO3", "BaCO3", "TiO2"} <= {s.formula for s in told.signs}
