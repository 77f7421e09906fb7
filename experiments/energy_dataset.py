"""The table of DFT energies as tensors, its split, and what the periodic table says of elements."""

import csv
import gzip
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pymatgen.core import Element
from torch import Tensor

from knowledge.chemistry import parse
from knowledge.energies.estimate import encode

# Of a hundred parts of the table, by the hash of the formula: 81 train, 4 calibrate, 15 test.
_TRAIN_BELOW, _CALIBRATE_BELOW = 81, 85
# Compounds of as many elements share a batch; the few of more than five are filled up.
_SIZES = ((1, 2), (3, 3), (4, 4), (5, 5), (6, 99))


def part(formula: str) -> str:
    """`train`, `calibrate` or `test`: by the MD5 of the reduced formula, so for good."""
    reduced = parse(formula).reduced_formula
    number = int(hashlib.md5(reduced.encode()).hexdigest(), 16) % 100
    if number < _TRAIN_BELOW:
        return "train"
    return "calibrate" if number < _CALIBRATE_BELOW else "test"


@dataclass(frozen=True)
class EnergyDataset:
    """Formulas with their energies (eV/atom), and their elements and fractions, `rows x n`."""

    formulas: tuple[str, ...]
    energies: Tensor
    elements: Tensor
    fractions: Tensor
    symbols: tuple[str, ...]

    def rows(self, name: str) -> Tensor:
        """Row numbers of one part, elements left out where it is not for training."""
        chosen = [
            row
            for row, formula in enumerate(self.formulas)
            if part(formula) == name and (name == "train" or self.fractions[row, 1] > 0)
        ]
        return torch.tensor(chosen)

    def by_size(self, rows: Tensor) -> Iterator[tuple[Tensor, int]]:
        """Those rows grouped by number of elements, with the columns that each group needs."""
        sizes = (self.fractions[rows] > 0).sum(1)
        for low, high in _SIZES:
            group = rows[(sizes >= low) & (sizes <= high)]
            if len(group):
                yield group, min(high, self.fractions.shape[1])


def read_dataset(path: Path) -> EnergyDataset:
    """Every row of a table of formation energies, in its order."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    formulas = tuple(row["formula"] for row in rows)
    energies = [float(row["formation_energy_ev_per_atom"]) for row in rows]
    present = {e for formula in formulas for e in parse(formula)}
    symbols = tuple(str(e) for e in sorted(present, key=lambda e: e.Z))
    elements, fractions = encode(formulas, symbols)
    return EnergyDataset(
        formulas,
        torch.tensor(energies, dtype=torch.float32),
        torch.from_numpy(elements),
        torch.from_numpy(fractions),
        symbols,
    )


def element_descriptors(symbols: Sequence[str]) -> Tensor:
    """`elements x descriptors` from pymatgen, each of mean 0 and deviation 1; unknown is 0."""
    raw = np.array([_descriptors(Element(symbol)) for symbol in symbols], dtype=float)
    spread = np.nanstd(raw, axis=0)
    scaled = (raw - np.nanmean(raw, axis=0)) / np.where(spread > 0, spread, 1.0)
    return torch.from_numpy(np.nan_to_num(scaled).astype(np.float32))


def _descriptors(element: Element) -> list[float]:
    states = element.common_oxidation_states or (0,)
    ionization = [float(e) if e else float("nan") for e in element.ionization_energies[:2]]
    return [
        element.Z,
        element.group,
        element.row,
        element.X,
        float(element.atomic_radius or "nan"),
        float(element.average_ionic_radius or "nan"),
        element.mendeleev_no,
        float(element.electron_affinity or 0),
        *(ionization + [float("nan")] * 2)[:2],
        float(element.melting_point or "nan"),
        float(element.molar_volume or "nan"),
        max(states),
        min(states),
        len(states),
        *_valence_electrons(element),
    ]


def _valence_electrons(element: Element) -> list[int]:
    """Electrons in the outermost s and p, the next inner d and the next but one f shell."""
    shells = {"s": element.row, "p": element.row, "d": element.row - 1, "f": element.row - 2}
    counts = dict.fromkeys(shells, 0)
    for shell, kind, electrons in element.full_electronic_structure:
        if shells.get(kind) == shell:
            counts[kind] += electrons
    return list(counts.values())
