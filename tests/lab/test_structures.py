"""Embedded crystal structures: sound geometry, handbook densities, and CIF files beside them."""

import csv
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer
from pymatgen.symmetry.groups import SpaceGroup

from knowledge.chemistry import identity
from knowledge.data_folder import data_folder
from knowledge.errors import MissingDataError
from lab.simulated.diffraction import KALPHA1_ANGSTROM, Diffractometer, Scan
from lab.simulated.reflections import reflections
from lab.simulated.structures import StructureLibrary, known_structures, read_cifs

TABLE = files("lab.simulated").joinpath("structures.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TABLE.splitlines()))


@pytest.fixture(scope="module")
def library() -> StructureLibrary:
    return known_structures()


def structure(library: StructureLibrary, phase: str) -> Structure:
    known = library.find(phase)
    assert known is not None
    return known.build()


@pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")  # spglib
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['formula']} {row['polymorph']}")
def test_every_row_is_the_crystal_it_says(library: StructureLibrary, row: dict[str, str]) -> None:
    """Atoms as many as the Wyckoff letters claim, formula and space group found back."""
    cell = structure(library, f"{row['formula']} {row['polymorph']}")
    assert len(cell) == sum(int(n) for n in re.findall(r"(\d+)[a-z] ", row["sites"]))
    assert identity(cell.composition.formula.replace(" ", "")) == identity(row["formula"])
    found = SpacegroupAnalyzer(cell, symprec=1e-3).get_space_group_number()
    assert found == SpaceGroup(row["space_group"]).int_number
    distances = cell.distance_matrix[np.triu_indices(len(cell), 1)]
    # Nothing is nearer than O-H (0.9) and C-O (1.25).
    apart = 0.9 if "H" in row["formula"] else 1.25 if "C" in cell.composition else 1.45
    assert distances.min() > apart
    assert row["source"]


@pytest.mark.parametrize(
    ("phase", "density"),
    [
        ("MgO", 3.58), ("NaCl", 2.165), ("Al2O3", 3.99), ("Fe2O3", 5.25), ("TiO2 rutile", 4.25),
        ("TiO2 anatase", 3.89), ("ZnO", 5.67), ("CeO2", 7.21), ("SiO2", 2.65), ("CaCO3", 2.71),
        ("CaCO3 aragonite", 2.93), ("BaCO3", 4.31), ("SrCO3", 3.84), ("V2O5", 3.36),
        ("MoO3", 4.71), ("La2O3", 6.57), ("Bi2O3", 9.37), ("ZrO2", 5.82), ("CuO", 6.51),
        ("BaTiO3", 6.01), ("SrTiO3", 5.12), ("YBa2Cu3O7", 6.37), ("LiFePO4", 3.60),
        ("LiCoO2", 5.05), ("MgAl2O4", 3.58), ("Y3Al5O12", 4.55), ("Mn3O4", 4.84),
    ],
)  # fmt: skip
def test_densities_are_those_of_handbooks(
    library: StructureLibrary, phase: str, density: float
) -> None:
    """X-ray densities of the PDF cards and of Deer, Howie and Zussman, in g/cm3."""
    assert float(structure(library, phase).density) == pytest.approx(density, rel=0.006)


def test_phases_are_found_however_written(library: StructureLibrary) -> None:
    found = {name: library.find(name) for name in ("TiO2", "O2Ti", "TiO2 anatase", "YBa2Cu3O6.5")}
    assert [k.polymorph for k in found.values() if k] == ["rutile", "rutile", "anatase",
                                                          "orthorhombic"]  # fmt: skip
    for unknown in ("glass", "hidden 1", "BaCuO2", "TiO2 unheard of", ""):
        assert library.find(unknown) is None


def test_a_folder_comes_first_and_bad_files_are_told_of(tmp_path: Path) -> None:
    """A wide-celled MgO of one's own is preferred, a broken file named with its reason."""
    cell = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(4.3), ["Mg", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    cell.to(filename=str(tmp_path / "MgO_mine.cif"))
    (tmp_path / "broken.cif").write_text("data_nothing\n_cell_length_a what\n")
    (tmp_path / "bytes.cif").write_bytes(bytes(range(256)))
    mine = known_structures(tmp_path)
    found = mine.find("MgO")
    assert found is not None
    assert (found.polymorph, found.build().lattice.a) == ("mine", pytest.approx(4.3))
    assert [k.polymorph for k in mine.structures if k.formula == "MgO"][:2] == ["mine", "rock salt"]
    told = [line for line in mine.skipped if str(tmp_path) in line]
    assert [Path(line.split(": ")[0]).name for line in told] == ["broken.cif", "bytes.cif"]
    assert all(len(line.split(": ", 1)[1]) > 5 and "\n" not in line for line in told)
    with pytest.raises(MissingDataError, match="nowhere"):
        known_structures(tmp_path / "nowhere")


@pytest.mark.needs("xrd/cif/MnO_225.cif")
@pytest.mark.parametrize(
    ("phase", "name"),
    [
        ("MnO", "MnO_225"), ("MnO2", "MnO2_136"), ("Mn2O3", "Mn2O3_206"), ("ZrO2", "ZrO2_14"),
        ("Mn3O4", "Mn3O4_141"), ("LiMn2O4", "LiMn2O4_227"), ("Li2CO3", "Li2CO3_15"),
    ],
)  # fmt: skip
def test_the_table_agrees_with_published_files(phase: str, name: str) -> None:
    """Independent refinements of one structure draw nearly the same pattern.

    Those files of the folder with cells as measured at room temperature; others were computed.
    """
    structures, skipped = read_cifs(data_folder() / "xrd/cif")
    assert not skipped
    theirs = next(k for k in structures if k.source.endswith(f"{name}.cif"))
    taken = Diffractometer(Scan(10, 80, 0.05, caglioti_deg2=(0, 0, 0.25)), known_structures())
    ours = taken.reflections(phase)
    assert ours is not None
    drawn = [taken.peaks(p) for p in (ours, reflections(theirs.build(), KALPHA1_ANGSTROM, 81.0))]
    assert np.corrcoef(*drawn)[0, 1] > 0.97
    assert drawn[0].max() == pytest.approx(drawn[1].max(), rel=0.1)
