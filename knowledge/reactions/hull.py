"""The convex hull of Gibbs energies, and the reactions on it at the interface of each pair.

Along the tie line between two phases the hull is a chain of straight pieces, one for each facet
passed; at the kinks between them the products change (Richards et al., Chem. Mater. 28, 266
(2016)). In the barycentric coordinates of a facet a tie line is inside as long as no coordinate
is negative, so all facets and all pairs are cut at once.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from knowledge.errors import AthanorError, NoEnergyError
from knowledge.reactions.entries import EntrySet, Vector
from knowledge.reactions.facets import lower_facets
from knowledge.reactions.table import ReactionTable, Rows, grand_energies

# Compositions nearer than this are one: far below 1/atoms of any formula, far above rounding.
_TOLERANCE = 1e-8
# Qhull takes minutes, and gigabytes, beyond this many dimensions.
MAX_ELEMENTS = 9
_CHUNK_PAIRS = 2_000_000  # facets times pairs looked at together


@dataclass(frozen=True, eq=False)
class Hull:
    """Lower convex hull of grand potentials over composition.

    `fractions`: of the elements not held, shape (phases, elements); rows of phases without any
    are zero and take no part. `ev_per_atom`: over those elements' atoms, shape (phases,).
    `facets`: rows of the phases at the corners, shape (facets, elements).
    """

    entries: EntrySet
    potentials_ev: tuple[tuple[str, float], ...]
    fractions: Vector
    ev_per_atom: Vector
    atoms: Vector
    facets: Rows

    @classmethod
    def of(cls, entries: EntrySet, potentials_ev: dict[str, float] | None = None) -> "Hull":
        """The hull of entries, some elements held at a chemical potential (eV per atom) or none.

        Raises NoEnergyError for a held element that no entry has, AthanorError for a potential
        that is no number or more elements than a hull can be computed for.
        """
        held = dict(potentials_ev or {})
        unknown = [e for e in held if e not in entries.elements]
        if unknown:
            raise NoEnergyError(
                f"{', '.join(unknown)} is to be held at a potential, but the entries are made of "
                f"{', '.join(entries.elements)}: choose one of these"
            )
        for element, potential in held.items():
            if not math.isfinite(potential):
                raise AthanorError(
                    f"the chemical potential of {element} is {potential}: give eV per atom"
                )
        free = [i for i, e in enumerate(entries.elements) if e not in held]
        if not 0 < len(free) <= MAX_ELEMENTS:
            raise AthanorError(
                f"{len(free)} elements ({'-'.join(entries.elements[i] for i in free)}): a hull "
                f"takes 1 to {MAX_ELEMENTS}; take a smaller system"
            )
        ev, atoms = grand_energies(entries, held)
        present = atoms > 0
        safe = np.where(present, atoms, 1.0)
        fractions = entries.counts[:, free] / safe[:, None]
        per_atom = ev / safe
        facets = lower_facets(fractions, per_atom, np.flatnonzero(present))
        return cls(entries, tuple(held.items()), fractions, per_atom, atoms, facets)

    @cached_property
    def potentials(self) -> Vector:
        """Chemical potential of each free element at each facet. shape: (facets, elements)."""
        corners = self.fractions[self.facets]
        return np.asarray(
            np.linalg.solve(corners, self.ev_per_atom[self.facets][..., None])[..., 0]
        )

    @cached_property
    def barycentric(self) -> Vector:
        """Share of each corner of a facet in each phase. shape: (facets, phases, corners)."""
        inverse = np.linalg.inv(self.fractions[self.facets])
        return np.asarray(np.einsum("pe,fec->fpc", self.fractions, inverse))

    def energy_above(self, fractions: Vector, ev_per_atom: Vector) -> Vector:
        """Energies above the hull, eV/atom; below zero for what would lower it. shape: (points,).

        The hull is the highest of the planes through its facets.
        """
        return np.asarray(ev_per_atom - (fractions @ self.potentials.T).max(axis=1))

    @cached_property
    def above_ev_per_atom(self) -> Vector:
        """Each phase's energy above the hull, zero or more; NaN for the gas of a held element."""
        above = np.maximum(self.energy_above(self.fractions, self.ev_per_atom), 0.0)
        above[np.unique(self.facets)] = 0.0
        return np.where(self.atoms > 0, above, np.nan)

    def without(self, row: int) -> "Hull":
        """The hull of all phases but one. The elements stay."""
        facets = lower_facets(
            self.fractions,
            self.ev_per_atom,
            np.array([i for i in np.flatnonzero(self.atoms > 0) if i != row]),
        )
        return Hull(
            self.entries, self.potentials_ev, self.fractions, self.ev_per_atom, self.atoms, facets
        )

    def interface_reactions(self, pairs: Rows | None = None) -> ReactionTable:
        """The reactions at every kink between pairs of phases (all of them, or those given).

        Their products lie together on the hull; unstable phases decompose. shape of pairs: (n, 2).
        """
        present = np.flatnonzero(self.atoms > 0)
        if pairs is None:
            first, second = np.triu_indices(len(present), k=1)
            pairs = np.column_stack([present[first], present[second]])
            if not len(pairs):
                pairs = np.column_stack([present, present])
        found = [
            self._kinks(pairs[start : start + size])
            for size in [max(_CHUNK_PAIRS // max(self.facets.size, 1), 1)]
            for start in range(0, len(pairs), size)
        ]
        changes = np.concatenate(found)
        return self._reactions(changes)

    def _kinks(self, pairs: Rows) -> Vector:
        """Change in atoms of every phase at each kink of each pair. shape: (kinks, phases)."""
        start = self.barycentric[:, pairs[:, 0]]  # (facets, pairs, corners)
        slope = self.barycentric[:, pairs[:, 1]] - start
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = -start / slope
        flat = np.abs(slope) < _TOLERANCE
        low = np.where(slope > _TOLERANCE, crossing, 0.0).max(axis=2).clip(0.0, 1.0)
        high = np.where(slope < -_TOLERANCE, crossing, 1.0).min(axis=2).clip(0.0, 1.0)
        inside = ~(flat & (start < -_TOLERANCE)).any(axis=2)
        point = flat.all(axis=2)  # both have the same composition: two ends, nothing between
        inside &= (high - low > _TOLERANCE) | point
        facet, pair = inside.nonzero()
        ends = np.concatenate([low[facet, pair], high[facet, pair]])
        facet, pair = np.tile(facet, 2), np.tile(pair, 2)
        shares = start[facet, pair] + ends[:, None] * slope[facet, pair]
        changes = np.zeros((len(ends), len(self.entries)))
        each = np.arange(len(ends))
        np.put_along_axis(changes, self.facets[facet], np.where(shares > _TOLERANCE, shares, 0), 1)
        changes[each, pairs[pair, 0]] -= 1 - ends
        changes[each, pairs[pair, 1]] -= ends
        changes[np.abs(changes) < _TOLERANCE] = 0.0
        signature = np.sign(changes).astype(np.int8)
        _, kept = np.unique(signature, axis=0, return_index=True)
        return np.asarray(changes[kept])

    def _reactions(self, changes: Vector) -> ReactionTable:
        changes = changes[(changes != 0).any(axis=1)]
        units = changes / np.where(self.atoms > 0, self.atoms, 1.0)
        held = [e for e, _ in self.potentials_ev]
        units = _with_gas(self.entries, units, held)
        width = int((units != 0).sum(axis=1).max(initial=1))
        order = np.argsort(units == 0, axis=1, kind="stable")[:, :width]
        coefficients = np.take_along_axis(units, order, axis=1)
        phases = np.where(coefficients != 0, order, -1)
        return ReactionTable.of(self.entries, phases, coefficients, self.potentials_ev).distinct()


def _with_gas(entries: EntrySet, units: Vector, held: list[str]) -> Vector:
    """The changes with the pure phases of held elements making up the difference in them."""
    for element in held:
        column = entries.elements.index(element)
        pure = np.flatnonzero(entries.counts[:, column] == entries.atoms)
        missing = -(units @ entries.counts[:, column])
        row = pure[np.argmin(entries.ev_per_atom[pure])]
        units[:, row] += missing / entries.counts[row, column]
        units[np.abs(units[:, row]) < _TOLERANCE, row] = 0.0
    return units
