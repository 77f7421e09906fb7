"""How alike two precursors are once the furnace is warm: CuCO3 has become CuO before it reacts.

Solids of the same metals in the same ratio differ only in what they hold beside them. A salt that
lets go of its gas well before anything reacts is then the oxide it leaves; one that holds on to it
(BaCO3 in air) stays another substance to the end. Oxides of one metal in several valences take up
or lose oxygen on the way, and are alike in part.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from knowledge.chemistry import framework, identity, molecular_groups, parse
from knowledge.mobility import alone, fraction_c
from knowledge.recipe import AIR, Atmosphere

# Of the firing temperature in kelvin, by which solids that make a target have begun to react:
# between Tammann's 0.52 of a melting point and the melting point.
REACTING_FROM = 0.6
# Heating rates and grain sizes move a decomposition by as much.
_SPREAD_C = 100.0
# Solids of the same metals of which nothing else is known, and those that become the same.
_SAME_METALS, _SAME_SOLID = 0.4, 0.97
# Oxides of one metal in two valences: oxygen comes and goes more easily than a new metal does.
_OTHER_VALENCE = 0.6


def probability_gone(formula: str, temperature_c: float, gas: Atmosphere = AIR) -> float:
    """Probability that a salt has let go of its gas by itself by a temperature; 1 for no salt."""
    if not molecular_groups(formula):
        return 1.0
    falls_apart = alone(formula, gas)
    spread_c = np.hypot(falls_apart.sigma_c, _SPREAD_C)
    return float(ndtr((temperature_c - falls_apart.mean_c) / spread_c))


def likeness(
    formulas: Sequence[str], firing_c: float, gas: Atmosphere = AIR
) -> NDArray[np.float64]:
    """How alike precursors are in a firing, 0 to 1, one on the diagonal; positive semidefinite.

    shape: (len(formulas), len(formulas)).
    """
    reacting_c = fraction_c(firing_c, REACTING_FROM)
    metals = [_metals(f) for f in formulas]
    salts = [bool(molecular_groups(f)) for f in formulas]
    gone = [probability_gone(f, reacting_c, gas) for f in formulas]
    alike = np.eye(len(formulas))
    for i in range(len(formulas)):
        for j in range(i):
            if metals[i] != metals[j]:
                continue
            if identity(formulas[i]) == identity(formulas[j]):  # one solid in two spellings
                same = 1.0
            else:
                same = gone[i] * gone[j] if salts[i] or salts[j] else _OTHER_VALENCE
            alike[i, j] = alike[j, i] = _SAME_METALS + (_SAME_SOLID - _SAME_METALS) * same
    return _nearest_correlation(alike)


def _metals(formula: str) -> tuple[tuple[str, float], ...]:
    """Its elements beside O, C, H and N, with their shares: what cannot leave with the gas."""
    kept = framework(parse(formula))
    total = sum(kept.values())
    return tuple(sorted((element, round(n / total, 4)) for element, n in kept.items()))


def _nearest_correlation(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix with negative eigenvalues cut off and ones on the diagonal again."""
    values, vectors = np.linalg.eigh(matrix)
    kept = (vectors * np.maximum(values, 1e-9)) @ vectors.T
    scale = np.sqrt(np.diag(kept))
    scaled: NDArray[np.float64] = kept / scale[:, None] / scale[None, :]
    return scaled
