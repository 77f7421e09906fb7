"""What can happen among the phases present, and how fast: the reactions of one temperature.

For each pair in contact, and each phase by itself, the way that gains most per atom (`interfaces`);
its rate from `motion`; and the most that the furnace's air lets through: gas is taken up at its
pressure in the furnace, and given off at the pressure that the reaction can hold against it.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from knowledge.energies.gibbs import BOLTZMANN_EV_PER_K, TRACE_ATM, ZERO_CELSIUS_K
from knowledge.recipe import Atmosphere
from lab.simulated.interfaces import Array, Contacts, Indices, Options, options
from lab.simulated.motion import FRESH_SPEEDUP, LATTICE_SHARE, SURFACE_RATIO, Motion
from lab.simulated.truth import GASES, VAPOUR_ATM, TrueSystem

# Diffusion out of a crucible 3 cm deep and 3 cm2 wide at 1000 C (2 cm2/s, 9.6 mol/m3 at 1 atm)
# takes 0.07 mol/h, over the 0.018 mol of framework atoms in 2 g of a mixed oxide.
GAS_EXCHANGE_PER_H_ATM = 4.0
MIN_DRIVING_FORCE_EV = 1e-4

_SLOWEST_PER_H = 1e-5
_SEEDED = 1e-3
# Networks kept, some 10 kB each, and the reactions of what may be present, some 100 kB each.
_MOST_NETWORKS = 4000
_MOST_CONTACTS = 200


class Network:
    """What can happen among the phases present at one temperature.

    `first` and `second` react (one twice where it reacts alone), `third` and `fourth` form (one
    twice where it forms alone): phase numbers, shape (reactions,). `change` has shape
    (reactions, 4), in framework atoms per framework atom of reaction. Rates are per hour: without
    crystals of the product that for nucleating, with them `seeded_per_h` more; `layer_h` is the
    time that a whole layer of product adds; `most_per_h` what gas lets through, per framework atom
    of sample; `crystallise_per_h`, shape (phases,), of glass.
    """

    def __init__(
        self,
        phases: Indices,
        change: Array,
        rate_per_h: Array,
        nucleation: Array,
        layer_rate_per_h: Array,
        most_per_h: Array,
        crystallise_per_h: Array,
        gas_mol: Array,
    ) -> None:
        size = len(crystallise_per_h)
        self.change, self.most_per_h = change, most_per_h
        self.crystallise_per_h = crystallise_per_h
        self.first, self.second, self.third, self.fourth = phases.T.copy()
        self.alone = self.first == self.second
        self.contact = self.first * size + self.second
        self.nucleating_per_h = rate_per_h * nucleation
        self.seeded_per_h = rate_per_h * (1 - nucleation)
        self.layer_h = 1 / layer_rate_per_h
        # A phase that stands twice stands for half of itself each time.
        self.per_a = np.where(self.alone, 1.0, -1 / change[:, 0])
        self.per_b = np.where(self.alone, 1.0, -1 / change[:, 1])
        self.uses = -change[:, :2]
        self.all_phases = phases.ravel()
        self.reactant_phases = phases[:, :2].ravel()
        self.product_phases = phases[:, 2:].ravel()
        self.reactive = np.flatnonzero(np.bincount(phases[~self.alone, :2].ravel()))
        self.freshness = np.where(self.alone, 0.0, FRESH_SPEEDUP - 1)
        # A solid that loses gas by itself leaves a fine powder.
        leaves = (self.alone & (gas_mol > 0)).astype(float)[:, None]
        self.leaves_fresh = leaves if leaves.any() else None


def kt_ev(temperature_c: float) -> float:
    """Thermal energy in eV."""
    return BOLTZMANN_EV_PER_K * (temperature_c + ZERO_CELSIUS_K)


class Networks:
    """The reactions of one true system. What contacts can do is found once."""

    def __init__(self, system: TrueSystem, motion: Motion) -> None:
        self._system, self._motion = system, motion
        size = system.vapour
        self._solids = np.flatnonzero(size == 0)
        molecules = np.divide(1, size, where=size > 0, out=np.zeros_like(size))
        # Moles that leave of each gas, and of vapour, with a framework atom of each phase.
        self._leaving = np.column_stack([-system.gases, molecules])
        self._options: dict[tuple[int, int, bool], Options] = {}
        self._contacts: dict[bytes, Contacts] = {}
        self._networks: dict[tuple[float, str, bytes], Network | None] = {}

    def at(
        self, temperature_c: float, gas: Atmosphere, present: NDArray[np.bool_]
    ) -> Network | None:
        """What happens among the phases present, shape (phases,); none where nothing does."""
        key = (temperature_c, gas.content_id, present.tobytes())
        if key not in self._networks:
            if len(self._networks) >= _MOST_NETWORKS:
                self._networks.clear()
            self._networks[key] = self._build(temperature_c, gas, present)
        return self._networks[key]

    def _build(
        self, temperature_c: float, gas: Atmosphere, present: NDArray[np.bool_]
    ) -> Network | None:
        system, motion = self._system, self._motion
        potential = system.potential(temperature_c, gas)
        found = self._among(present).strongest(potential, MIN_DRIVING_FORCE_EV)
        phases, change, force_ev = found.phases, found.change, found.gained
        if not len(phases):
            return None
        first, second, products = phases[:, 0], phases[:, 1], phases[:, 2:]
        lattice = motion.log_rate(temperature_c)
        surface = motion.log_rate(temperature_c, SURFACE_RATIO)
        alone = first == second
        # One solid that becomes another, or evaporates, does so at its surface.
        to_one = (products[:, 0] == products[:, 1]) | (system.vapour[products] > 0).any(axis=1)
        by_itself = np.where(to_one, np.exp(surface[first]), LATTICE_SHARE * np.exp(lattice[first]))
        rate = np.where(alone, by_itself, motion.contact(lattice, first, second))
        # Atoms jump forth and back: the net rate of activated jumps goes with 1 - exp(-gain/kT).
        drive = -np.expm1(-force_ev / kt_ev(temperature_c))
        rate = rate * np.where(alone, 1.0, drive)
        nucleation = motion.nucleation(found.per_atom, products, temperature_c)
        kept = rate * (nucleation + _SEEDED) > _SLOWEST_PER_H
        if not kept.any():
            return None
        grown = np.exp((lattice[products] * change[:, 2:]).sum(axis=1) / change[:, 2:].sum(axis=1))
        gas_mol = -(change[:, :, None] * system.gases[phases]).sum(axis=(1, 2))
        grown = grown * drive
        # Gas leaves through pores, and a melt runs through them.
        molten = (system.melting_c < temperature_c)[phases[:, :2]].any(axis=1)
        grown = np.where(alone | molten, np.inf, grown)
        most = self._gas_limit(phases, change, force_ev, temperature_c, gas)
        return Network(
            phases[kept],
            change[kept],
            rate[kept],
            nucleation[kept],
            grown[kept],
            most[kept],
            np.exp(surface),
            gas_mol[kept],
        )

    def _gas_limit(
        self, phases: Indices, change: Array, force_ev: Array, temperature_c: float, gas: Atmosphere
    ) -> Array:
        """The fastest that the furnace's gas lets each reaction go, 1/h. shape: (reactions,)."""
        kt = kt_ev(temperature_c)
        held = [gas.partial_pressures_atm.get(g, TRACE_ATM) for g in GASES]
        fastest = GAS_EXCHANGE_PER_H_ATM * np.array([*held, VAPOUR_ATM])
        flow = (change[:, :, None] * self._leaving[phases]).sum(axis=1)  # (reactions, gases + 1)
        amount = np.abs(flow)
        still = amount < 1e-9
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            over = np.exp(np.minimum(force_ev[:, None] / (amount * kt), 50.0)) - 1
            limit = fastest * np.where(flow > 0, over, 1.0) / amount
        limit[still] = np.inf
        nitrogen = GASES.index("N2")
        limit[flow[:, nitrogen] > 0, nitrogen] = np.inf  # most of the furnace's gas, and inert
        return np.asarray(limit.min(axis=1))

    def _among(self, present: NDArray[np.bool_]) -> Contacts:
        """The contacts between what is present, and each phase by itself, with and without loss."""
        key = present.tobytes()
        if key not in self._contacts:
            if len(self._contacts) >= _MOST_CONTACTS:
                self._contacts.clear()
            there = np.flatnonzero(present).tolist()
            touching = [self.ways(i, j) for i, j in combinations(there, 2)]
            alone = [self.ways(i, i, gone) for i in there for gone in (False, True)]
            self._contacts[key] = Contacts([*touching, *alone], self._system.atoms)
        return self._contacts[key]

    def ways(self, first: int, second: int, evaporates: bool = False) -> Options:
        """Every reaction of a contact."""
        key = (first, second, evaporates)
        if key not in self._options:
            products = np.arange(len(self._system.phases)) if evaporates else self._solids
            salt = self._system.salt[[first, second]].any()
            found = options(self._system.fractions, first, second, products)
            if evaporates and salt:  # a salt loses its gas before its metal
                found = found.only(np.zeros(len(found.phases), dtype=bool))
            elif evaporates:
                found = found.only(np.any(self._system.vapour[found.phases] > 0, axis=1))
            self._options[key] = found
        return self._options[key]
