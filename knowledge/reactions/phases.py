"""The phases of a chemical system at one temperature and atmosphere, ready for arithmetic.

With O, C, H and N drawn from the gas, a phase is a point in the space of framework elements, and
its grand potential per framework atom decides what forms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from knowledge.balance import framework_matrix
from knowledge.chemistry import (
    VOLATILE_ELEMENTS,
    OxygenFamily,
    family_of,
    framework,
    identity,
    parse,
)
from knowledge.energies import EnergyStack, FormationEnergy
from knowledge.energies.errors import Causes, as_matrix, cause_names, gas_causes_ev, solid_causes_ev
from knowledge.energies.gibbs import (
    BOLTZMANN_EV_PER_K,
    carried_gases,
    gas_potentials_ev,
    grand_potential_ev,
    kelvin,
    solid_ev_per_atom,
)
from knowledge.reactions.entries import Vector
from knowledge.reactions.facets import lower_facets
from knowledge.reactions.programme import Indices, InterfaceProgramme
from knowledge.recipe import Atmosphere

# Rounding leaves the corners of a facet this far from it.
_ON_HULL_EV = 1e-9


@dataclass(frozen=True)
class Phase:
    """One solid at temperature: its grand potential per formula unit, and what errs in it."""

    formula: str
    grand_potential_ev: float
    causes_ev: Causes
    kind: str
    source: str
    oxygen_at_temperature: float | None = None


@dataclass(frozen=True)
class PhaseSet:
    """Phases as arrays.

    `fractions`: framework element fractions, shape (phases, elements), rows summing to one.
    `potential`: grand potential per framework atom in eV, shape (phases,).
    `framework_atoms`: framework atoms per formula unit, shape (phases,).
    `errors`: what each independent cause adds to the grand potential of a formula unit, in eV,
    shape (phases, causes).
    """

    phases: tuple[Phase, ...]
    elements: tuple[str, ...]
    fractions: Vector
    potential: Vector
    framework_atoms: Vector
    errors: Vector
    index: dict[str, int]

    @cached_property
    def programme(self) -> InterfaceProgramme:
        """The strongest reactions of pairs among these phases."""
        return InterfaceProgramme(self.fractions)

    def only(self, rows: Indices) -> "PhaseSet":
        """The same with some of the phases; their order stays."""
        return _arrays([self.phases[i] for i in rows])

    def above_hull(self) -> tuple[Vector, Vector]:
        """Energy above the hull, eV per framework atom, and its standard deviation. (phases,)"""
        facets = lower_facets(self.fractions, self.potential, np.arange(len(self.phases)))
        corners = np.linalg.inv(self.fractions[facets])
        shares = np.einsum("pe,fec->pfc", self.fractions, corners)
        inside = shares.min(axis=2).argmax(axis=1)
        each = np.arange(len(self.phases))
        shares, facets = shares[each, inside], facets[inside]
        errors = self.errors / self.framework_atoms[:, None]
        above = self.potential - (shares * self.potential[facets]).sum(axis=1)
        sigma = np.linalg.norm(errors - np.einsum("pc,pce->pe", shares, errors[facets]), axis=1)
        return np.where(above > _ON_HULL_EV, above, 0.0), sigma

    @cached_property
    def causes(self) -> tuple[tuple[str, str], ...]:
        """What errs: the names of the columns of `errors`."""
        return cause_names([p.causes_ev for p in self.phases])

    def find(self, formula: str) -> int:
        """Row of a phase, however its formula is written. Raises KeyError."""
        return self.index[identity(formula)]

    def mixture(self, moles: Mapping[str, float]) -> dict[str, float]:
        """Moles of each phase, by its formula here: one mole of P4O10 is two of P2O5.

        Raises KeyError for a formula that is no phase of these.
        """
        found: dict[str, float] = {}
        for formula, count in moles.items():
            phase = self.phases[self.find(formula)].formula
            given, kept = (sum(framework(parse(f)).values()) for f in (formula, phase))
            found[phase] = found.get(phase, 0.0) + count * (given / kept)
        return found


def phases_at(
    energies: EnergyStack,
    formulas: Iterable[str],
    temperature_c: float,
    atmosphere: Atmosphere,
) -> PhaseSet:
    """All phases of the chemical system of the formulas, which are themselves included.

    N2 in the gas reacts with nothing at these temperatures, so phases with nitrogen are left out
    unless they are asked for or a formula without hydrogen and oxygen (a nitride) is.
    Raises NoEnergyError where one of the formulas has no energy, not even an interpolated one.
    """
    temperature_k = kelvin(temperature_c)
    potentials = gas_potentials_ev(temperature_k, atmosphere.partial_pressures_atm)
    return phase_set(solids_of(energies, formulas), temperature_k, potentials)


@dataclass(frozen=True)
class Solid:
    """What is known of one phase at any temperature: its entries, several for a family."""

    formula: str
    family: OxygenFamily | None
    entries: tuple[FormationEnergy, ...]

    def at(self, temperature_k: float, potentials: dict[str, float]) -> Phase:
        """The phase at a temperature and chemical potentials of the gases, eV per molecule."""
        if self.family:
            members = list(self.entries)
            return _family(self.formula, self.family, members, temperature_k, potentials)
        best = min(self.entries, key=lambda e: e.ev_per_atom)
        return _phase(self.formula, best, temperature_k, potentials)


def solids_of(energies: EnergyStack, formulas: Iterable[str]) -> tuple[Solid, ...]:
    """The solids that `phases_at` tells of, before a temperature is chosen. Raises as it does."""
    asked = sorted(set(formulas))
    elements = {str(e) for f in asked for e in parse(f)}
    nitride = any("N" in parse(f) and "O" not in parse(f) for f in asked)
    entries: dict[str, list[FormationEnergy]] = {}
    for entry in energies.system(elements | VOLATILE_ELEMENTS):
        if "N" in parse(entry.formula) and not nitride:
            continue
        if framework(parse(entry.formula)):
            entries.setdefault(entry.identity, []).append(entry)
    names = {name: members[0].formula for name, members in entries.items()}
    for formula in asked:
        name = identity(formula)
        names[name] = formula
        if name not in entries:
            entries[name] = [energies.energy(formula)]
    return tuple(Solid(names[n], family_of(n), tuple(entries[n])) for n in sorted(entries))


def phase_set(
    solids: Iterable[Solid], temperature_k: float, potentials: dict[str, float]
) -> PhaseSet:
    """Solids at a temperature and chemical potentials of the gases, eV per molecule."""
    return _arrays([solid.at(temperature_k, potentials) for solid in solids])


def _phase(
    formula: str, entry: FormationEnergy, temperature_k: float, potentials: dict[str, float]
) -> Phase:
    gibbs = solid_ev_per_atom(entry, temperature_k)
    return Phase(
        formula=formula,
        grand_potential_ev=grand_potential_ev(formula, gibbs, potentials),
        causes_ev=_causes(replace(entry, formula=formula), temperature_k),
        kind=entry.kind,
        source=entry.source,
    )


def _family(
    formula: str,
    family: OxygenFamily,
    members: list[FormationEnergy],
    temperature_k: float,
    potentials: dict[str, float],
) -> Phase:
    """A phase of variable oxygen content at the content that the gas gives it.

    Between known members the Gibbs energy is linear in oxygen, less the ideal entropy of filling
    the variable sites; the content of lowest grand potential is taken.
    """
    cations = sum(framework(parse(formula)).values())
    contents, gibbs = [], []
    for member in sorted(members, key=lambda m: _oxygen(m, cations)):
        contents.append(_oxygen(member, cations))
        per_atom = solid_ev_per_atom(member, temperature_k)
        gibbs.append(per_atom * (cations + contents[-1]))
    sites = contents[-1] - contents[0]
    oxygen = np.linspace(contents[0], contents[-1], 101 if sites > 0 else 1)
    grand = np.interp(oxygen, contents, gibbs) - oxygen * potentials["O2"] / 2
    if sites > 0:
        filled = np.clip((oxygen - contents[0]) / sites, 1e-9, 1 - 1e-9)
        entropy = -sites * (filled * np.log(filled) + (1 - filled) * np.log(1 - filled))
        grand -= BOLTZMANN_EV_PER_K * temperature_k * entropy
    best = int(np.argmin(grand))
    here = "".join(f"{e}{n:.6f}" for e, n in framework(parse(formula)).items())
    widest = max(members, key=lambda m: m.sigma_ev_per_atom)
    at_temperature = replace(widest, formula=f"{here}O{oxygen[best]:.6f}")
    causes = _causes(at_temperature, temperature_k)
    # Whatever oxygen it holds, it is one phase, and its own error one error.
    causes["own", formula] = causes.pop(("own", at_temperature.formula))
    return Phase(
        formula=formula,
        grand_potential_ev=float(grand[best]),
        causes_ev=causes,
        kind=members[0].kind if len(members) == 1 else "interpolated",
        source=f"its oxygen follows the gas, {family.oxygen_min:g} to {family.oxygen_max:g}",
        oxygen_at_temperature=float(oxygen[best]),
    )


def _causes(entry: FormationEnergy, temperature_k: float) -> Causes:
    """What errs in a grand potential: the solid, less the gases that carry its O, C, H and N."""
    gases = {gas: -n for gas, n in carried_gases(entry.formula).items()}
    return {**solid_causes_ev(entry, temperature_k), **gas_causes_ev(gases)}


def _oxygen(entry: FormationEnergy, cations: float) -> float:
    composition = parse(entry.formula)
    return float(composition["O"]) * cations / sum(framework(composition).values())


def _arrays(phases: list[Phase]) -> PhaseSet:
    elements = tuple(sorted({e for p in phases for e in framework(parse(p.formula))}))
    matrix = framework_matrix([p.formula for p in phases], elements).T
    per_formula = matrix.sum(axis=1)
    return PhaseSet(
        phases=tuple(phases),
        elements=elements,
        fractions=matrix / per_formula[:, None],
        potential=np.array([p.grand_potential_ev for p in phases]) / per_formula,
        framework_atoms=per_formula,
        errors=as_matrix([p.causes_ev for p in phases]),
        index={identity(p.formula): i for i, p in enumerate(phases)},
    )
