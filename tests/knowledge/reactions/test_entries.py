"""Entries, and tables of reactions among them, by hand."""

import numpy as np
import pytest

from knowledge.errors import FormulaError, NoEnergyError, RecordError
from knowledge.reactions.entries import EntrySet
from knowledge.reactions.facets import lower_facets
from knowledge.reactions.table import ReactionTable, grand_energies

OXIDES = [("Mn", 0.0), ("O", 0.0), ("Y", 0.0), ("Mn4O6", -1.4), ("Y2O3", -3.4), ("YMnO3", -2.5)]


def entries() -> EntrySet:
    return EntrySet.of(OXIDES)


def oxides_to_manganite(potentials: tuple[tuple[str, float], ...] = ()) -> ReactionTable:
    rows = np.array([[3, 4, 5, -1], [4, 5, 3, -1], [3, 0, 1, -1], [3, 4, 5, -1]])
    amounts = np.array(
        [[-1.0, -1, 2, 0], [1.0, -2, 1, 0], [-1.0, 2, 1.5, 0], [-0.25, -0.25, 0.5, 0]]
    )
    return ReactionTable.of(entries(), rows, amounts, potentials)


def test_arrays_by_hand() -> None:
    found = entries()
    assert found.formulas == ("Mn", "O2", "Y", "Mn2O3", "Y2O3", "YMnO3")
    assert found.elements == ("Mn", "O", "Y")
    assert found.counts[3:].tolist() == [[2, 3, 0], [0, 3, 2], [1, 3, 1]]
    assert found.atoms.tolist() == [1, 2, 1, 5, 5, 5]
    assert found.ev == pytest.approx([0, 0, 0, -7.0, -17.0, -12.5])
    assert found.find("Y4O6") == found.find("Y2O3") == 4
    assert found.rows(["O", "YMnO3"]) == [1, 5]
    assert len(found) == 6


def test_entries_that_do_not_hold_together() -> None:
    with pytest.raises(RecordError, match="Y4O6 is given twice"):
        EntrySet.of([*OXIDES, ("Y4O6", -3.0)])
    with pytest.raises(RecordError, match="nan"):
        EntrySet.of([*OXIDES, ("MnO", float("nan"))])
    with pytest.raises(FormulaError):
        EntrySet.of([*OXIDES, ("Mn?", 0.0)])
    with pytest.raises(NoEnergyError, match="elements Ba, Ti"):
        EntrySet.of([*OXIDES, ("BaTiO3", -3.0)])
    with pytest.raises(NoEnergyError, match="MnO2 is not among the 6 phases"):
        entries().find("MnO2")


def test_energies_over_the_atoms_of_one_side() -> None:
    table = oxides_to_manganite()
    # 2 YMnO3 from the oxides: 2 (-12.5) + 7 + 17 = -1 eV over ten atoms.
    assert table.ev_per_atom == pytest.approx([-0.1, 0.1, 1.4, -0.1])
    assert list(table.equations()) == [
        "0.5 Mn2O3 + 0.5 Y2O3 -> YMnO3",
        "2 YMnO3 -> Y2O3 + Mn2O3",
        "0.5 Mn2O3 -> Mn + 0.75 O2",
        "0.5 Mn2O3 + 0.5 Y2O3 -> YMnO3",
    ]
    assert len(table.distinct()) == 3
    assert table.reactants(0) == (3, 4)
    assert table.products(2) == (0, 1)
    assert table.making(3).tolist() == [False, True, False, False]
    assert table.using([3, 4]).tolist() == [True, False, True, True]
    assert table.dense @ entries().counts == pytest.approx(np.zeros((4, 3)))


def test_grand_energies_over_the_atoms_that_are_not_held() -> None:
    table = oxides_to_manganite((("O", -1.0),))
    ev, atoms = grand_energies(entries(), {"O": -1.0})
    assert ev == pytest.approx([0, 0, 0, -4.0, -14.0, -9.5])
    assert atoms.tolist() == [1, 0, 1, 2, 2, 2]
    # No oxygen passes in the first: -1 eV over four metal atoms. Mn2O3 -> 2 Mn: 4 eV over two.
    assert table.ev_per_atom == pytest.approx([-0.25, 0.25, 2.0, -0.25])


def test_facets_of_a_binary_by_hand() -> None:
    """Of A, A3B, AB and B, A3B lies above the line from A to AB."""
    fractions = np.array([[1, 0], [0.75, 0.25], [0.5, 0.5], [0, 1.0]])
    energies = np.array([0.0, -0.4, -1.0, 0.0])
    assert lower_facets(fractions, energies, np.arange(4)).tolist() == [[0, 2], [2, 3]]
    assert lower_facets(fractions, energies, np.array([0, 1, 3])).tolist() == [[0, 1], [1, 3]]
    with pytest.raises(NoEnergyError, match="phase of its own"):
        lower_facets(fractions, energies, np.array([0, 1, 2]))
    assert lower_facets(np.ones((2, 1)), np.array([0.1, 0.0]), np.arange(2)).tolist() == [[1]]
