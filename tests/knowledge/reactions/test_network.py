"""Ways from precursors to a target against exhaustive search and cases known by hand."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from knowledge.errors import UnbalancedError
from knowledge.reactions.entries import EntrySet
from knowledge.reactions.enumerate import enumerate_reactions
from knowledge.reactions.network import (
    balanced_pathways,
    cheapest_paths,
    network,
    overall_reaction,
    softplus_cost,
)
from knowledge.reactions.table import ReactionTable
from tests.knowledge.reactions.systems import entry_sets, sides

ROUNDING = 1e-6  # the tolerance of the linear programme


def titanates() -> EntrySet:
    """BaO + TiO2 goes by Ba2TiO4 here, since that gives off more."""
    energies = {"BaO": -2.0, "TiO2": -2.0, "Ba2TiO4": -2.3, "BaTiO3": -2.35, "BaTi2O5": -2.1}
    return EntrySet.of([("Ba", 0.0), ("Ti", 0.0), ("O2", 0.0), *energies.items()])


def downhill(entries: EntrySet, phases_per_side: int = 2) -> ReactionTable:
    table = enumerate_reactions(entries, phases_per_side)
    return table.select(table.ev_per_atom < 0)


def routes(
    table: ReactionTable, costs: np.ndarray, have: frozenset[int], target: int
) -> Iterator[tuple[float, tuple[int, ...]]]:
    """All ways that pass no set of reactants and no set of products twice, by walking them all."""
    left = [frozenset(table.reactants(i)) for i in range(len(table))]
    right = [frozenset(table.products(i)) for i in range(len(table))]

    def onward(steps: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if steps and target in right[steps[-1]]:
            yield steps
        for i in range(len(table)):
            if any(left[i] == left[j] or right[i] == right[j] for j in steps):
                continue
            if not steps and not left[i] <= have:
                continue
            # Something that was just made takes part, and only precursors come to it.
            if steps and not (left[i] & right[steps[-1]] and left[i] <= right[steps[-1]] | have):
                continue
            yield from onward((*steps, i))

    for steps in onward(()):
        yield float(sum(costs[i] for i in steps)), steps


@given(entry_sets(compounds=4, elements=2, stable=True), st.data())
@settings(max_examples=15, deadline=None)
def test_cheapest_paths_are_the_cheapest_of_all(entries: EntrySet, data: st.DataObject) -> None:
    both = enumerate_reactions(entries)
    table = both.select(np.arange(len(both)) % 3 == 0)  # few enough to walk
    assume(len(table))
    some = st.lists(st.integers(1, 50), min_size=len(table), max_size=len(table))
    costs = np.array(data.draw(some), dtype=float)
    have = frozenset(data.draw(st.sets(st.integers(0, len(entries) - 1), min_size=1, max_size=3)))
    target = data.draw(st.integers(0, len(entries) - 1))
    expected = sorted(cost for cost, _ in routes(table, costs, have, target))[:6]
    found = cheapest_paths(table, costs, sorted(have), target, 6)
    assert [r.cost for r in found] == pytest.approx(expected)
    written = sides(table)
    for route in found:
        assert sum(costs[i] for i in route.reactions) == pytest.approx(route.cost)
        assert entries.formulas[target] in written[route.reactions[-1]][1]


def test_network_by_hand() -> None:
    entries = titanates()
    table = downhill(entries)
    bao, tio2 = entries.rows(["BaO", "TiO2"])
    costs = softplus_cost(table.ev_per_atom, 1000.0)
    graph = network(table, costs, [bao, tio2])
    first = frozenset({bao, tio2})
    starts = set(graph.successors(("start", frozenset())))
    able = np.flatnonzero(table.using([bao, tio2]))
    assert starts == {("r", frozenset(table.reactants(i))) for i in able}
    made = {p[1] for p in graph.successors(("r", first))}
    assert made == {frozenset({entries.find(f)}) for f in ("Ba2TiO4", "BaTiO3", "BaTi2O5")}
    for _, _, edge in graph.edges(data=True):
        assert edge["cost"] == (0.0 if edge["reaction"] is None else costs[edge["reaction"]])


def test_costs_are_the_softplus() -> None:
    assert softplus_cost(np.array([0.0, -1.0]), 273.0) == pytest.approx(
        [math.log(2), math.log(1 + math.exp(-1))]
    )


def checked(
    table: ReactionTable, costs: np.ndarray, overall: np.ndarray, max_steps: int = 4, count: int = 6
) -> list[set[str]]:
    """The reactions of each pathway, after all that must hold of them."""
    atoms = table.entries.atoms
    whole = np.maximum(overall, 0.0) @ atoms
    equations = list(table.equations())
    found = list(balanced_pathways(table, costs, overall, max_steps, count))
    for pathway in found:
        rows, amounts = list(pathway.reactions), np.array(pathway.amounts)
        assert 1 <= len(rows) <= max_steps
        assert len(set(rows)) == len(rows)
        assert (amounts > 0).all()
        changes = table.dense[rows] * amounts[:, None]
        assert changes.sum(axis=0) == pytest.approx(overall, abs=ROUNDING * whole)
        through = np.maximum(changes, 0.0) @ atoms / whole
        assert pathway.cost == pytest.approx(costs[rows] @ through, abs=1e-6)
        left = np.maximum(-overall, 0.0)
        for change in changes:
            used = np.maximum(-change, 0.0)
            assert (left - used >= -ROUNDING * whole).all(), [equations[i] for i in rows]
            left = left + change
    assert (np.diff([p.cost for p in found]) >= -1e-9).all()  # as the programme rounds
    supports = [set(p.reactions) for p in found]
    assert len({frozenset(s) for s in supports}) == len(supports)
    return [{equations[i] for i in s} for s in supports]


def test_two_steps_known_by_hand() -> None:
    """BaO + TiO2 -> BaTiO3 by way of a neighbour, which then takes up the other precursor."""
    entries = titanates()
    table = downhill(entries)
    precursors = entries.rows(["BaO", "TiO2"])
    overall = overall_reaction(entries, precursors, [entries.find("BaTiO3")])
    assert overall[precursors] == pytest.approx([-1, -1])
    costs = np.ones(len(table))
    found = checked(table, costs, overall, max_steps=2)
    neighbours = [
        {"2 BaO + TiO2 -> Ba2TiO4", "TiO2 + Ba2TiO4 -> 2 BaTiO3"},
        {"BaO + 2 TiO2 -> BaTi2O5", "BaO + BaTi2O5 -> 2 BaTiO3"},
    ]
    names = [{term_sorted(e) for e in pathway} for pathway in found]
    for pathway in neighbours:
        assert {term_sorted(e) for e in pathway} in names
    assert all(len(pathway) == 2 for pathway in found)  # the whole in one step is no pathway


def term_sorted(equation: str) -> str:
    """Which phases on which side: how much of each follows."""
    left, right = equation.split(" -> ")
    return " -> ".join(
        " + ".join(sorted(t.split()[-1] for t in side.split(" + "))) for side in (left, right)
    )


@given(entry_sets(compounds=6, elements=3, stable=True), st.data())
@settings(max_examples=12, deadline=None)
def test_pathways_add_up_and_can_run(entries: EntrySet, data: st.DataObject) -> None:
    table = enumerate_reactions(entries)
    assume(len(table) > 2)
    overall = table.dense[data.draw(st.integers(0, len(table) - 1))]
    costs = softplus_cost(table.ev_per_atom, 1000.0)
    checked(table, costs, overall, max_steps=data.draw(st.integers(1, 4)))


def test_an_order_in_which_each_step_finds_all_it_uses() -> None:
    """The programme starts the last two steps the other way round, some of each at a time."""
    entries = EntrySet.of(
        [("Ba", 0.0), ("Mn", 0.0), ("BaMn", -0.1), ("BaMn2", -0.1), ("BaMn4", -0.1)]
    )
    table = enumerate_reactions(entries)
    costs = softplus_cost(table.ev_per_atom, 1000.0)
    for overall in table.dense:
        checked(table, costs, overall)


def test_fewer_steps_are_fewer() -> None:
    entries = titanates()
    table = downhill(entries)
    costs = softplus_cost(table.ev_per_atom, 1000.0)
    overall = overall_reaction(entries, entries.rows(["BaO", "TiO2"]), [entries.find("BaTiO3")])
    assert checked(table, costs, overall, max_steps=1) == []
    few = checked(table, costs, overall, max_steps=2, count=50)
    more = checked(table, costs, overall, max_steps=3, count=50)
    assert all(s in more for s in few)
    assert len(checked(table, costs, overall, max_steps=3, count=2)) == 2


def test_precursors_that_cannot_react_give_nothing() -> None:
    entries = titanates()
    table = downhill(entries)
    costs = np.ones(len(table))
    target = entries.find("BaTiO3")
    assert cheapest_paths(table, costs, entries.rows(["TiO2"]), target, 5) == []
    nothing = table.select(table.using(entries.rows(["Ba"])))
    assert len(nothing) == 0
    assert cheapest_paths(nothing, np.empty(0), entries.rows(["BaO", "TiO2"]), target, 5) == []
    overall = overall_reaction(entries, entries.rows(["BaO", "TiO2"]), [target])
    assert list(balanced_pathways(nothing, np.empty(0), overall)) == []
    inert = table.select(~table.using(entries.rows(["BaO", "TiO2"])))
    assert list(balanced_pathways(inert, np.ones(len(inert)), overall)) == []


def test_overall_reactions() -> None:
    entries = titanates()
    change = overall_reaction(entries, entries.rows(["Ba", "TiO2", "O2"]), entries.rows(["BaTiO3"]))
    assert change[entries.rows(["Ba", "TiO2", "O2", "BaTiO3"])] == pytest.approx([-1, -1, -0.5, 1])


@pytest.mark.parametrize(
    ("precursors", "products"),
    [
        (["BaO"], ["BaTiO3"]),  # no titanium
        (["Ba", "TiO2"], ["BaTiO3"]),  # nothing gives the oxygen
        (["BaO", "TiO2", "Ba2TiO4"], ["BaTiO3"]),  # in many ways
        (["BaTiO3", "BaO"], ["TiO2"]),  # only with BaO on the other side
        ([], ["BaTiO3"]),
        (["BaO", "TiO2"], []),
    ],
)
def test_what_does_not_balance_is_told(precursors: list[str], products: list[str]) -> None:
    entries = titanates()
    with pytest.raises(UnbalancedError, match="name every product"):
        overall_reaction(entries, entries.rows(precursors), entries.rows(products))
