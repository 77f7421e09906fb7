"""How good estimated energies and their sigmas are, and the table that makes the sigmas honest."""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize_scalar
from scipy.stats import norm

from knowledge.chemistry import parse

Floats = NDArray[np.float64]

# Half-width of the central 90 % of a Gaussian, in standard deviations.
Z_90 = 1.6448536269514722
NEAR_HULL_EV_PER_ATOM = 0.05
# Of the calibration formulas; several hundred to a bin put its 90 % quantile within 6 %.
_BINS = 8


def calibration_table(raw: Floats, absolute_errors: Floats) -> Floats:
    """`2 x bins`: raw sigma and the sigma whose 1.645-fold holds 90 % of the errors there.

    Bins of raw sigma hold equal numbers; the second row is made to rise (pooled neighbours).
    """
    bins = np.array_split(np.argsort(raw), min(_BINS, len(raw)))
    centres = np.array([np.median(raw[b]) for b in bins])
    sigmas = np.array([np.quantile(absolute_errors[b], 0.9) for b in bins]) / Z_90
    return np.stack([centres, _rising(sigmas)])


def _rising(values: Floats) -> Floats:
    """The nearest sequence that never falls: pool adjacent violators, all weights equal."""
    blocks: list[list[float]] = []
    for value in values:
        blocks.append([float(value), 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, count = blocks.pop()
            below, number = blocks.pop()
            blocks.append([(mean * count + below * number) / (count + number), count + number])
    return np.repeat([b[0] for b in blocks], [int(b[1]) for b in blocks])


def gaussian_crps(errors: Floats, sigmas: Floats | float) -> float:
    """Mean continuous ranked probability score of Gaussian forecasts, in the errors' unit.

    Gneiting & Raftery, J. Am. Stat. Assoc. 102, 359 (2007), equation 21, sign reversed.
    """
    z = errors / sigmas
    score = z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)
    return float(np.mean(sigmas * score))


def best_constant_crps(errors: Floats) -> tuple[float, float]:
    """The one sigma for all formulas that scores best on these very errors, and its score."""
    top = 10 * float(np.abs(errors).mean())
    found = minimize_scalar(
        lambda s: gaussian_crps(errors, s), bounds=(1e-4, top), method="bounded"
    )
    return float(found.x), float(found.fun)


def coverage_by_third(errors: Floats, sigmas: Floats) -> list[float]:
    """Percent of errors within 1.645 sigma, from the third of smallest sigma to the largest."""
    inside = np.abs(errors) <= Z_90 * sigmas
    return [float(100 * inside[t].mean()) for t in np.array_split(np.argsort(sigmas), 3)]


def above_hull(target: str, energy: float, phases: Mapping[str, float]) -> float:
    """Energy of a phase above the convex hull of phases, itself among them, eV/atom.

    The hull at its composition is the cheapest mixture of phases that has it: a linear program.
    """
    composition = parse(target).fractional_composition
    elements = list(composition)
    columns = [parse(p).fractional_composition for p in phases]
    # The last row, fractions of a mixture adding to one, follows from the others.
    matrix = np.array([[float(c[e]) for c in columns] for e in elements])
    wanted = np.array([float(composition[e]) for e in elements])
    found = linprog(list(phases.values()), A_eq=matrix, b_eq=wanted, method="highs")
    return max(0.0, energy - float(found.fun)) if found.success else 0.0


def hull_distances(
    formulas: Sequence[str], energies: Floats, rows: Sequence[int], folder: Path
) -> Floats:
    """Energies above the hull of the whole table for some of its rows, kept in a folder as CSV."""
    content = "".join(f"{f}{e:.6f}" for f, e in zip(formulas, energies, strict=True))
    path = folder / f"hull_{hashlib.sha256(content.encode()).hexdigest()[:12]}.csv"
    known: dict[str, float] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as lines:
            known = {
                r["formula"]: float(r["ev_per_atom_above_hull"]) for r in csv.DictReader(lines)
            }
    missing = [row for row in rows if formulas[row] not in known]
    if missing:
        systems: dict[frozenset[str], dict[str, float]] = defaultdict(dict)
        for formula, energy in zip(formulas, energies, strict=True):
            systems[frozenset(str(e) for e in parse(formula))][formula] = float(energy)
        for row in missing:
            elements = sorted(str(e) for e in parse(formulas[row]))
            phases: dict[str, float] = {}
            for size in range(1, len(elements) + 1):
                for chosen in combinations(elements, size):
                    phases |= systems.get(frozenset(chosen), {})
            known[formulas[row]] = above_hull(formulas[row], float(energies[row]), phases)
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(["formula", "ev_per_atom_above_hull"])
            writer.writerows((f, f"{e:.6f}") for f, e in sorted(known.items()))
    return np.array([known[formulas[row]] for row in rows])


def evaluate(
    formulas: Sequence[str],
    energies: Floats,
    rows: Sequence[int],
    estimates: Floats,
    sigmas: Floats,
    folder: Path,
) -> dict[str, Any]:
    """Errors and calibration on some rows of a table; meV/atom and percent, as keys say."""
    errors = estimates - energies[list(rows)]
    off = 1000 * np.abs(errors)
    near = hull_distances(formulas, energies, rows, folder) <= NEAR_HULL_EV_PER_ATOM
    sizes = np.array([len(parse(formulas[row])) for row in rows])
    oxides = np.array(["O" in {str(e) for e in parse(formulas[row])} for row in rows])
    constant, constant_crps = best_constant_crps(errors)
    bounds = 1000 * np.quantile(sigmas, [0, 1 / 3, 2 / 3, 1])
    inside = np.abs(errors) <= Z_90 * sigmas
    return {
        "formulas": len(rows),
        "mae_mev_per_atom": _mean(off),
        "median_error_mev_per_atom": round(float(np.median(off)), 2),
        "bias_mev_per_atom": _mean(1000 * errors),
        "near_hull": {
            "formulas": int(near.sum()),
            "mae_mev_per_atom": _mean(off[near]),
            "bias_mev_per_atom": _mean(1000 * errors[near]),
        },
        "oxygen_compounds": {"formulas": int(oxides.sum()), "mae_mev_per_atom": _mean(off[oxides])},
        "mae_by_elements_mev_per_atom": {str(n): _mean(off[sizes == n]) for n in np.unique(sizes)},
        "coverage_of_90_percent": {
            "all": round(float(100 * inside.mean()), 1),
            "near_hull": round(float(100 * inside[near].mean()), 1),
            "by_third_of_sigma": [round(c, 1) for c in coverage_by_third(errors, sigmas)],
            "thirds_mev_per_atom": [round(float(b), 1) for b in bounds],
        },
        "crps_mev_per_atom": round(1000 * gaussian_crps(errors, sigmas), 2),
        "crps_best_constant_sigma_mev_per_atom": round(1000 * constant_crps, 2),
        "best_constant_sigma_mev_per_atom": round(1000 * constant, 1),
    }


def _mean(values: Floats) -> float | None:
    return round(float(values.mean()), 2) if len(values) else None
