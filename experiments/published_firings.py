"""Published firings in a simulated world: what set the constants of its kinetics.

    python -m experiments.published_firings [--count 140] [--slower-share 0.5] [--json OUT]

Recipes that three papers or more report (single compounds from two or three precursors in air, no
Y-Ba-Cu oxides) are fired once at their median temperature and time, and hotter and colder, in a
world without errors, unknown phases or spread. Good constants give much of the target at the
published temperature and little 300 C below it.
"""

import argparse
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from experiments.command_line import one_line_errors
from knowledge.chemistry import framework, parse
from knowledge.data_folder import dataset
from knowledge.energies import EnergyStack, default_energies
from knowledge.errors import AthanorError, RecordError
from knowledge.recipe import HeatingStep, Recipe, Target
from lab.procedure import procedure
from lab.simulated import motion
from lab.simulated.chemistry import Chemistries
from lab.simulated.world import WorldSettings

OFFSETS_C = (-300.0, -150.0, 0.0, 100.0)
# Nothing is drawn: the tables are right, every phase is known, solids of a kind are equally fast.
PLAIN = WorldSettings(
    interaction_sigma_ev=0,
    independent_sigma_ev_per_atom=0,
    hidden_share=0,
    phantom_share=0,
    known_melting_spread=0,
    estimated_melting_spread=0,
    mobility_sigma=0,
    interface_sigma=0,
    nucleation_sigma=0,
    amorphous_share=0,
    amorphous_share_of_glass_formers=0,
)
_LEAST_PAPERS = 3
_HOTTEST_C = 1500.0


@dataclass(frozen=True)
class Firing:
    """A published recipe with the medians of its firings."""

    target: str
    precursors: tuple[str, ...]
    temperature_c: float
    hold_h: float


def published(path: Path, energies: EnergyStack, seed: int = 0) -> list[Firing]:
    """Firings that several papers report, one for each target, in random order."""
    table = pd.read_parquet(path)
    table = table[(table.kind == "concrete") & table.temperature_c.notna() & table.time_h.notna()]
    grouped: dict[tuple[str, tuple[str, ...]], list[Any]] = defaultdict(list)
    for row in table.itertuples():
        if row.atmosphere is None or "air" in str(row.atmosphere).lower():
            grouped[row.target, tuple(sorted(row.precursors))].append(row)
    found: dict[str, Firing] = {}
    for (target, precursors), rows in sorted(grouped.items()):
        if len({r.doi for r in rows}) < _LEAST_PAPERS or not 2 <= len(precursors) <= 3:
            continue
        firing = Firing(
            target,
            precursors,
            median(r.temperature_c for r in rows),
            min(max(median(r.time_h for r in rows), 1.0), 48.0),
        )
        if target not in found and _can_be_asked(firing, energies):
            found[target] = firing
    chosen = list(found.values())
    random.Random(seed).shuffle(chosen)
    return chosen


def _can_be_asked(firing: Firing, energies: EnergyStack) -> bool:
    """Whether tables have the target, the recipe balances, and it is no Y-Ba-Cu oxide."""
    if not 400 <= firing.temperature_c <= 1450:
        return False
    try:
        elements = set(framework(parse(firing.target)))
        if "Cu" in elements and elements & {"Ba", "Y"}:
            return False
        _recipe(firing, firing.temperature_c)
        known = [energies.energy(f).kind for f in (firing.target, *firing.precursors)]
    except AthanorError:
        return False
    return known[0] == "table"


def yields(firing: Firing, energies: EnergyStack) -> list[float]:
    """True weight fraction of target for each of OFFSETS_C about the published temperature."""
    chemistry = Chemistries(0, PLAIN, energies).of(firing.target, firing.precursors)
    product = chemistry.system.phases[chemistry.index(firing.target)].formula
    found = []
    for offset_c in OFFSETS_C:
        steps = procedure(_recipe(firing, min(firing.temperature_c + offset_c, _HOTTEST_C)))
        sample = chemistry.fire(steps.masses_g, steps.firings)
        found.append(chemistry.fractions(sample).get(product, 0.0))
    return found


def _recipe(firing: Firing, temperature_c: float) -> Recipe:
    step = HeatingStep(temperature_c=temperature_c, hold_h=firing.hold_h)
    return Recipe.balanced(Target(formula=firing.target), firing.precursors, (step,))


@one_line_errors
def main() -> None:
    """Fire them, print the means, and write every yield."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=140, help="how many targets")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every yield there")
    parser.add_argument(
        "--slower-share",
        type=float,
        default=motion.SLOWER_SHARE,
        help="weight of the slower partner of a contact, instead of the lab's own",
    )
    asked = parser.parse_args()
    if not 0 <= asked.slower_share <= 0.5:
        raise RecordError(f"--slower-share is {asked.slower_share:g}: it must be from 0 to 0.5")
    motion.SLOWER_SHARE = asked.slower_share
    energies = default_energies()
    firings = published(dataset("literature/recipes.parquet"), energies)[: max(asked.count, 1)]
    found = {}
    for firing in firings:
        try:
            found[firing.target] = yields(firing, energies)
        except AthanorError:  # a phase of its system has no energy at some temperature
            continue
    means = np.mean(list(found.values()), axis=0)
    for offset_c, mean in zip(OFFSETS_C, means, strict=True):
        print(f"{offset_c:+5.0f} C  mean yield {mean:.2f}")
    print(
        f"{len(found)} targets; from 300 C below to the published temperature: "
        f"+{means[2] - means[0]:.2f}"
    )
    if asked.json is not None:
        asked.json.write_text(json.dumps({"offsets_c": OFFSETS_C, "yields": found}, indent=1))


if __name__ == "__main__":
    main()
