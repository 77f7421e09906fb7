"""Gibbs energies of solids and gases between 300 and 2000 K.

Solids follow the descriptor of Bartel et al., Nat. Commun. 9, 4168 (2018),

    G(T) = H_f + G_delta(T) - sum_i x_i G_i(T)
    G_delta(T) = (-2.48e-4 ln V - 8.94e-5 m/V) T + 0.181 ln T - 0.882   [eV/atom]

with V in cubic angstrom per atom, m the reduced atomic mass in amu, and G_i(T) the elements'
Gibbs energies from the same work, as pymatgen carries them. H_f is a DFT energy at 0 K taken for
the enthalpy at 298 K. Gases are NIST-JANAF, as pymatgen carries them, plus kT ln p.

How far all this may be off, and together with what, is told in `errors`.
"""

import csv
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from pymatgen.core import Element

from knowledge.balance import gas_balance
from knowledge.chemistry import atoms, molecular_groups, parse, volatile_content
from knowledge.energies.corrections import group_correction_ev
from knowledge.energies.source import FormationEnergy
from knowledge.errors import NoEnergyError, RecordError

BOLTZMANN_EV_PER_K = 8.617333262e-5
ZERO_CELSIUS_K = 273.15
EV_PER_ATOM_IN_KJ_PER_MOL = 96.48533212

T_MIN_K, T_MAX_K = 300.0, 2000.0
# A gas that the atmosphere does not name is swept away as it forms, down to this pressure.
TRACE_ATM = 1e-6

_ELEMENT_GASES = frozenset({"O2", "N2", "H2"})


def check_temperature_k(temperature_k: float) -> None:
    """Raise RecordError for a temperature that the Gibbs energies do not cover, or no number."""
    if not T_MIN_K <= temperature_k <= T_MAX_K:
        raise RecordError(
            f"{temperature_k:g} K is outside what the Gibbs energies cover: "
            f"{T_MIN_K:g} to {T_MAX_K:g} K"
        )


def kelvin(temperature_c: float) -> float:
    """Kelvin for Celsius, held to 300 K from below. Raises RecordError above 2000 K."""
    temperature_k = temperature_c + ZERO_CELSIUS_K
    if not temperature_k <= T_MAX_K:
        raise RecordError(
            f"{temperature_c:g} C is outside what the Gibbs energies cover: at most "
            f"{T_MAX_K - ZERO_CELSIUS_K:.0f} C"
        )
    return max(temperature_k, T_MIN_K)


def solid_ev_per_atom(entry: FormationEnergy, temperature_k: float) -> float:
    """Gibbs energy of formation of a solid; elements are zero at every temperature."""
    composition = parse(entry.formula)
    if len(composition) == 1:
        return entry.ev_per_atom
    correction = 0.0 if entry.corrected else group_correction_ev(entry.formula, temperature_k)
    enthalpy = entry.ev_per_atom + correction / composition.num_atoms
    elements = sum(
        composition.get_atomic_fraction(e) * _element_ev_per_atom(str(e), temperature_k)
        for e in composition
    )
    mixing = -temperature_k * entry.mixing_entropy_ev_per_atom_k
    return enthalpy + g_delta_ev_per_atom(entry.formula, temperature_k) - elements + mixing


def g_delta_ev_per_atom(formula: str, temperature_k: float) -> float:
    """The descriptor's G_delta, from additive volumes: no structure is needed."""
    volume, mass = _descriptor_inputs(formula)
    slope = -2.48e-4 * math.log(volume) - 8.94e-5 * mass / volume
    return slope * temperature_k + 0.181 * math.log(temperature_k) - 0.882


