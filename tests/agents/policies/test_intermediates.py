"""Known reactions run in mixtures not tried: amounts worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.policies.intermediates import (
    Known,
    driving_force_to,
    mixture_of,
    same_powder,
    weight_fractions,
)
from knowledge.chemistry import framework, identity, parse
from knowledge.energies import EnergyStack
from knowledge.kinetics import PairObservation
from knowledge.reactions import Conditions, ReactionGraph
from knowledge.reactions.phases import PhaseSet
from knowledge.recipe import AIR

BATIO3 = {"BaCO3": 1.0, "TiO2": 1.0}


@pytest.fixture(scope="module")
def graph(energies: EnergyStack) -> ReactionGraph:
    return ReactionGraph(energies, "BaTiO3", ["BaCO3", "BaO", "BaO2", "TiO2"])


@pytest.fixture(scope="module")
def phases(graph: ReactionGraph) -> PhaseSet:
    return graph.phases(Conditions(900.0, AIR))


def saw(pair: str, products: str, temperature_c: float = 900.0) -> PairObservation:
    made = tuple(products.split()) if products else ()
    return PairObservation(
        pair=tuple(pair.split()),
        atmosphere="air",
        temperature_c=temperature_c,
        reacted=bool(made),
        products=made,
        source=f"{pair} {products} {temperature_c:g}",
    )


def known(phases: PhaseSet, *observations: PairObservation) -> Known:
    return Known.of(observations, "air", phases)


def test_one_reaction_runs_until_the_scarcer_is_gone(phases: PhaseSet) -> None:
    """2 BaCO3 + TiO2 -> Ba2TiO4: of one mole each, half a mole of TiO2 is left."""
    seen = known(phases, saw("BaCO3 TiO2", "Ba2TiO4"))
    left, ran = seen.evolved(BATIO3, 900.0)
    assert left == pytest.approx({"TiO2": 0.5, "Ba2TiO4": 0.5})
    assert [str(r) for r in ran] == ["BaCO3 + TiO2 -> Ba2TiO4"]


def test_what_was_seen_hotter_does_not_run_yet(phases: PhaseSet) -> None:
    seen = known(phases, saw("BaCO3 TiO2", "Ba2TiO4", 900.0))
    assert seen.evolved(BATIO3, 899.0) == (BATIO3, ())


def test_one_after_the_other_coolest_first(phases: PhaseSet) -> None:
    seen = known(
        phases,
        saw("Ba2TiO4 TiO2", "BaTiO3", 1000.0),
        saw("BaCO3 TiO2", "Ba2TiO4", 800.0),
    )
    assert seen.evolved(BATIO3, 1000.0)[0] == pytest.approx({"BaTiO3": 1.0})
    before, ran = seen.evolved(BATIO3, 1000.0, before="BaTiO3")
    assert before == pytest.approx({"TiO2": 0.5, "Ba2TiO4": 0.5})
    assert len(ran) == 1


def test_nothing_is_said_while_a_pair_is_unknown(phases: PhaseSet) -> None:
    start = {"BaCO3": 0.5, "BaO": 0.5, "TiO2": 1.0}
    halves = [saw("BaCO3 TiO2", "Ba2TiO4", 700.0), saw("BaO TiO2", "BaTiO3", 600.0)]
    assert known(phases, *halves).evolved(start, 900.0)[1] == ()
    assert known(phases, *halves).unknown_pairs(start) == 1
    inert = saw("BaCO3 BaO", "")
    assert len(known(phases, *halves, inert).evolved(start, 900.0)[1]) > 0


def test_nothing_is_said_where_two_may_be_first(phases: PhaseSet) -> None:
    """Both take TiO2, and both were seen at 900 C."""
    start = {"BaCO3": 0.5, "BaO": 0.5, "TiO2": 1.0}
    halves = [saw("BaCO3 TiO2", "Ba2TiO4"), saw("BaO TiO2", "BaTiO3")]
    seen = known(phases, *halves, saw("BaCO3 BaO", ""))
    assert seen.evolved(start, 900.0) == (start, ())


def test_reactions_that_share_no_solid_do_not_wait_for_each_other(phases: PhaseSet) -> None:
    start = {"BaCO3": 0.5, "BaO2": 0.5}
    each = [saw("BaCO3", "BaO"), saw("BaO2", "BaO"), saw("BaCO3 BaO2", ""), saw("BaO BaO2", "")]
    each.append(saw("BaCO3 BaO", ""))
    assert known(phases, *each).evolved(start, 900.0)[0] == pytest.approx({"BaO": 1.0})


@pytest.mark.parametrize(
    "told",
    [
        saw("BaCO3 TiO2", "Ba"),  # does not balance
        saw("BaCO3 TiO2", "SrTiO3"),  # nor does this
        saw("BaCO3 TiO2", "Ba7Ti2O11"),  # balances, but has no energy
        saw("BaCO3 TiO2", ""),  # inert
    ],
)
def test_what_is_no_reaction_is_not_run(phases: PhaseSet, told: PairObservation) -> None:
    assert known(phases, told).reactions == ()
    assert known(phases, told).unknown_pairs(BATIO3) == 0


def test_seen_not_to_react_hotter_as_often_is_no_reaction(phases: PhaseSet) -> None:
    reacted, inert = saw("BaCO3 TiO2", "BaTiO3", 800.0), saw("BaCO3 TiO2", "", 1000.0)
    again = saw("BaCO3 TiO2", "BaTiO3", 790.0)
    assert known(phases, reacted).reactions
    assert known(phases, reacted, inert).reactions == ()
    assert known(phases, reacted, again, inert).reactions[0].seen_at_c == 800.0


def test_the_driving_force_is_that_of_the_whole_reaction(
    graph: ReactionGraph, phases: PhaseSet
) -> None:
    whole = graph.pathway(BATIO3, Conditions(900.0, AIR)).driving_force_ev_per_atom
    assert driving_force_to(phases, BATIO3, "BaTiO3") == pytest.approx(whole, abs=1e-12)
    assert driving_force_to(phases, {"BaTiO3": 1.0}, "BaTiO3") == 0
    assert driving_force_to(phases, {"SrCO3": 1.0, "TiO2": 1.0}, "BaTiO3") is None


def test_moles_follow_the_formula_they_are_of() -> None:
    """La7Sr3Mn10O30 holds ten of what was weighed; Y0.5BaCu1.5O3.5 is half a YBa2Cu3O7."""
    found = mixture_of({"La0.7Sr0.3MnO3": 2.0, "Y0.5BaCu1.5O3.5": 1.0})
    assert found == pytest.approx({identity("La0.7Sr0.3MnO3"): 0.2, identity("YBa2Cu3O7"): 0.5})


def test_weight_fractions_of_equal_masses() -> None:
    """79.87 g/mol of TiO2 and 197.34 g/mol of BaCO3 (IUPAC)."""
    found = weight_fractions({"TiO2": 1 / 79.866, "BaCO3": 1 / 197.34})
    assert found == pytest.approx({"TiO2": 0.5, "BaCO3": 0.5}, abs=1e-4)


def test_powders_are_the_same_within_a_tenth() -> None:
    assert same_powder({"TiO2": 0.5, "BaO": 0.5}, {"BaO": 0.59, "TiO2": 0.41})
    assert not same_powder({"TiO2": 0.5, "BaO": 0.5}, {"BaO": 0.61, "TiO2": 0.39})
    assert not same_powder({"TiO2": 1.0}, {"TiO2": 0.97, "BaO": 0.03})


PAIRS = ["BaCO3 TiO2", "BaO TiO2", "Ba2TiO4 TiO2", "BaO BaTiO3", "BaCO3 BaTiO3", "BaCO3"]
MADE = ["", "BaTiO3", "Ba2TiO4", "BaO", "Ba2TiO4 TiO2", "BaTi2O5"]


@given(
    st.lists(st.tuples(st.sampled_from(PAIRS), st.sampled_from(MADE), st.integers(5, 12))),
    st.floats(0.1, 10),
    st.floats(0.1, 10),
)
def test_whatever_was_seen_atoms_are_kept_and_it_ends(
    phases: PhaseSet, seen: list[tuple[str, str, int]], barium: float, titanium: float
) -> None:
    observations = [
        saw(pair, made, 100.0 * t)
        for pair, made, t in seen
        if not set(pair.split()) <= set(made.split())
    ]
    start = {"BaCO3": barium, "TiO2": titanium}
    left, _ = known(phases, *observations).evolved(start, 1000.0)
    for element, moles in (("Ba", barium), ("Ti", titanium)):
        held = sum(n * framework(parse(f)).get(element, 0.0) for f, n in left.items())
        assert held == pytest.approx(moles, rel=1e-6)
    assert all(n > 0 for n in left.values())
