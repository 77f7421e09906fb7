"""Recipes for BaTiO3 that policies are tried on: a few, and as many as a campaign has."""

from agents.candidates import CandidateGrid, Candidates, gather
from knowledge.energies import EnergyStack, embedded_table
from knowledge.literature import frequency_proposer
from knowledge.recipe import Target
from lab.simulated import SimulatedLab

_INVENTORY = ("BaCO3", "BaO", "BaO2", "TiO2")
FEW = CandidateGrid(spacing_c=200, span_sigmas=2, hold_h=(4.0,))
MANY = CandidateGrid()


def recipes(grid: CandidateGrid) -> Candidates:
    """What a lab with three barium salts may fire, on a grid; the same on every machine."""
    energies = EnergyStack([embedded_table()])
    lab = SimulatedLab(0, _INVENTORY, energies=energies)
    target = Target(formula="BaTiO3")
    return gather(target, _INVENTORY, lab.check, energies, frequency_proposer(), grid)
