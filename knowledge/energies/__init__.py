"""Where Gibbs energies come from, with uncertainty."""

from knowledge.energies.source import EnergySource, FormationEnergy
from knowledge.energies.stack import EnergyStack, default_energies
from knowledge.energies.tables import EnergyTable, embedded_table, tables_in

__all__ = [
    "EnergySource",
    "EnergyStack",
    "EnergyTable",
    "FormationEnergy",
    "default_energies",
    "embedded_table",
    "tables_in",
]
