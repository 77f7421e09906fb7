"""The hidden truth of one world: which phases there are, their energies, when they move.

Everything is drawn from the world's seed and the name of what is drawn, so no draw depends on the
order of questions:

1. Energies are the tables' plus an error: a random interaction for each pair of elements, so that
   similar compositions err alike, and a small independent part.
2. A tenth of the compounds are hidden: they lie between two known phases, a little below their
   mixture, and no table or diffractometer knows them.
3. A campaign's target is a compound that exists, so the world is drawn given that it is stable.
   That is judged at 0.8 of its melting point, where one would fire it.
4. Phases melt near the mean melting point of their oxides, less for salts and mixtures. Pairs
   react from about 0.57 of the lower melting point in kelvin (Tammann's ratio for salts and
   oxides), and a phase loses or takes up gas from about 0.35 of its own.
"""

import csv
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from knowledge.chemistry import (
    VOLATILE_ELEMENTS,
    framework,
    identity,
    molar_mass_g_per_mol,
    parse,
)
from knowledge.energies import EnergyStack, FormationEnergy
from knowledge.energies.gibbs import (
    T_MAX_K,
    ZERO_CELSIUS_K,
    gas_potentials_ev,
    grand_potential_ev,
    kelvin,
    solid_ev_per_atom,
)
from knowledge.recipe import AIR, Atmosphere

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WorldSettings:
    """How far a world is from what tables say, and how fast its solids move."""

    interaction_sigma_ev: float = 0.04
    independent_sigma_ev_per_atom: float = 0.006
    hidden_share: float = 0.1
    hidden_depth_ev: float = 0.03
    target_depth_ev_per_atom: float = 0.024
    kept_above_hull_ev: float = 0.05
    melting_spread: float = 0.06
    mixing_depression: float = 0.3
    tammann_ratio: float = 0.57
    decomposition_ratio: float = 0.35
    onset_spread: float = 0.05


# Temperatures at which solids are fired: phases far from the hull at all of them never form.
_JUDGED_AT_C = (600.0, 900.0, 1200.0)
_JUDGED_AT_MELTING_SHARE = 0.8
_DEFAULT_MELTING_C = 1500.0


def generator(seed: int, *names: object) -> np.random.Generator:
    """Randomness that depends on the world's seed and a name, and on nothing asked before."""
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


@dataclass(frozen=True)
class TruePhase:
    """A phase of the world; `parts` are the known phases that a hidden one lies between."""

    formula: str
    members: tuple[FormationEnergy, ...]
    error_ev: float
    parts: tuple[tuple[int, float], ...] = ()

    @property
    def name(self) -> str:
        """What draws are named by: the same however the formula is written."""
        return self.formula if self.hidden else identity(self.formula)

    @property
    def hidden(self) -> bool:
        """Whether no table knows it."""
        return bool(self.parts)


