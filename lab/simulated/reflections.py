"""Where a crystal reflects X-rays and how strongly, as a powder and as plates that lie flat.

The intensity of a phase in a flat mixture, per unit of its weight fraction, is

    sum over hkl of |F|^2 LP / (M V)

with M and V the mass and volume of the cell: w = S Z M V of Hill and Howard (J. Appl. Cryst. 20,
467, 1987) read backwards. The mixture's absorption weakens all of its phases alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pymatgen.analysis.diffraction.xrd import ATOMIC_SCATTERING_PARAMS
from pymatgen.core import Element, Structure

from knowledge.errors import RecordError

Array = NDArray[np.float64]

# A thermal factor B between those of oxides' metals (0.3) and oxygens (0.6) at room temperature.
THERMAL_B_ANGSTROM2 = 0.5
# Lines this much weaker than the strongest of their phase drown in counting noise.
_FAINTEST = 1e-3
_SAME_LINE_ANGSTROM = 1e-5


@dataclass(frozen=True, eq=False)
class Reflections:
    """The lines of a phase and the reflections that each is made of, one of every +hkl and -hkl.

    `d_angstrom` (lines,), falling. Per reflection: `line` (which one it adds to), `intensity`
    (per unit of weight fraction, arbitrary scale common to all phases) and `cos2_tilt`, the
    squared cosine of its angle to the face that plates of the phase lie on.
    """

    d_angstrom: Array
    line: NDArray[np.int64]
    intensity: Array
    cos2_tilt: Array

    def line_intensities(self, march_r: float = 1.0) -> Array:
        """Intensity of each line, with March-Dollase texture r (1: none). shape: (lines,)."""
        weights = self.intensity * march_dollase(self.cos2_tilt, march_r)
        return np.asarray(np.bincount(self.line, weights), dtype=np.float64)


def reflections(
    structure: Structure, wavelength_angstrom: float, max_two_theta_deg: float
) -> Reflections:
    """All notable reflections up to an angle.

    Crystals tend to show the faces of the widest spacing (Bravais, Friedel, Donnay and Harker),
    so that is what plates are taken to lie on. Raises RecordError for an element without a
    tabulated scattering factor.
    """
    largest = 2 * np.sin(np.radians(max_two_theta_deg / 2)) / wavelength_angstrom
    hkl, vectors = _half_sphere(structure, float(largest))
    length = np.linalg.norm(vectors, axis=1)
    sin_theta = length * wavelength_angstrom / 2
    factor = structure_factors(structure, hkl, length / 2)
    # Twice, since -hkl reflects as hkl does.
    strength = 2 * np.abs(factor) ** 2 * lorentz_polarisation(sin_theta)
    intensity = strength / (structure.composition.weight * structure.volume)
    # Reflections of one spacing make one line.
    starts = np.diff(1 / length, prepend=np.inf) < -_SAME_LINE_ANGSTROM
    line = np.cumsum(starts) - 1
    per_line = np.bincount(line, intensity)
    kept_line = per_line > _FAINTEST * per_line.max()
    kept = kept_line[line]
    face = vectors[kept][0]
    cosine = vectors[kept] @ face / (length[kept] * np.linalg.norm(face))
    renumbered = np.cumsum(kept_line) - 1
    return Reflections(
        d_angstrom=1 / length[starts][kept_line],
        line=renumbered[line[kept]],
        intensity=intensity[kept],
        cos2_tilt=cosine**2,
    )


def _half_sphere(structure: Structure, largest: float) -> tuple[NDArray[np.int64], Array]:
    """hkl (reflections, 3) and reciprocal vectors in 1/angstrom up to a length, shortest first."""
    reciprocal = structure.lattice.reciprocal_lattice_crystallographic.matrix
    reach = np.floor(np.array(structure.lattice.abc) * largest + 1e-9).astype(int)
    axes = [np.arange(-n, n + 1) for n in reach]
    hkl = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    hkl = hkl[len(hkl) // 2 + 1 :]  # the grid is symmetric about 000, its middle
    vectors = hkl @ reciprocal
    length = np.linalg.norm(vectors, axis=1)
    order = np.argsort(length, kind="stable")
    order = order[length[order] <= largest]
    return hkl[order], vectors[order]


def structure_factors(
    structure: Structure, hkl: NDArray[np.int64], s_per_angstrom: Array
) -> NDArray[np.complex128]:
    """F of each hkl in electrons, thermal factor included. s is sin(theta)/wavelength.

    Scattering factors are those of De Graef and McHenry as tabulated in pymatgen, without
    anomalous dispersion.
    """
    s2 = s_per_angstrom**2
    thermal = np.exp(-THERMAL_B_ANGSTROM2 * s2)
    atomic: dict[int, Array] = {}
    total = np.zeros(len(hkl), dtype=np.complex128)
    for site in structure:
        phase = np.exp(2j * np.pi * (hkl @ site.frac_coords))
        for species, share in site.species.items():
            if species.Z not in atomic:
                atomic[species.Z] = thermal * scattering_factor(species.Z, s2)
            total += share * atomic[species.Z] * phase
    return total


def scattering_factor(atomic_number: int, s2: Array) -> Array:
    """f of a free atom in electrons; s2 is (sin(theta)/wavelength)^2 in 1/angstrom^2."""
    symbol = Element.from_Z(atomic_number).symbol
    if symbol not in ATOMIC_SCATTERING_PARAMS:
        raise RecordError(f"no X-ray scattering factor for {symbol}: leave its structures out")
    a, b = np.array(ATOMIC_SCATTERING_PARAMS[symbol]).T
    electrons = np.asarray(atomic_number - 41.78214 * s2 * (np.exp(-np.outer(s2, b)) @ a))
    return electrons.astype(np.float64)


def lorentz_polarisation(sin_theta: Array) -> Array:
    """(1 + cos^2 2theta) / (sin^2 theta cos theta), of a flat sample without monochromator."""
    cos_two_theta = 1 - 2 * sin_theta**2
    return np.asarray((1 + cos_two_theta**2) / (sin_theta**2 * np.sqrt(1 - sin_theta**2)))


def march_dollase(cos2_tilt: Array, r: float) -> Array:
    """How many more crystals than in a powder turn a plane to the beam; 1 over all directions.

    Dollase, J. Appl. Cryst. 19, 267 (1986): plates have r below 1, needles above.
    """
    return np.asarray((r**2 * cos2_tilt + (1 - cos2_tilt) / r) ** -1.5)
