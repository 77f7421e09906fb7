"""Facets of the lower convex hull of energies over composition (Qhull)."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from knowledge.errors import NoEnergyError
from knowledge.reactions.entries import Vector
from knowledge.reactions.table import Rows

# Compositions nearer than this are one: far below 1/atoms of any formula, far above rounding.
_TOLERANCE = 1e-8
# Formation energies less negative than this leave a phase off the hull, in eV/atom.
_FORMATION_EV = 1e-11


def lower_facets(fractions: Vector, ev_per_atom: Vector, rows: NDArray[np.int64]) -> Rows:
    """Corners of the lower convex hull of some phases, as rows. shape: (facets, elements).

    `fractions`: shape (phases, elements), of which each element needs a phase of its own among
    `rows`; `ev_per_atom`: shape (phases,). Raises NoEnergyError where one has none.
    """
    dimensions = fractions.shape[1]
    pure = [_lowest(fractions[:, e], ev_per_atom, rows) for e in range(dimensions)]
    if dimensions == 1:
        return np.array([pure], dtype=np.int64)
    formation = ev_per_atom - fractions @ ev_per_atom[pure]
    points = np.unique([*pure, *rows[formation[rows] < -_FORMATION_EV]])
    coordinates = np.column_stack([fractions[points, 1:], formation[points]])
    # A point above the elements closes the hull from the top, also where nothing forms.
    top = np.append(np.full(dimensions - 1, 1.0 / dimensions), 1.0)
    hull = ConvexHull(np.vstack([coordinates, top]))
    lower = (hull.simplices < len(points)).all(axis=1)
    facets = points[hull.simplices[lower]]
    spans = np.abs(np.linalg.det(fractions[facets])) > _TOLERANCE
    return np.sort(facets[spans], axis=1)


def _lowest(share: Vector, ev_per_atom: Vector, rows: NDArray[np.int64]) -> int:
    pure = rows[share[rows] > 1 - _TOLERANCE]
    if not len(pure):
        raise NoEnergyError("an element has no phase of its own: add its energy")
    return int(pure[np.argmin(ev_per_atom[pure])])
