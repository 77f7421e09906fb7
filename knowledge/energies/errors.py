"""How wrong Gibbs energies may be, and together with which others.

The error of a phase is a sum of independent causes, each with a standard deviation:

    its own     what its table, interpolation or estimate says, and the descriptor's share of it
    elements    one cause for each element, per atom: cancels where no element is set free, but
                oxygen leaves with the gas, which is taken from experiment
    groups      one for each kind of molecular group, per group (`corrections`)
    gases       one for each gas, per molecule

So the error of CaCO3 is nearly that of SrCO3, and a reaction that turns one into the other is
known better than either. A reaction's sigma is the length of its coefficients times these causes.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.chemistry import atoms, molecular_groups, parse
from knowledge.energies.corrections import group_sigmas_ev
from knowledge.energies.source import FormationEnergy

# The descriptor is within 0.05 eV/atom of experiment on average at 1000 K (Bartel et al., Nat.
# Commun. 9, 4168 (2018)). Like phases err alike; this much is taken to be a phase's own.
DESCRIPTOR_SIGMA_EV_PER_ATOM_AT_1000_K = 0.01
# Errors of PBE formation enthalpies of oxides after the oxygen correction have a spread of 0.05 to
# 0.1 eV/atom (Kirklin et al., npj Comput. Mater. 1, 15010 (2015)), mostly one constant a metal.
ELEMENT_SIGMA_EV = 0.10
# Assumed: what is left of one oxygen correction for all oxides (1.36 eV per O2; Wang, Maxisch &
# Ceder, Phys. Rev. B 73, 195107 (2006)) in each of them, per atom of oxygen.
OXYGEN_SIGMA_EV = 0.05
GAS_SIGMA_EV_PER_ATOM = 0.005  # 0.5 kJ/mol, NIST-JANAF

Causes = dict[tuple[str, str], float]


def solid_causes_ev(entry: FormationEnergy, temperature_k: float) -> Causes:
    """Standard deviation in eV per formula unit that each cause gives a solid.

    Keyed by kind and name: ("own", formula), ("element", "O"), ("group", "carbonate").
    """
    composition = parse(entry.formula)
    if len(composition) == 1:
        return {}
    descriptor = DESCRIPTOR_SIGMA_EV_PER_ATOM_AT_1000_K * temperature_k / 1000
    own = float(np.hypot(entry.sigma_ev_per_atom, descriptor)) * atoms(entry.formula)
    causes: Causes = {("own", entry.formula): own}
    if entry.corrected:
        return causes
    groups = molecular_groups(entry.formula)
    in_groups = {"O": 3 * (groups.get("carbonate", 0.0) + groups.get("nitrate", 0.0))}
    for element, count in composition.items():
        symbol = str(element)
        free = float(count) - in_groups.get(symbol, 0.0)
        if symbol in ("C", "N", "H") or free <= 0:
            continue  # theirs are the errors of the groups
        causes["element", symbol] = free * (OXYGEN_SIGMA_EV if symbol == "O" else ELEMENT_SIGMA_EV)
    for group, sigma in group_sigmas_ev(entry.formula).items():
        causes["group", group] = sigma
    return causes


def gas_causes_ev(molecules: Mapping[str, float]) -> Causes:
    """What some molecules of gas give: negative where they are taken off."""
    return {("gas", gas): n * atoms(gas) * GAS_SIGMA_EV_PER_ATOM for gas, n in molecules.items()}


def cause_names(rows: Sequence[Causes]) -> tuple[tuple[str, str], ...]:
    """Every cause among some phases, in the order of the columns of `as_matrix`."""
    return tuple(sorted({name for row in rows for name in row}))


def as_matrix(rows: Sequence[Causes]) -> NDArray[np.float64]:
    """The causes of many phases as one matrix; its product with independent standard normal
    numbers is a sample of all errors. shape: (phases, causes)."""
    names = cause_names(rows)
    column = {name: i for i, name in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)))
    for i, row in enumerate(rows):
        for name, sigma in row.items():
            matrix[i, column[name]] = sigma
    return matrix
