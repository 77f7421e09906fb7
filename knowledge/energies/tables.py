"""Energy tables: CSV or parquet files with a formula, an energy in eV/atom, and a source, a row.

Energies are those of DFT (PBE, with the Materials Project's legacy corrections); a row whose
`corrected` column says yes, from experiment say, takes no correction for molecular groups.
`sigma_ev_per_atom` is optional too. A phase may have several rows, its polymorphs, of which the
lowest counts; rows that carry the same formula and the same id (`polymorph`, `mp_id`,
`material_id` or `id`) but different energies contradict each other and are refused.
"""

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NoReturn

from pymatgen.core import Element

from knowledge.chemistry import parse
from knowledge.energies.reading import Columns, csv_columns, read_columns
from knowledge.energies.source import DFT_SIGMA_EV_PER_ATOM, FormationEnergy
from knowledge.errors import AthanorError, RecordError

_ENERGY_COLUMNS = (
    "ev_per_atom",
    "formation_energy_ev_per_atom",
    "formation_energy_per_atom",  # what the Materials Project calls it, in eV/atom too
)
_SOURCE_COLUMNS = ("source", "mp_id", "material_id")
_ID_COLUMNS = ("polymorph", "mp_id", "material_id", "id")
_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0", ""})

# No compound forms with more: HfF4 and ThF4 have some -4.5 eV/atom. Beyond, the unit is wrong.
MAX_EV_PER_ATOM = 10.0
# Energies of one polymorph that differ by more than this were not rounded: they contradict.
CONTRADICTION_EV_PER_ATOM = 1e-6

_SYMBOL = re.compile(r"[A-Z][a-z]?")
_SYMBOLS = re.compile(r"(?:[A-Z][a-z]?)+")
_AMOUNTS = str.maketrans("", "", "0123456789.()[]·*• ")
_ELEMENTS = frozenset(element.symbol for element in Element)


