"""The entries of a chemical system at a temperature and gas, from energies at hand."""

from collections.abc import Iterable, Mapping

from knowledge.chemistry import atoms, parse, whole_formula
from knowledge.energies import EnergyStack
from knowledge.energies.gibbs import check_temperature_k, gas_ev, solid_ev_per_atom
from knowledge.reactions.entries import EntrySet

_GASES = ("O2", "N2", "H2", "CO2", "CO", "H2O", "NH3", "NO2")


def entries_at(
    energies: EnergyStack,
    elements: Iterable[str],
    temperature_k: float,
    pressures_atm: Mapping[str, float] | None = None,
) -> EntrySet:
    """Every phase of a system with its Gibbs energy; gases at their partial pressures, else 1 atm.

    Between 300 and 2000 K. Raises RecordError outside, NoEnergyError for an element that no table
    or descriptor covers, FormulaError for what is no element.
    """
    check_temperature_k(temperature_k)
    allowed = {str(e) for symbol in elements for e in parse(symbol)}
    pressures = pressures_atm or {}
    found: dict[str, float] = {}
    for entry in energies.system(allowed):
        name = whole_formula(entry.formula)
        gibbs = solid_ev_per_atom(entry, temperature_k)
        found[name] = min(gibbs, found.get(name, gibbs))
    for element in sorted(allowed - {"O", "N", "H"}):
        found[element] = 0.0
    for gas in _GASES:
        if {str(e) for e in parse(gas)} <= allowed:
            found[gas] = gas_ev(gas, temperature_k, pressures.get(gas, 1.0)) / atoms(gas)
    return EntrySet.of(sorted(found.items()))
