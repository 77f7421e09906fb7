"""Crystal structures of ordinary phases: an embedded table, and folders of CIF files.

A phase is asked for by its formula, however written, and a polymorph after a space where it
matters: `TiO2 anatase`. Without one, the first structure of the formula is taken: those of the
user's own folder come first, then the table, then the CIF files below the data folder.
"""

import csv
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pymatgen.core import Composition, Lattice, Structure
from pymatgen.symmetry.groups import SpaceGroup

from knowledge.chemistry import identity
from knowledge.data_folder import data_folder
from knowledge.errors import FormulaError, MissingDataError

CIF_FOLDER = "xrd/cif"
T = TypeVar("T")

# Sites of special positions coincide within what a coordinate of four decimals leaves.
_SAME_SITE = 1e-3


@dataclass(frozen=True)
class KnownStructure:
    """A phase whose crystal structure is known; `build` returns its conventional cell."""

    formula: str
    polymorph: str
    source: str
    build: Callable[[], Structure]


class StructureLibrary:
    """Structures by phase. `skipped` says, a line each, which files could not be used and why."""

    def __init__(self, structures: Iterable[KnownStructure], skipped: Iterable[str] = ()) -> None:
        self.structures = tuple(structures)
        self.skipped = tuple(skipped)
        self._by_identity: dict[str, list[KnownStructure]] = {}
        for known in self.structures:
            self._by_identity.setdefault(identity(known.formula), []).append(known)

    def find(self, phase: str) -> KnownStructure | None:
        """The structure of a formula, or of a formula, a space and a polymorph; none if unknown."""
        formula, _, polymorph = phase.strip().partition(" ")
        try:
            candidates = self._by_identity.get(identity(formula), [])
        except FormulaError:  # a name such as `glass`, which is no formula
            return None
        wanted = polymorph.strip()
        return next((k for k in candidates if wanted in ("", k.polymorph)), None)


def known_structures(folder: Path | None = None) -> StructureLibrary:
    """Every structure at hand: CIF files of `folder`, the embedded table, the data folder's CIFs.

    A file that cannot be used is skipped and told of. Raises MissingDataError where the folder
    that was asked for does not exist.
    """
    if folder is not None and not folder.is_dir():
        raise MissingDataError(
            f"no folder of CIF files at {folder}: name one that exists, or none for the table alone"
        )
    return _library(folder, data_folder() / CIF_FOLDER)


@lru_cache(maxsize=8)
def _library(own: Path | None, shared: Path) -> StructureLibrary:
    mine, mine_skipped = read_cifs(own) if own else ([], [])
    fetched, fetched_skipped = read_cifs(shared)
    return StructureLibrary([*mine, *_table(), *fetched], [*mine_skipped, *fetched_skipped])


def read_cifs(folder: Path) -> tuple[list[KnownStructure], list[str]]:
    """Structures of the CIF files of a folder, by name, and why others were skipped.

    What follows the first underscore of a file's name is the polymorph: `TiO2_136.cif`.
    """
    structures, skipped = [], []
    for path in sorted(folder.glob("*.cif")):
        try:
            structure = quietly(partial(Structure.from_file, path))
            formula = identity(structure.composition.formula.replace(" ", ""))
        # The reader raises whatever a broken file makes it stumble on.
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            skipped.append(f"{path}: {reason}")
            continue
        polymorph = path.stem.partition("_")[2] or path.stem
        structures.append(KnownStructure(formula, polymorph, str(path), structure.copy))
    return structures, skipped


@lru_cache(maxsize=1)
def _table() -> tuple[KnownStructure, ...]:
    text = files("lab.simulated").joinpath("structures.csv").read_text(encoding="utf-8")
    return tuple(
        KnownStructure(row["formula"], row["polymorph"], row["source"], partial(_from_row, row))
        for row in csv.DictReader(text.splitlines())
    )


def _from_row(row: Mapping[str, str]) -> Structure:
    """The unit cell of a row: Wyckoff sites brought through the operations of the space group."""
    lattice = Lattice.from_parameters(
        a=float(row["a_angstrom"]),
        b=float(row["b_angstrom"]),
        c=float(row["c_angstrom"]),
        alpha=90.0,
        beta=float(row["beta_deg"]),
        gamma=float(row["gamma_deg"]),
    )
    group = _space_group(row["space_group"])
    species, coordinates = [], []
    for site in row["sites"].split(";"):
        occupants, _, *position = site.split()
        orbit = group.get_orbit([float(Fraction(x)) for x in position], tol=_SAME_SITE)
        species += [_occupants(occupants)] * len(orbit)
        coordinates += orbit
    return Structure(lattice, species, coordinates)


@lru_cache(maxsize=64)
def _space_group(symbol: str) -> SpaceGroup:
    """Kept, since pymatgen takes half a second to work out a cubic one."""
    return quietly(partial(SpaceGroup, symbol))


def _occupants(text: str) -> Composition:
    """What is on a site, as `Ti`, or shared, as `Li1/6Ti5/6`."""
    return Composition(re.sub(r"\d+/\d+", lambda share: str(float(Fraction(share[0]))), text))


def quietly(build: Callable[[], T]) -> T:
    """What is built, without pymatgen's remarks on rounded coordinates and unusual settings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return build()
