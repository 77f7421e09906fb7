"""Which energy tables are read, and in what order of preference.

1. A user's own: files named outright, in the order given; then those in the environment variable
   ATHANOR_ENERGIES (separated as PATH is); then `thermo/my_*` of the data folder, by name.
2. Fetched ones: `thermo/*formation_energies*` of the data folder, by name.
3. The Materials Project, where asked for.
4. The table that comes with the project.
5. For a single compound that none of these has: an interpolation between end members, then an
   estimate from its composition.

Files end in .csv, .csv.gz or .parquet. The first source that knows a phase is believed.
"""

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from knowledge.energies.reading import SUFFIXES
from knowledge.energies.tables import EnergyTable
from knowledge.errors import MissingDataError

OWN_PATTERN = "thermo/my_*"
FETCHED_PATTERN = "thermo/*formation_energies*"
VARIABLE = "ATHANOR_ENERGIES"


def table_paths(named: Sequence[str | Path], folder: Path) -> list[Path]:
    """Every table to read, most preferred first. Raises MissingDataError for a named one missing.

    Named are the files given outright; those of ATHANOR_ENERGIES and of the folder are added.
    """
    variable = [p for p in os.environ.get(VARIABLE, "").split(os.pathsep) if p]
    found = [_named(p, "an energy table named") for p in named]
    found += [_named(p, f"{VARIABLE} names") for p in variable]
    found += _matching(folder, OWN_PATTERN)
    found += _matching(folder, FETCHED_PATTERN)
    unique: dict[Path, Path] = {}
    for path in found:
        unique.setdefault(path.resolve(), path)
    return list(unique.values())


def tables_in(folder: Path, named: Sequence[str | Path] = ()) -> tuple[EnergyTable, ...]:
    """The user's own and the fetched tables, most preferred first. Raises RecordError."""
    return tuple(_table(path, *stamp) for path, stamp in stamped(table_paths(named, folder)))


def stamped(paths: Iterable[Path]) -> tuple[tuple[Path, tuple[int, int]], ...]:
    """Paths with time of change and size, by which a changed file is told from the one known."""
    return tuple((p, (p.stat().st_mtime_ns, p.stat().st_size)) for p in paths)


@lru_cache(maxsize=16)
def _table(path: Path, _changed_ns: int, _size: int) -> EnergyTable:
    return EnergyTable.read(path)


def _named(path: str | Path, who: str) -> Path:
    full = Path(path).expanduser()
    if not full.is_file():
        raise MissingDataError(f"{who} {path}, which is no file: correct the path or leave it out")
    return full


def _matching(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    return [p for p in found if p.name.lower().endswith(SUFFIXES) and p.is_file()]
