"""The hidden truth of one world: which phases there are and what they are worth.

Everything is drawn from the world's seed and the name of what is drawn (see `draws`):

1. Energies are the tables' plus an error: a random interaction for each pair of elements, so that
   similar compositions err alike, and a small independent part.
2. A tenth of the compounds are hidden: they lie between two known phases, a little below their
   mixture, and no table or diffractometer knows them.
3. Some of the compounds in tables are phantoms that nobody can make: they are not in the world.
4. A campaign's target is a compound that exists, so the world is drawn given that it is stable.
   That is judged at 0.8 of its melting point, where one would fire it.
5. Oxides with a vapour have it among the phases; it forms, and leaves.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import combinations

import numpy as np
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from knowledge.chemistry import (
    VOLATILE_ELEMENTS,
    atoms,
    framework,
    identity,
    molar_mass_g_per_mol,
    parse,
)
from knowledge.energies import EnergyStack, FormationEnergy
from knowledge.energies.gibbs import (
    BOLTZMANN_EV_PER_K,
    T_MAX_K,
    carried_gases,
    gas_potentials_ev,
    grand_potential_ev,
    kelvin,
    solid_ev_per_atom,
)
from knowledge.recipe import AIR, Atmosphere
from lab.simulated.draws import generator
from lab.simulated.hull import above_hull
from lab.simulated.interfaces import Array
from lab.simulated.melting import (
    ZERO_CELSIUS_K,
    estimated_melting_k,
    known_melting_k,
    volatile_oxides,
)
from lab.simulated.world import WorldSettings

# Gases that come and go, in the order of every array of gases.
GASES = ("O2", "CO2", "H2O", "NH3", "NO2", "N2")
# What is swept away as it forms is evaporated to this pressure.
VAPOUR_ATM = 1e-8

# Temperatures at which solids are fired: phases far from the hull at all of them never form.
_JUDGED_AT_C = (600.0, 900.0, 1200.0)
_JUDGED_AT_MELTING_SHARE = 0.8
_MOST_POTENTIALS = 2000
# Some 0.4 kB each. Each world judges its target at a temperature of its own, never asked for again.
_MOST_TABULATED = 20_000
# A corner of the hull lies on it but for rounding.
_ROUNDING_EV = 1e-9


@dataclass(frozen=True)
class TruePhase:
    """A phase of the world; `parts` are the known phases that a hidden one lies between."""

    formula: str
    members: tuple[FormationEnergy, ...]
    error_ev: float
    parts: tuple[tuple[int, float], ...] = ()
    vapour_of: str | None = None

    @property
    def name(self) -> str:
        """What draws are named by: the same however the formula is written."""
        return self.formula if self.hidden or self.vapour_of else identity(self.formula)

    @property
    def hidden(self) -> bool:
        """Whether no table knows it."""
        return bool(self.parts)


class TrueSystem:
    """The phases of one chemical system, with amounts counted in framework atoms.

    `fractions` shape (phases, elements); `gases` moles of each gas that a phase carries, negative
    taken up, per mole of framework atoms, shape (phases, gases); `atoms` all atoms per framework
    atom; `mass` grams per mole of framework atoms; `melting_k`; `vapour` the
    framework atoms in a molecule of vapour, 0 for solids.
    """

    def __init__(
        self,
        seed: int,
        settings: WorldSettings,
        energies: EnergyStack,
        target: str,
        precursors: tuple[str, ...],
    ) -> None:
        self.seed, self.settings = seed, settings
        self._potentials: dict[tuple[float, str], Array] = {}
        self._interactions: dict[tuple[str, str], float] = {}
        asked = {identity(f): f for f in (*precursors, target)}
        self.elements = tuple(sorted({e for f in asked.values() for e in framework(parse(f))}))
        self.phases = self._pruned(self._known(energies, asked), set(asked))
        self.phases += self._hidden()
        self.phases += self._vapours(energies)
        self.index = {
            identity(p.formula): i
            for i, p in enumerate(self.phases)
            if not p.hidden and not p.vapour_of
        }
        self.fractions = np.array([self._composition(p) for p in self.phases])
        self.melting_k = np.array([self._melting_k(p) for p in self.phases])
        self._stabilise(self.index[identity(target)])
        sizes = {e: v.size for e, v in volatile_oxides().items()}
        self.vapour = np.array([sizes.get(p.vapour_of or "", 0.0) for p in self.phases])
        self.mass = self._each(molar_mass_g_per_mol)
        self.atoms = self._each(atoms)
        self.salt = self._each(_is_salt) > 0
        self.gases = np.column_stack([self._each(partial(_carried, gas)) for gas in GASES])

    @cached_property
    def melting_c(self) -> Array:
        """Melting points in Celsius. shape: (phases,)."""
        return self.melting_k - ZERO_CELSIUS_K

    def potential(self, temperature_c: float, atmosphere: Atmosphere) -> Array:
        """Grand potential of each phase in eV per framework atom. shape: (phases,)."""
        temperature_c = min(temperature_c, T_MAX_K - ZERO_CELSIUS_K)  # tables end there
        key = (temperature_c, atmosphere.content_id)
        if key not in self._potentials:
            if len(self._potentials) >= _MOST_POTENTIALS:
                self._potentials.clear()
            self._potentials[key] = self._potential(self.phases, temperature_c, atmosphere)
        return self._potentials[key]

    def _known(self, energies: EnergyStack, asked: Mapping[str, str]) -> list[TruePhase]:
        groups: dict[str, list[FormationEnergy]] = {}
        # N2 is inert in a furnace: nitrogen comes in with precursors only.
        for entry in energies.system(set(self.elements) | VOLATILE_ELEMENTS - {"N"}):
            if framework(parse(entry.formula)):
                groups.setdefault(entry.identity, []).append(entry)
        for name, formula in asked.items():
            groups.setdefault(name, [energies.energy(formula)])
        return [
            TruePhase(asked.get(name, members[0].formula), tuple(members), self._error_ev(name))
            for name, members in sorted(groups.items())
        ]

    def _error_ev(self, name: str) -> float:
        """Error of a table's energy, eV per framework atom."""
        x = framework(parse(name))
        total = sum(x.values())
        error = generator(self.seed, "energy", name).normal(
            0.0, self.settings.independent_sigma_ev_per_atom * parse(name).num_atoms / total
        )
        for a, b in combinations(sorted(x), 2):
            error += 4 * self._interaction_ev(a, b) * x[a] * x[b] / total**2
        return float(error)

    def _interaction_ev(self, a: str, b: str) -> float:
        """How much every compound of two elements is off."""
        if (a, b) not in self._interactions:
            rng = generator(self.seed, "interaction", a, b)
            self._interactions[a, b] = rng.normal(0.0, self.settings.interaction_sigma_ev)
        return self._interactions[a, b]

    def _pruned(self, phases: list[TruePhase], asked: set[str]) -> list[TruePhase]:
        """The phases that could form: near the hull at some firing temperature in air."""
        fractions = np.array([self._composition(p) for p in phases])
        potentials = [self._potential(phases, t, AIR) for t in _JUDGED_AT_C]
        nearest = np.min([above_hull(fractions, potential) for potential in potentials], axis=0)
        kept = self.settings.kept_above_hull_ev + _ROUNDING_EV
        return [
            p
            for p, d in zip(phases, nearest, strict=True)
            if identity(p.formula) in asked or (d <= kept and not self._phantom(p))
        ]

    def _phantom(self, phase: TruePhase) -> bool:
        """Whether a compound exists in tables only: drawn, unless its melting point is known."""
        if known_melting_k(phase.formula) is not None or len(framework(parse(phase.formula))) < 2:
            return False
        draw = generator(self.seed, "phantom", phase.name).uniform()
        return bool(draw < self.settings.phantom_share)

    def _hidden(self) -> list[TruePhase]:
        """Phases between known ones that nobody knows: the hidden share of the compounds."""
        compounds = sum(len(framework(parse(p.formula))) > 1 for p in self.phases)
        rng = generator(self.seed, "hidden", *self.elements)
        found = []
        fractions = np.array([self._composition(p) for p in self.phases])
        first, second = np.triu_indices(len(self.phases), k=1)
        differ = ~np.isclose(fractions[first], fractions[second]).all(axis=1)
        pairs = list(zip(first[differ].tolist(), second[differ].tolist(), strict=True))
        for number in range(math.ceil(self.settings.hidden_share * compounds) if pairs else 0):
            i, j = pairs[int(rng.integers(len(pairs)))]
            share = float(rng.choice([1 / 3, 1 / 2, 2 / 3]))
            depth = float(rng.uniform(0.0, self.settings.hidden_depth_ev))
            name = f"hidden {number + 1}"
            found.append(TruePhase(name, (), -depth, ((i, share), (j, 1 - share))))
        return found

    def _stabilise(self, target: int) -> None:
        """Lower the target below the rest of the hull, by a depth that the world draws."""
        phase = self.phases[target]
        rng = generator(self.seed, "depth", identity(phase.formula))
        name = identity(phase.formula)
        per_framework_atom = atoms(name) / sum(framework(parse(name)).values())
        depth = abs(rng.normal(0.0, self.settings.target_depth_ev_per_atom)) * per_framework_atom
        judged_k = min(_JUDGED_AT_MELTING_SHARE * self.melting_k[target], T_MAX_K)
        potential = self._potential(self.phases, judged_k - ZERO_CELSIUS_K, AIR)
        rivals = [
            i
            for i, p in enumerate(self.phases)
            if not (i == target or p.vapour_of or target in dict(p.parts))
        ]
        solids = [
            Composition(dict(zip(self.elements, x, strict=True))) for x in self.fractions.tolist()
        ]
        diagram = PhaseDiagram([PDEntry(solids[i], float(potential[i])) for i in rivals])
        hull = diagram.get_hull_energy(solids[target])
        missing = float(potential[target] - hull) + depth
        if missing > 0:
            self.phases[target] = replace(phase, error_ev=phase.error_ev - missing)
        # Of hidden phases that the target is part of, none may undo that.
        for i, rival in enumerate(self.phases):
            if target in dict(rival.parts):
                self.phases[i] = replace(rival, error_ev=max(rival.error_ev, -depth / 2))

    def _vapours(self, energies: EnergyStack) -> list[TruePhase]:
        """The vapours of volatile oxides; their energy is that of the oxide plus its heat."""
        known = volatile_oxides()
        return [
            TruePhase(f"{e} vapour", (energies.energy(known[e].formula),), 0.0, vapour_of=e)
            for e in self.elements
            if e in known
        ]

    def _potential(
        self, phases: list[TruePhase], temperature_c: float, atmosphere: Atmosphere
    ) -> Array:
        values: list[float] = []
        for phase in phases:
            if phase.hidden:
                value = sum(values[i] * x for i, x in phase.parts)
            else:
                # Of the members of an oxygen family, the one that the gas favours.
                value = min(_tabulated_ev(m, temperature_c, atmosphere) for m in phase.members)
            if phase.vapour_of:
                value += _evaporation_ev(phase.vapour_of, temperature_c)
                value += self._error_ev(identity(phase.members[0].formula))
            values.append(value + phase.error_ev)
        return np.array(values)

    def _composition(self, phase: TruePhase) -> Array:
        if phase.hidden:
            parts = np.array([x * self._composition(self.phases[i]) for i, x in phase.parts])
            return np.asarray(parts.sum(axis=0))
        solid = {phase.vapour_of: 1.0} if phase.vapour_of else framework(parse(phase.formula))
        amounts = np.array([solid.get(e, 0.0) for e in self.elements])
        return np.asarray(amounts / sum(solid.values()))

    def _each(self, quantity: Callable[[str], float]) -> Array:
        return np.array([self._per_atom(i, quantity) for i in range(len(self.phases))])

    def _per_atom(self, row: int, quantity: Callable[[str], float]) -> float:
        """A quantity of a formula unit, per framework atom; of a hidden phase, of its parts."""
        phase = self.phases[row]
        if phase.hidden:
            return sum(x * self._per_atom(i, quantity) for i, x in phase.parts)
        formula = phase.members[0].formula if phase.vapour_of else phase.formula
        return quantity(formula) / sum(framework(parse(formula)).values())

    def _melting_k(self, phase: TruePhase) -> float:
        settings = self.settings
        formula = None if phase.hidden or phase.vapour_of else phase.formula
        known = known_melting_k(formula) if formula else None
        spread = (
            settings.estimated_melting_spread if known is None else settings.known_melting_spread
        )
        if known is None:
            solid = dict(zip(self.elements, self._composition(phase).tolist(), strict=True))
            known = estimated_melting_k(solid, formula)
        return known * float(generator(self.seed, "melting", phase.name).normal(1.0, spread))


