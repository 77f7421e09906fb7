"""Hulls and the reactions on them against pymatgen's phase diagrams."""

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pymatgen.analysis.interface_reactions import (
    GrandPotentialInterfacialReactivity,
    InterfacialReactivity,
)
from pymatgen.analysis.phase_diagram import (
    GrandPotentialPhaseDiagram,
    GrandPotPDEntry,
    PDEntry,
    PhaseDiagram,
)
from pymatgen.core import Composition, Element

from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError, NoEnergyError
from knowledge.reactions.entries import EntrySet
from knowledge.reactions.hull import MAX_ELEMENTS, Hull
from tests.knowledge.reactions.systems import composition, entry_sets, imbalance, null_space, sides

ROUNDING_EV = 1e-8  # Qhull and pymatgen both round to some 1e-10


def pd_entries(entries: EntrySet) -> list[PDEntry]:
    return [
        PDEntry(Composition(f), ev, name=f)
        for f, ev in zip(entries.formulas, entries.ev, strict=True)
    ]


def embedded(energies: EnergyStack, symbols: str) -> EntrySet:
    """The phases of a system in the embedded table, polymorphs and all at 0 K."""
    found = {("O2" if s == "O" else s): 0.0 for s in symbols.split("-")}
    for entry in energies.system(set(symbols.split("-"))):
        name = EntrySet.of(
            [(entry.formula, 0.0), *((s, 0.0) for s in found if s not in (entry.formula,))]
        ).formulas[0]
        found[name] = min(entry.ev_per_atom, found.get(name, np.inf))
    return EntrySet.of(found.items())


@given(entry_sets(compounds=12))
@settings(max_examples=25, deadline=None)
def test_energies_above_the_hull(entries: EntrySet) -> None:
    hull = Hull.of(entries)
    members = pd_entries(entries)
    diagram = PhaseDiagram(members)
    expected = [diagram.get_e_above_hull(entry) for entry in members]
    assert hull.above_ev_per_atom == pytest.approx(expected, abs=ROUNDING_EV)
    stable = {entry.name for entry in diagram.stable_entries}
    assert {entries.formulas[i] for i in np.unique(hull.facets)} == stable


@given(entry_sets(compounds=12), st.data())
@settings(max_examples=15, deadline=None)
def test_energies_above_the_hull_in_a_gas(entries: EntrySet, data: st.DataObject) -> None:
    """One element held at a potential: pymatgen's grand potential diagram."""
    assume(len(entries.elements) > 2)
    held = data.draw(st.sampled_from(entries.elements))
    mu = data.draw(st.floats(-3.0, 0.0))
    hull = Hull.of(entries, {held: mu})
    diagram = GrandPotentialPhaseDiagram(pd_entries(entries), {Element(held): mu})
    for row, entry in enumerate(pd_entries(entries)):
        if set(composition(entries.formulas[row])) == {held}:
            assert np.isnan(hull.above_ev_per_atom[row])
            continue
        grand = GrandPotPDEntry(entry, {Element(held): mu})
        expected = diagram.get_e_above_hull(grand)
        assert hull.above_ev_per_atom[row] == pytest.approx(expected, abs=ROUNDING_EV)


@given(entry_sets(compounds=15, stable=True))
@settings(max_examples=50, deadline=None)
def test_the_hull_lies_under_every_phase_and_through_its_corners(entries: EntrySet) -> None:
    hull = Hull.of(entries)
    planes = entries.counts @ hull.potentials.T / entries.atoms[:, None]  # (phases, facets)
    assert (planes - entries.ev_per_atom[:, None]).max() < ROUNDING_EV
    corners = np.take_along_axis(planes, hull.facets.T, axis=0)
    assert corners == pytest.approx(entries.ev_per_atom[hull.facets.T], abs=ROUNDING_EV)
    assert (hull.above_ev_per_atom >= 0).all()
    assert (hull.above_ev_per_atom[np.unique(hull.facets)] == 0).all()
    # The facets cover all compositions: their corners span a volume of one together.
    volume = np.abs(np.linalg.det(hull.fractions[hull.facets])).sum()
    assert volume == pytest.approx(1.0)


