"""From which temperature a reaction gains energy, and how sure that is."""

import numpy as np
from numpy.typing import NDArray

from docs.pictures.paper import BLUE, GREY, ORANGE, as_svg, formula, panels
from knowledge.energies import EnergyStack, embedded_table
from knowledge.reactions import Conditions, Reaction, ReactionGraph
from knowledge.reactions.interface import reaction_of
from knowledge.recipe import AIR

_TARGET, _PRECURSORS = "BaTiO3", ("BaCO3", "TiO2")
_TEMPERATURES_C = np.arange(200.0, 1401.0, 100.0)
_COMPARED_AT_C = 1000.0
# Moles of each solid, those used up below zero.
_CARBONATE = {"BaTiO3": 1.0, "BaCO3": -1.0, "TiO2": -1.0}
_REACTIONS = (
    _CARBONATE,
    {"BaTiO3": 1.0, "BaO": -1.0, "TiO2": -1.0},
    {"BaTiO3": 1.0, "Ba2TiO4": -0.5, "TiO2": -0.5},
)


def picture() -> bytes:
    """A driving force over temperature, beside what is known better because errors cancel."""
    graph = ReactionGraph(EnergyStack([embedded_table()]), _TARGET, _PRECURSORS)
    told = [_reaction(graph, _CARBONATE, t)[0] for t in _TEMPERATURES_C]
    gains = 1000 * np.array([r.driving_force_ev_per_atom for r in told])
    sigmas = 1000 * np.array([r.sigma_ev_per_atom for r in told])
    figure, (left, right) = panels(2, height_in=3.2, width_ratios=[1, 1.1])
    left.fill_between(_TEMPERATURES_C, gains - sigmas, gains + sigmas, color=BLUE, alpha=0.3, lw=0)
    left.plot(_TEMPERATURES_C, gains, color=BLUE, lw=1.4)
    left.axhline(0, color=GREY, lw=0.7)
    left.set(xlabel="temperature, C", ylabel="driving force, meV/atom", xlim=(200, 1400))
    left.set_title(_equation(told[0]) + ", in air")

    compared = [_reaction(graph, moles, _COMPARED_AT_C) for moles in _REACTIONS]
    rows = np.arange(len(compared))
    together = [1000 * reaction.sigma_ev_per_atom for reaction, _ in compared]
    apart = [1000 * sigma for _, sigma in compared]
    right.barh(rows - 0.2, apart, 0.36, color=ORANGE, label="each phase wrong for itself")
    right.barh(rows + 0.2, together, 0.36, color=BLUE, label="with the errors that they share")
    right.set(yticks=list(rows), yticklabels=[_equation(r, lines=True) for r, _ in compared])
    right.set(xlabel=f"standard deviation at {_COMPARED_AT_C:.0f} C, meV/atom")
    right.tick_params(axis="y", length=0)
    right.invert_yaxis()
    right.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=1, borderaxespad=0.2)
    return as_svg(figure)


def _reaction(
    graph: ReactionGraph, moles: dict[str, float], temperature_c: float
) -> tuple[Reaction, float]:
    """A reaction, and its sigma in eV/atom if no two phases shared an error."""
    phases = graph.phases(Conditions(float(temperature_c), AIR))
    change: NDArray[np.float64] = np.zeros(len(phases.phases))
    for name, amount in moles.items():
        change[phases.find(name)] = amount
    told = reaction_of(phases, change)
    together = np.linalg.norm(change @ phases.errors)
    apart = np.linalg.norm(change[:, None] * phases.errors)
    return told, float(told.sigma_ev_per_atom * apart / together)


def _equation(reaction: Reaction, lines: bool = False) -> str:
    left, right = reaction.equation.split(" -> ")
    return formula(f"{left}\n→ {right}" if lines else f"{left} → {right}")