def _is_salt(formula: str) -> float:
    """Above 0 for what gives off C, H or N when fired."""
    return float(sum(parse(formula)[e] for e in ("C", "H", "N")))


def _carried(gas: str, formula: str) -> float:
    return carried_gases(formula).get(gas, 0.0)


@lru_cache(maxsize=_MOST_TABULATED)
def _tabulated_ev(member: FormationEnergy, temperature_c: float, gas: Atmosphere) -> float:
    """What tables say of one phase in a gas, eV per framework atom: the same in every world."""
    temperature_k = kelvin(temperature_c)
    potentials = gas_potentials_ev(temperature_k, gas.partial_pressures_atm)
    formula = member.formula
    whole = grand_potential_ev(formula, solid_ev_per_atom(member, temperature_k), potentials)
    return whole / sum(framework(parse(formula)).values())


def _evaporation_ev(element: str, temperature_c: float) -> float:
    """Gibbs energy of an oxide's swept vapour over the oxide, per framework atom."""
    vapour, temperature_k = volatile_oxides()[element], kelvin(temperature_c)
    heat = vapour.heat_ev * (1 - temperature_k / vapour.one_atm_k)
    molecule = heat + BOLTZMANN_EV_PER_K * temperature_k * math.log(VAPOUR_ATM)
    return molecule / vapour.size
