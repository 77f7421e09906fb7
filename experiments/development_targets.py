"""Targets on which settings may be tried out: like those that are reported on, and none of them.

    python -m experiments.development_targets [--seed 0] [--write FILE.csv]

Drawn by a seed from the tables below ATHANOR_DATA (thermo/formation_energies.csv.gz,
literature/recipes.parquet, campaigns/alab_targets.csv), by rules that make them as the A-Lab's:

- oxides of 3 to 5 elements that the simulated A-Lab has bottles for, as many of each number, and as
  many phosphates among them, as the A-Lab's targets have;
- within 0.01 eV/atom of the hull of their system, and a charge balance in usual valences;
- no published recipe;
- a chemical system that no other one, no target of the A-Lab and no other table of results has;
- recipes that the lab would run.

`experiments/data/development_targets.csv` holds those of seed 0.
"""

import argparse
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram

from agents.files import write_whole
from experiments.alab_world import laboratory
from experiments.command_line import one_line_errors
from experiments.paired_campaigns import Terms, knowledge_of
from experiments.simulated_alab import TARGETS, targets_in
from knowledge.chemistry import charge_doubt, identity, parse
from knowledge.data_folder import dataset
from knowledge.energies import EnergyTable
from knowledge.errors import AthanorError

COUNT = 40
NEAR_HULL_EV_PER_ATOM = 0.01
# Systems of which results are tabled or reported elsewhere in this project.
RESERVED = ("Ba-Cu-O-Y", "Ba-O-Ti", "O-Sr-Ti", "Li-O-P-Ti", "Mo-Na-O-Te")
Kind = tuple[int, bool]  # how many elements, and whether a phosphate


def system(formula: str) -> str:
    """The chemical system: `Ba-O-Ti`."""
    return "-".join(sorted(str(e) for e in parse(formula)))


def kind(formula: str) -> Kind:
    """How many elements, and whether phosphorus is one."""
    elements = system(formula).split("-")
    return len(elements), "P" in elements


def quotas(formulas: Sequence[str], count: int) -> dict[Kind, int]:
    """How many of each kind, in the proportions of given targets; they add up to the count.

    Largest remainders are rounded up. Kinds of more than five elements are left out.
    """
    kinds = Counter(k for f in formulas if (k := kind(f))[0] <= 5)
    exact = {k: count * n / kinds.total() for k, n in sorted(kinds.items())}
    rounded = {k: int(n) for k, n in exact.items()}
    for k in sorted(exact, key=lambda k: rounded[k] - exact[k])[: count - sum(rounded.values())]:
        rounded[k] += 1
    return rounded


def above_hull_ev_per_atom(table: EnergyTable, formula: str) -> float:
    """How far a tabled compound lies above the hull of its system."""
    energies = table.system(str(e) for e in parse(formula))
    entries = {
        parse(e.formula).reduced_formula: PDEntry(
            parse(e.formula), e.ev_per_atom * parse(e.formula).num_atoms
        )
        for e in energies
    }
    diagram = PhaseDiagram(list(entries.values()))
    return float(diagram.get_e_above_hull(entries[parse(formula).reduced_formula]) or 0.0)


def drawn(formulas: Sequence[str], seed: int) -> Iterator[str]:
    """Oxides of what there are bottles for, in random order."""
    bottles = {str(e) for f in laboratory("realistic").lab.inventory for e in parse(f)} - {
        "C",
        "H",
        "N",
    }
    for row in np.random.default_rng(seed).permutation(len(formulas)):
        elements = {str(e) for e in parse(formulas[row])}
        if "O" in elements and elements <= bottles:
            yield formulas[row]


def development_targets(seed: int, count: int = COUNT) -> list[dict[str, str]]:
    """The targets with their system and distance from the hull, by name.

    Raises MissingDataError without the tables, AthanorError where there are not enough.
    """
    path = dataset("thermo/formation_energies.csv.gz")
    table = EnergyTable.read(path)
    formulas = pd.read_csv(path, keep_default_na=False).formula.tolist()
    published = _identities(pd.read_parquet(dataset("literature/recipes.parquet")).target.unique())
    reported = targets_in(dataset(TARGETS))
    left = quotas(reported, count)
    taken = {*RESERVED, *map(system, reported)}
    found: list[dict[str, str]] = []
    for formula in drawn(formulas, seed):
        if not left.get(kind(formula)) or system(formula) in taken:
            continue
        if charge_doubt(formula) or identity(formula) in published:
            continue
        above = above_hull_ev_per_atom(table, formula)
        if above > NEAR_HULL_EV_PER_ATOM or isinstance(knowledge_of(formula, Terms()), str):
            continue
        taken.add(system(formula))
        left[kind(formula)] -= 1
        found.append(
            {
                "target": parse(formula).reduced_formula,
                "system": system(formula),
                "ev_per_atom_above_hull": f"{above:.3f}",
                "source": "Materials Project 2019, by way of matbench_mp_e_form",
            }
        )
        if not any(left.values()):
            return sorted(found, key=lambda row: row["target"])
    raise AthanorError(f"the tables hold {len(found)} such targets, and {count} are wanted")


def _identities(formulas: Sequence[str]) -> set[str]:
    found = set()
    for formula in formulas:
        try:
            found.add(identity(formula))
        except AthanorError:  # what a text miner took for a formula
            continue
    return found


@one_line_errors
def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    if given.seed < 0:
        raise AthanorError(f"--seed {given.seed}: it must be 0 or above")
    rows = development_targets(given.seed)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if given.write:
        write_whole(given.write, text.getvalue())
    else:
        print(text.getvalue(), end="")


if __name__ == "__main__":
    main()
