"""What textbooks say of well-known syntheses, asked of simulated worlds.

Each case is fired in air in several worlds, and the mean weight fractions over the worlds are held
against what has been known for decades.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from knowledge.chemistry import framework, parse
from knowledge.energies import EnergyStack
from knowledge.recipe import AIR, HeatingStep, Recipe, Target
from lab.procedure import procedure
from lab.simulated.chemistry import Chemistries
from lab.simulated.world import WorldSettings

Fractions = Mapping[str, float]


@dataclass(frozen=True)
class Case:
    """A target, its precursors, firings (Celsius, hours), and what is said of their products."""

    target: str
    precursors: tuple[str, ...]
    firings: tuple[tuple[float, float], ...]
    holds: Callable[..., bool]
    source: str


def _titanate(warm: Fractions, hot: Fractions) -> bool:
    """Some orthotitanate on the way, none of it in the end."""
    passed = warm.get("Ba2TiO4", 0) > 0.02
    return passed and hot.get("Ba2TiO4", 0) < 0.02 and hot.get("BaTiO3", 0) > 0.9


CASES = {
    "BaTiO3 through Ba2TiO4": Case(
        "BaTiO3",
        ("BaCO3", "TiO2"),
        ((1000, 4), (1300, 24)),
        _titanate,
        "Beauger et al., J. Mater. Sci. 18, 3041 (1983)",
    ),
    "LiCoO2 from 850 C": Case(
        "LiCoO2",
        ("Li2CO3", "Co3O4"),
        ((300, 12), (850, 12)),
        lambda cold, hot: cold.get("LiCoO2", 0) < 0.05 and hot.get("LiCoO2", 0) > 0.9,
        "Mizushima et al., Mater. Res. Bull. 15, 783 (1980)",
    ),
    "MgAl2O4 slow": Case(
        "MgAl2O4",
        ("MgO", "Al2O3"),
        ((1200, 6), (1500, 48)),
        lambda warm, hot: warm.get("MgAl2O4", 0) < 0.2 and hot.get("MgAl2O4", 0) > 0.5,
        "West, Solid State Chemistry and its Applications, 2nd ed., ch. 4",
    ),
    "LaMnO3 from 1200 C": Case(
        "LaMnO3",
        ("La2O3", "Mn2O3"),
        ((700, 12), (1200, 24)),
        lambda cold, hot: cold.get("LaMnO3", 0) < 0.1 and hot.get("LaMnO3", 0) > 0.8,
        "Wold & Arnott, J. Phys. Chem. Solids 9, 176 (1959)",
    ),
    "Ca3(PO4)2 from 1200 C": Case(
        "Ca3(PO4)2",
        ("CaCO3", "NH4H2PO4"),
        ((1200, 12),),
        lambda hot: hot.get("Ca3(PO4)2", 0) > 0.8,
        "Elliott, Structure and Chemistry of the Apatites and Other Calcium Orthophosphates (1994)",
    ),
}


def check(case: Case, energies: EnergyStack, worlds: int) -> tuple[bool, list[dict[str, float]]]:
    """Whether a case holds, and the mean weight fractions after each of its firings."""
    recipes = [
        Recipe.balanced(
            Target(formula=case.target),
            case.precursors,
            (HeatingStep(temperature_c=temperature_c, hold_h=hold_h, atmosphere=AIR),),
        )
        for temperature_c, hold_h in case.firings
    ]
    means: list[dict[str, float]] = [{} for _ in recipes]
    for world in range(worlds):
        chemistries = Chemistries(world, WorldSettings(), energies)
        chemistry = chemistries.of(case.target, case.precursors)
        for mean, recipe in zip(means, recipes, strict=True):
            steps = procedure(recipe)
            sample = chemistry.fire(steps.masses_g, steps.firings)
            for formula, share in chemistry.fractions(sample).items():
                name = case.target if _only_oxygen_apart(formula, case.target) else formula
                mean[name] = mean.get(name, 0.0) + share / worlds
    return case.holds(*means), means


def _only_oxygen_apart(formula: str, target: str) -> bool:
    """Whether two oxides have the same cations: LaMnO3 and LaMnO3.16 are one phase on the bench."""
    if formula.startswith("hidden"):
        return False
    here, there = framework(parse(formula)), framework(parse(target))
    ratio = sum(here.values()) / sum(there.values())
    alike = here.keys() == there.keys() and all(
        abs(here[e] - ratio * n) < 1e-6 * ratio for e, n in there.items()
    )
    return alike and set(map(str, parse(formula))) == set(map(str, parse(target)))
