"""The strongest reaction at an interface, for one set of energies or for a thousand at once.

Of all mixing ratios of two solids a and b, and all sets of products, the pair of both that lowers
the grand potential phi most per framework atom solves

    minimise   sum_i w_i phi_i - x phi_a - y phi_b
    subject to sum_i w_i c_i = x c_a + y c_b,   x + y = 1,   all >= 0

the deepest kink of an interfacial phase diagram (Richards et al., Chem. Mater. 28, 266 (2016)).
The energies stand in the objective alone. So a vertex of the constraints that is feasible for one
sample of the energies is feasible for all, and the simplex method walks all samples at once: those
that stand at the same vertex and leave by the same edge share its arithmetic, and a vertex met once
is kept.
"""

import itertools
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge.reactions.entries import Vector

Indices = NDArray[np.int64]

# A dust of each element keeps vertices apart that would fall together, so that no step is in vain
# (Charnes' perturbation). It is left out again of the answer.
_DUST = 1e-7
# Reduced costs nearer to zero than this are zero, in eV per framework atom.
_OPTIMAL_EV = 1e-9
_PIVOT = 1e-9
# Shares of an atom less than this are what the dust left.
_NOTHING = 1e-6
_MAX_STEPS = 1000
# Rounding takes no vertex below this, so that every step gains something.
_LEAST_STEP = 1e-12
_FIRST = np.zeros(1, dtype=np.int64)


class Vertex:
    """A vertex of the programme: which columns are in use, and the reaction it stands for."""

    def __init__(self, pair: "_Pair", columns: tuple[int, ...], inverse: Vector) -> None:
        self.columns, self.inverse, self._pair = columns, inverse, pair

    @cached_property
    def shares(self) -> Vector:
        """How much of each column is in use, the dust left out. shape: (columns in use,)."""
        return np.asarray(self.inverse[:, -1])

    @cached_property
    def change(self) -> Vector:
        """Framework atoms of each phase per atom of the mixture, negative where used up."""
        return self._pair.change(self.columns, self.shares)

    @cached_property
    def exits(self) -> tuple[Vector, Indices]:
        """How much of each column fits in, and which column in use gives way to it."""
        return self._pair.exits(self.inverse)

    @property
    def is_whole(self) -> bool:
        """Whether the products hold all that the reactants bring."""
        return bool(np.abs(self._pair.unmatched(self.change)).max() < _NOTHING)

    @property
    def is_reaction(self) -> bool:
        """Whether anything changes at all."""
        return bool(np.abs(self.change).max() > _NOTHING)


class InterfaceProgramme:
    """The programmes of all pairs among some phases. `fractions` has shape (phases, elements)."""

    def __init__(self, fractions: Vector) -> None:
        self._fractions = fractions
        self._pairs: dict[tuple[tuple[int, int], frozenset[int] | None], _Pair] = {}

    def solve(
        self,
        first: int,
        second: int,
        potential: Vector,
        products: frozenset[int] | None = None,
    ) -> tuple[list[Vertex], Indices]:
        """The best vertex of a pair (the same twice: one phase by itself) for each sample.

        `potential`: grand potentials per framework atom, shape (phases, samples). `products`:
        phases that alone may form, where that is known; `is_whole` says whether they can. Returns
        the vertices met so far, and the place among them of each sample's best.
        """
        key = (min(first, second), max(first, second))
        if (key, products) not in self._pairs:
            self._pairs[key, products] = _Pair(self._fractions, key)
        made = potential
        if products is not None:
            made = np.full_like(potential, np.inf)
            made[list(products)] = potential[list(products)]
        return self._pairs[key, products].solve(potential, made)

    def above_others(self, row: int, potential: Vector) -> Vector:
        """Energy of a phase above the best mixture of all others, per framework atom. (samples,)

        Negative for a phase that is stable; minus infinity where no others have its elements.
        """
        return self.given_off(self.decompositions(row, potential), potential)

    def given_off(self, changes: Vector, potential: Vector) -> Vector:
        """Energy that changes of a framework atom give off. (samples,)

        Minus infinity where they do not conserve the elements.
        """
        whole = np.abs(changes @ self._fractions).max(axis=1) < _NOTHING
        above = -(changes * potential.T).sum(axis=1)
        return np.where(whole, above, -np.inf)

    def decompositions(self, row: int, potential: Vector) -> Vector:
        """What a phase would best fall apart into, were it to. shape: (samples, phases).

        Framework atoms of each phase per atom, the phase's own minus one. Where no others have
        its elements the changes do not add up to nothing.
        """
        others = potential.copy()
        others[row] = np.inf
        pair = _Pair(self._fractions, (row, row))
        vertices, place = pair.solve(potential, others)
        return np.array([v.change for v in vertices])[place]


