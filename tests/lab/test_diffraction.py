"""Simulated powder patterns: closed forms, what must always hold, and scans of real mixtures."""

import csv
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls

from knowledge.data_folder import data_folder
from knowledge.errors import RecordError
from lab.simulated.diffraction import Diffractometer, Scan, pseudo_voigts
from lab.simulated.reflections import Array
from lab.simulated.structures import StructureLibrary, known_structures

# Nothing that differs from sample to sample.
STILL = {"zero_shift_sigma_deg": 0.0, "height_sigma_mm": 0.0, "texture_spread": 0.0,
         "crystallite_spread": 0.0}  # fmt: skip


@pytest.fixture(scope="module")
def library() -> StructureLibrary:
    return known_structures()


@pytest.fixture(scope="module")
def diffractometer(library: StructureLibrary) -> Diffractometer:
    return Diffractometer(structures=library)


@given(
    centre=st.floats(30, 50),
    fwhm=st.floats(0.05, 0.5),
    area=st.floats(0.1, 10),
    share=st.floats(0, 1),
)
def test_a_peak_has_the_area_and_width_asked_for(
    centre: float, fwhm: float, area: float, share: float
) -> None:
    angles = np.arange(20, 60, 0.005)
    drawn = pseudo_voigts(angles, np.array([centre]), np.array([area]), np.array([fwhm]), share)
    lost = share * (1 - 2 / np.pi * np.arctan(24))  # of the Lorentzian beyond the window
    assert drawn.sum() * 0.005 == pytest.approx(area * (1 - lost), rel=0.003)
    edges = np.interp([centre - fwhm / 2, centre, centre + fwhm / 2], angles, drawn)
    assert edges[[0, 2]] == pytest.approx(edges[1] / 2, rel=0.02)


def test_peaks_outside_the_scan_do_not_come_back_in() -> None:
    angles = np.arange(20, 60, 0.02)
    far = np.array([1.0, 10.0, 70.0, 150.0])
    assert not pseudo_voigts(angles, far, np.ones(4), np.full(4, 0.1), 0.5).any()
    edge = pseudo_voigts(angles, np.array([20.0, 59.98]), np.ones(2), np.full(2, 0.1), 0.5)
    assert edge.argmax() in (0, len(angles) - 1)


def test_the_doublet_splits_as_bragg_says(library: StructureLibrary) -> None:
    """Silicon 422 at 88.03 and 88.28 degrees, the second half as high (SRM 640)."""
    scan = Scan(86, 90, 0.002, caglioti_deg2=(0, 0, 1e-4), lorentz_share=0)
    taken = Diffractometer(scan, library)
    silicon = taken.reflections("Si")
    assert silicon is not None
    drawn = taken.peaks(silicon)
    top = [i for i in range(1, len(drawn) - 1) if drawn[i - 1] < drawn[i] > drawn[i + 1]]
    assert scan.two_theta_deg[top] == pytest.approx([88.028, 88.30], abs=0.02)
    assert drawn[top[1]] / drawn[top[0]] == pytest.approx(0.5, rel=0.01)


def test_counts_are_poisson(library: StructureLibrary) -> None:
    """Over repeated scans of one sample the variance of a count is its mean."""
    taken = Diffractometer(Scan(20, 40, 0.05, peak_counts=2000, **STILL), library)
    rng = np.random.default_rng(0)
    counts = np.array([taken.pattern({"BaTiO3": 0.7}, 0.3, rng).counts for _ in range(400)])
    ratio = counts.var(axis=0, ddof=1) / counts.mean(axis=0)
    assert ratio.mean() == pytest.approx(1.0, abs=4 * np.sqrt(2 / 400 / counts.shape[1]))
    assert counts.dtype.kind == "i"


def test_the_strongest_peak_gets_the_counts_asked_for(library: StructureLibrary) -> None:
    taken = Diffractometer(Scan(background_counts=0, peak_counts=1e6, **STILL), library)
    rng = np.random.default_rng(0)
    whole, half = (taken.pattern({"MgO": 1 - a}, a, rng).counts for a in (0.0, 0.5))
    assert whole.max() == pytest.approx(1e6, rel=0.01)
    assert half.max() == pytest.approx(5e5, rel=0.02)
    # Glass scatters as much as the crystals it came from.
    assert half.sum() == pytest.approx(whole.sum(), rel=0.01)


