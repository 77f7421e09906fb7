"""Enumerated reactions against brute force in exact arithmetic, and against a published peer."""

import gzip
import json
from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from experiments.enumerate_reactions import enumerators, selectivity
from knowledge.data_folder import data_folder
from knowledge.errors import AthanorError
from knowledge.reactions.entries import EntrySet, read_entries
from knowledge.reactions.enumerate import TooManyReactionsError, enumerate_reactions
from tests.knowledge.reactions.systems import (
    Sides,
    composition,
    entry_sets,
    imbalance,
    null_space,
    sides,
    sides_of,
)

PEER = "thermo/ymno_1000K_reactions.json.gz"
OXIDES = ("O2", "Mn", "Y", "MnO", "Mn2O3", "MnO2", "Y2O3", "YMnO3", "YMn2O5", "Y2Mn2O7")


def at_zero(formulas: Sequence[str]) -> EntrySet:
    return EntrySet.of([(f, 0.0) for f in formulas])


def brute_force(entries: EntrySet, per_side: int, gases: Sequence[str] = ()) -> set[Sides]:
    """All pairs of sets of phases, with gases on either side, that have one balance and no more."""
    solids = [f for f in entries.formulas if f not in gases]
    found = set()
    groups = [frozenset(c) for k in range(1, per_side + 1) for c in combinations(solids, k)]
    placed = [p for p in product((-1, 0, 1), repeat=len(gases)) if any(p) or not gases]
    for left, right in combinations(groups, 2):
        if left & right:
            continue
        for places in placed:
            before = left | {g for g, p in zip(gases, places, strict=True) if p < 0}
            after = right | {g for g, p in zip(gases, places, strict=True) if p > 0}
            members = [*sorted(before), *sorted(after)]
            basis = null_space([composition(f) for f in members])
            if len(basis) != 1:
                continue
            signs = [np.sign(float(x)) for x in basis[0]]
            wanted = [-1] * len(before) + [1] * len(after)
            forward = signs == wanted
            if not forward and signs != [-s for s in wanted]:
                continue
            if len({e for f in members for e in composition(f)}) > 1:
                found |= {(before, after), (after, before)}
    return found


def checked(entries: EntrySet, **options: object) -> set[Sides]:
    """What is found, once each, all of it balanced."""
    table = enumerate_reactions(entries, **options)  # type: ignore[arg-type]
    listed = sides(table)
    assert len(set(listed)) == len(listed)
    assert imbalance(table) < 1e-12  # rounding of whole numbers
    return set(listed)


@given(entry_sets())
@settings(max_examples=20, deadline=None)
def test_two_phases_a_side_are_all_there_are(entries: EntrySet) -> None:
    assert checked(entries) == brute_force(entries, 2)


@given(entry_sets(compounds=4, elements=3))
@settings(max_examples=10, deadline=None)
def test_one_and_three_phases_a_side_are_all_there_are(entries: EntrySet) -> None:
    for per_side in (1, 3):
        assert checked(entries, phases_per_side=per_side) == brute_force(entries, per_side)


@given(entry_sets(compounds=5))
@settings(max_examples=5, deadline=None)
def test_gases_come_on_top_on_either_side(entries: EntrySet) -> None:
    for gases in (entries.formulas[:1], entries.formulas[-2:]):
        assert checked(entries, open_to=gases) == brute_force(entries, 2, gases)


@given(entry_sets(most=400, compounds=5))
@settings(max_examples=15, deadline=None)
def test_large_formulas_lose_no_reactions(entries: EntrySet) -> None:
    """Doped compounds have hundreds of atoms in a whole-number formula."""
    assert checked(entries) == brute_force(entries, 2)


def test_doped_manganites_mix_to_one_another() -> None:
    """Amounts of a thousandth are amounts."""
    doped = "La0.877Sr0.123MnO3", "La0.999Sr0.001MnO3", "La0.5Sr0.5MnO3"
    entries = at_zero(["La", "Sr", "Mn", "O2", "LaMnO3", "SrMnO3", *doped])
    for per_side in (1, 2):
        found = checked(entries, phases_per_side=per_side)
        assert found == brute_force(entries, per_side)


def test_every_solid_by_gas_of_carbonates() -> None:
    """Two real gases: a carbonate of a metal that changes its valence gives and takes both."""
    entries = at_zero(["O2", "CO2", "C", "Mn", "Ba", "MnCO3", "MnO", "Mn2O3", "BaCO3", "BaMnO3"])
    gases = ["O2", "CO2"]
    found = checked(entries, open_to=gases)
    assert found == brute_force(entries, 2, gases)
    assert (frozenset({"MnCO3", "BaCO3", "O2"}), frozenset({"BaMnO3", "CO2"})) in found


@given(entry_sets(), st.data())
@settings(max_examples=15, deadline=None)
def test_filters_give_what_filtering_gives(entries: EntrySet, data: st.DataObject) -> None:
    formula = st.sampled_from(entries.formulas)
    target = data.draw(formula)
    precursors = data.draw(st.lists(formula, min_size=1, max_size=4, unique=True))
    everything = set(sides(enumerate_reactions(entries)))
    made = {r for r in everything if target in r[1]}
    assert checked(entries, target=target) == made
    assert checked(entries, precursors=precursors) == {
        r for r in everything if r[0] <= set(precursors)
    }
    assert checked(entries, precursors=precursors, target=target) == {
        r for r in made if r[0] <= set(precursors)
    }


