"""Tables of real syntheses, and what simulated worlds make of the same recipes.

A table is a CSV with the columns `precursors` (A;B;C), `temperature_c` and `target_weight_percent`;
optional are `hold_h` and `atmosphere`. Every row is one cell: a set of precursors at a temperature.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError, RecordError
from knowledge.recipe import HeatingStep, Recipe, Target, atmosphere
from lab.procedure import procedure
from lab.simulated.chemistry import Chemistries
from lab.simulated.world import WorldSettings

Array = NDArray[np.float64]
_COLUMNS = ("precursors", "temperature_c", "target_weight_percent")


@dataclass(frozen=True)
class Cell:
    """One recipe of a table and the weight fraction of target that it gave."""

    recipe: Recipe
    temperature_c: float
    measured: float


def read_table(path: Path, target: str, hold_h: float) -> list[Cell]:
    """The cells of a table. Raises RecordError naming the row that cannot be read."""
    table = pd.read_csv(path)
    missing = [c for c in _COLUMNS if c not in table.columns]
    if missing:
        raise RecordError(f"{path} lacks the columns {', '.join(missing)}: a table has {_COLUMNS}")
    cells = []
    for number, row in enumerate(table.to_dict("records"), start=2):
        try:
            step = HeatingStep(
                temperature_c=float(row["temperature_c"]),
                hold_h=float(row.get("hold_h", hold_h)),
                atmosphere=atmosphere(str(row.get("atmosphere", "air"))),
            )
            precursors = tuple(str(row["precursors"]).split(";"))
            recipe = Recipe.balanced(Target(formula=target), precursors, (step,), shared=True)
            measured = float(row["target_weight_percent"]) / 100
        except (AthanorError, ValueError) as error:
            raise RecordError(f"{path}, line {number}: {error}") from error
        cells.append(Cell(recipe, step.temperature_c, measured))
    return cells


def simulated_yields(
    cells: Sequence[Cell], energies: EnergyStack, worlds: int, settings: WorldSettings | None = None
) -> Iterator[Array]:
    """True weight fraction of the target in each cell, world by world. shape: (cells,)."""
    target = cells[0].recipe.target.formula
    precursors = sorted({p for cell in cells for p in cell.recipe.precursors})
    procedures = [procedure(cell.recipe) for cell in cells]
    for world in range(worlds):
        chemistry = Chemistries(world, settings or WorldSettings(), energies).of(target, precursors)
        product = chemistry.system.phases[chemistry.index(target)].formula
        yields = []
        for steps in procedures:
            sample = chemistry.fire(steps.masses_g, steps.firings)
            yields.append(chemistry.fractions(sample).get(product, 0.0))
        yield np.array(yields)


def rank_correlation(simulated: Array, measured: Array) -> float | None:
    """Spearman's rank correlation; none where one of the two does not vary."""
    if len(simulated) < 3 or np.ptp(simulated) == 0 or np.ptp(measured) == 0:
        return None
    return float(spearmanr(simulated, measured).statistic)


def scores(cells: Sequence[Cell], simulated: Array) -> dict[str, float | None]:
    """Rank correlation over all cells and within each temperature, and mean yields there."""
    measured = np.array([c.measured for c in cells])
    at = np.array([c.temperature_c for c in cells])
    found: dict[str, float | None] = {"spearman": rank_correlation(simulated, measured)}
    for temperature_c in sorted(set(at.tolist())):
        here = at == temperature_c
        name = f"{temperature_c:g}"
        found[f"spearman_{name}"] = rank_correlation(simulated[here], measured[here])
        found[f"yield_{name}"] = float(simulated[here].mean())
        found[f"measured_{name}"] = float(measured[here].mean())
    return found


def write_rows(path: Path, cells: Sequence[Cell], worlds: Sequence[Array]) -> None:
    """Every cell, world and yield as CSV, so that anyone can score them again."""
    rows = [
        {
            "precursors": ";".join(cell.recipe.precursors),
            "temperature_c": cell.temperature_c,
            "world": world,
            "simulated_weight_percent": round(100 * float(yields[number]), 3),
            "target_weight_percent": round(100 * cell.measured, 3),
        }
        for world, yields in enumerate(worlds)
        for number, cell in enumerate(cells)
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