class TrueSystem:
    """The phases of one chemical system, with amounts counted in framework atoms.

    `fractions` shape (phases, elements); `mass` grams per mole of framework atoms; `melting_c`.
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
        self._potentials: dict[tuple[float, Atmosphere], Array] = {}
        self._onsets: dict[tuple[int, int], float] = {}
        asked = {identity(f): f for f in (*precursors, target)}
        self.elements = tuple(sorted({e for f in asked.values() for e in framework(parse(f))}))
        known = self._known(energies, asked)
        self.phases = self._pruned(known, set(asked))
        self.phases += self._hidden()
        self.index = {identity(p.formula): i for i, p in enumerate(self.phases) if not p.hidden}
        self.fractions = np.array([self._composition(p) for p in self.phases])
        self._stabilise(self.index[identity(target)])
        self.mass = np.array([self._mass(i) for i in range(len(self.phases))])
        self.melting_c = np.array([self._melting(p) for p in self.phases])

    def potential(self, temperature_c: float, atmosphere: Atmosphere) -> Array:
        """Grand potential of each phase in eV per framework atom. shape: (phases,)."""
        key = (temperature_c, atmosphere)
        if key not in self._potentials:
            self._potentials[key] = self._potential(self.phases, temperature_c, atmosphere)
        return self._potentials[key]

    def onset_c(self, first: int, second: int) -> float:
        """Temperature from which two phases react (one twice: decomposes) at a notable rate."""
        key = (min(first, second), max(first, second))
        if key not in self._onsets:
            settings = self.settings
            names = (self.phases[key[0]].name, self.phases[key[1]].name)
            noise = generator(self.seed, "onset", *names).normal(1.0, settings.onset_spread)
            ratio = settings.decomposition_ratio if first == second else settings.tammann_ratio
            lower_k = min(self.melting_c[first], self.melting_c[second]) + ZERO_CELSIUS_K
            self._onsets[key] = float(ratio * lower_k * noise - ZERO_CELSIUS_K)
        return self._onsets[key]

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
            strength = generator(self.seed, "interaction", a, b).normal(
                0.0, self.settings.interaction_sigma_ev
            )
            error += 4 * strength * x[a] * x[b] / total**2
        return float(error)

    def _pruned(self, phases: list[TruePhase], asked: set[str]) -> list[TruePhase]:
        """The phases that could form: near the hull at some firing temperature in air."""
        nearest = np.full(len(phases), np.inf)
        for temperature_c in _JUDGED_AT_C:
            potential = self._potential(phases, temperature_c, AIR)
            nearest = np.minimum(nearest, self._above_hull(phases, potential))
        kept = self.settings.kept_above_hull_ev
        return [
            p
            for p, d in zip(phases, nearest, strict=True)
            if d <= kept or identity(p.formula) in asked
        ]

    def _above_hull(self, phases: list[TruePhase], potential: Array) -> Array:
        entries = [_entry(p, float(v)) for p, v in zip(phases, potential, strict=True)]
        diagram = PhaseDiagram(entries)
        return np.array([diagram.get_e_above_hull(e) for e in entries])

    def _hidden(self) -> list[TruePhase]:
        """Phases between known ones that nobody knows: the hidden share of the compounds."""
        compounds = sum(len(framework(parse(p.formula))) > 1 for p in self.phases)
        rng = generator(self.seed, "hidden", *self.elements)
        found = []
        pairs = [
            (i, j)
            for i, j in combinations(range(len(self.phases)), 2)
            if not np.allclose(self._composition(self.phases[i]), self._composition(self.phases[j]))
        ]
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
        atoms = float(parse(phase.formula).num_atoms) / sum(
            framework(parse(phase.formula)).values()
        )
        depth = abs(rng.normal(0.0, self.settings.target_depth_ev_per_atom)) * atoms
        melting_k = self._melting(phase) + ZERO_CELSIUS_K
        judged_k = min(_JUDGED_AT_MELTING_SHARE * melting_k, T_MAX_K)
        potential = self._potential(self.phases, judged_k - ZERO_CELSIUS_K, AIR)
        others = [
            _entry(p, float(v))
            for p, v in zip(self.phases, potential, strict=True)
            if not p.hidden and p is not phase
        ]
        solid = Composition(framework(parse(phase.formula)))
        hull = PhaseDiagram(others).get_hull_energy(solid) / solid.num_atoms
        missing = float(potential[target] - hull) + depth
        if missing > 0:
            self.phases[target] = replace(phase, error_ev=phase.error_ev - missing)

    def _potential(
        self, phases: list[TruePhase], temperature_c: float, atmosphere: Atmosphere
    ) -> Array:
        temperature_k = kelvin(temperature_c)
        gases = gas_potentials_ev(temperature_k, atmosphere.partial_pressures_atm)
        values: list[float] = []
        for phase in phases:
            if phase.hidden:
                values.append(sum(values[i] * x for i, x in phase.parts) + phase.error_ev)
                continue
            # Of the members of an oxygen family, the one that the gas favours.
            lowest = min(
                grand_potential_ev(m.formula, solid_ev_per_atom(m, temperature_k), gases)
                / sum(framework(parse(m.formula)).values())
                for m in phase.members
            )
            values.append(lowest + phase.error_ev)
        return np.array(values)

    def _composition(self, phase: TruePhase) -> Array:
        if phase.hidden:
            parts = np.array([x * self._composition(self.phases[i]) for i, x in phase.parts])
            return np.asarray(parts.sum(axis=0))
        solid = framework(parse(phase.formula))
        amounts = np.array([solid.get(e, 0.0) for e in self.elements])
        return np.asarray(amounts / sum(solid.values()))

    def _mass(self, row: int) -> float:
        phase = self.phases[row]
        if phase.hidden:
            return sum(x * self._mass(i) for i, x in phase.parts)
        return molar_mass_g_per_mol(phase.formula) / sum(framework(parse(phase.formula)).values())

    def _melting(self, phase: TruePhase) -> float:
        composition = self._composition(phase)
        oxides = oxide_melting_c()
        mean = sum(
            x * oxides.get(e, _DEFAULT_MELTING_C)
            for e, x in zip(self.elements, composition, strict=True)
        )
        positive = composition[composition > 0]
        mean *= 1 + self.settings.mixing_depression * float((positive * np.log(positive)).sum())
        if not phase.hidden:
            present = {str(e) for e in parse(phase.formula)}
            mean *= 0.4 if present & {"N", "H"} else 0.6 if "C" in present else 1.0
        spread = self.settings.melting_spread
        return float(mean * generator(self.seed, "melting", phase.name).normal(1.0, spread))


def _entry(phase: TruePhase, potential: float) -> PDEntry:
    """A phase diagram entry of the framework elements alone."""
    solid = Composition(framework(parse(phase.formula)))
    return PDEntry(solid, potential * solid.num_atoms)


@lru_cache(maxsize=1)
def oxide_melting_c() -> Mapping[str, float]:
    """Melting points of the oxides that elements form when fired in air, Celsius."""
    table = files("lab.simulated").joinpath("oxide_melting_points.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(table.splitlines())
    return {row["element"]: float(row["melting_c"]) for row in rows}
