"""Phases with Gibbs energies at one temperature, as arrays: what reactions are enumerated among."""

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.chemistry import parse, whole_formula
from knowledge.errors import AthanorError, NoEnergyError, RecordError

Vector = NDArray[np.float64]
_COLUMNS = ("formula", "energy_per_atom_eV")


@dataclass(frozen=True, eq=False)
class EntrySet:
    """Phases and their Gibbs energies of formation, gases among them.

    `counts`: atoms of each element in a formula unit, shape (phases, elements).
    `ev_per_atom`: shape (phases,).
    """

    formulas: tuple[str, ...]
    elements: tuple[str, ...]
    counts: Vector
    ev_per_atom: Vector

    @classmethod
    def of(cls, energies: Iterable[tuple[str, float]]) -> "EntrySet":
        """From formulas and energies in eV/atom. Formulas are reduced to whole numbers.

        Raises FormulaError for what is no formula, RecordError for an energy that is no number
        or a phase given twice, NoEnergyError where an element has no entry of its own.
        """
        found: dict[str, float] = {}
        written: dict[str, str] = {}
        for formula, energy in energies:
            name = whole_formula(formula)
            if not math.isfinite(energy):
                raise RecordError(
                    f"the energy of {formula} is {energy}: give eV/atom, or leave the phase out"
                )
            if name in found:
                raise RecordError(
                    f"{formula} is given twice ({written[name]}: {found[name]:g} eV/atom, then "
                    f"{energy:g}): keep the lowest"
                )
            found[name], written[name] = energy, formula
        compositions = [parse(name) for name in found]
        elements = tuple(sorted({str(e) for c in compositions for e in c}))
        pure = {str(next(iter(c))) for c in compositions if len(c) == 1}
        missing = [e for e in elements if e not in pure]
        if missing or not elements:
            raise NoEnergyError(
                f"no entry for the element{'s' * (len(missing) > 1)} {', '.join(missing)}: add "
                "one each, at the energy that the other entries refer to (0 for formation energies)"
                if elements
                else "there are no entries: give at least the elements and one compound"
            )
        counts = np.array([[c[e] for e in elements] for c in compositions], dtype=float)
        return cls(tuple(found), elements, counts, np.array(list(found.values())))

    @cached_property
    def atoms(self) -> Vector:
        """Atoms per formula unit. shape: (phases,)."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def ev(self) -> Vector:
        """Gibbs energy per formula unit. shape: (phases,)."""
        return self.ev_per_atom * self.atoms

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {f: i for i, f in enumerate(self.formulas)}

    def find(self, formula: str) -> int:
        """Row of a phase, however its formula is scaled. Raises NoEnergyError where it is not."""
        row = self._rows.get(whole_formula(formula))
        if row is None:
            raise NoEnergyError(
                f"{formula} is not among the {len(self.formulas)} phases "
                f"({'-'.join(self.elements)}): add its energy, or choose one of them"
            )
        return row

    def rows(self, formulas: Sequence[str]) -> list[int]:
        """Rows of several phases, in the order given."""
        return [self.find(f) for f in formulas]

    def __len__(self) -> int:
        return len(self.formulas)


def read_entries(path: Path) -> EntrySet:
    """The entries in a CSV with the columns `formula` and `energy_per_atom_eV`.

    Raises RecordError naming the file, and the line where there is one to name.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"cannot read the entries in {path}: {error}") from error
    table = csv.DictReader(lines)
    if not set(_COLUMNS) <= set(table.fieldnames or ()):
        raise RecordError(
            f"{path.name} has the columns {', '.join(table.fieldnames or ()) or 'none'}: entries "
            f"need {' and '.join(_COLUMNS)}"
        )
    energies = []
    for line, row in enumerate(table, start=2):
        try:
            parse(row["formula"] or "")
            energies.append((row["formula"], float(row["energy_per_atom_eV"])))
        except (AthanorError, TypeError, ValueError) as error:
            raise RecordError(f"{path.name}, line {line}: {error}") from error
    try:
        return EntrySet.of(energies)
    except AthanorError as error:
        raise type(error)(f"{path.name}: {error}") from error
