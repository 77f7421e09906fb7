"""Where Gibbs energies come from, with uncertainty."""

from knowledge.energies.order import tables_in
from knowledge.energies.source import EnergySource, FormationEnergy
from knowledge.energies.stack import EnergyStack, default_energies, energies_from
from knowledge.energies.tables import EnergyTable, embedded_table

__all__ = [
    "EnergySource",
    "EnergyStack",
    "EnergyTable",
    "FormationEnergy",
    "default_energies",
    "embedded_table",
    "energies_from",
    "tables_in",
]
