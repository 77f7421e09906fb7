"""Many reactions as arrays: coefficients, energies, equations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge.reactions.entries import EntrySet, Vector

Rows = NDArray[np.signedinteger]
_SHOWN = 1e-6  # a coefficient this near to one is not written


@dataclass(frozen=True, eq=False)
class ReactionTable:
    """Balanced reactions among the phases of an entry set.

    `phases`: rows of the entry set, shape (reactions, width); -1 where a reaction has fewer.
    `coefficients`: formula units, negative for reactants, zero for the padding; same shape. The
    first product has the coefficient one.
    `potentials_ev`: chemical potential of elements held at one; the energies are then changes of
    the grand potential over the atoms of all other elements.
    """

    entries: EntrySet
    phases: Rows
    coefficients: Vector
    potentials_ev: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(
        cls,
        entries: EntrySet,
        phases: Rows,
        coefficients: Vector,
        potentials_ev: tuple[tuple[str, float], ...] = (),
    ) -> "ReactionTable":
        """Scaled so that the first product is one."""
        first = np.argmax(coefficients > 0, axis=1)[:, None]
        scaled = coefficients / np.take_along_axis(coefficients, first, axis=1)
        return cls(entries, phases, scaled, potentials_ev)

    def distinct(self) -> "ReactionTable":
        """Each reaction once; phases have to stand in the same order in all of them.

        Balanced in one way only, so the phases and the side of each say which reaction it is.
        """
        signature = (self.phases + 1) * np.where(self.coefficients < 0, -1, 1)
        return self.select(np.unique(signature, axis=0, return_index=True)[1])

    def __len__(self) -> int:
        return len(self.phases)

    def select(self, which: NDArray[np.bool_] | Rows) -> "ReactionTable":
        """The reactions at some rows, or where a mask is true."""
        return replace(self, phases=self.phases[which], coefficients=self.coefficients[which])

    @cached_property
    def ev_per_atom(self) -> Vector:
        """Energy of each reaction over the atoms of one side. shape: (reactions,)."""
        ev, atoms = grand_energies(self.entries, dict(self.potentials_ev))
        change = (self.coefficients * ev[self.phases]).sum(axis=1)
        made = np.maximum(self.coefficients, 0.0)
        return np.asarray(change / (made * atoms[self.phases]).sum(axis=1))

    @cached_property
    def dense(self) -> Vector:
        """Change in formula units of every phase. shape: (reactions, phases)."""
        out = np.zeros((len(self), len(self.entries) + 1))
        np.put_along_axis(out, self.phases, self.coefficients, axis=1)
        return out[:, :-1]

    def using(self, rows: Sequence[int]) -> NDArray[np.bool_]:
        """Where every reactant is among these phases. shape: (reactions,)."""
        foreign = (self.coefficients < 0) & ~np.isin(self.phases, rows)
        return np.asarray(~foreign.any(axis=1))

    def making(self, row: int) -> NDArray[np.bool_]:
        """Where a phase is a product. shape: (reactions,)."""
        return np.asarray(((self.coefficients > 0) & (self.phases == row)).any(axis=1))

    def reactants(self, reaction: int) -> tuple[int, ...]:
        """Rows of the reactants of one reaction."""
        return tuple(int(i) for i in self.phases[reaction][self.coefficients[reaction] < 0])

    def products(self, reaction: int) -> tuple[int, ...]:
        """Rows of the products of one reaction."""
        return tuple(int(i) for i in self.phases[reaction][self.coefficients[reaction] > 0])

    def equations(self) -> Iterator[str]:
        """`0.5 Mn2O3 + 0.5 Y2O3 -> YMnO3`, one a reaction."""
        formulas = self.entries.formulas
        for rows, coefficients in zip(
            self.phases.tolist(), self.coefficients.tolist(), strict=True
        ):
            left: list[str] = []
            right: list[str] = []
            for row, c in zip(rows, coefficients, strict=True):
                if c:
                    amount = "" if abs(abs(c) - 1) < _SHOWN else f"{abs(c):.4g} "
                    (left if c < 0 else right).append(amount + formulas[row])
            yield f"{' + '.join(left)} -> {' + '.join(right)}"


def grand_energies(entries: EntrySet, potentials_ev: dict[str, float]) -> tuple[Vector, Vector]:
    """Grand potential per formula unit, and the atoms it is counted over; zero for a pure gas
    of elements held at a potential, which is in equilibrium with it. shapes: (phases,)."""
    if not potentials_ev:
        return entries.ev, entries.atoms
    held = [entries.elements.index(e) for e in potentials_ev]
    ev = entries.ev - entries.counts[:, held] @ np.array(list(potentials_ev.values()))
    atoms = entries.atoms - entries.counts[:, held].sum(axis=1)
    return np.where(atoms > 0, ev, 0.0), atoms
