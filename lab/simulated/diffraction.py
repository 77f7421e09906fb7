"""What a laboratory powder diffractometer records of a mixture: counts at each angle.

A copper tube without monochromator and a flat sample. Peaks are pseudo-Voigt, as wide as the
instrument (Caglioti) and the crystallites (Scherrer) make them, each once for K-alpha-1 and half as
high for K-alpha-2. The sample lies a little too high or low, its plates a little too flat, and
every count is one of a Poisson distribution. What has no known structure, and glass, scatters as
much as crystals do, over one broad hump.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import RecordError
from lab.simulated.reflections import Array, Reflections, reflections
from lab.simulated.structures import StructureLibrary, known_structures

__all__ = ["Diffractometer", "Pattern", "Scan", "known_structures"]

# Copper K-alpha, Hölzer et al., Phys. Rev. A 56, 4554 (1997).
KALPHA1_ANGSTROM = 1.540593
KALPHA2_ANGSTROM = 1.544427
KALPHA2_SHARE = 0.5

_SCHERRER = 0.9
# Peaks are drawn this many half widths to each side: 1.3 % of their area lies beyond.
_REACH = 24.0
_HUMP_AT_DEG, _HUMP_FWHM_DEG = 29.0, 9.0
# The area of all peaks, in those as high as the strongest and a degree wide: typical of oxides.
_TYPICAL_AREA_DEG = 1.0
# Air scatters the beam at low angles.
_AIR_SCATTER, _AIR_SCATTER_DEG = 3.0, 12.0


@dataclass(frozen=True)
class Scan:
    """How a pattern is taken, by default as in eight minutes on a benchtop instrument.

    `peak_counts` is what the strongest peak of a wholly crystalline sample gets, so absorption
    cancels. Caglioti's FWHM^2 = U tan^2 + V tan + W is in degrees^2, with tan that of half the
    angle. Sigmas and spreads are of what differs from sample to sample: `texture_spread` is the
    standard deviation of ln r of March and Dollase, `crystallite_spread` that of the logarithm of
    the crystallites' size.
    """

    start_deg: float = 10.0
    end_deg: float = 80.0
    step_deg: float = 0.02
    peak_counts: float = 10_000.0
    background_counts: float = 400.0
    caglioti_deg2: tuple[float, float, float] = (0.015, -0.010, 0.016)
    lorentz_share: float = 0.5
    zero_shift_sigma_deg: float = 0.01
    height_sigma_mm: float = 0.07
    goniometer_radius_mm: float = 145.0
    texture_spread: float = 0.1
    crystallite_nm: float = 80.0
    crystallite_spread: float = 0.4

    def __post_init__(self) -> None:
        positive = ("step_deg", "peak_counts", "goniometer_radius_mm", "crystallite_nm")
        not_negative = ("background_counts", "zero_shift_sigma_deg", "height_sigma_mm",
                        "texture_spread", "crystallite_spread")  # fmt: skip
        for name in positive:
            if not 0 < getattr(self, name) < np.inf:
                raise RecordError(f"scan.{name} is {getattr(self, name)}: it must be above 0")
        for name in not_negative:
            if not 0 <= getattr(self, name) < np.inf:
                raise RecordError(f"scan.{name} is {getattr(self, name)}: it must be 0 or above")
        if not 0 <= self.lorentz_share <= 1:
            raise RecordError(f"scan.lorentz_share is {self.lorentz_share}: allowed are 0 to 1")
        if not (1 <= self.start_deg <= self.end_deg - self.step_deg and self.end_deg <= 160):
            raise RecordError(
                f"the scan goes from {self.start_deg} to {self.end_deg} degrees by "
                f"{self.step_deg}: it must rise by a step or more, within 1 to 160"
            )
        # Peaks beyond the ends reach into the scan, so theirs must have a width too.
        if not (_caglioti(self.caglioti_deg2, np.linspace(0.0, 162.0, 1000)) > 0).all():
            raise RecordError(
                f"scan.caglioti_deg2 is {self.caglioti_deg2}: the squared width of peaks must be "
                "above 0 at every angle"
            )

    @property
    def two_theta_deg(self) -> Array:
        """The angles at which is counted."""
        steps = int((self.end_deg - self.start_deg) / self.step_deg + 1e-6)
        return np.asarray(self.start_deg + self.step_deg * np.arange(steps + 1), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Pattern:
    """Counts at each angle, shape (angles,), and the phases that could not be drawn."""

    two_theta_deg: Array
    counts: NDArray[np.int64]
    without_structure: tuple[str, ...] = ()

    def to_csv(self, path: Path) -> None:
        """Write the columns two_theta_deg and counts, under a header."""
        path.write_text("two_theta_deg,counts\n" + self._lines(","), encoding="utf-8")

    def to_xy(self, path: Path) -> None:
        """Write angle and counts, a line each and no header: what refinement programs read."""
        path.write_text(self._lines(" "), encoding="utf-8")

    def _lines(self, between: str) -> str:
        rows = zip(self.two_theta_deg, self.counts, strict=True)
        return "".join(f"{angle:.5f}{between}{count}\n" for angle, count in rows)


class Diffractometer:
    """Takes patterns of mixtures. The reflections of a phase are found once and kept."""

    def __init__(self, scan: Scan | None = None, structures: StructureLibrary | None = None):
        self.scan = scan or Scan()
        self.structures = structures or known_structures()
        self._kept: dict[str, Reflections | None] = {}

    def pattern(
        self, weight_fractions: Mapping[str, float], amorphous: float, rng: np.random.Generator
    ) -> Pattern:
        """What is recorded of a sample of crystalline phases and an amorphous share.

        Phases are formulas, with a polymorph after a space where it matters (`TiO2 anatase`).
        Those without a known structure count as amorphous and are named in the pattern. Fractions
        are taken relative to their sum. Raises RecordError if one is negative or all are zero.
        """
        shares = _shares(weight_fractions, amorphous)
        shift_deg = rng.normal(0.0, self.scan.zero_shift_sigma_deg)
        height_mm = rng.normal(0.0, self.scan.height_sigma_mm)
        crystalline, peaks, missing = 0.0, np.zeros_like(self.scan.two_theta_deg), []
        for phase, share in sorted(shares.items()):
            texture, size = rng.normal(size=2)
            found = self.reflections(phase)
            if found is None:
                missing.append(phase)
                continue
            march_r = float(np.exp(texture * self.scan.texture_spread))
            size_nm = self.scan.crystallite_nm * np.exp(size * self.scan.crystallite_spread)
            crystalline += share
            peaks += share * self.peaks(found, march_r, float(size_nm), shift_deg, height_mm)
        expected = self._expected(peaks, crystalline)
        return Pattern(self.scan.two_theta_deg, rng.poisson(expected), tuple(missing))

    def reflections(self, phase: str) -> Reflections | None:
        """The reflections of a phase, or none where its structure is not known."""
        if phase not in self._kept:
            known = self.structures.find(phase)
            # A degree more, for what shifts into the scan; every crystal has a line below 60.
            until_deg = max(self.scan.end_deg + 1.0, 60.0)
            self._kept[phase] = (
                reflections(known.build(), KALPHA1_ANGSTROM, until_deg) if known else None
            )
        return self._kept[phase]

    def peaks(
        self,
        phase: Reflections,
        march_r: float = 1.0,
        crystallite_nm: float = np.inf,
        shift_deg: float = 0.0,
        height_mm: float = 0.0,
    ) -> Array:
        """Intensity of a pure phase at each angle, on a scale common to all. shape: (angles,)."""
        area = phase.line_intensities(march_r)
        wavelengths = np.array([KALPHA1_ANGSTROM, KALPHA2_ANGSTROM])
        theta = np.arcsin(wavelengths[:, None] / (2 * phase.d_angstrom)).ravel()
        centre = np.degrees(2 * theta) + shift_deg
        centre -= np.degrees(2 * height_mm / self.scan.goniometer_radius_mm) * np.cos(theta)
        instrument = np.sqrt(_caglioti(self.scan.caglioti_deg2, np.degrees(2 * theta)))
        size = np.degrees(_SCHERRER * KALPHA1_ANGSTROM / (10 * crystallite_nm * np.cos(theta)))
        areas = np.concatenate([area, KALPHA2_SHARE * area])
        return pseudo_voigts(
            self.scan.two_theta_deg, centre, areas, instrument + size, self.scan.lorentz_share
        )

    def _expected(self, peaks: Array, crystalline: float) -> Array:
        """Mean counts: background, peaks of the crystalline share, hump of the rest."""
        scan, angles = self.scan, self.scan.two_theta_deg
        area_deg = _TYPICAL_AREA_DEG
        if peaks.any():
            # Peaks of a wholly crystalline sample, and all that it scatters.
            peaks = peaks / peaks.max()
            area_deg = float(peaks.sum()) * scan.step_deg
        hump = pseudo_voigts(
            angles, np.array([_HUMP_AT_DEG]), np.array([area_deg]), np.array([_HUMP_FWHM_DEG]), 0.0
        )
        air = 1 + _AIR_SCATTER * np.exp(-(angles - angles[0]) / _AIR_SCATTER_DEG)
        sample = crystalline * peaks + (1 - crystalline) * hump
        return np.asarray(scan.background_counts * air + scan.peak_counts * sample)


def pseudo_voigts(
    angles: Array, centre: Array, area: Array, fwhm: Array, lorentz_share: float
) -> Array:
    """The sum of peaks at evenly spaced angles, each a Gaussian and a Lorentzian of equal width.

    centre, area and fwhm have shape (peaks,); the result (angles,), its integral the sum of areas.
    """
    step = float(angles[1] - angles[0])
    reach = int(np.ceil(_REACH * fwhm.max() / 2 / step))
    # Every peak is drawn in a window of equal length, on a grid with room for it on both sides.
    first = np.rint((centre - angles[0]) / step).astype(np.int64) - reach
    first = np.clip(first, -2 * reach - 1, len(angles))
    index = first[:, None] + np.arange(2 * reach + 1)
    half_width = (fwhm / 2)[:, None]
    square = ((angles[0] + index * step - centre[:, None]) / half_width) ** 2
    lorentz = lorentz_share / np.pi / (1 + square)
    gauss = (1 - lorentz_share) * np.sqrt(np.log(2) / np.pi) * np.exp(-np.log(2) * square)
    heights = (lorentz + gauss) * (area[:, None] / half_width)
    padded = np.bincount((index + 2 * reach + 1).ravel(), heights.ravel())
    drawn = np.zeros(len(angles))
    seen = padded[2 * reach + 1 :][: len(angles)]
    drawn[: len(seen)] = seen
    return drawn


def _caglioti(uvw: tuple[float, float, float], two_theta_deg: Array) -> Array:
    """Instrumental FWHM^2 in degrees^2 (Caglioti, Paoletti, Ricci, Nucl. Instrum. 3, 223, 1958)."""
    tangent = np.tan(np.radians(two_theta_deg / 2))
    return uvw[0] * tangent**2 + uvw[1] * tangent + uvw[2]


def _shares(weight_fractions: Mapping[str, float], amorphous: float) -> dict[str, float]:
    """Positive fractions over the sum of all, the amorphous one included but not listed."""
    for name, value in (*weight_fractions.items(), ("amorphous", amorphous)):
        if not 0 <= value < np.inf:
            raise RecordError(f"the weight fraction of {name} is {value}: it must be 0 or above")
    total = sum(weight_fractions.values()) + amorphous
    if total <= 0:
        raise RecordError("the sample is empty: at least one weight fraction must be above 0")
    return {phase: share / total for phase, share in weight_fractions.items() if share > 0}
