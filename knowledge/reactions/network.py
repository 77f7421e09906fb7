"""Ways from precursors to a target over many reactions: cheapest paths, and balanced pathways.

The network is that of McDermott et al., Nat. Commun. 12, 3097 (2021): a node is a set of phases,
a reaction leads from its reactants to its products, and products lead at no cost to whatever can
react among them and the precursors. A path through it says what may follow what, not how much of
each; a balanced pathway is a set of reactions with amounts that add up to the overall reaction.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import block_array, csr_array

from knowledge.errors import UnbalancedError
from knowledge.reactions.entries import EntrySet, Vector
from knowledge.reactions.table import ReactionTable, Rows

Node = frozenset[int]
_START, _END = ("start", frozenset[int]()), ("end", frozenset[int]())
# A step of fewer atoms than this, per atom of the overall reaction, is none.
_LEAST_ATOMS = 1e-4
# What the linear programme leaves of nothing.
_ROUNDING_ATOMS = 1e-6
ROOM_TEMPERATURE_K = 273.0


def softplus_cost(ev_per_atom: Vector, temperature_k: float) -> Vector:
    """Cost of reactions, above zero: ln(1 + 273/T exp(E)), as McDermott et al. weigh edges."""
    return np.log1p(ROOM_TEMPERATURE_K / temperature_k * np.exp(ev_per_atom))


@dataclass(frozen=True)
class Route:
    """Reactions one after another (rows of the table), and what they cost together."""

    reactions: tuple[int, ...]
    cost: float


@dataclass(frozen=True)
class BalancedPathway:
    """Reactions that add up to the overall one, in an order in which each can run.

    `amounts`: times each reaction runs as the table scales it, for one unit of the overall
    reaction. `cost`: sum over the steps of their cost times the atoms that go through, per atom of
    the overall reaction.
    """

    reactions: tuple[int, ...]
    amounts: tuple[float, ...]
    cost: float


def network(table: ReactionTable, costs: Vector, precursors: Sequence[int]) -> "nx.DiGraph":
    """The reaction network from some precursors; edges carry `cost` and `reaction` (or none)."""
    graph = nx.DiGraph()
    have = frozenset(precursors)
    reactants = [frozenset(table.reactants(i)) for i in range(len(table))]
    products = [frozenset(table.products(i)) for i in range(len(table))]
    by_member: dict[int, set[Node]] = {}
    for node in set(reactants):
        for member in node:
            by_member.setdefault(member, set()).add(node)
    for i, (left, right) in enumerate(zip(reactants, products, strict=True)):
        edge = graph.get_edge_data(("r", left), ("p", right))
        if edge is None or costs[i] < edge["cost"]:
            graph.add_edge(("r", left), ("p", right), cost=float(costs[i]), reaction=i)
    ends = set(products)
    for right in ends:
        reach = right | have
        for node in set().union(*(by_member.get(m, set()) for m in right)):
            if node <= reach:
                graph.add_edge(("p", right), ("r", node), cost=0.0, reaction=None)
    for node in set(reactants):
        if node <= have:
            graph.add_edge(_START, ("r", node), cost=0.0, reaction=None)
    return graph


def cheapest_paths(
    table: ReactionTable, costs: Vector, precursors: Sequence[int], target: int, count: int
) -> list[Route]:
    """The cheapest ways from precursors to a target, at most so many, cheapest first (Yen)."""
    graph = network(table, costs, precursors)
    for node in list(graph):
        if node[0] == "p" and target in node[1]:
            graph.add_edge(node, _END, cost=0.0, reaction=None)
    if _START not in graph or _END not in graph:
        return []
    found = []
    if not nx.has_path(graph, _START, _END):
        return []
    for nodes in islice(nx.shortest_simple_paths(graph, _START, _END, weight="cost"), count):
        edges = [graph.edges[a, b] for a, b in pairwise(nodes)]
        steps = tuple(e["reaction"] for e in edges if e["reaction"] is not None)
        found.append(Route(steps, float(sum(e["cost"] for e in edges))))
    return found


def overall_reaction(
    entries: EntrySet, precursors: Sequence[int], products: Sequence[int]
) -> Vector:
    """Change in formula units of every phase, for one unit of the first product. (phases,)

    Raises UnbalancedError where it does not balance in exactly one way.
    """
    rows = [*precursors, *products]
    names = " + ".join(entries.formulas[i] for i in precursors) or "nothing"
    made = " + ".join(entries.formulas[i] for i in products) or "nothing"
    refused = UnbalancedError(
        f"{names} -> {made} does not balance in exactly one way: name every product, gases too"
    )
    if not precursors or not products:
        raise refused
    signs = np.array([-1.0] * len(precursors) + [1.0] * len(products))
    matrix = (entries.counts[rows] * signs[:, None]).T
    first = len(precursors)
    rest = np.delete(np.arange(len(rows)), first)
    amounts, _, rank, _ = np.linalg.lstsq(matrix[:, rest], -matrix[:, first], rcond=None)
    missed = np.abs(matrix[:, rest] @ amounts + matrix[:, first]).max(initial=0.0)
    if rank < len(rest) or missed > 1e-8 or amounts.min(initial=0.0) < -1e-9:
        raise refused
    change = np.zeros(len(entries))
    np.add.at(change, rows, signs * np.insert(amounts, first, 1.0))
    return change


def balanced_pathways(
    table: ReactionTable,
    costs: Vector,
    overall: Vector,
    max_steps: int = 4,
    count: int = 10,
    max_programmes: int = 100,
) -> Iterator[BalancedPathway]:
    """Sets of at most so many reactions that add up to the overall one, cheapest first.

    A linear programme in stages gives the cheapest: each stage may use what earlier ones left,
    the last leaves the products alone. Any other set that holds no other lacks one of its
    reactions, so the next cheapest is the optimum with one of them forbidden, and so on. Left out
    are the overall reaction itself, and sets that run only bit by bit, feeding one another in
    turn. Ends after `count` sets, or after solving `max_programmes`. Pass only reactions that may
    run (those that give off energy, say). `overall` as `overall_reaction` gives it, shape
    (phases,).
    """
    programme = _StagedProgramme(table, costs, overall, max_steps)
    queue: list[tuple[float, int, frozenset[int], Vector]] = []
    asked: set[frozenset[int]] = set()
    given: set[frozenset[int]] = set()

    def ask(forbidden: frozenset[int]) -> None:
        if forbidden in asked or len(asked) >= max_programmes:
            return
        asked.add(forbidden)
        found = programme.cheapest_without(forbidden)
        if found is not None:
            heapq.heappush(queue, (found[0], len(asked), forbidden, found[1]))

    ask(frozenset())
    while queue and len(given) < count:
        cost, _, forbidden, shares = heapq.heappop(queue)
        steps = programme.reactions(shares)
        if len(steps) <= max_steps and frozenset(steps) not in given:
            pathway = programme.pathway(shares, cost)
            if pathway is not None:
                given.add(frozenset(steps))
                yield pathway
        for reaction in steps:
            ask(forbidden | {reaction})


class _StagedProgramme:
    """The linear programme of `balanced_pathways`, all amounts in atoms per atom of the whole."""

    def __init__(self, table: ReactionTable, costs: Vector, overall: Vector, stages: int) -> None:
        atoms = table.entries.atoms
        change = table.dense
        self._one_side = np.maximum(change, 0.0) @ atoms
        self._whole = float(np.maximum(overall, 0.0) @ atoms)
        scaled = change * atoms / self._one_side[:, None]  # shape (reactions, phases)
        wanted = overall * atoms / self._whole
        itself = np.isclose(scaled, wanted).all(axis=1)
        usable = _reachable(table, np.flatnonzero(overall < 0), stages) & ~itself
        self._rows = np.flatnonzero(usable)
        self._stages = stages
        self._effect = effect = csr_array(scaled[self._rows].T)
        use = csr_array(np.maximum(-scaled[self._rows], 0.0).T)
        start = np.maximum(-wanted, 0.0)
        # Stage t uses no more than what there was plus what the stages before have made.
        grid = [
            [
                use if s == t else -effect if s < t else csr_array(effect.shape)
                for s in range(stages)
            ]
            for t in range(stages)
        ]
        self._limits, self._inventory = block_array(grid).tocsr(), np.tile(start, stages)
        self._balance, self._wanted = block_array([[effect] * stages]).tocsr(), wanted
        self._prices = np.tile(costs[self._rows], stages)

    def cheapest_without(self, forbidden: frozenset[int]) -> tuple[float, Vector] | None:
        """Cost and amounts of the cheapest set without some reactions (rows of the table)."""
        upper = np.where(np.isin(self._rows, list(forbidden)), 0.0, np.inf)
        if not len(self._rows):
            return None
        found = linprog(
            self._prices,
            A_ub=self._limits,
            b_ub=self._inventory,
            A_eq=self._balance,
            b_eq=self._wanted,
            bounds=np.column_stack([np.zeros(len(self._prices)), np.tile(upper, self._stages)]),
            method="highs",
        )
        return (float(found.fun), found.x) if found.status == 0 else None

    def reactions(self, amounts: Vector) -> list[int]:
        """The reactions of a solution (rows of the table), by the stage in which each begins."""
        return [int(self._rows[i]) for i in self._used(amounts)]

    def pathway(self, amounts: Vector, cost: float) -> BalancedPathway | None:
        """A solution in an order in which each runs to its end; none where there is no such one,
        since they feed one another in turn."""
        used = self._used(amounts)
        through = amounts.reshape(self._stages, -1).sum(axis=0)[used]
        changes = (self._effect[:, used].toarray() * through).T
        order = _order(changes, np.maximum(-self._wanted, 0.0), tuple(range(len(used))))
        if order is None:
            return None
        rows = self._rows[used][order]
        return BalancedPathway(
            reactions=tuple(rows.tolist()),
            amounts=tuple((through[order] * self._whole / self._one_side[rows]).tolist()),
            cost=cost,
        )

    def _used(self, amounts: Vector) -> Rows:
        by_stage = amounts.reshape(self._stages, -1)
        used = np.flatnonzero(by_stage.sum(axis=0) > _LEAST_ATOMS)
        first = np.argmax(by_stage[:, used] > _LEAST_ATOMS / self._stages, axis=0)
        return np.asarray(used[np.argsort(first, kind="stable")])


def _order(changes: Vector, have: Vector, left: tuple[int, ...]) -> list[int] | None:
    """An order in which each change finds all that it uses; none where there is none.

    `changes`: atoms of each phase per atom of the whole, shape (steps, phases); `have`: what there
    is at the start, shape (phases,); `left`: the steps to put in order.
    """
    for step in left:
        if (have + np.minimum(changes[step], 0.0) >= -_ROUNDING_ATOMS).all():
            rest = _order(changes, have + changes[step], tuple(i for i in left if i != step))
            if rest is not None:
                return [step, *rest]
    return None if left else []


def _reachable(table: ReactionTable, start: Rows, stages: int) -> NDArray[np.bool_]:
    """Reactions whose reactants can all be there after so many stages. shape: (reactions,)."""
    have = np.zeros(len(table.entries) + 1, dtype=bool)
    have[[*start.tolist(), -1]] = True  # the last stands for the padding
    runs = np.zeros(len(table), dtype=bool)
    for _ in range(stages):
        runs = np.asarray((have[table.phases] | (table.coefficients >= 0)).all(axis=1))
        have[table.phases[runs]] = True
    return runs
