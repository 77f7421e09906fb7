"""Selectivity of reactions against definitions written out, and pymatgen's diagrams."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pymatgen.analysis.chempot_diagram import ChemicalPotentialDiagram
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from knowledge.errors import AthanorError
from knowledge.reactions.entries import EntrySet
from knowledge.reactions.enumerate import enumerate_reactions
from knowledge.reactions.hull import Hull
from knowledge.reactions.scores import (
    PotentialDiagram,
    catalan,
    competition,
    inverse_hull_ev_per_atom,
    pareto_front,
)
from knowledge.reactions.table import ReactionTable
from tests.knowledge.reactions.systems import entry_sets, sides

Point = tuple[float, float]


def pd_entries(entries: EntrySet) -> list[PDEntry]:
    return [PDEntry(Composition(f), e) for f, e in zip(entries.formulas, entries.ev, strict=True)]


@given(entry_sets(compounds=10, stable=True))
@settings(max_examples=15, deadline=None)
def test_inverse_hull_energy_is_the_distance_from_the_hull_of_the_others(
    entries: EntrySet,
) -> None:
    hull, members = Hull.of(entries), pd_entries(entries)
    for row, entry in enumerate(members):
        if len(entry.composition) == 1:
            assert inverse_hull_ev_per_atom(hull, row) == math.inf
            continue
        others = PhaseDiagram([e for e in members if e is not entry])
        expected = others.get_hull_energy_per_atom(entry.composition) - entries.ev_per_atom[row]
        assert inverse_hull_ev_per_atom(hull, row) == pytest.approx(expected, abs=1e-8)


def test_inverse_hull_energy_in_a_gas() -> None:
    """Mn3O4 at -0.5 eV an O: MnO2 is next, (-9.2 / 3 + 2.6) below for each Mn."""
    entries = EntrySet.of(
        [("Mn", 0.0), ("O2", 0.0), ("MnO", -1.5), ("Mn3O4", -1.6), ("MnO2", -1.2)]
    )
    hull = Hull.of(entries, {"O": -0.5})
    assert inverse_hull_ev_per_atom(hull, entries.find("Mn3O4")) == pytest.approx(9.2 / 3 - 2.6)
    # Any oxide stands in for the metal: it gives its oxygen to the gas.
    assert inverse_hull_ev_per_atom(hull, entries.find("Mn")) == pytest.approx(-9.2 / 3)


def ratio(table: ReactionTable, row: int, first: int, second: int) -> float:
    """Share of the second reactant in the atoms that react."""
    spent = np.maximum(-table.dense[row], 0.0) * table.entries.atoms
    return float(spent[second] / (spent[first] + spent[second]))


def altitude(left: Point, middle: Point, right: Point) -> float:
    """Energy of the middle point over the line through the others."""
    share = (middle[0] - left[0]) / (right[0] - left[0])
    return middle[1] - (1 - share) * left[1] - share * right[1]


def orders(points: list[Point]) -> Iterator[float]:
    """Energy given off in each order in which the ends can turn into all between them."""
    if len(points) == 2:
        yield 0.0
    for i in range(1, len(points) - 1):
        first = altitude(points[0], points[i], points[-1])
        for before in orders(points[: i + 1]):
            for after in orders(points[i:]):
                yield first + before + after


def lower_hull(points: list[Point]) -> list[Point]:
    """Points under every line through two others, ends included."""
    lowest: dict[float, float] = {}
    for x, y in points:
        same = next((z for z in lowest if abs(z - x) < 1e-9), x)
        lowest[same] = min(y, lowest.get(same, y))
    kept = sorted(lowest.items())
    return [
        p
        for p in kept
        if all(altitude(a, p, b) < -1e-10 for a in kept for b in kept if a[0] < p[0] < b[0])
    ]


def height(hull: list[Point], x: float) -> float:
    return float(np.interp(x, [p[0] for p in hull], [p[1] for p in hull]))


def side_energy(hull: list[Point], low: float, high: float) -> float:
    """Mean over all orders in which a mixture between two ratios can go down to the hull.

    A reactant starts at zero; where it decomposes by itself that is one step among the others.
    """
    points = [p for p in hull if low + 1e-9 < p[0] < high - 1e-9]
    points = [(low, height(hull, low)), *points, (high, height(hull, high))]
    if low == 0.0 and points[0][1] < 0:
        points.insert(0, (0.0, 0.0))
    if high == 1.0 and points[-1][1] < 0:
        points.append((1.0, 0.0))
    found = list(orders(points))
    return sum(found) / len(found)


@given(entry_sets(compounds=6, elements=3, stable=True))
@settings(max_examples=15, deadline=None)
def test_competition_by_its_definition(entries: EntrySet) -> None:
    table = enumerate_reactions(entries)
    written, energies = sides(table), table.ev_per_atom
    for row, found in enumerate(competition(table, range(len(table)))):
        first, second = (*table.reactants(row), -1)[:2]
        if second < 0:
            assert found is None
            continue
        assert found is not None
        pair = written[row][0]
        rivals = [i for i, (left, _) in enumerate(written) if left <= pair and i != row]
        x = ratio(table, row, first, second)
        # At its own ratio the reaction is weighed against nothing: what else may form of that
        # mixture follows from what forms of others. The reactants as they are always compete.
        elsewhere = [i for i in rivals if abs(ratio(table, i, first, second) - x) > 1e-9]
        lowest = min([energies[i] for i in elsewhere] + [0.0])
        assert found.primary_ev_per_atom == pytest.approx(energies[row] - lowest, abs=1e-9)
        assert found.rivals == len(rivals) + 2
        points = [(ratio(table, i, first, second), energies[i]) for i in [*rivals, row]]
        hull = lower_hull([*points, (0.0, 0.0), (1.0, 0.0)])
        if len(hull) <= 9:  # 1430 orders
            expected = -side_energy(hull, 0.0, x) - side_energy(hull, x, 1.0)
            assert found.secondary_ev_per_atom == pytest.approx(expected, abs=1e-6)
            assert found.secondary_ev_per_atom >= -1e-9


def test_competition_of_a_table_of_one_direction_is_refused_nothing() -> None:
    """A lone reaction competes with its reactants staying as they are."""
    entries = EntrySet.of([("Ba", 0.0), ("Ti", 0.0), ("BaTi", -1.0)])
    table = enumerate_reactions(entries, target="BaTi")
    (found,) = competition(table, [0])
    assert found is not None
    assert (found.primary_ev_per_atom, found.secondary_ev_per_atom) == (-1.0, 0.0)
    assert found.rivals == 2


def test_catalan_numbers() -> None:
    """OEIS A000108."""
    known = [1, 1, 2, 5, 14, 42, 132, 429, 1430, 4862, 16796, 58786]
    assert [catalan(n) for n in range(12)] == known
    for n in range(1, 40):
        assert catalan(n) == sum(catalan(i) * catalan(n - 1 - i) for i in range(n))


def test_distances_in_a_binary_by_hand() -> None:
    """BaTi at -1 eV/atom: its domain is mu_Ba + mu_Ti = -2 between (0, -2) and (-2, 0)."""
    entries = EntrySet.of([("Ba", 0.0), ("Ti", 0.0), ("BaTi", -1.0), ("Ba3Ti", -0.3)])
    ba, ti, bati, ba3ti = entries.rows(["Ba", "Ti", "BaTi", "Ba3Ti"])
    diagram = PotentialDiagram(entries)
    assert sorted(map(tuple, diagram.domain(bati))) == [
        pytest.approx((-2.0, 0.0)),
        pytest.approx((0.0, -2.0)),
    ]
    assert diagram.distance(ba, ti) == pytest.approx(2 * math.sqrt(2))
    assert diagram.distance(ba, bati) == pytest.approx(0.0, abs=1e-12)
    assert diagram.distance(ti, bati) == pytest.approx(0.0, abs=1e-12)
    # 0.2 above the hull at (3/4, 1/4): 0.2 over the length of that vector; its domain, once it
    # is stable, is the corner between Ba and BaTi.
    offset = 0.2 / math.hypot(0.75, 0.25)
    assert diagram.offset(ba3ti) == pytest.approx(offset)
    assert diagram.distance(ba, ba3ti) == pytest.approx(offset, abs=1e-4)
    assert diagram.distance(bati, ba3ti) == diagram.distance(ba3ti, bati)
    assert diagram.distance(ti, ba3ti) == pytest.approx(2 * math.sqrt(2) + offset, abs=1e-3)
    table = enumerate_reactions(entries)
    reaction = sides(table).index((frozenset({"Ba3Ti"}), frozenset({"Ba", "BaTi"})))
    # Ba3Ti with Ba, Ba3Ti with BaTi, Ba with BaTi.
    assert diagram.total_distance(table, reaction) == pytest.approx(2 * offset, abs=1e-3)


@given(entry_sets(compounds=8, elements=3, stable=True))
@settings(max_examples=10, deadline=None)
def test_domains_are_pymatgens(entries: EntrySet) -> None:
    diagram = PotentialDiagram(entries)
    peer = ChemicalPotentialDiagram(
        pd_entries(entries), default_min_limit=-100, formal_chempots=False
    )
    order = [[str(e) for e in peer.elements].index(s) for s in entries.elements]
    stable = {entries.formulas[i]: i for i in np.unique(Hull.of(entries).facets)}
    assert set(peer.domains) == set(stable)
    for formula, corners in peer.domains.items():
        ours, theirs = diagram.domain(stable[formula]), np.array(corners)[:, order]
        apart = np.linalg.norm(ours[:, None] - theirs[None], axis=2)
        assert apart.min(axis=0).max() < 1e-4  # corners hundreds of eV away
        assert apart.min(axis=1).max() < 1e-4


@given(entry_sets(compounds=6, elements=3, stable=True))
@settings(max_examples=10, deadline=None)
def test_distances_are_symmetric_and_neighbours_touch(entries: EntrySet) -> None:
    diagram, hull = PotentialDiagram(entries), Hull.of(entries)
    for first in range(len(entries)):
        for second in range(first):
            there, back = diagram.distance(first, second), diagram.distance(second, first)
            assert there == back
            assert there >= diagram.offset(first) + diagram.offset(second) - 1e-12
    for facet in hull.facets:
        for corner in facet[1:]:
            assert diagram.distance(int(facet[0]), int(corner)) == pytest.approx(0.0, abs=1e-6)


def test_one_element_has_no_diagram() -> None:
    with pytest.raises(AthanorError, match="two elements or more, not Ba"):
        PotentialDiagram(EntrySet.of([("Ba", 0.0)]))


COSTS = st.integers(1, 3).flatmap(
    lambda k: st.lists(
        st.lists(
            st.one_of(st.integers(0, 3).map(float), st.floats(0, 10), st.just(math.inf)),
            min_size=k,
            max_size=k,
        ),
        min_size=1,
        max_size=12,
    )
)


@given(COSTS)
@example([[1.0, 1e-20], [1.0, 0.0]])  # their sums round to the same
@example([[math.inf, 2.0], [math.inf, 1.0]])
def test_pareto_front_is_what_nothing_beats(costs: list[list[float]]) -> None:
    def beats(a: list[float], b: list[float]) -> bool:
        return a != b and all(x <= y for x, y in zip(a, b, strict=True))

    expected = [not any(beats(a, b) for a in costs) for b in costs]
    assert pareto_front(np.array(costs)).tolist() == expected


def test_no_reactions_have_no_front() -> None:
    assert pareto_front(np.empty((0, 3))).tolist() == []


@given(entry_sets(stable=True))
@settings(max_examples=5, deadline=None)
def test_competition_is_the_same_for_one_reaction_as_for_all(entries: EntrySet) -> None:
    table = enumerate_reactions(entries)
    assume(len(table) > 3)
    together = competition(table, range(len(table)))
    for row in (0, len(table) // 2, len(table) - 1):
        assert competition(table, [row]) == [together[row]]
