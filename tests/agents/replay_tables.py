"""Small tables for tests of replays: barium titanate, from a few precursors."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

from agents.candidates import Candidates
from agents.history import CompletedExperiment
from agents.past.tables import Table, candidates_of, read_table
from agents.policies import Policy
from agents.replay import Everything, Truth, play
from knowledge.energies import EnergyStack
from knowledge.literature import UninformedProposer
from knowledge.recipe import Target
from lab.recorded import RecordedLab

TARGET = Target(formula="BaTiO3", yield_asked=0.995)
SETS = ("BaCO3;TiO2", "BaO2;TiO2", "BaO;TiO2")
TEMPERATURES_C = (900, 1000, 1100, 1200)
CELLS = tuple(product(SETS, TEMPERATURES_C))
# Percent of target. Two successes, neither of them at the end of any order.
PERCENT = dict(zip(CELLS, (0, 40, 85, 90, 10, 55, 100, 95, 0, 30, 100, 60), strict=True))


def write(path: Path, percent: Mapping[tuple[str, int], float] = PERCENT) -> Path:
    """A CSV table of the cells given."""
    rows = [f"{s},{t},{y}" for (s, t), y in percent.items()]
    lines = ["precursors,temperature_c,target_weight_percent", *rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(path: Path, percent: Mapping[tuple[str, int], float] = PERCENT) -> Table:
    """The table of the cells given, read from a file."""
    return read_table(write(path, percent), TARGET)


def known(read: Table, energies: EnergyStack) -> Candidates:
    """Its recipes as candidates, with no literature."""
    return candidates_of(read, energies, UninformedProposer())


def cell(experiment: CompletedExperiment) -> tuple[str, int]:
    """Which cell was asked for."""
    recipe = experiment.recipe
    return ";".join(recipe.precursors), int(recipe.hottest.temperature_c)


def played(
    read: Table, candidates: Candidates, policy: Policy, batch: int = 1
) -> tuple[CompletedExperiment, ...]:
    """A replay until everything is found."""
    truth = Truth(read.yields(), read.target.yield_asked)
    everything = Everything(truth, lambda recipe: recipe.content_id)
    lab = RecordedLab(read.results)
    return play(candidates, policy, lab, everything, batch=batch).experiments
