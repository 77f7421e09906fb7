"""What one recipe gives at each temperature, in worlds that nobody was told about."""

import numpy as np
from numpy.typing import NDArray

from docs.pictures.paper import BLUE, GREY, SKY, as_svg, formula, panels
from knowledge.energies import EnergyStack, embedded_table
from knowledge.recipe import AIR, HeatingStep, Recipe, Target
from lab.procedure import procedure
from lab.simulated.chemistry import Chemistries
from lab.simulated.world import WorldSettings

_RECIPES = (("BaTiO3", ("BaCO3", "TiO2")), ("YBa2Cu3O7", ("Y2O3", "BaCO3", "CuO")))
_TEMPERATURES_C = ((700, 1400), (700, 1000))
_STEP_C, _HOLD_H, _WORLDS = 50, 12.0, 20


def picture() -> bytes:
    """Yield over temperature: a line for each world, and their median."""
    figure, drawn = panels(2, sharey=True)
    for axes, (target, precursors), span in zip(drawn, _RECIPES, _TEMPERATURES_C, strict=True):
        temperatures = np.arange(span[0], span[1] + 1, _STEP_C)
        yields = np.array([_yields(w, target, precursors, temperatures) for w in range(_WORLDS)])
        axes.plot(temperatures, yields.T, color=SKY, lw=0.8, alpha=0.7)
        axes.plot(temperatures, np.median(yields, axis=0), color=BLUE, lw=2)
        axes.axhline(0.9, color=GREY, lw=0.7, ls=":")
        axes.set(xlabel=f"fired {_HOLD_H:.0f} h in air at, C", xlim=span, ylim=(0, 1.03))
        axes.set_title(formula(f"{' + '.join(precursors)} → {target}"))
    drawn[0].set_ylabel("yield, weight fraction")
    drawn[0].text(_TEMPERATURES_C[0][0] + 8, 0.92, "0.9: asked for", color=GREY, fontsize=8)
    return as_svg(figure)


def _yields(
    world: int, target: str, precursors: tuple[str, ...], temperatures_c: NDArray[np.int64]
) -> list[float]:
    """True yields of one recipe in one world."""
    chemistries = Chemistries(world, WorldSettings(), EnergyStack([embedded_table()]))
    chemistry = chemistries.of(target, precursors)
    yields = []
    for temperature_c in temperatures_c:
        step = HeatingStep(temperature_c=float(temperature_c), hold_h=_HOLD_H, atmosphere=AIR)
        steps = procedure(Recipe.balanced(Target(formula=target), precursors, (step,)))
        sample = chemistry.fire(steps.masses_g, steps.firings)
        name = chemistry.system.phases[chemistry.index(target)].formula
        yields.append(chemistry.fractions(sample).get(name, 0.0))
    return yields
