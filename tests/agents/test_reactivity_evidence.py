"""From experiments to observations: what weakens them, and what cooler firings add."""

from itertools import permutations

import pytest

from agents.pairs.evidence import observations_of
from knowledge.kinetics import PairObservation, distinct
from tests.agents.reactivity_cases import fired

PAIR = ("BaCO3", "TiO2")
YBCO = ("BaCO3", "CuO", "Y2O3")


def about(pair: tuple[str, ...], found: list[PairObservation]) -> list[PairObservation]:
    return [o for o in found if o.pair == pair]


def test_an_experiment_is_cited() -> None:
    (found,) = observations_of([fired(PAIR, {"BaTiO3": 1.0}, 1000.0, name="c-0001")], "c", "mine")
    assert found == PairObservation(
        pair=PAIR,
        atmosphere="air",
        temperature_c=1000.0,
        reacted=True,
        products=("BaTiO3",),
        source="c-0001",
        campaign="c",
        lab="mine",
        doubt=0.02,
    )


@pytest.mark.parametrize("status", ["failed", "refused", "cancelled"])
def test_what_was_not_measured_says_nothing(status: str) -> None:
    assert observations_of([fired(PAIR, {}, status=status)]) == []


def test_an_unidentified_share_weakens_all() -> None:
    """A doubt of 0.02 goes halfway to 0.5 where half is unidentified, and 0.05 likewise."""
    (half,) = about(PAIR, observations_of([fired(PAIR, {"BaTiO3": 0.5})]))
    assert half.doubt == pytest.approx(0.26)
    left = about(PAIR, observations_of([fired(PAIR, {"BaCO3": 0.4, "TiO2": 0.4})]))
    assert [o.doubt for o in left] == [pytest.approx(0.14)]
    assert observations_of([fired(PAIR, {"BaTiO3": 0.1})]) == []


def test_a_phase_that_cannot_be_there_is_unidentified() -> None:
    """Strontium from nowhere: half of the powder is not what it is said to be."""
    (found,) = about(PAIR, observations_of([fired(PAIR, {"BaTiO3": 0.5, "SrTiO3": 0.5})]))
    assert found.doubt == pytest.approx(0.26)
    assert found.products == ("BaTiO3",)


def test_a_trace_is_not_a_product_nor_left() -> None:
    found = observations_of([fired(PAIR, {"BaTiO3": 0.96, "BaCO3": 0.02, "TiO2": 0.02})])
    assert {o.pair for o in found} == {PAIR}
    found = observations_of([fired(PAIR, {"BaTiO3": 0.01, "BaCO3": 0.7, "TiO2": 0.29})])
    assert [o.reacted for o in about(PAIR, found)] == [False]


def test_a_cooler_firing_shows_where_a_phase_came_from() -> None:
    """Of the oxides and carbonate no pair makes YBCO; of what they are at 800 C one does."""
    cool = fired(YBCO, {"BaCuO2": 0.6, "Y2Cu2O5": 0.4}, 800.0, "YBa2Cu3O7", name="cool")
    hot = fired(YBCO, {"YBa2Cu3O7": 1.0}, 900.0, "YBa2Cu3O7", name="hot")
    pair = ("BaCuO2", "Y2Cu2O5")
    assert about(pair, observations_of([hot])) == []
    first, second = about(pair, observations_of([cool, hot]))
    assert (first.reacted, first.source, second.reacted) == (False, "cool", True)
    assert (second.source, second.products) == ("hot", ("Ba2YCu3O7",))
    # Not where the cooler powder is not clear, or the gas another.
    unclear = fired(YBCO, {"BaCuO2": 0.5, "Y2Cu2O5": 0.3}, 800.0, "YBa2Cu3O7", name="cool")
    assert [o.reacted for o in about(pair, observations_of([unclear, hot]))] == [False]


def test_the_order_of_experiments_makes_no_difference() -> None:
    done = [
        fired(YBCO, {"BaCO3": 0.5, "CuO": 0.3, "Y2O3": 0.2}, 600.0, "YBa2Cu3O7", name="a"),
        fired(YBCO, {"BaCuO2": 0.6, "Y2Cu2O5": 0.4}, 800.0, "YBa2Cu3O7", name="b"),
        fired(YBCO, {"BaCuO2": 0.5, "Y2O3": 0.5}, 800.0, "YBa2Cu3O7", name="c"),
        fired(YBCO, {"YBa2Cu3O7": 1.0}, 900.0, "YBa2Cu3O7", name="d"),
    ]
    expected = distinct(observations_of(done))
    assert expected
    for order in permutations(done):
        assert distinct(observations_of(order)) == expected


def test_an_experiment_hotter_adds_its_own_word() -> None:
    """What was made at 900 C is seen again at 1000 C: two observations, not one."""
    done = [fired(PAIR, {"BaTiO3": 1.0}, t, name=f"{t:g}") for t in (900.0, 1000.0)]
    assert [o.temperature_c for o in about(PAIR, observations_of(done))] == [900.0, 1000.0]


def test_carbon_and_ice_are_no_partners() -> None:
    """Barium titanate with a rest of carbon and water: they are in no pair."""
    found = observations_of([fired(PAIR, {"BaTiO3": 0.8, "C": 0.1, "H2O": 0.1})])
    assert [(o.pair, o.products) for o in found] == [(PAIR, ("BaTiO3",))]
    steps = [(["BaCO3", "C"], ["BaO"]), (["BaO", "TiO2"], ["BaTiO3"])]
    assert {o.pair for o in observations_of([fired(PAIR, {"BaTiO3": 1.0}, steps=steps)])} == {PAIR}
