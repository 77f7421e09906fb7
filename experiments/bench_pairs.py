"""Pairs of solids that were seen to react, or not to, against the same pairs in simulated worlds.

A row names reactants, products and a temperature range: `Reacts below 900 C`, `Reacts between
800-900 C`, `Does not react at or below 700 C`. Only rows of two solids are taken. Each pair is
fired at the temperature by which it was seen to react, or up to which it was not.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.chemistry import framework, identity, molar_mass_g_per_mol, parse
from knowledge.energies import EnergyStack
from knowledge.errors import RecordError
from knowledge.recipe import AIR
from lab.procedure import Cool, Heat
from lab.simulated.chemistry import Chemistries, Chemistry
from lab.simulated.world import WorldSettings

# A pair has reacted when a tenth of it is something new: less is easily overlooked in a pattern.
_REACTED_SHARE = 0.1
# Phases that no diffractometer can name.
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Pair:
    """Two solids; the solids they gave, none where they did not react; and the temperature."""

    reactants: tuple[str, str]
    products: tuple[str, ...]
    temperature_c: float


@dataclass(frozen=True)
class Verdict:
    """What the worlds said: mean weight share of new phases, and which is most of it."""

    pair: Pair
    reacted: float
    majority: str | None

    @property
    def right(self) -> bool:
        """Whether the worlds agree with the bench."""
        if not self.pair.products:
            return self.reacted < _REACTED_SHARE
        seen = {identity(p) for p in self.pair.products}
        return self.majority not in (None, _UNKNOWN) and identity(str(self.majority)) in seen


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a table as ARROWS writes it. Raises RecordError for another file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    if not rows or len(rows[0]) < 3:
        raise RecordError(f"{path} is no table of pairs: it has three columns")
    found = []
    for reactants, products, told in (row[:3] for row in rows[1:] if len(row) >= 3):
        solids = tuple(_solids(reactants))
        temperatures = [float(t) for t in re.findall(r"\d+", told)]
        if len(solids) == 2 and temperatures:
            formed = () if products == "None" else tuple(_solids(products))
            found.append(Pair((solids[0], solids[1]), formed, max(temperatures)))
    return found


def verdicts(
    pairs: Sequence[Pair],
    target: str,
    precursors: Sequence[str],
    energies: EnergyStack,
    worlds: int,
    hold_h: float,
) -> list[Verdict]:
    """What the first worlds say of each pair, one mole of each solid fired in air."""
    everything = sorted({*precursors, *(s for p in pairs for s in (*p.reactants, *p.products))})
    everything = [f for f in everything if identity(f) != identity(target)]
    made: list[dict[str, float]] = [{} for _ in pairs]
    for world in range(worlds):
        chemistry = Chemistries(world, WorldSettings(), energies).of(target, everything)
        for number, pair in enumerate(pairs):
            for formula, share in _new_phases(chemistry, pair, hold_h).items():
                made[number][formula] = made[number].get(formula, 0.0) + share / worlds
    return [
        Verdict(pair, sum(new.values()), max(new, key=lambda f: new[f]) if new else None)
        for pair, new in zip(pairs, made, strict=True)
    ]


def _new_phases(chemistry: Chemistry, pair: Pair, hold_h: float) -> dict[str, float]:
    """Weight fractions of what needs both solids, and of what one becomes because of the other."""
    masses_g = {f: molar_mass_g_per_mol(f) for f in pair.reactants}
    heat = Heat(temperature_c=pair.temperature_c, hold_h=hold_h, ramp_c_per_min=5, atmosphere=AIR)
    programme = (heat, Cool(rate_c_per_min=5, atmosphere=AIR))
    sample = chemistry.fire(masses_g, [programme])
    alone = [_shares(f) for f in pair.reactants]
    weights = sample.crystals * chemistry.system.mass
    total = float(weights.sum() + sample.glass @ chemistry.system.mass)
    return {
        _UNKNOWN if phase.hidden else phase.formula: float(weight / total)
        for phase, weight, x in zip(
            chemistry.system.phases, weights, chemistry.system.fractions, strict=True
        )
        if weight > 0 and not any(_same(x, a, chemistry.system.elements) for a in alone)
    }


def _shares(formula: str) -> dict[str, float]:
    solid = framework(parse(formula))
    total = sum(solid.values())
    return {e: n / total for e, n in solid.items()}


def _same(x: np.ndarray, shares: dict[str, float], elements: Sequence[str]) -> bool:
    """Whether a phase is one of the reactants, but for what came from the gas."""
    return bool(np.allclose(x, [shares.get(e, 0.0) for e in elements], atol=1e-6))


def _solids(side: str) -> list[str]:
    """The solids of one side of an equation."""
    formulas = [f.strip() for f in side.split("+")]
    return [f for f in formulas if f and f != "None" and framework(parse(f))]
