"""Every way for one phase or two in contact to turn into one other or two.

Compositions are points in the space of framework elements, so a reaction of i and j to k and m is
where two lines cross. That is solved for all k and m at once: with u = i - j, v = k - m and
w = m - j, the a and b of  a u - b v = w  by least squares, kept where nothing is left over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_EXACT = 1e-9
_LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class Options:
    """Reactions of one contact, per framework atom of reactants.

    `phases` and `change` have shape (reactions, 4): reactants first, then products; the change is
    negative for reactants. Where there is one reactant or one product, it stands twice.
    """

    phases: Indices
    change: Array

    def only(self, kept: NDArray[np.bool_]) -> "Options":
        """Some of the reactions. `kept` has shape (reactions,)."""
        return Options(self.phases[kept], self.change[kept])

    def atoms(self, per_framework_atom: Array) -> Array:
        """Atoms of the reactants of each reaction, oxygen and all. shape: (reactions,)."""
        used: Array = -(self.change * per_framework_atom[self.phases])[:, :2].sum(axis=1)
        return used

    def forces(self, potential: Array) -> Array:
        """What each reaction gains, in the unit of the potential. shape: (reactions,)."""
        gained: Array = -(self.change * potential[self.phases]).sum(axis=1)
        return gained


class Strongest(NamedTuple):
    """One reaction of each contact that has one, as in `Options`.

    With what each gains, in the unit of the potential, and that per atom, shape (reactions,).
    """

    phases: Indices
    change: Array
    gained: Array
    per_atom: Array


class Contacts:
    """The reactions of several contacts, one contact after the other, to be compared at once."""

    def __init__(self, contacts: Sequence[Options], per_framework_atom: Array) -> None:
        each = [_none(), *contacts]
        self._all = _joined(each)
        self._atoms = self._all.atoms(per_framework_atom)
        self._sizes = np.array([len(o.phases) for o in each if len(o.phases)], dtype=np.intp)
        self._starts = np.cumsum(self._sizes) - self._sizes

    def strongest(self, potential: Array, least: float) -> Strongest:
        """Of each contact the reaction that gains most per atom, if it gains more than `least`."""
        gained = self._all.forces(potential)
        per_atom = gained / self._atoms
        if not len(gained):
            return Strongest(self._all.phases, self._all.change, gained, per_atom)
        most = np.repeat(np.maximum.reduceat(per_atom, self._starts), self._sizes)
        rows = np.flatnonzero(per_atom == most)
        first = rows[np.searchsorted(rows, self._starts)]  # of equals in a contact
        kept = first[gained[first] > least]
        phases, change = self._all.phases[kept], self._all.change[kept]
        return Strongest(phases, change, gained[kept], per_atom[kept])


def options(fractions: Array, first: int, second: int, products: Indices) -> Options:
    """All reactions of two phases (one twice: it falls apart) by brute force over the products.

    `fractions` has shape (phases, elements), rows adding up to 1; `products` are those that may
    form. A reactant is never a product of itself.
    """
    at = fractions[first], fractions[second]
    others = products[(products != first) & (products != second)]
    if first == second:
        return _apart(fractions, first, others)
    if np.allclose(*at, atol=_EXACT):
        return _none()
    line = at[0] - at[1]
    rows = [_to_one(fractions, first, second, line, others)]
    k, m = (others[i] for i in _pairs(len(others)))
    u, v, w = line, fractions[k] - fractions[m], fractions[m] - at[1]
    uu, vv, uv = u @ u, np.einsum("ij,ij->i", v, v), v @ u
    uw, vw = w @ u, np.einsum("ij,ij->i", v, w)
    area = uu * vv - uv * uv
    with np.errstate(divide="ignore", invalid="ignore"):
        a = (uw * vv - uv * vw) / area
        b = (uv * uw - uu * vw) / area
    kept = (area > _EXACT) & _inside(a) & _inside(b)
    a, b, k, m = a[kept], b[kept], k[kept], m[kept]
    left = np.abs(a[:, None] * u - b[:, None] * v[kept] - w[kept]).max(axis=1)
    kept = left < _EXACT
    a, b, k, m = a[kept], b[kept], k[kept], m[kept]
    rows.append(
        Options(
            np.column_stack([np.full(len(a), first), np.full(len(a), second), k, m]),
            np.column_stack([-a, a - 1, b, 1 - b]),
        )
    )
    return _joined(rows)


def _to_one(fractions: Array, first: int, second: int, line: Array, others: Indices) -> Options:
    """Products that lie between the two reactants."""
    away = fractions[others] - fractions[second]
    a = away @ line / (line @ line)
    kept = (np.abs(away - a[:, None] * line).max(axis=1) < _EXACT) & _inside(a)
    a, k = a[kept], others[kept]
    ones = np.ones(len(a))
    return Options(
        np.column_stack([np.full(len(a), first), np.full(len(a), second), k, k]),
        np.column_stack([-a, a - 1, ones / 2, ones / 2]),
    )


def _apart(fractions: Array, alone: int, others: Indices) -> Options:
    """What one phase turns into by itself: another of its composition, or two around it."""
    here = fractions[alone]
    same = others[np.abs(fractions[others] - here).max(axis=1) < _EXACT]
    halves = np.full((len(same), 4), 0.5) * [-1, -1, 1, 1]
    rows = [Options(_columns(alone, same, same), halves)]
    k, m = (others[i] for i in _pairs(len(others)))
    v, w = fractions[k] - fractions[m], here - fractions[m]
    vv = np.einsum("ij,ij->i", v, v)
    with np.errstate(divide="ignore", invalid="ignore"):
        b = np.einsum("ij,ij->i", v, w) / vv
    kept = (vv > _EXACT) & (np.abs(b[:, None] * v - w).max(axis=1) < _EXACT) & _inside(b)
    b, k, m = b[kept], k[kept], m[kept]
    halves = np.full(len(b), -0.5)
    rows.append(Options(_columns(alone, k, m), np.column_stack([halves, halves, b, 1 - b])))
    return _joined(rows)


def _columns(alone: int, k: Indices, m: Indices) -> Indices:
    same = np.full(len(k), alone, dtype=np.intp)
    return np.column_stack([same, same, k, m])


def _inside(share: Array) -> NDArray[np.bool_]:
    return (share > _LEAST_SHARE) & (share < 1 - _LEAST_SHARE)


def _joined(rows: Sequence[Options]) -> Options:
    return Options(
        np.concatenate([r.phases for r in rows]).astype(np.intp),
        np.concatenate([r.change for r in rows]),
    )


def _none() -> Options:
    return Options(np.zeros((0, 4), dtype=np.intp), np.zeros((0, 4)))


@lru_cache(maxsize=64)
def _pairs(count: int) -> tuple[Indices, Indices]:
    return np.triu_indices(count, k=1)