def test_filters_leave_the_gases_free() -> None:
    entries = at_zero(OXIDES)
    everything = set(sides(enumerate_reactions(entries, open_to=["O2"])))
    found = checked(entries, open_to=["O2"], precursors=["MnO2", "Y2O3"], target="YMnO3")
    allowed = {"MnO2", "Y2O3", "O2"}
    assert found == {r for r in everything if r[0] <= allowed and "YMnO3" in r[1]}
    assert (frozenset({"MnO2", "Y2O3"}), frozenset({"YMnO3", "O2"})) in found
    gas_made = checked(entries, open_to=["O2"], target="O2")
    assert gas_made == {r for r in everything if "O2" in r[1]}


def test_how_a_formula_is_scaled_changes_nothing() -> None:
    other = {"O2": "O", "Mn": "Mn4", "MnO": "Mn3O3", "Mn2O3": "Mn4O6", "Y2O3": "Y4O6"}
    plain, scaled = (
        EntrySet.of([(names.get(f, f), -0.1 * i) for i, f in enumerate(OXIDES)])
        for names in ({}, other)
    )
    assert plain.formulas == scaled.formulas
    first, second = enumerate_reactions(plain), enumerate_reactions(scaled)
    assert list(first.equations()) == list(second.equations())
    assert np.array_equal(first.ev_per_atom, second.ev_per_atom)
    assert set(sides(enumerate_reactions(scaled, target="Y4O6", open_to=["O"]))) == set(
        sides(enumerate_reactions(plain, target="Y2O3", open_to=["O2"]))
    )


def test_a_bound_is_kept_and_says_what_to_do() -> None:
    entries = at_zero(OXIDES)
    count = len(enumerate_reactions(entries))
    assert len(enumerate_reactions(entries, max_reactions=count)) == count
    with pytest.raises(TooManyReactionsError, match="name a target or precursors"):
        enumerate_reactions(entries, max_reactions=count - 1)


@pytest.mark.parametrize("bad", [{"phases_per_side": 0}, {"max_reactions": -1}])
def test_bounds_that_mean_nothing_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(AthanorError, match=next(iter(bad))):
        enumerate_reactions(at_zero(OXIDES), **bad)  # type: ignore[arg-type]


def test_nothing_to_react_is_an_empty_table() -> None:
    table = enumerate_reactions(at_zero(["Mn", "Y"]))
    assert len(table) == 0
    assert list(table.equations()) == []
    assert table.ev_per_atom.shape == (0,)


@pytest.fixture(scope="module")
def peer() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress((data_folder() / PEER).read_bytes()))
    return found


@pytest.fixture(scope="module")
def yttrium_manganites() -> EntrySet:
    return read_entries(data_folder() / "thermo/ymno_1000K_entries.csv")


@pytest.mark.needs(PEER)
class TestAgainstThePeer:
    """The reaction-network package (8.3.0) among 12 phases of Y-Mn-O at 1000 K."""

    @pytest.mark.parametrize(
        ("name", "count"),
        [
            ("basic_enum_all", 496),
            ("basic_enum_target", 80),
            ("basic_open_O2_all", 168),
            ("minimize_gibbs_all", 109),
            ("minimize_gibbs_target", 32),
            ("minimize_grandpot_O_mu0", 42),
        ],
    )
    def test_enumerators(
        self, peer: dict[str, Any], yttrium_manganites: EntrySet, name: str, count: int
    ) -> None:
        table = enumerators(yttrium_manganites, "YMnO3", "O2", 0.0, 10_000)[name]()
        assert len(table) == count
        ours = dict(zip(sides(table), table.ev_per_atom, strict=True))
        theirs = {sides_of(str(equation)): energy for equation, energy in peer[name]}
        assert set(ours) == set(theirs)
        for reaction, energy in theirs.items():
            assert ours[reaction] == pytest.approx(energy, abs=1e-4)

    def test_selectivity(self, peer: dict[str, Any], yttrium_manganites: EntrySet) -> None:
        ours = selectivity(yttrium_manganites, "YMnO3", 10_000)
        for score in ("competition", "chempot_distance"):
            found = {sides_of(e): value for e, value in ours[score].items()}
            expected = {sides_of(e): value for e, value in peer[score].items()}
            assert set(found) == set(expected)
            for reaction, value in expected.items():
                assert found[reaction] == pytest.approx(value, abs=1e-3)


@example(at_zero(OXIDES))
@given(entry_sets())
@settings(max_examples=10, deadline=None)
def test_both_directions_are_given_and_cancel(entries: EntrySet) -> None:
    table = enumerate_reactions(entries)
    energies = dict(zip(sides(table), table.ev_per_atom, strict=True))
    for (left, right), energy in energies.items():
        assert energies[right, left] == pytest.approx(-energy, abs=1e-12)
