"""How far phases lie above the convex hull of all of them: what is far above it never forms."""

import numpy as np
from scipy.spatial import ConvexHull

from lab.simulated.interfaces import Array

# Facets steeper than this, in energy over fraction, are the upright walls around the hull.
_UPRIGHT = 1e6


def above_hull(fractions: Array, energies: Array) -> Array:
    """Energy of each point above the lower hull of all, 0 for its corners. shape: (points,).

    `fractions` has shape (points, elements), rows adding up to 1, and must have the elements
    themselves or all around the rest; `energies` shape (points,), in any unit per atom. The hull is
    the highest of the planes through its facets.
    """
    if fractions.shape[1] == 1:
        return np.asarray(energies - energies.min())
    points = np.column_stack([fractions[:, 1:], energies])
    over_all = np.append(fractions[:, 1:].mean(axis=0), energies.max() + 1)  # gives it a volume
    planes = ConvexHull(np.vstack([points, over_all])).equations  # of unit normals, outward
    slant, upward, offset = planes[:, :-2], planes[:, -2], planes[:, -1]
    lower = upward < -1 / _UPRIGHT
    hull = -(points[:, :-1] @ slant[lower].T + offset[lower]) / upward[lower]
    return np.asarray(energies - hull.max(axis=1))
