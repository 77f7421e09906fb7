"""Where crystals reflect and how strongly: powder diffraction cards, pymatgen, closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.analysis.diffraction.xrd import XRDCalculator
from pymatgen.core import Structure

from lab.simulated.diffraction import KALPHA1_ANGSTROM
from lab.simulated.reflections import THERMAL_B_ANGSTROM2, march_dollase, reflections
from lab.simulated.structures import StructureLibrary, known_structures


@pytest.fixture(scope="module")
def library() -> StructureLibrary:
    return known_structures()


def structure(library: StructureLibrary, phase: str) -> Structure:
    known = library.find(phase)
    assert known is not None
    return known.build()


def lines(library: StructureLibrary, phase: str, until_deg: float = 80) -> dict[float, float]:
    """Position of K-alpha-1 and intensity in percent of the strongest."""
    found = reflections(structure(library, phase), KALPHA1_ANGSTROM, until_deg)
    two_theta = 2 * np.degrees(np.arcsin(KALPHA1_ANGSTROM / (2 * found.d_angstrom)))
    percent = 100 * found.line_intensities() / found.line_intensities().max()
    return dict(zip(two_theta.tolist(), percent.tolist(), strict=True))


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ("Si", {28.443: 100, 47.304: 55, 56.122: 30, 69.132: 6, 76.380: 11}),  # PDF 27-1402
        ("MgO", {36.947: 10, 42.909: 100, 62.302: 52, 74.678: 4, 78.607: 12}),  # PDF 4-829
        ("NaCl", {27.334: 13, 31.692: 100, 45.449: 55, 66.227: 6, 75.293: 15}),  # PDF 5-628
        ("Al2O3", {25.578: 70, 35.152: 97, 37.776: 42, 43.355: 100, 57.496: 96}),  # PDF 46-1212
        ("TiO2", {27.446: 100, 36.085: 50, 41.225: 25, 54.322: 60, 69.008: 20}),  # PDF 21-1276
        ("TiO2 anatase", {25.281: 100, 37.800: 20, 48.049: 35, 53.890: 20}),  # PDF 21-1272
        ("ZnO", {31.770: 57, 34.422: 44, 36.253: 100, 47.539: 23, 56.603: 32}),  # PDF 36-1451
        ("SiO2", {20.860: 16, 26.640: 100, 50.139: 13, 59.960: 9}),  # PDF 46-1045
        ("CaCO3", {23.022: 12, 29.406: 100, 35.965: 14, 39.401: 18}),  # PDF 5-586
        ("CeO2", {28.554: 100, 33.081: 30, 47.478: 52, 56.334: 42}),  # PDF 34-394
    ],
)
def test_lines_of_the_powder_diffraction_file(
    library: StructureLibrary, phase: str, expected: dict[float, float]
) -> None:
    """Positions to the cards' cells, heights to their usual texture and rounding."""
    drawn = lines(library, phase)
    for position, percent in expected.items():
        nearest = min(drawn, key=lambda angle: abs(angle - position))
        assert nearest == pytest.approx(position, abs=0.06)
        assert drawn[nearest] == pytest.approx(percent, abs=12)


def test_silicon_has_five_lines_up_to_80_degrees(library: StructureLibrary) -> None:
    """The diamond glide extinguishes 200 and 222."""
    assert len(lines(library, "Si")) == 5


@pytest.mark.parametrize(
    "phase", ["Al2O3", "BaTiO3", "YBa2Cu3O7", "V2O5", "Li4Ti5O12", "ZrO2", "CaCO3"]
)
def test_intensities_are_those_of_pymatgen(library: StructureLibrary, phase: str) -> None:
    """Two codes, one physics: unscaled intensities over mass and volume of the cell."""
    cell = structure(library, phase)
    found = reflections(cell, KALPHA1_ANGSTROM, 80)
    thermal = {e.symbol: THERMAL_B_ANGSTROM2 for e in cell.composition}
    theirs = XRDCalculator(KALPHA1_ANGSTROM, debye_waller_factors=thermal).get_pattern(
        cell, scaled=False, two_theta_range=(0, 80)
    )
    scale = cell.composition.weight * cell.volume
    for d, intensity in zip(found.d_angstrom, found.line_intensities(), strict=True):
        near = np.abs(np.array(theirs.d_hkls) - d) < 1e-5
        assert np.array(theirs.y)[near].sum() == pytest.approx(intensity * scale, rel=1e-6)


@pytest.mark.parametrize(("phase", "card"), [("Si", 4.70), ("NaCl", 4.40), ("TiO2", 3.40)])
def test_reference_intensity_ratios(library: StructureLibrary, phase: str, card: float) -> None:
    """I/I(corundum) at equal weights: PDF 27-1402, 5-628 and 21-1276.

    Good to 15 %: thermal factors are one for all, and the tube's wavelength excites nothing here.
    """
    strongest = [
        reflections(structure(library, p), KALPHA1_ANGSTROM, 80).line_intensities().max()
        for p in (phase, "Al2O3")
    ]
    assert strongest[0] / strongest[1] == pytest.approx(card, rel=0.15)


@given(r=st.floats(0.4, 2.5), share=st.floats(0, 1))
def test_texture_moves_intensity_about_and_makes_none(r: float, share: float) -> None:
    """The mean of March and Dollase's function over the sphere is 1, and r = 1 is a powder."""
    cosines, weights = np.polynomial.legendre.leggauss(200)
    assert march_dollase(cosines**2, r) @ weights / 2 == pytest.approx(1.0, abs=1e-6)
    assert march_dollase(np.array([share]), 1.0) == pytest.approx(1.0)
    ends = march_dollase(np.array([1.0, 0.0]), r)
    assert ends == pytest.approx([r**-3, r**1.5])


def test_flat_plates_show_their_face(library: StructureLibrary) -> None:
    """MoO3 lies on (010): its 0k0 lines grow, 110 shrinks, and the powder's are left alone."""
    found = reflections(structure(library, "MoO3"), KALPHA1_ANGSTROM, 60)
    powder, plates = found.line_intensities(), found.line_intensities(0.7)
    gain = dict(zip(np.round(found.d_angstrom, 2), plates / powder, strict=True))
    assert gain[6.93] == pytest.approx(0.7**-3)  # 020
    assert gain[3.46] == pytest.approx(0.7**-3)  # 040
    assert gain[3.81] < 1  # 110
