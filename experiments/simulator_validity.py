"""How far the simulated lab can be believed: against the bench, textbooks, and the clock.

    python -m experiments.simulator_validity --json OUT [--worlds 20] [--rows OUT.csv]
    python -m experiments.simulator_validity --table FILE --target F --json OUT
    python -m experiments.simulator_validity --constants

Without a table of your own: the YBa2Cu3O7 syntheses of Szymanski et al., Nat. Commun. 14, 6956
(2023), each held for 4 h in air, and the pairs of solids that were learned from them, both from the
data folder. A table of your own is scored in the same way, with the same constants.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.bench_pairs import read_pairs, verdicts
from experiments.bench_table import Cell, read_table, scores, simulated_yields, write_rows
from experiments.command_line import one_line_errors
from experiments.simulator_constants import CONSTANTS
from experiments.textbook import CASES, check
from knowledge.data_folder import dataset
from knowledge.energies import EnergyStack, default_energies
from knowledge.errors import RecordError
from lab.simulated import SimulatedLab

_YBCO = "YBa2Cu3O7"
# Every set of the table was held that long: Szymanski et al. (2023), Methods.
_YBCO_HOLD_H = 4.0
# Experiments that are timed, after as many to warm up.
_TIMED = 400


def ybco(energies: EnergyStack, worlds: int, rows: Path | None) -> dict[str, Any]:
    """The figures on YBa2Cu3O7: yields over the table, and pairs of solids."""
    cells = read_table(dataset("campaigns/ybco.csv"), _YBCO, _YBCO_HOLD_H)
    found = list(simulated_yields(cells, energies, worlds))
    if rows is not None:
        write_rows(rows, cells, found)
    scored = scores(cells, np.mean(found, axis=0))
    precursors = sorted({p for cell in cells for p in cell.recipe.precursors})
    pairs = read_pairs(dataset("campaigns/ybco_pairwise.csv"))
    judged = verdicts(pairs, _YBCO, precursors, energies, worlds, _YBCO_HOLD_H)
    reacting = [v for v in judged if v.pair.products]
    inert = [v for v in judged if not v.pair.products]
    cold = [c.temperature_c in (600.0, 700.0) for c in cells]
    return {
        "ybco_spearman": scored["spearman"],
        "ybco_spearman_800": scored["spearman_800"],
        "ybco_spearman_900": scored["spearman_900"],
        "ybco_yield_600_700": float(np.mean(found, axis=0)[cold].mean()),
        "ybco_by_temperature": scored,
        "pairs_reacting": [sum(v.right for v in reacting), len(reacting)],
        "pairs_inert": [sum(v.right for v in inert), len(inert)],
        "pairs": [
            {
                "reactants": v.pair.reactants,
                "observed": v.pair.products,
                "temperature_c": v.pair.temperature_c,
                "simulated": v.majority,
                "reacted": round(v.reacted, 3),
                "right": v.right,
            }
            for v in judged
        ],
    }


def speed(cells: Sequence[Cell], energies: EnergyStack, patterns: Path | None) -> float:
    """Experiments a CPU second on one core, through submit and poll, after a first round."""
    precursors = sorted({p for cell in cells for p in cell.recipe.precursors})
    lab = SimulatedLab(0, precursors, energies=energies, patterns=patterns)

    def run(prefix: str) -> float:
        began = time.process_time()
        for number in range(_TIMED):
            name = f"{prefix}{number}"
            lab.submit(cells[number % len(cells)].recipe, name)
            lab.poll(name)
        return time.process_time() - began

    run("warm")
    return _TIMED / run("timed")


def speeds(energies: EnergyStack) -> dict[str, float]:
    """Experiments and patterns a second, on recipes that need no data folder."""
    cells = _embedded_cells()
    with tempfile.TemporaryDirectory() as folder:
        return {
            "experiments_per_s": round(speed(cells, energies, None), 1),
            "patterns_per_s": round(speed(cells, energies, Path(folder)), 1),
        }


def _embedded_cells() -> list[Cell]:
    """The YBa2Cu3O7 routes from carbonates, oxides and peroxide, 600 to 900 C."""
    sets = ("BaCO3;CuO;Y2O3", "BaO2;CuO;Y2O3", "BaO;CuO;Y2O3", "BaCuO2;CuO;Y2O3")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "routes.csv")
        lines = [f"{s},{t},0" for s in sets for t in range(600, 901, 50)]
        file.write_text("\n".join(("precursors,temperature_c,target_weight_percent", *lines)))
        return read_table(file, _YBCO, _YBCO_HOLD_H)


def _show(found: dict[str, Any], console: Console) -> None:
    table = Table("figure", "value", box=None, pad_edge=False)
    for name, value in found.items():
        if name not in ("pairs", "constants", "textbook", "textbook_fractions"):
            table.add_row(name, json.dumps(value))
    for name, holds in found.get("textbook", {}).items():
        table.add_row(name, "as textbooks say" if holds else "not as textbooks say")
    console.print(table)


def _constants(console: Console) -> None:
    table = Table("constant", "value", "why", box=None, pad_edge=False)
    for constant in CONSTANTS:
        table.add_row(constant.name, f"{constant.value:g}", constant.why)
    console.print(table)


@one_line_errors
def main() -> None:
    """Score the simulated lab and write what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    parser.add_argument("--rows", type=Path, metavar="CSV", help="every cell, world and yield")
    parser.add_argument("--worlds", type=int, default=20, help="how many worlds to average over")
    parser.add_argument("--table", type=Path, help="a table of your own")
    parser.add_argument("--target", help="what it makes")
    parser.add_argument("--hold-h", type=float, default=4.0, help="where the table does not say")
    parser.add_argument("--constants", action="store_true", help="list the constants, and stop")
    asked = parser.parse_args()
    console = Console(highlight=False)
    if asked.constants:
        _constants(console)
        return
    if asked.worlds < 1 or not 0 <= asked.hold_h <= 1000:
        raise RecordError("--worlds must be 1 or more, and --hold-h from 0 to 1000 hours")
    if (asked.table is None) != (asked.target is None):
        raise RecordError("--table and --target go together: give both, or none")
    energies = default_energies()
    found: dict[str, Any]
    if asked.table is not None:
        cells = read_table(asked.table, asked.target, asked.hold_h)
        worlds = list(simulated_yields(cells, energies, asked.worlds))
        if asked.rows is not None:
            write_rows(asked.rows, cells, worlds)
        found = {"target": asked.target, **scores(cells, np.mean(worlds, axis=0))}
    else:
        found = ybco(energies, asked.worlds, asked.rows) | speeds(energies)
        cases = {name: check(case, energies, asked.worlds) for name, case in CASES.items()}
        found["textbook"] = {name: holds for name, (holds, _) in cases.items()}
        found["textbook_fractions"] = {name: means for name, (_, means) in cases.items()}
    found["constants"] = {c.name: c.value for c in CONSTANTS}
    if asked.json is not None:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    _show(found, console)


if __name__ == "__main__":
    main()