@given(entry_sets(compounds=10, stable=True))
@settings(max_examples=10, deadline=None)
def test_potentials_at_facets_are_pymatgens(entries: EntrySet) -> None:
    hull = Hull.of(entries)
    diagram = PhaseDiagram(pd_entries(entries))
    for facet, potentials in zip(hull.facets, hull.potentials, strict=True):
        middle = hull.fractions[facet].mean(axis=0)
        where = Composition(dict(zip(entries.elements, middle, strict=True)))
        found = diagram.get_composition_chempots(where)
        expected = [found[Element(e)] for e in entries.elements]
        assert potentials == pytest.approx(expected, abs=1e-6)  # a thin facet magnifies rounding


Kinks = list[tuple[float, float]]


def our_kinks(hull: Hull, first: int, second: int) -> Kinks:
    """Mixing ratio of the first in atoms, all counted, and eV per atom of reactions of both."""
    table = hull.interface_reactions(np.array([[first, second]]))
    found = []
    for row in range(len(table)):
        if {i for i in table.reactants(row) if hull.atoms[i] > 0} == {first, second}:
            spent = -table.dense[row] * hull.entries.atoms
            share = spent[first] / (spent[first] + spent[second])
            found.append((share, table.ev_per_atom[row]))
    return sorted(found)


def their_kinks(peer: InterfacialReactivity) -> Kinks:
    return sorted((x, ev) for _, x, ev, _, _ in peer.get_kinks() if 1e-6 < x < 1 - 1e-6)


SYSTEMS = ["Ba-Ti-O", "Y-Cu-O", "Li-Mn-O", "Ba-Y-Cu-O"]


@pytest.mark.parametrize("symbols", SYSTEMS)
def test_kinks_are_pymatgens(energies: EnergyStack, symbols: str) -> None:
    entries = embedded(energies, symbols)
    assert len(entries) > 8
    hull, members = Hull.of(entries), pd_entries(entries)
    diagram = PhaseDiagram(members)
    pairs = np.random.default_rng(0).permutation(len(entries))[:10].reshape(5, 2)
    assert sum(len(our_kinks(hull, a, b)) for a, b in pairs) > 2
    for a, b in pairs:
        peer = InterfacialReactivity(members[a].composition, members[b].composition, diagram)
        assert np.array(our_kinks(hull, a, b)) == pytest.approx(
            np.array(their_kinks(peer)), abs=1e-6
        )


@pytest.mark.parametrize("symbols", SYSTEMS)
@pytest.mark.parametrize("mu", [-0.5, -2.0])
def test_kinks_in_oxygen_are_pymatgens(energies: EnergyStack, symbols: str, mu: float) -> None:
    entries = embedded(energies, symbols)
    hull, members = Hull.of(entries, {"O": mu}), pd_entries(entries)
    closed = PhaseDiagram(members)
    grand = GrandPotentialPhaseDiagram(members, {Element("O"): mu})
    # pymatgen takes the hull's energy for a compound with no energy of formation below zero.
    solids = np.flatnonzero((hull.atoms > 0) & (entries.ev_per_atom < 0))
    pairs = np.random.default_rng(0).permutation(solids)[:8].reshape(4, 2)
    for a, b in pairs:
        if np.allclose(hull.fractions[a], hull.fractions[b]):
            continue  # two oxides of one metal meet at no ratio
        peer = GrandPotentialInterfacialReactivity(
            members[a].composition,
            members[b].composition,
            grand,
            pd_non_grand=closed,
            include_no_mixing_energy=True,
            use_hull_energy=False,
        )
        assert np.array(our_kinks(hull, a, b)) == pytest.approx(
            np.array(their_kinks(peer)), abs=1e-6
        )