@lru_cache(maxsize=50_000)
def _descriptor_inputs(formula: str) -> tuple[float, float]:
    """Volume per atom in cubic angstrom, and reduced mass in amu."""
    fractions = {str(e): x for e, x in parse(formula).fractional_composition.items()}
    volumes = _additive_volumes()
    missing = [e for e in fractions if e not in volumes]
    if missing:
        raise NoEnergyError(
            f"no atomic volume for {', '.join(missing)} in {formula}: its Gibbs energy cannot be "
            "estimated; choose a target without it"
        )
    volume = sum(x * volumes[e] for e, x in fractions.items())
    mass = 0.0
    symbols = list(fractions)
    for i, a in enumerate(symbols):
        for b in symbols[i + 1 :]:
            mass_a, mass_b = float(Element(a).atomic_mass), float(Element(b).atomic_mass)
            mass += (fractions[a] + fractions[b]) * mass_a * mass_b / (mass_a + mass_b)
    return volume, mass / (len(symbols) - 1)


@lru_cache(maxsize=1)
def _additive_volumes() -> Mapping[str, float]:
    table = files("knowledge.energies").joinpath("data/volumes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(table.splitlines())
    return {row["element"]: float(row["cubic_angstrom_per_atom"]) for row in rows}


@lru_cache(maxsize=1)
def _references() -> tuple[Mapping[str, tuple[np.ndarray, np.ndarray]], ...]:
    """Gibbs energies of elements (eV/atom) and gases (eV/formula) over temperature."""
    from pymatgen.core.entries import G_ELEMS, G_GASES  # slow to import

    temperatures = sorted(G_ELEMS, key=float)
    grid = np.array([float(t) for t in temperatures])
    symbols = set.intersection(*(set(G_ELEMS[t]) for t in temperatures))
    elements = {s: (grid, np.array([G_ELEMS[t][s] for t in temperatures])) for s in symbols}
    gases = {}
    for formula, values in G_GASES.items():
        points = sorted((float(t), g) for t, g in values.items() if float(t) > 0)
        gases[parse(formula).reduced_formula] = tuple(np.array(points).T)
    return elements, gases


def _element_ev_per_atom(symbol: str, temperature_k: float) -> float:
    elements, _ = _references()
    if symbol not in elements:
        raise NoEnergyError(
            f"no Gibbs energy of the element {symbol} is known: choose a target without it"
        )
    return float(np.interp(temperature_k, *elements[symbol]))


def gas_ev(formula: str, temperature_k: float, pressure_atm: float = 1.0) -> float:
    """Gibbs energy of formation of one molecule at a partial pressure. Raises NoEnergyError."""
    ideal = BOLTZMANN_EV_PER_K * temperature_k * math.log(pressure_atm)
    reduced = parse(formula).reduced_formula
    if reduced in _ELEMENT_GASES:
        return ideal
    _, gases = _references()
    if reduced not in gases:
        raise NoEnergyError(f"no Gibbs energy of the gas {formula}: known are {', '.join(gases)}")
    return float(np.interp(temperature_k, *gases[reduced])) + ideal


def gas_potentials_ev(temperature_k: float, pressures_atm: Mapping[str, float]) -> dict[str, float]:
    """Chemical potentials of the gases that carry O, C, H and N away, eV per molecule."""
    return {
        gas: gas_ev(gas, temperature_k, pressures_atm.get(gas, TRACE_ATM))
        for gas in ("O2", "CO2", "H2O", "NH3", "NO2", "N2")
    }


def grand_potential_ev(
    formula: str, gibbs_ev_per_atom: float, potentials_ev: Mapping[str, float]
) -> float:
    """Gibbs energy of one formula unit less its O, C, H and N, which come from the gas."""
    carried = sum(n * potentials_ev[gas] for gas, n in carried_gases(formula).items())
    return gibbs_ev_per_atom * atoms(formula) - carried


@lru_cache(maxsize=200_000)
def carried_gases(formula: str) -> Mapping[str, float]:
    """Moles of the gases that one formula unit's O, C, H and N make; negative taken up."""
    groups, content = molecular_groups(formula), dict(volatile_content(formula))
    gases = gas_balance(content, groups.get("ammonium", 0.0), groups.get("nitrate", 0.0))
    return MappingProxyType(gases)
