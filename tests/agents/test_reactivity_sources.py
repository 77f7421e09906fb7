"""Which pairs balance to which solids, against reactions worked out by hand."""

import pytest

from agents.pairs.sources import balanced, makes, origins


@pytest.mark.parametrize(
    ("pair", "products"),
    [
        (("BaCO3", "TiO2"), ("BaTiO3",)),
        (("BaCO3", "TiO2"), ("Ba2TiO4",)),
        (("Ba2TiO4", "TiO2"), ("BaTiO3",)),
        (("CuCO3",), ("CuO",)),
        (("Cu2O",), ("CuO",)),
        (("Ba2YCu3O7",), ("BaCuO2", "CuO", "BaY2CuO5")),  # 2 -> 3 + 2 + 1
        (("Ba2YCu3O7",), ("BaCuO2", "Y2Cu2O5")),  # 2 -> 4 + 1
        (("BaCO3", "Y2Cu2O5"), ("Ba2YCu3O7", "BaY2CuO5")),  # 8 + 5 -> 2 + 4
        (("BaCuO2", "Y2Cu2O5"), ("Ba2YCu3O7",)),  # 4 + 1 -> 2
        (("Ba2Cu3O6", "Y2O3"), ("BaY2CuO5", "CuO")),
    ],
)
def test_what_balances(pair: tuple[str, ...], products: tuple[str, ...]) -> None:
    assert makes(pair, products)


@pytest.mark.parametrize(
    ("pair", "products"),
    [
        (("BaCO3", "TiO2"), ("TiO2", "BaO")),  # each by itself: any ratio does
        (("BaCO3",), ("BaTiO3",)),
        (("BaCO3", "TiO2"), ("SrTiO3",)),
        (("BaCO3", "TiO2"), ("BaTiO3", "Ba2TiO4")),  # more barium or less: any ratio does
        (("BaTiO3", "Ba2TiO4"), ("BaTi2O5",)),  # between the two or not at all
        (("Y2O3", "BaCuO2"), ("Ba2YCu3O7",)),  # copper is short
        (("CuCO3", "BaCO3"), ("CuO", "BaO")),
    ],
)
def test_what_does_not(pair: tuple[str, ...], products: tuple[str, ...]) -> None:
    assert not makes(pair, products)


def test_amounts_are_those_of_the_equation() -> None:
    """2 Ba2YCu3O7 -> 4 BaCuO2 + Y2Cu2O5."""
    amounts = balanced(("Ba2YCu3O7",), ("BaCuO2", "Y2Cu2O5"))
    assert amounts is not None
    assert amounts / amounts[0] == pytest.approx([1.0, -2.0, -0.5])


def test_origins_by_hand() -> None:
    solids = frozenset({"BaCO3", "TiO2", "Ba2TiO4", "BaTiO3"})
    found = origins(solids, frozenset({"BaTiO3", "Ba2TiO4"}))
    assert found["BaTiO3"] == {
        ("BaCO3", "TiO2"): ("BaTiO3",),
        ("Ba2TiO4", "TiO2"): ("BaTiO3",),
    }
    assert found["Ba2TiO4"] == {
        ("BaCO3", "TiO2"): ("Ba2TiO4",),
        ("BaCO3", "BaTiO3"): ("Ba2TiO4",),
    }


def test_the_fewest_products_are_told() -> None:
    """CuO from the carbonate alone, though the pair gives it beside barium cuprate too."""
    found = origins(frozenset({"BaCO3", "CuCO3"}), frozenset({"BaCuO2", "CuO"}))
    assert found["CuO"] == {("CuCO3",): ("CuO",)}
    assert found["BaCuO2"] == {("BaCO3", "CuCO3"): ("BaCuO2",)}
    decomposed = origins(frozenset({"Ba2YCu3O7"}), frozenset({"BaCuO2", "CuO", "BaY2CuO5"}))
    assert decomposed["CuO"] == {("Ba2YCu3O7",): ("BaCuO2", "BaY2CuO5", "CuO")}