@given(entry_sets(compounds=8, stable=True), st.booleans())
@settings(max_examples=20, deadline=None)
def test_interface_reactions_balance_and_go_downhill(entries: EntrySet, gas: bool) -> None:
    held = {entries.elements[0]: -0.3} if gas and len(entries.elements) > 2 else {}
    hull = Hull.of(entries, held)
    table = hull.interface_reactions()
    assert imbalance(table) < 1e-7  # of the shares left out as none
    assert (table.ev_per_atom <= ROUNDING_EV).all()
    assert len(set(sides(table))) == len(table)
    on_hull = set(np.unique(hull.facets).tolist()) | set(np.flatnonzero(hull.atoms == 0).tolist())
    for row in range(len(table)):
        assert set(table.products(row)) <= on_hull
        solids = [i for i in table.reactants(row) if hull.atoms[i] > 0]
        assert 1 <= len(solids) <= 2
        if not held:
            members = [*table.reactants(row), *table.products(row)]
            assert len(null_space([composition(entries.formulas[i]) for i in members])) == 1


def test_two_oxides_of_one_metal_under_oxygen() -> None:
    """At -0.5 eV an O, 3 MnO + 1/2 O2 -> Mn3O4 by hand; everything else of the metal follows."""
    entries = EntrySet.of(
        [("Mn", 0.0), ("O2", 0.0), ("MnO", -1.5), ("Mn3O4", -1.6), ("MnO2", -1.2)]
    )
    hull = Hull.of(entries, {"O": -0.5})
    per_metal = {"Mn": 0.0, "MnO": -3.0 + 0.5, "Mn3O4": (-11.2 + 2.0) / 3, "MnO2": -3.6 + 1.0}
    lowest = min(per_metal.values())
    for formula, ev in per_metal.items():
        above = hull.above_ev_per_atom[entries.find(formula)]
        assert above == pytest.approx(ev - lowest)
    assert sorted(hull.interface_reactions().equations()) == [
        "0.5 O2 + 3 MnO -> Mn3O4",
        "3 Mn + 2 O2 -> Mn3O4",
        "3 MnO2 -> O2 + Mn3O4",
    ]


def test_a_hull_without_a_phase_is_the_hull_of_the_others() -> None:
    everything = [("Ba", 0.0), ("Ti", 0.0), ("BaTi", -1.0), ("BaTi3", -0.4), ("Ba3Ti", -0.3)]
    entries = EntrySet.of(everything)
    without = Hull.of(entries).without(entries.find("BaTi"))
    others = PhaseDiagram(
        [PDEntry(Composition(f), ev * Composition(f).num_atoms) for f, ev in everything[:2]]
        + [PDEntry(Composition(f), ev * 4) for f, ev in everything[3:]]
    )
    for share in np.linspace(0, 1, 21):
        point = np.array([[share, 1 - share]])
        ev = without.energy_above(point, np.zeros(1))[0]
        where = Composition({"Ba": share, "Ti": 1 - share})
        assert -ev == pytest.approx(others.get_hull_energy_per_atom(where), abs=ROUNDING_EV)


def test_systems_no_hull_can_be_made_of() -> None:
    entries = EntrySet.of([("Ba", 0.0), ("Ti", 0.0), ("BaTi", -1.0)])
    with pytest.raises(NoEnergyError, match="Y is to be held"):
        Hull.of(entries, {"Y": 0.0})
    with pytest.raises(AthanorError, match="0 elements"):
        Hull.of(entries, {"Ba": 0.0, "Ti": 0.0})
    metals = ("Ba", "Ti", "Y", "Mn", "Li", "Na", "K", "Fe", "Cu", "Zn")
    many = EntrySet.of([(metal, 0.0) for metal in metals])
    assert len(many.elements) > MAX_ELEMENTS
    with pytest.raises(AthanorError, match=re.escape("take a smaller system")):
        Hull.of(many)