def test_weight_fractions_follow_hill_and_howard(library: StructureLibrary) -> None:
    """Equal weights of rutile and silicon differ by the ratio of their I/Ic, 3.4 and 4.7."""
    taken = Diffractometer(Scan(26, 30, background_counts=0, peak_counts=1e6, **STILL), library)
    pattern = taken.pattern({"TiO2": 0.5, "Si": 0.5}, 0.0, np.random.default_rng(0))
    low = pattern.two_theta_deg < 28
    ratio = pattern.counts[low].max() / pattern.counts[~low].max()
    assert ratio == pytest.approx(3.4 / 4.7, rel=0.15)


def test_what_has_no_structure_is_listed_and_makes_a_hump(diffractometer: Diffractometer) -> None:
    rng = np.random.default_rng(0)
    pattern = diffractometer.pattern({"MgO": 0.2, "hidden 1": 0.4, "BaCuO2": 0.4}, 0.0, rng)
    assert pattern.without_structure == ("BaCuO2", "hidden 1")
    only = diffractometer.pattern({"hidden 1": 1.0}, 0.0, rng)
    smooth = np.convolve(only.counts, np.ones(100) / 100, mode="valid")
    beyond_air = smooth[500:].argmax() + 500 + 50
    assert only.two_theta_deg[beyond_air] == pytest.approx(29, abs=2)


def test_patterns_repeat_and_do_not_depend_on_the_order_of_phases(
    diffractometer: Diffractometer,
) -> None:
    mixtures = [{"MgO": 0.5, "Al2O3": 0.5}, {"Al2O3": 0.5, "MgO": 0.5}, {"Al2O3": 1, "MgO": 1}]
    counts = [
        diffractometer.pattern(m, 0.0, np.random.default_rng(7)).counts.tolist() for m in mixtures
    ]
    assert counts[0] == counts[1] == counts[2]
    other = diffractometer.pattern(mixtures[0], 0.0, np.random.default_rng(8)).counts.tolist()
    assert other != counts[0]


@pytest.mark.parametrize(
    ("fractions", "amorphous", "message"),
    [
        ({"MgO": -0.1}, 0.0, "MgO is -0.1"),
        ({"MgO": float("nan")}, 0.0, "MgO is nan"),
        ({"MgO": 1.0}, -1.0, "amorphous is -1"),
        ({"MgO": 0.0}, 0.0, "empty"),
        ({}, 0.0, "empty"),
    ],
)
def test_impossible_samples_are_refused(
    diffractometer: Diffractometer, fractions: dict[str, float], amorphous: float, message: str
) -> None:
    with pytest.raises(RecordError, match=message):
        diffractometer.pattern(fractions, amorphous, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"step_deg": 0.0}, "step_deg is 0"),
        ({"start_deg": 80.0, "end_deg": 10.0}, "80.0 to 10.0"),
        ({"end_deg": 170.0}, "1 to 160"),
        ({"step_deg": 100.0}, "rise by a step"),
        ({"background_counts": -1.0}, "background_counts is -1"),
        ({"lorentz_share": 2.0}, "lorentz_share is 2"),
        ({"caglioti_deg2": (0.0, 0.0, -1.0)}, "squared width"),
    ],
)
def test_impossible_scans_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(RecordError, match=re.escape(message)):
        Scan(**settings)  # type: ignore[arg-type]


def test_a_scan_below_the_first_line_is_empty(library: StructureLibrary) -> None:
    taken = Diffractometer(Scan(10, 20, background_counts=0), library)
    assert taken.pattern({"Cu": 1}, 0.0, np.random.default_rng(0)).counts.sum() < 100


def test_files_are_read_back(diffractometer: Diffractometer, tmp_path: Path) -> None:
    pattern = diffractometer.pattern({"ZnO": 1}, 0.0, np.random.default_rng(0))
    pattern.to_csv(tmp_path / "a.csv")
    pattern.to_xy(tmp_path / "a.xy")
    table = np.loadtxt(tmp_path / "a.csv", delimiter=",", skiprows=1)
    assert np.array_equal(table, np.loadtxt(tmp_path / "a.xy"))
    assert table[:, 0] == pytest.approx(pattern.two_theta_deg)
    assert np.array_equal(table[:, 1], pattern.counts)
    assert (tmp_path / "a.csv").read_text().startswith("two_theta_deg,counts\n10.00000,")


def test_patterns_are_quick_to_take(diffractometer: Diffractometer) -> None:
    """Five times what 20 experiments a second with patterns need, on one core."""
    rng = np.random.default_rng(0)
    mixture = {"BaTiO3": 0.6, "BaCO3": 0.2, "TiO2": 0.2}
    diffractometer.pattern(mixture, 0.1, rng)
    start = time.process_time()
    for _ in range(50):
        diffractometer.pattern(mixture, 0.1, rng)
    assert (time.process_time() - start) / 50 < 0.01


