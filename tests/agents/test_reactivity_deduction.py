"""What powders say about pairs, by cases worked out by hand."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pairs.deduction import Conclusion, Powder, Step, conclude
from agents.pairs.sources import Pair
from knowledge.chemistry import identity


def powder(
    weighed_in: Sequence[str],
    found: Sequence[str],
    earlier: Sequence[str] = (),
    steps: Sequence[tuple[Sequence[str], Sequence[str]]] = (),
) -> Powder:
    names = [frozenset(identity(f) for f in solids) for solids in (weighed_in, found, earlier)]
    predicted: list[Step] = [
        (tuple(sorted(identity(f) for f in left)), frozenset(identity(f) for f in right))
        for left, right in steps
    ]
    return Powder(names[0], names[2] or names[0], names[1], names[1], tuple(predicted))


def told(
    weighed_in: Sequence[str],
    found: Sequence[str],
    earlier: Sequence[str] = (),
    steps: Sequence[tuple[Sequence[str], Sequence[str]]] = (),
) -> tuple[dict[Pair, Conclusion], set[Pair]]:
    """The pairs that have reacted, and those that have not."""
    every = conclude(powder(weighed_in, found, earlier, steps))
    return {c.pair: c for c in every if c.reacted}, {c.pair for c in every if not c.reacted}


PAIR = ("BaCO3", "TiO2")
BOTH = ("Ba2TiO4", "TiO2")
VIA_BA2TIO4 = [(PAIR, ["Ba2TiO4"]), (BOTH, ["BaTiO3"])]
YBCO = ("BaCO3", "CuO", "Y2O3")


def test_nothing_happened() -> None:
    """The two are inert towards each other, and the carbonate by itself."""
    reacted, inert = told(PAIR, PAIR)
    assert reacted == {}
    assert inert == {PAIR, ("BaCO3",)}


def test_two_of_the_same_elements_may_be_inert_but_not_if_gases_tell_them_apart() -> None:
    assert told(["BaCuO2", "Ba2Cu3O6"], ["BaCuO2", "Ba2Cu3O6"])[1] == {("Ba2(CuO2)3", "BaCuO2")}
    assert told(["CuO", "Cu2O"], ["CuO", "Cu2O"])[1] == set()


def test_all_became_one_product() -> None:
    reacted, inert = told(PAIR, ["BaTiO3"])
    assert reacted == {PAIR: Conclusion(PAIR, True, ("BaTiO3",), 0.02)}
    assert inert == set()


def test_a_part_became_a_product() -> None:
    """What is left over of both is not inert."""
    reacted, inert = told(PAIR, [*PAIR, "BaTiO3"])
    assert reacted.keys() == {PAIR}
    # The product stands beside what is left of the two; barium carbonate and it might give more
    # of what is not there.
    assert inert == {("BaCO3",), ("BaCO3", "BaTiO3"), ("BaTiO3", "TiO2")}


def test_a_predicted_step_on_the_way_is_guessed() -> None:
    """That the target came by Ba2TiO4, which nobody saw, is told with more doubt."""
    reacted, _ = told(PAIR, ["BaTiO3"], steps=VIA_BA2TIO4)
    assert reacted[PAIR].doubt == 0.02
    assert reacted[PAIR].products == ("BaTiO3",)
    assert reacted[BOTH].doubt == 0.2


def test_an_intermediate_is_left() -> None:
    """Ba2TiO4 beside TiO2 and no BaTiO3: the first step has run, the second has not."""
    reacted, inert = told(PAIR, BOTH, steps=VIA_BA2TIO4)
    assert reacted == {PAIR: Conclusion(PAIR, True, ("Ba2TiO4",), 0.02)}
    assert inert == {BOTH}


def test_an_unexpected_phase_comes_from_the_only_pair_that_balances() -> None:
    reacted, _ = told(PAIR, ["BaTi2O5", "BaCO3"], steps=VIA_BA2TIO4)
    assert reacted == {PAIR: Conclusion(PAIR, True, ("BaTi2O5",), 0.02)}


def test_what_several_pairs_may_have_given_is_credited_to_none() -> None:
    """BaCuO2 from either copper compound."""
    reacted, inert = told(["BaCO3", "CuO", "Cu2O"], ["BaCuO2", "CuO", "Cu2O"])
    assert reacted == {}
    assert not inert & {("BaCO3", "CuO"), ("BaCO3", "Cu2O")}


def test_the_prediction_says_which_of_several() -> None:
    step = (["BaCO3", "CuO"], ["BaCuO2"])
    reacted, _ = told(["BaCO3", "CuO", "Cu2O"], ["BaCuO2", "Cu2O"], steps=[step])
    assert reacted == {("BaCO3", "CuO"): Conclusion(("BaCO3", "CuO"), True, ("BaCuO2",), 0.2)}


def test_no_pair_makes_three_metals_so_the_prediction_is_traced_back() -> None:
    """Y2Cu2O5 + 4 BaCuO2 -> 2 YBCO, whose reactants came from the oxides and carbonate."""
    steps = [
        (["BaCO3", "CuO"], ["BaCuO2"]),
        (["CuO", "Y2O3"], ["Y2Cu2O5"]),
        (["BaCuO2", "Y2Cu2O5"], ["YBa2Cu3O7"]),
    ]
    reacted, _ = told(YBCO, ["YBa2Cu3O7"], steps=steps)
    assert reacted[("BaCuO2", "Y2Cu2O5")].products == ("Ba2YCu3O7",)
    assert {c.doubt for c in reacted.values()} == {0.2}
    assert reacted.keys() == {("BaCuO2", "Y2Cu2O5"), ("BaCO3", "CuO"), ("CuO", "Y2O3")}
    assert reacted[("BaCO3", "CuO")].products == ()  # the cuprate is gone again
    assert told(YBCO, ["YBa2Cu3O7"]) == ({}, set())  # without a prediction nothing is known


def test_what_lies_beside_a_phase_of_unknown_origin_may_have_fed_it() -> None:
    """Barium carbonate and copper oxide are left beside YBCO: they may have made cuprate for it."""
    _, inert = told(YBCO, ["BaCO3", "CuO", "YBa2Cu3O7"])
    assert ("BaCO3", "CuO") not in inert
    assert ("Ba2YCu3O7", "BaCO3") in inert


def test_earlier_powder_shows_where_a_phase_came_from() -> None:
    """At 800 C: BaCuO2 beside Y2Cu2O5; hotter, YBCO: by balance, from these two."""
    there = ["BaCuO2", "Y2Cu2O5"]
    reacted, _ = told(YBCO, ["YBa2Cu3O7"], earlier=there)
    assert reacted[("BaCuO2", "Y2Cu2O5")].doubt == 0.02


def test_a_target_that_fell_apart() -> None:
    """2 YBCO -> 4 BaCuO2 + Y2Cu2O5."""
    reacted, inert = told(YBCO, ["BaCuO2", "Y2Cu2O5"], earlier=["YBa2Cu3O7"])
    assert ("Ba2YCu3O7",) in reacted
    assert reacted[("Ba2YCu3O7",)].products == ("BaCuO2", "Y2Cu2O5")
    assert reacted.keys() == {("Ba2YCu3O7",)}
    assert inert == set()  # that the two do not react back, so hot, is not that they never do


def test_a_salt_that_fell_apart_by_itself() -> None:
    reacted, inert = told(["CuCO3", "Y2O3"], ["CuO", "Y2O3"])
    assert reacted == {("CuCO3",): Conclusion(("CuCO3",), True, ("CuO",), 0.02)}
    assert inert == {("CuO", "Y2O3")}


def test_a_prediction_that_a_balance_contradicts_is_off() -> None:
    """Y2O3 came from its carbonate; that it came from a cuprate nobody saw is not believed."""
    steps = [(["CuO", "Y2O3"], ["Y2Cu2O5"]), (["BaCO3", "Y2Cu2O5"], ["Y2O3", "BaCuO2"])]
    reacted, _ = told(["BaCO3", "CuO", "Y2(CO3)3"], ["BaCO3", "CuO", "Y2O3"], steps=steps)
    assert reacted.keys() == {("Y2(CO3)3",)}


def test_a_solid_that_is_gone_without_a_trace() -> None:
    """Into what nobody saw: the predicted partner, with much doubt; nothing without."""
    reacted, _ = told(PAIR, ["TiO2"], steps=[(PAIR, ["BaTiO3"])])
    assert reacted == {PAIR: Conclusion(PAIR, True, (), 0.3)}
    assert told(PAIR, ["TiO2"])[0] == {}


SOLIDS = [
    "BaCO3", "BaO", "CuO", "Cu2O", "Y2O3", "BaCuO2", "Y2Cu2O5", "BaY2CuO5", "YBa2Cu3O7", "TiO2",
    "BaTiO3",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(SOLIDS), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(SOLIDS), max_size=6, unique=True),
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(SOLIDS), min_size=1, max_size=2, unique=True),
            st.lists(st.sampled_from(SOLIDS), min_size=1, max_size=3, unique=True),
        ),
        max_size=4,
    ),
)
def test_whatever_is_found(
    weighed_in: list[str], found: list[str], steps: list[tuple[list[str], list[str]]]
) -> None:
    """Each pair is concluded of once; what is inert is there; what is given is there; doubts."""
    every = conclude(powder(weighed_in, found, steps=steps))
    names = {identity(f) for f in found}
    assert len({c.pair for c in every}) == len(every)
    for each in every:
        assert 0 < each.doubt <= 0.5
        assert set(each.products) <= names
        assert each.reacted or set(each.pair) <= names


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_names_makes_no_difference(order: int) -> None:
    found = ["BaTiO3", "Ba2TiO4", "BaCO3"][::order]
    assert conclude(powder(PAIR[::order], found)) == conclude(powder(PAIR, sorted(found)))
