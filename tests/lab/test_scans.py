"""Scans on disk: one file for each experiment, of what is there and no more."""

from pathlib import Path

import numpy as np
import pytest

from lab.simulated.diffraction import Diffractometer
from lab.simulated.interfaces import Array
from lab.simulated.scans import Scans
from tests.lab.test_chemistry import chemistry

SYSTEM = chemistry(0, "BaTiO3", "BaCO3", "TiO2").system


def mixture(**shares: float) -> Array:
    """Weight fractions by formula; `hidden` is the hidden phase."""
    found = np.zeros(len(SYSTEM.phases))
    for formula, share in shares.items():
        row = next((i for i, p in enumerate(SYSTEM.phases) if p.hidden), -1)
        found[row if formula == "hidden" else SYSTEM.index[formula]] = share
    return found


def scanned(folder: Path, fractions: Array, name: str = "e1", draw: object = 0) -> Array:
    before = set(folder.glob("*")) if folder.exists() else set()
    Scans(folder).write(name, SYSTEM, fractions, (draw,), 0)
    [file] = set(folder.glob("*")) - before
    return np.loadtxt(file)


def test_a_scan_is_a_pattern_of_the_phases(tmp_path: Path) -> None:
    """Beside a noiseless pattern drawn of the same fractions: the same to counting and texture."""
    table = scanned(tmp_path / "patterns", mixture(BaTiO3=0.6, TiO2=0.3))
    assert (tmp_path / "patterns" / "e1.xy").is_file()
    drawn = Diffractometer()
    assert table[:, 0] == pytest.approx(drawn.scan.two_theta_deg)
    expected = drawn.pattern({"BaTiO3": 0.6, "TiO2": 0.3}, 0.1, np.random.default_rng(5)).counts
    other = drawn.pattern({"BaCO3": 0.9}, 0.1, np.random.default_rng(5)).counts
    # Texture, size and shift differ from scan to scan: peaks stay where they are to 0.1 degrees.
    blurred = [np.convolve(c, np.ones(15), mode="same") for c in (table[:, 1], expected, other)]
    assert np.corrcoef(blurred[0], blurred[1])[0, 1] > 0.9
    assert np.corrcoef(blurred[0], blurred[2])[0, 1] < 0.5


def test_what_is_hidden_or_glass_makes_a_hump(tmp_path: Path) -> None:
    """A hidden phase has no known pattern; a glass has none. Neither draws a line."""
    for name, fractions in (("hidden", mixture(hidden=1.0)), ("glass", mixture())):
        counts = scanned(tmp_path, fractions, name)[:, 1]
        smooth = np.convolve(counts, np.ones(51) / 51, mode="same")[100:-100]
        # A line would stand out of the counting noise by far more than five standard deviations.
        assert np.max((counts[100:-100] - smooth) / np.sqrt(smooth)) < 6
        assert counts.sum() > 0


def test_scans_repeat_by_their_draw(tmp_path: Path) -> None:
    """Not by what the experiment is called."""
    mix = mixture(BaTiO3=1.0)
    first = scanned(tmp_path / "a", mix, "mine", "r1")
    assert np.array_equal(scanned(tmp_path / "b", mix, "yours", "r1"), first)
    assert not np.array_equal(scanned(tmp_path / "c", mix, "mine", "r2"), first)


@pytest.mark.parametrize("name", ["../up", "a/b", "/etc/passwd", "..", ".", "", ".hidden", "a b\n"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    scanned(tmp_path / "in", mixture(BaTiO3=1.0), name)
    assert [p.name for p in tmp_path.iterdir()] == ["in"]
    [file] = (tmp_path / "in").iterdir()
    assert file.suffix == ".xy"
    assert not file.name.startswith(".")


def test_two_experiments_have_two_files(tmp_path: Path) -> None:
    scans = Scans(tmp_path)
    for name in ("a/b", "a_b", "a b"):
        scans.write(name, SYSTEM, mixture(BaTiO3=1.0), (name,), 0)
    assert len([*tmp_path.iterdir()]) == 3


def test_long_names(tmp_path: Path) -> None:
    Scans(tmp_path).write("e" * 300, SYSTEM, mixture(BaTiO3=1.0), (0,), 0)
