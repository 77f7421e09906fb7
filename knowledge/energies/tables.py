"""Energy tables: CSV files with a formula, an energy in eV/atom, and a source, a row.

Energies are those of DFT (PBE, with the Materials Project's legacy corrections); a row whose
`corrected` column says yes, from experiment say, takes no correction for molecular groups.
`sigma_ev_per_atom` is optional too.
"""

import csv
import gzip
import hashlib
import io
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from knowledge.chemistry import parse
from knowledge.energies.source import DFT_SIGMA_EV_PER_ATOM, FormationEnergy
from knowledge.errors import AthanorError, RecordError

_ENERGY_COLUMNS = ("ev_per_atom", "formation_energy_ev_per_atom")
_SYMBOL = re.compile(r"[A-Z][a-z]?")


class EnergyTable:
    """A table of formation energies, indexed by chemical system. Implements EnergySource."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._by_elements: dict[frozenset[str], list[FormationEnergy]] = defaultdict(list)
        rows = csv.DictReader(io.StringIO(text))
        columns = rows.fieldnames or []
        energy_column = next((c for c in _ENERGY_COLUMNS if c in columns), None)
        if "formula" not in columns or energy_column is None:
            raise RecordError(
                f"{name} has the columns {', '.join(columns) or 'none'}: an energy table needs "
                f"`formula` and `{_ENERGY_COLUMNS[0]}`"
            )
        for number, row in enumerate(rows, start=2):
            self._add(row, energy_column, number)
        if not self._by_elements:
            raise RecordError(f"{name} holds no row: delete it, or fill in formula and energy")

    def _add(self, row: dict[str, str], energy_column: str, line: int) -> None:
        formula = row["formula"] or ""
        try:
            energy = float(row[energy_column])
            sigma = float(row.get("sigma_ev_per_atom") or DFT_SIGMA_EV_PER_ATOM)
        except (TypeError, ValueError):
            energy = sigma = math.nan
        symbols = frozenset(_SYMBOL.findall(formula))
        if not symbols or not math.isfinite(energy) or not sigma > 0:
            raise RecordError(
                f"{self.name}, line {line}: {formula!r}, {row[energy_column]!r} is not a formula "
                "with an energy in eV/atom: correct the line or delete it"
            )
        source = row.get("source") or row.get("mp_id") or ""
        origin = f"{self.name}: {source}" if source else self.name
        corrected = (row.get("corrected") or "").strip().lower() in ("yes", "true", "1")
        self._by_elements[symbols].append(
            FormationEnergy(formula, energy, origin, sigma, corrected=corrected)
        )

    @classmethod
    def read(cls, path: Path) -> "EnergyTable":
        """The table in a CSV file, gzipped or not. Raises RecordError naming file and line."""
        try:
            raw = path.read_bytes()
            text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
        except (OSError, EOFError, UnicodeDecodeError, gzip.BadGzipFile) as error:
            raise RecordError(f"cannot read the energy table {path}: {error}") from error
        return cls(text, path.name)

    def system(self, elements: Iterable[str]) -> Sequence[FormationEnergy]:
        """Every phase made of these elements only; the lowest where a phase has several rows."""
        allowed = frozenset(elements)
        best: dict[str, FormationEnergy] = {}
        for symbols, entries in self._by_elements.items():
            if not symbols <= allowed:
                continue
            for entry in entries:
                try:
                    key = parse(entry.formula).reduced_formula
                except AthanorError as error:
                    raise RecordError(f"{self.name}: {error}") from error
                if key not in best or entry.ev_per_atom < best[key].ev_per_atom:
                    best[key] = entry
        return [best[key] for key in sorted(best)]

    def __len__(self) -> int:
        return sum(len(entries) for entries in self._by_elements.values())


@lru_cache(maxsize=1)
def embedded_table() -> EnergyTable:
    """The facts that come with the project: the phases near the hull of the showcase systems."""
    text = files("knowledge.energies").joinpath("data/embedded.csv").read_text(encoding="utf-8")
    return EnergyTable(text, "embedded")


@lru_cache(maxsize=4)
def tables_in(folder: Path) -> tuple[EnergyTable, ...]:
    """Every energy table in a data folder (`thermo/*formation_energies*.csv[.gz]`), by name."""
    found = sorted(folder.glob("thermo/*formation_energies*.csv*"))
    return tuple(EnergyTable.read(p) for p in found if p.name.endswith((".csv", ".csv.gz")))
