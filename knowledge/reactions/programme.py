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

from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Vertex:
    """A vertex of the programme: which columns are in use, and the reaction it stands for.

    `change`: framework atoms of each phase per atom of the mixture, negative where used up.
    """

    columns: tuple[int, ...]
    inverse: Vector
    values: Vector
    change: Vector

    @property
    def is_reaction(self) -> bool:
        """Whether anything changes at all."""
        return bool(np.abs(self.change).max() > _NOTHING)


class InterfaceProgramme:
    """The programmes of all pairs among some phases. `fractions` has shape (phases, elements)."""

    def __init__(self, fractions: Vector) -> None:
        self._fractions = fractions
        self._pairs: dict[tuple[int, int], _Pair] = {}

    def solve(self, first: int, second: int, potential: Vector) -> tuple[list[Vertex], Indices]:
        """The best vertex of a pair (the same twice: one phase by itself) for each sample.

        `potential`: grand potentials per framework atom, shape (phases, samples). Returns the
        vertices met so far, and the place among them of each sample's best.
        """
        key = (min(first, second), max(first, second))
        if key not in self._pairs:
            self._pairs[key] = _Pair(self._fractions, key)
        return self._pairs[key].solve(potential, potential)

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
        self._place: dict[tuple[int, ...], int] = {}
        self._next: dict[tuple[int, int], int] = {}
        self._vertex((phases, *range(self._real, self._real + elements)))

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

    def _best_known(self, costs: Vector) -> Indices:
        """The cheapest vertex met so far for each sample; all of them are feasible."""
        whole = [i for i, v in enumerate(self._vertices) if max(v.columns) < self._real]
        if not whole:
            return np.zeros(costs.shape[1], dtype=np.int64)
        values = np.zeros((len(whole), self._real))
        for row, i in enumerate(whole):
            values[row, list(self._vertices[i].columns)] = self._vertices[i].inverse[:, -1]
        cheapest: Indices = (values @ costs[: self._real]).argmin(axis=0)
        return np.array(whole)[cheapest]

    def _walk(self, costs: Vector, place: Indices) -> Indices:
        """Move each sample from vertex to cheaper vertex until it stands at its cheapest."""
        real = self._real  # dust never comes back
        moving = np.arange(len(place))
        for _ in range(_MAX_STEPS):
            if not len(moving):
                return place
            still = []
            for vertex_place in np.unique(place[moving]):
                here = moving[place[moving] == vertex_place]
                vertex = self._vertices[vertex_place]
                prices = vertex.inverse.T @ costs[list(vertex.columns)][:, here]
                reduced = costs[:real, here] - self._table[:real] @ prices
                enters = reduced.argmin(axis=0)
                gains = reduced[enters, np.arange(len(here))] < -_OPTIMAL_EV
                for column in np.unique(enters[gains]):
                    leaving = here[gains & (enters == column)]
                    place[leaving] = self._step(int(vertex_place), int(column))
                    still.append(leaving)
            moving = np.concatenate(still) if still else moving[:0]
        return place

    def _step(self, place: int, column: int) -> int:
        """The neighbouring vertex that takes a column in."""
        if (place, column) not in self._next:
            vertex = self._vertices[place]
            direction = vertex.inverse @ self._table[column]
            limits = np.full(len(direction), np.inf)
            np.divide(vertex.values, direction, out=limits, where=direction > _PIVOT)
            columns = list(vertex.columns)
            columns[int(limits.argmin())] = column
            self._next[place, column] = self._vertex(tuple(sorted(columns)))
        return self._next[place, column]

    def _vertex(self, columns: tuple[int, ...]) -> int:
        if columns not in self._place:
            inverse = np.linalg.inv(self._table[list(columns)].T)
            exact = inverse[:, -1]  # the right-hand side without the dust
            change = np.zeros(self._phases + len(self._reactants) + self._elements)
            change[list(columns)] = exact
            for i, row in enumerate(self._reactants):
                change[row] -= change[self._phases + i]
            change = np.where(np.abs(change) > _NOTHING, change, 0.0)[: self._phases]
            self._place[columns] = len(self._vertices)
            self._vertices.append(Vertex(columns, inverse, inverse @ self._right, change))
        return self._place[columns]
