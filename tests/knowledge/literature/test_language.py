"""The language of recipes: tokens and sources by hand, and what must always hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.balance import amounts
from knowledge.chemistry import framework, parse
from knowledge.errors import FormulaError
from knowledge.literature.language import (
    ELEMENTS,
    PrecursorTable,
    brings,
    read_target,
    sources_asked,
    weighable,
    write_sources,
)

BOTTLES = (
    "BaCO3", "BaO", "TiO2", "CaCO3", "CaHPO4", "NH4H2PO4", "Li2CO3", "LiH2PO4", "CaTiO3", "Fe2O3",
    "FePO4", "BaTiO3", "Ba3(PO4)2", "LiFeO2",
)  # fmt: skip


def test_tokens_of_barium_titanate() -> None:
    """Barium, the least electronegative, is asked first; oxygen needs no source."""
    tokens = read_target("BaTiO3")
    assert [ELEMENTS[i] for i in tokens.elements] == ["Ba", "Ti", "O"]
    assert tokens.fractions == pytest.approx((0.2, 0.2, 0.6))
    assert tokens.sources == 2


def test_fractions_are_numbers_and_scale_does_not_matter() -> None:
    tokens = read_target("La0.7Sr0.3MnO3")
    assert tokens == read_target("La7Sr3Mn10O30")
    assert dict(zip((ELEMENTS[i] for i in tokens.elements), tokens.fractions, strict=True)) == (
        pytest.approx({"La": 0.14, "Sr": 0.06, "Mn": 0.2, "O": 0.6})
    )


@pytest.mark.parametrize(
    ("target", "precursors", "sources"),
    [
        ("BaTiO3", ["TiO2", "BaCO3"], ("BaCO3", "TiO2")),
        ("Ca3(PO4)2", ["CaHPO4", "CaCO3"], ("CaCO3", "CaHPO4")),
        ("LiFePO4", ["LiH2PO4", "Fe2O3"], ("LiH2PO4", "Fe2O3", "LiH2PO4")),
        ("TiC", ["C", "Ti"], ("Ti", "C")),
        ("BaTiO3", ["BaCO3"], None),
        ("BaTiO3", ["BaCO3", "BaO", "TiO2"], None),
        ("BaTiO3", ["BaCO3", "TiO2", "Fe2O3"], None),
    ],
)
def test_sources_by_hand(
    target: str, precursors: list[str], sources: tuple[str, ...] | None
) -> None:
    assert write_sources(target, precursors) == sources


@settings(deadline=None, max_examples=200)
@given(
    st.sets(st.sampled_from(BOTTLES), min_size=1, max_size=4),
    st.lists(st.integers(1, 5), min_size=4, max_size=4),
)
def test_every_set_that_balances_can_be_written(chosen: set[str], moles: list[int]) -> None:
    """A target made of any amounts of any bottles; sets that balance in one way only count."""
    ordered = sorted(chosen)
    content: dict[str, float] = {"O": 7.0}
    for bottle, n in zip(ordered, moles, strict=False):
        for element, amount in framework(parse(bottle)).items():
            content[element] = content.get(element, 0.0) + n * amount
    target = "".join(f"{e}{n:g}" for e, n in content.items())
    if amounts(target, ordered) is None:
        return
    sources = write_sources(target, ordered)
    assert sources is not None
    assert set(sources) == chosen
    for element, source in zip(sources_asked(target), sources, strict=True):
        assert element in brings(source)


def test_what_is_no_target() -> None:
    for formula, said in (
        ("CO2", "besides O, C, H and N"),
        ("Fe", "is an element"),
        ("RfO2", "up to Lr"),
        ("Xx", "no such element"),
    ):
        with pytest.raises(FormulaError, match=said):
            read_target(formula)


def test_deuterium_is_read_as_hydrogen() -> None:
    assert read_target("KD2PO4") == read_target("KH2PO4")


def test_gases_and_carbon_dioxide_are_not_weighed() -> None:
    assert not weighable("Cl2")
    assert not weighable("H2S")
    assert not weighable("CO2")
    assert weighable("C")
    assert weighable("NH4H2PO4")


def test_a_table_of_precursors() -> None:
    table = PrecursorTable(["BaCO3", "TiO2", "BaTiO3"])
    barium, titanium = ELEMENTS.index("Ba"), ELEMENTS.index("Ti")
    assert table.composition[0, barium] == pytest.approx(0.2)
    assert table.candidates[barium].tolist() == [0, 2]
    assert table.candidates[titanium].tolist() == [1, 2]
    assert table.candidates[ELEMENTS.index("Sr")].tolist() == [3, 3]
    carbonate = 4  # moles of carbonate per mole of framework atoms
    assert table.features[:, carbonate].tolist() == [1.0, 0.0, 0.0]