class _Pair:
    """One pair's programme. Columns: the phases as products, the reactants, dust of elements."""

    def __init__(self, fractions: Vector, pair: tuple[int, int]) -> None:
        phases, elements = fractions.shape
        self._reactants = sorted(set(pair))
        used = np.hstack([-fractions[self._reactants], np.ones((len(self._reactants), 1))])
        made = np.hstack([fractions, np.zeros((phases, 1))])
        dust = np.eye(elements, elements + 1)
        self._table = np.vstack([made, used, dust])  # shape (columns, rows of the programme)
        self._right = np.append(_DUST * (1 + np.arange(elements) / (elements + 1)), 1.0)
        self._phases, self._elements = phases, elements
        self._real = phases + len(self._reactants)
        self._vertices: list[Vertex] = []
        self._place: dict[frozenset[int], int] = {}
        self._next: dict[tuple[int, int], int] = {}
        start = (phases, *range(self._real, self._real + elements))
        self._vertices.append(Vertex(self, start, np.linalg.inv(self._table[list(start)].T)))
        self._place[frozenset(start)] = 0

    def solve(self, potential: Vector, products: Vector) -> tuple[list[Vertex], Indices]:
        """As of the programme; a phase whose potential as a product is infinite is never made."""
        samples = potential.shape[1]
        # Turning into loose elements costs more than any reaction can give.
        dear = 10.0 * float(np.abs(potential).max(initial=1.0)) * self._elements + 10.0
        costs = np.vstack(
            [
                np.minimum(products, 10.0 * dear),
                -potential[self._reactants],
                np.full((self._elements, samples), dear),
            ]
        )
        if len(self._vertices) == 1:  # where one sample ends is near to where the others do
            self._walk(costs[:, :1], np.zeros(1, dtype=np.int64))
        return self._vertices, self._walk(costs, self._best_known(costs))

    def change(self, columns: tuple[int, ...], shares: Vector) -> Vector:
        """What the phases gain and lose when so much of these columns is in use. (phases,)"""
        change = np.zeros(self._real + self._elements)
        change[list(columns)] = shares
        for i, row in enumerate(self._reactants):
            change[row] -= change[self._phases + i]
        return np.where(np.abs(change) > _NOTHING, change, 0.0)[: self._phases]

    def unmatched(self, change: Vector) -> Vector:
        """Atoms of each element that a change makes out of nothing. shape: (elements,)."""
        return np.asarray(change @ self._table[: self._phases, :-1])

    def exits(self, inverse: Vector) -> tuple[Vector, Indices]:
        """As of a vertex with this inverse. shapes: (columns,)."""
        directions = inverse @ self._table[: self._real].T
        values = np.maximum(inverse @ self._right, _LEAST_STEP)[:, None]
        limits = np.full(directions.shape, np.inf)
        np.divide(values, directions, out=limits, where=directions > _PIVOT)
        leaving = limits.argmin(axis=0)
        return limits[leaving, np.arange(self._real)], leaving

    def _best_known(self, costs: Vector) -> Indices:
        """The cheapest vertex met so far for each sample; all of them are feasible."""
        whole = [i for i, v in enumerate(self._vertices) if max(v.columns) < self._real]
        if not whole:
            return np.zeros(costs.shape[1], dtype=np.int64)
        values = np.zeros((len(whole), self._real))
        for row, i in enumerate(whole):
            values[row, list(self._vertices[i].columns)] = self._vertices[i].shares
        cheapest: Indices = (values @ costs[: self._real]).argmin(axis=0)
        return np.array(whole)[cheapest]

    def _walk(self, costs: Vector, place: Indices) -> Indices:
        """Move each sample from vertex to cheaper vertex until it stands at its cheapest.

        It leaves by the edge that gains most, which takes fewer steps than the steepest one.
        """
        table = self._table[: self._real]  # dust never comes back
        moving = np.arange(len(place))
        for _ in range(_MAX_STEPS):
            if not len(moving):
                return place
            still = []
            for at, here in groups(place[moving]):
                here = moving[here]
                vertex = self._vertices[at]
                mine = costs[:, here]
                prices = vertex.inverse.T @ mine[list(vertex.columns)]
                reduced = mine[: self._real] - table @ prices
                better = reduced < -_OPTIMAL_EV
                leaves = better.any(axis=0)
                if not leaves.any():
                    continue
                gains = np.where(better, -reduced * vertex.exits[0][:, None], 0.0)
                going, enters = here[leaves], gains[:, leaves].argmax(axis=0)
                for column, some in groups(enters):
                    place[going[some]] = self._step(at, column)
                still.append(going)
            moving = np.concatenate(still) if still else moving[:0]
        return place

    def _step(self, place: int, column: int) -> int:
        """The neighbouring vertex that takes a column in."""
        if (place, column) not in self._next:
            vertex = self._vertices[place]
            leaving = int(vertex.exits[1][column])
            columns = (*vertex.columns[:leaving], column, *vertex.columns[leaving + 1 :])
            name = frozenset(columns)
            if name not in self._place:
                direction = vertex.inverse @ self._table[column]
                row = vertex.inverse[leaving] / direction[leaving]
                inverse = vertex.inverse - np.outer(direction, row)
                inverse[leaving] = row
                self._place[name] = len(self._vertices)
                self._vertices.append(Vertex(self, columns, inverse))
            self._next[place, column] = self._place[name]
        return self._next[place, column]


def groups(values: Indices) -> list[tuple[int, Indices]]:
    """Each distinct value, and the places where it stands."""
    if len(values) < 2:
        return [(int(value), _FIRST) for value in values]
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    starts = [0, *cuts.tolist(), len(order)]
    return [(int(ordered[a]), order[a:b]) for a, b in itertools.pairwise(starts)]
