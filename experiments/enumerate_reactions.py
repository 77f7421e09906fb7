"""Every reaction among the phases of a CSV, by each way of enumerating them.

    python -m experiments.enumerate_reactions --entries FILE.csv --temperature 1000
        [--target F] [--open O2] [--mu 0.0] [--max-reactions N] [--json OUT]
    python -m experiments.enumerate_reactions --system Y-Mn-O --temperature 1000 ...

The CSV has the columns `formula` and `energy_per_atom_eV`: Gibbs energies at the temperature, in
kelvin. With a system instead, they come from the energies at hand, gases at 1 atm. Printed, and
written to OUT: how many reactions each way finds, in how many CPU seconds and with what peak
memory. With a target, what competes with the reactions that make it as well.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from agents.files import write_whole
from experiments.command_line import one_line_errors
from knowledge.chemistry import parse
from knowledge.energies import default_energies
from knowledge.energies.gibbs import check_temperature_k
from knowledge.errors import FormulaError
from knowledge.reactions.entries import EntrySet, read_entries
from knowledge.reactions.enumerate import MAX_REACTIONS, enumerate_reactions
from knowledge.reactions.hull import Hull
from knowledge.reactions.scores import PotentialDiagram, competition
from knowledge.reactions.table import ReactionTable
from knowledge.reactions.tabulated import entries_at


def enumerators(
    entries: EntrySet, target: str | None, gas: str | None, mu_ev: float, max_reactions: int
) -> dict[str, Callable[[], ReactionTable]]:
    """The ways of enumerating, by name; each gives a table of reactions when called.

    Those open to a gas are left out where there is none.
    """
    row = None if target is None else entries.find(target)

    def all_of(**options: Any) -> ReactionTable:
        return enumerate_reactions(entries, max_reactions=max_reactions, **options)

    def on_hull(making: int | None = None) -> ReactionTable:
        table = Hull.of(entries).interface_reactions()
        return table if making is None else table.select(table.making(making))

    def at_fixed_potential(element: str, gas_row: int) -> ReactionTable:
        table = Hull.of(entries, {element: mu_ev}).interface_reactions()
        # What exchanges no gas is a closed reaction, and listed as one.
        with_gas = (table.phases == gas_row) & (table.coefficients != 0)
        return table.select(with_gas.any(axis=1))

    ways: dict[str, Callable[[], ReactionTable]] = {"basic_enum_all": all_of}
    if row is not None:
        ways["basic_enum_target"] = lambda: all_of(target=target)
    if gas is not None:
        ways[f"basic_open_{gas}_all"] = lambda: all_of(open_to=[gas])
    ways["minimize_gibbs_all"] = on_hull
    if row is not None:
        ways["minimize_gibbs_target"] = lambda: on_hull(row)
    if gas is not None:
        name, gas_row = element_of(gas), entries.find(gas)
        ways[f"minimize_grandpot_{name}_mu{mu_ev:g}"] = lambda: at_fixed_potential(name, gas_row)
    return ways


def element_of(gas: str) -> str:
    """The element whose potential a gas fixes. Raises FormulaError for a gas of several."""
    elements = [str(e) for e in parse(gas)]
    if len(elements) != 1:
        raise FormulaError(
            f"{gas} holds {', '.join(elements)}: --open takes the gas of one element"
        )
    return elements[0]


def measured(find: Callable[[], ReactionTable]) -> dict[str, Any]:
    """The reactions a way finds, energies included, and the CPU seconds it took."""
    began = time.process_time()
    table = find()
    energies = table.ev_per_atom
    seconds = time.process_time() - began
    rows = sorted(zip(table.equations(), energies.tolist(), strict=True))
    return {
        "count": len(table),
        "reactions": [[equation, round(energy, 6)] for equation, energy in rows],
        "cpu_s": seconds,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def selectivity(entries: EntrySet, target: str, max_reactions: int) -> dict[str, Any]:
    """Competition and chemical potential distance of every reaction that makes a target."""
    table = enumerate_reactions(entries, max_reactions=max_reactions)
    making = np.flatnonzero(table.making(entries.find(target)))
    equations = list(table.select(making).equations())
    diagram = PotentialDiagram(entries)
    scores, distances = {}, {}
    for equation, row, score in zip(equations, making, competition(table, making), strict=True):
        distances[equation] = round(diagram.total_distance(table, int(row)), 5)
        if score is not None:
            values = (table.ev_per_atom[row], score.primary_ev_per_atom)
            scores[equation] = [
                *(round(float(v), 6) for v in (*values, score.secondary_ev_per_atom)),
                score.rivals + 1,
            ]
    return {"competition": scores, "chempot_distance": distances}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    phases = parser.add_mutually_exclusive_group(required=True)
    phases.add_argument("--entries", type=Path, help="CSV of formulas and eV/atom")
    phases.add_argument("--system", help="elements, as Y-Mn-O")
    parser.add_argument("--temperature", type=float, required=True, help="kelvin, 300 to 2000")
    parser.add_argument("--target", help="also the reactions that make this phase")
    parser.add_argument("--open", help="the gas of the open reactions (O2 where it is an entry)")
    parser.add_argument("--mu", type=float, default=0.0, help="its potential per atom in eV (0)")
    parser.add_argument("--max-reactions", type=int, default=MAX_REACTIONS, help="stop beyond")
    parser.add_argument("--json", type=Path, help="write everything found here")
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Enumerate, print a line for each way, write the JSON."""
    given = arguments()
    check_temperature_k(given.temperature)
    if given.entries is not None:
        entries = read_entries(given.entries)
    else:
        entries = entries_at(default_energies(), given.system.split("-"), given.temperature)
    gas = given.open or ("O2" if "O2" in entries.formulas else None)
    ways = enumerators(entries, given.target, gas, given.mu, given.max_reactions)
    found = {name: measured(find) for name, find in ways.items()}
    report: dict[str, Any] = {"temperature_k": given.temperature, "enumerators": found}
    for name, result in found.items():
        print(
            f"{name:26} {result['count']:9,} reactions  {result['cpu_s']:8.4f} s CPU  "
            f"{result['peak_mib']:6.0f} MiB peak"
        )
    if given.target is not None:
        began = time.process_time()
        report.update(selectivity(entries, given.target, given.max_reactions))
        print(
            f"{'competition':26} {len(report['competition']):9,} reactions  "
            f"{time.process_time() - began:8.4f} s CPU"
        )
    if given.json:
        write_whole(given.json, json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
