"""How selective a reaction is: measures of what competes with it, one function each.

Primary competition C1 and secondary competition C2: McDermott et al., ACS Cent. Sci. 9, 1957
(2023). Chemical potential distance: Todd et al., J. Am. Chem. Soc. 143, 15185 (2021). Inverse
hull energy: Aykol et al., J. Am. Chem. Soc. 143, 9244 (2021) and Chen et al., Nat. Synth. 3, 606
(2024). All in eV/atom.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import HalfspaceIntersection, KDTree

from knowledge.errors import AthanorError
from knowledge.reactions.entries import EntrySet, Vector
from knowledge.reactions.hull import Hull
from knowledge.reactions.programme import groups
from knowledge.reactions.table import ReactionTable, Rows

_NONE = np.empty(0, dtype=np.int64)
# Two mixing ratios nearer than this are one.
_SAME_RATIO = 1e-10
# A point less than this below the line through its neighbours, in eV/atom, is on it.
_ON_LINE_EV = 1e-9
# Where a chemical potential diagram is cut off, eV per atom below the elements.
_POTENTIAL_FLOOR_EV = -100.0
# A phase off the hull gets a domain when lowered to this far below it, eV/atom.
_JUST_STABLE_EV = 1e-5


@dataclass(frozen=True)
class Competition:
    """Of one reaction with all others of the same reactants.

    `rivals`: how many others there are, the two reactants left as they are among them.
    """

    primary_ev_per_atom: float
    secondary_ev_per_atom: float
    rivals: int


class InterfaceHull:
    """All reactions of two reactants, energy against their mixing ratio in atoms.

    A secondary reaction is one of two neighbours on the lower hull of these points that react on
    to what lies between them; C2 is the mean energy of all orders in which that can go on.
    """

    def __init__(self, table: ReactionTable, first: int, second: int, members: Rows) -> None:
        """`members`: rows of all reactions in which no other reactant takes part."""
        self.members = members
        part = table.select(members)
        atoms = table.entries.atoms
        used = -np.minimum(part.coefficients, 0.0)
        amounts = [(used * (part.phases == r)).sum(axis=1) * atoms[r] for r in (first, second)]
        self.ratio = amounts[1] / (amounts[0] + amounts[1])
        self.ev_per_atom = part.ev_per_atom

    @cached_property
    def _chain(self) -> tuple[Vector, Vector]:
        """Kinks of the lower hull from one reactant to the other, none above zero."""
        points = sorted([*zip(self.ratio.tolist(), self.ev_per_atom.tolist(), strict=True),
                         (0.0, 0.0), (1.0, 0.0)])  # fmt: skip
        chain: list[tuple[float, float]] = []
        for x, y in points:
            if y > 0 or (chain and x - chain[-1][0] < _SAME_RATIO and y >= chain[-1][1]):
                continue
            while chain and (
                x - chain[-1][0] < _SAME_RATIO
                or (len(chain) > 1 and _altitude(chain[-2], chain[-1], (x, y)) >= -_ON_LINE_EV)
            ):
                chain.pop()
            chain.append((x, y))
        return np.array([x for x, _ in chain]), np.array([y for _, y in chain])

    def competition(self, reaction: int) -> Competition:
        """Of one reaction, by its row in the whole table."""
        place = int(np.flatnonzero(self.members == reaction)[0])
        x, energy = self.ratio[place], self.ev_per_atom[place]
        elsewhere = np.abs(self.ratio - x) > _SAME_RATIO
        lowest = min(self.ev_per_atom[elsewhere].min(initial=0.0), 0.0)
        secondary = -(self._mean_decomposition(0.0, x) + self._mean_decomposition(x, 1.0))
        return Competition(float(energy - lowest), secondary, len(self.members) + 1)

    def _mean_decomposition(self, low: float, high: float) -> float:
        """Mean over all orders of the energies given off on the way down to the hull between."""
        xs, ys = self._chain
        inner = (xs > low + _SAME_RATIO) & (xs < high - _SAME_RATIO)
        ends = [(x, float(np.interp(x, xs, ys))) for x in (low, high)]
        points = [ends[0], *zip(xs[inner].tolist(), ys[inner].tolist(), strict=True), ends[1]]
        # A reactant that decomposes by itself does so from where it stands, at zero.
        if low < _SAME_RATIO and not math.isclose(ends[0][1], 0.0, abs_tol=1e-8):
            points.insert(0, (0.0, 0.0))
        if high > 1 - _SAME_RATIO and not math.isclose(ends[1][1], 0.0, abs_tol=1e-8):
            points.append((1.0, 0.0))
        inside = len(points) - 2
        total = 0.0
        for left in range(len(points)):
            for middle in range(left + 1, len(points)):
                for right in range(middle + 1, len(points)):
                    before, after = middle - left - 1, right - middle - 1
                    rest = inside - before - after - 1
                    if rest < 0:
                        continue
                    orders = catalan(before) * catalan(after) * catalan(rest)
                    total += orders * _altitude(points[left], points[middle], points[right])
        return total / catalan(max(inside, 0))


@lru_cache(maxsize=128)
def catalan(n: int) -> int:
    """The number of binary trees with n inner nodes: orders in which n products can form."""
    return math.comb(2 * n, n) // (n + 1)


def _altitude(
    left: tuple[float, float], middle: tuple[float, float], right: tuple[float, float]
) -> float:
    """Energy of the middle point above the line through the other two."""
    span = right[0] - left[0]
    share = (middle[0] - left[0]) / span if span else 0.0
    return middle[1] - left[1] - share * (right[1] - left[1])


def competition(table: ReactionTable, reactions: Iterable[int]) -> list[Competition | None]:
    """C1 and C2 of some reactions of a table; none for a reaction that has not two reactants.

    The table has to hold all reactions of the same reactants, as `enumerate_reactions` gives them.
    """
    by_reactants = _by_reactants(table)
    hulls: dict[tuple[int, ...], InterfaceHull] = {}
    scores: list[Competition | None] = []
    for reaction in reactions:
        pair = tuple(sorted(table.reactants(reaction)))
        if len(pair) != 2:
            scores.append(None)
            continue
        if pair not in hulls:
            alone = [by_reactants.get((r, r), _NONE) for r in pair]
            members = np.sort(np.concatenate([*alone, by_reactants[pair]]))
            hulls[pair] = InterfaceHull(table, *pair, members)
        scores.append(hulls[pair].competition(reaction))
    return scores


def _by_reactants(table: ReactionTable) -> dict[tuple[int, ...], Rows]:
    """Rows of the reactions of each pair of reactants; of one alone, under it twice."""
    used = np.where(table.coefficients < 0, table.phases, -1)
    first = used.max(axis=1)
    second = np.where(used >= 0, used, len(table.entries)).min(axis=1)
    few = np.flatnonzero((used >= 0).sum(axis=1) <= 2)
    keys = second[few].astype(np.int64) * len(table.entries) + first[few]
    return {
        (key // len(table.entries), key % len(table.entries)): few[places]
        for key, places in groups(keys)
    }


def inverse_hull_ev_per_atom(hull: Hull, row: int) -> float:
    """How far a phase lies below the hull of all others, eV/atom; negative where it is unstable.

    Infinite for an element of which there is no other phase.
    """
    elements = np.flatnonzero(hull.fractions[row])
    same = np.flatnonzero(hull.fractions[:, elements[0]] >= 1.0) if len(elements) == 1 else ()
    if len(same) == 1:
        return math.inf
    others = hull.without(row)
    above = others.energy_above(hull.fractions[[row]], hull.ev_per_atom[[row]])
    return float(-above[0])


class PotentialDiagram:
    """Where in the space of chemical potentials each phase is stable, as the corners of domains."""

    def __init__(self, entries: EntrySet) -> None:
        if len(entries.elements) < 2:
            raise AthanorError(
                f"a chemical potential diagram needs two elements or more, not "
                f"{', '.join(entries.elements)}"
            )
        self.entries = entries
        self._hull = Hull.of(entries)
        self._stable = np.unique(self._hull.facets)
        self._domains = self._corners(self._stable, self._hull.ev_per_atom)
        self._distances: dict[tuple[int, int], float] = {}

    def _corners(self, rows: NDArray[np.int64], ev_per_atom: Vector) -> dict[int, Vector]:
        """Corners of the domain of each of these phases, by row. shapes: (corners, elements)."""
        fractions = self._hull.fractions
        size = fractions.shape[1]
        planes = np.hstack([fractions[rows], -ev_per_atom[rows, None]])
        floors = np.hstack([-np.eye(size), np.full((size, 1), _POTENTIAL_FLOOR_EV)])
        inside = np.full(size, _POTENTIAL_FLOOR_EV + 0.1)
        cut = HalfspaceIntersection(np.vstack([planes, floors]), inside)
        found: dict[int, list[Vector]] = {}
        for corner, facet in zip(cut.intersections, cut.dual_facets, strict=True):
            for plane in facet:
                if plane < len(rows):
                    found.setdefault(int(rows[plane]), []).append(corner)
        return {row: np.array(corners) for row, corners in found.items()}

    def domain(self, row: int) -> Vector:
        """Corners of a phase's domain; of one off the hull, as if just stable. (corners, n)."""
        if row not in self._domains:
            lowered = self._hull.ev_per_atom.copy()
            lowered[row] -= self._hull.above_ev_per_atom[row] + _JUST_STABLE_EV
            rows = np.append(self._stable[self._stable != row], row)
            self._domains[row] = self._corners(rows, lowered)[row]
        return self._domains[row]

    def offset(self, row: int) -> float:
        """Distance of a phase's plane from the diagram; zero for a stable phase."""
        if row in self._stable:
            return 0.0
        above = float(self._hull.above_ev_per_atom[row])
        return above / float(np.linalg.norm(self._hull.fractions[row]))

    def distance(self, first: int, second: int) -> float:
        """Shortest distance between corners of two domains, with the offsets of both."""
        key = (min(first, second), max(first, second))
        if key not in self._distances:
            tree = KDTree(self.domain(key[0]))
            near = float(tree.query(self.domain(key[1]))[0].min())
            self._distances[key] = near + self.offset(key[0]) + self.offset(key[1])
        return self._distances[key]

    def total_distance(self, table: ReactionTable, reaction: int) -> float:
        """Sum over the interfaces of a reaction: reactant with product, product with product."""
        made = table.products(reaction)
        pairs = [(a, b) for a in table.reactants(reaction) for b in made]
        pairs += [(a, b) for i, a in enumerate(made) for b in made[i + 1 :]]
        return sum(self.distance(a, b) for a, b in pairs)


def pareto_front(costs: Vector) -> NDArray[np.bool_]:
    """Where no other row is as low in every column and lower in one. shape: (n, k) -> (n,)."""
    front = np.zeros(len(costs), dtype=bool)
    # In the order of a dictionary, nothing later can be better than what came before.
    for row in np.lexsort(costs.T[::-1]):
        rivals = costs[front]
        worse = (rivals <= costs[row]).all(axis=1) & (rivals < costs[row]).any(axis=1)
        front[row] = not worse.any()
    return front