class EnergyTable:
    """A table of formation energies, indexed by chemical system. Implements EnergySource.

    Formulas are looked over when the table is made, and parsed when their system is asked for:
    parsing a hundred thousand would take seconds.
    """

    def __init__(self, text: str | Columns, name: str = "") -> None:
        columns = csv_columns(text, name) if isinstance(text, str) else text
        self.name = columns.name
        self.fingerprint = hashlib.sha256(columns.content).hexdigest()[:16]
        self._columns = columns
        self._formulas = [" ".join(f.split()) for f in _required(columns, ("formula",))]
        if not self._formulas:
            raise RecordError(f"{self.name} holds no row: delete it, or fill in formula and energy")
        self._energies = self._numbers(_required(columns, _ENERGY_COLUMNS), MAX_EV_PER_ATOM)
        self._sigmas = self._sigma_column()
        self._corrected = self._flags()
        self._origins = next((columns.cells[c] for c in _SOURCE_COLUMNS if c in columns.cells), ())
        self._by_elements = self._index()
        self._refuse_contradictions()

    @classmethod
    def read(cls, path: Path) -> "EnergyTable":
        """The table in a file, CSV, gzipped or not, or parquet. Raises RecordError."""
        return cls(read_columns(path))

    def system(self, elements: Iterable[str]) -> Sequence[FormationEnergy]:
        """Every phase made of these elements only; the lowest where a phase has several rows."""
        allowed = frozenset(elements)
        best: dict[str, int] = {}
        for symbols, rows in self._by_elements.items():
            if not symbols <= allowed:
                continue
            for row in rows:
                try:
                    key = parse(self._formulas[row]).reduced_formula
                except AthanorError as error:
                    raise RecordError(f"{self._columns.at(row)}: {error}") from error
                if key not in best or self._energies[row] < self._energies[best[key]]:
                    best[key] = row
        return [self._entry(best[key]) for key in sorted(best)]

    def __len__(self) -> int:
        return len(self._formulas)

    def _entry(self, row: int) -> FormationEnergy:
        source = self._origins[row] if self._origins else ""
        return FormationEnergy(
            self._formulas[row],
            self._energies[row],
            f"{self.name}: {source}" if source else self.name,
            self._sigmas[row] if self._sigmas else DFT_SIGMA_EV_PER_ATOM,
            corrected=self._corrected[row] if self._corrected else False,
        )

    def _index(self) -> dict[frozenset[str], list[int]]:
        """Rows by their elements. Raises RecordError for the first that is no formula.

        All formulas are stripped of amounts and brackets at once, and only what then differs is
        matched: a table has far fewer sequences of elements than rows.
        """
        by_letters: dict[str, list[int]] = defaultdict(list)
        letters = "\n".join(self._formulas).translate(_AMOUNTS).split("\n")
        for row, key in enumerate(letters):
            by_letters[key].append(row)
        index: dict[frozenset[str], list[int]] = defaultdict(list)
        for key, rows in by_letters.items():
            symbols = frozenset(_SYMBOL.findall(key))
            if not _SYMBOLS.fullmatch(key):
                self._refuse(rows[0])
            if not symbols <= _ELEMENTS:
                self._refuse(rows[0], f"no such element: {', '.join(sorted(symbols - _ELEMENTS))}")
            index[symbols] += rows
        return index

    def _refuse(self, row: int, why: str = "it is no formula") -> NoReturn:
        raise RecordError(
            f"{self._columns.at(row)}: {self._formulas[row]!r}: {why}; correct the line or delete "
            "it"
        )

    def _numbers(self, cells: Sequence[str], limit: float) -> list[float]:
        try:
            numbers = [float(cell) for cell in cells]
            if math.isfinite(sum(numbers)) and -limit <= min(numbers) <= max(numbers) <= limit:
                return numbers
        except ValueError:
            pass
        row = next(r for r, cell in enumerate(cells) if not abs(_number(cell)) <= limit)
        unit = (
            f" (at most {limit:g}; is it in kJ/mol?)" if math.isfinite(_number(cells[row])) else ""
        )
        raise RecordError(
            f"{self._columns.at(row)}: {self._formulas[row]!r}, {cells[row]!r} is not a formula "
            f"with an energy in eV/atom{unit}: correct the line or delete it"
        )

    def _sigma_column(self) -> list[float]:
        sigmas = []
        for row, cell in enumerate(self._columns.cells.get("sigma_ev_per_atom", ())):
            sigma = _number(cell) if cell.strip() else DFT_SIGMA_EV_PER_ATOM
            if not 0 < sigma < math.inf:
                raise RecordError(
                    f"{self._columns.at(row)}: sigma_ev_per_atom is {cell!r}: it must be a number "
                    "above zero, or empty"
                )
            sigmas.append(sigma)
        return sigmas

    def _flags(self) -> list[bool]:
        flags = []
        for row, cell in enumerate(self._columns.cells.get("corrected", ())):
            said = cell.strip().lower()
            if said not in _YES and said not in _NO:
                raise RecordError(
                    f"{self._columns.at(row)}: corrected is {cell!r}: allowed are yes, no and empty"
                )
            flags.append(said in _YES)
        return flags

    def _refuse_contradictions(self) -> None:
        ids = [self._columns.cells[c] for c in _ID_COLUMNS if c in self._columns.cells]
        if not ids or len(set(zip(self._formulas, *ids, strict=True))) == len(self):
            return
        first: dict[tuple[str, ...], int] = {}
        for row, key in enumerate(zip(self._formulas, *ids, strict=True)):
            if not any(key[1:]):
                continue
            before = first.setdefault(key, row)
            difference = abs(self._energies[row] - self._energies[before])
            if difference > CONTRADICTION_EV_PER_ATOM:
                raise RecordError(
                    f"{self._columns.at(row)}: {' '.join(filter(None, key))} has "
                    f"{self._energies[row]:g} eV/atom here and {self._energies[before]:g} at "
                    f"{self._columns.unit} {self._columns.places[before]}: delete one"
                )


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _required(columns: Columns, names: Sequence[str]) -> Sequence[str]:
    found = next((columns.cells[n] for n in names if n in columns.cells), None)
    if found is None:
        given = ", ".join(c for c in columns.cells if c) or "none"
        given = given if len(given) <= 80 else given[:77] + "..."
        semicolons = "; separate them by commas" if ";" in given else ""
        raise RecordError(
            f"{columns.name} has the columns {given!s}: an energy table needs `formula` and "
            f"`{_ENERGY_COLUMNS[0]}`{semicolons}"
        )
    return found


@lru_cache(maxsize=1)
def embedded_table() -> EnergyTable:
    """The facts that come with the project: the phases near the hull of the showcase systems."""
    text = files("knowledge.energies").joinpath("data/embedded.csv").read_text(encoding="utf-8")
    return EnergyTable(text, "embedded")