def xrdml(path: Path) -> tuple[Array, Array]:
    text = path.read_text(encoding="utf-8-sig")
    counts = re.search(r"<counts[^>]*>(.*?)</counts>", text, re.S)
    ends = [re.search(f"<{end}Position>(.*?)<", text) for end in ("start", "end")]
    assert counts is not None
    values = np.array(counts[1].split(), dtype=float)
    first, last = (float(end[1]) for end in ends if end is not None)
    return np.linspace(first, last, len(values)), values


@pytest.mark.needs("xrd/weighed/truth.csv")
@pytest.mark.parametrize(
    ("name", "phases"),
    [
        ("ZnO_0p4006-In2O3_0p6008", ("ZnO", "In2O3")),
        ("Li2CO3_0p9001-ZrO2_0p1000", ("Li2CO3", "ZrO2")),
        ("V2O5_0p1012-In2O3_0p2008-TiO2_0p7001", ("V2O5", "In2O3", "TiO2 anatase")),
        ("V2O5_0p3005-NiO_0p4020-TiO2_0p3020", ("V2O5", "NiO", "TiO2 anatase")),
        ("NiO_0p3035-Bi2O3_0p3016-Li2CO3_0p3997", ("NiO", "Bi2O3", "Li2CO3")),
    ],
)
def test_drawn_patterns_weigh_measured_mixtures(
    library: StructureLibrary, name: str, phases: tuple[str, ...]
) -> None:
    """Drawn patterns of pure phases, added up to fit a measured scan, tell what was weighed in.

    To 7 wt%: texture, and absorption within grains, are left out.
    """
    file = f"{name}--8min.xrdml"
    folder = data_folder() / "xrd/weighed"
    with (folder / "truth.csv").open(encoding="utf-8") as table:
        truth = next(row for row in csv.DictReader(table) if row["file"] == file)
    angles, counts = xrdml(folder / file)
    chosen = (angles > 12) & (angles < 80)
    angles, counts = angles[chosen], counts[chosen]
    taken = Diffractometer(
        Scan(angles[0], angles[-1] + 1e-6, angles[1] - angles[0]), structures=library
    )
    smooth = np.polynomial.chebyshev.chebvander(np.linspace(-1, 1, len(counts)), 6)
    found = [taken.reflections(p) for p in phases]
    fits = []
    for height_mm in np.arange(-0.24, 0.05, 0.03):
        pure = [
            taken.peaks(p, crystallite_nm=50, height_mm=height_mm) for p in found if p is not None
        ]
        columns = np.column_stack([*pure, 1e-3 * smooth, -1e-3 * smooth]) / np.sqrt(counts)[:, None]
        scales, misfit = nnls(1e3 * columns, np.sqrt(counts), maxiter=3000)
        fits.append((misfit, scales[: len(phases)] / scales[: len(phases)].sum()))
    weighed = [float(w) for w in truth["weight_fractions"].split(";")]
    assert min(fits, key=lambda fit: fit[0])[1] == pytest.approx(weighed, abs=0.07)


@pytest.mark.needs("xrd/labelled/MnO.xy")
@pytest.mark.parametrize(
    ("file", "labelled"),
    [
        ("MnO.xy", {"MnO"}),
        ("TiO2+MnO.xy", {"TiO2", "MnO"}),
        ("Mn2O3+LiF.xy", {"Mn2O3", "LiF"}),
    ],
)
def test_drawn_patterns_name_measured_ones(file: str, labelled: set[str]) -> None:
    """The phases of the table most like a measured pattern are those it is labelled by."""
    table = StructureLibrary(
        k for k in known_structures().structures if not k.source.endswith(".cif")
    )
    angles, counts = np.genfromtxt(data_folder() / "xrd/labelled" / file)[:, :2].T
    background = np.array(
        [np.percentile(counts[max(0, i - 200) : i + 200], 15) for i in range(len(counts))]
    )
    measured = np.sqrt(np.clip(counts - background, 0, None))
    taken = Diffractometer(Scan(angles[0], angles[-1], angles[1] - angles[0]), table)
    likeness = {}
    for known in table.structures:
        found = taken.reflections(f"{known.formula} {known.polymorph}")
        assert found is not None
        drawn = np.sqrt(taken.peaks(found, crystallite_nm=25))
        likeness[known.formula, known.polymorph] = np.corrcoef(drawn, measured)[0, 1]
    best = sorted(likeness, key=lambda phase: -likeness[phase])[: len(labelled)]
    assert {formula for formula, _ in best} == labelled
