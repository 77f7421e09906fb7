"""How a powder reacts over the true profile of its firings, contact by contact.

Amounts are framework atoms of each phase, so every reaction conserves every element and gases
follow from the formulas. Particles touch each other as often as there are of them. A contact reacts
at the rate

    k = 1 / (1 / (k_contact x nucleation) + layer / k_product)

where `layer` is the product's share of that contact since the last grinding: reactants come to each
other through it. What can react, and the rates, are in `network`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

import numpy as np

from lab.simulated.interfaces import Array
from lab.simulated.motion import PARTICLE_UM, Motion
from lab.simulated.network import Network, Networks
from lab.simulated.profile import Stay
from lab.simulated.truth import TrueSystem

# Phases below this share of a sample react with nothing.
_TRACE = 1e-5
_NOTHING = 1e-300
# States on the way up that are kept, some 4 kB each: a number for each pair of phases.
_MOST_STATES = 1000


@dataclass(frozen=True)
class Sample:
    """Framework atoms of each phase: crystals, glass, and what left as vapour, shape (phases,).

    `gas_mol` is what was given off (negative: taken up) of each of `truth.GASES`.
    """

    crystals: Array
    glass: Array
    vapour: Array
    gas_mol: Array


class _Powder:
    """The state of a sample. Amounts are framework atoms, shape (phases,)."""

    def __init__(self, start: Array, speed: float) -> None:
        self.speed = speed  # of contacts, against that of particles of the default size
        self.amount = start.astype(float).copy()
        self.glass = np.zeros_like(self.amount)
        self.vapour = np.zeros_like(self.amount)
        self.grind()

    def grind(self) -> None:
        """New contacts: the layers that grew in the old ones no longer part the reactants."""
        size = len(self.amount)
        self.layer = np.zeros(size * size)
        self.fresh: Array | None = None

    def copy(self) -> "_Powder":
        """The same state, from which something else may follow."""
        other = _Powder(self.amount, self.speed)
        other.glass, other.vapour = self.glass.copy(), self.vapour.copy()
        other.layer, other.fresh = self.layer.copy(), self.fresh  # the last is never changed
        return other


class _Moment(NamedTuple):
    """A powder on its way up, and by the next stay what became of it."""

    powder: _Powder
    after: "dict[tuple[float, float, str], _Moment]"


class Reactor:
    """The furnace of one true system."""

    def __init__(self, system: TrueSystem, motion: Motion) -> None:
        self._system, self._motion = system, motion
        self._networks = Networks(system, motion)
        self._vapours = np.flatnonzero(system.vapour)
        self._glassy = bool(motion.grows_amorphous.any())
        self._begun: dict[tuple[bytes, float], _Moment] = {}
        self._states = 0

    def fire(
        self,
        start: Array,
        firings: Sequence[Sequence[Stay]],
        particle_um: float | None = None,
    ) -> Sample:
        """The sample after firings that each begin with a ground powder. start shape: (phases,).

        Particles have the default size where none is given.
        """
        powder = _Powder(start, ((particle_um or PARTICLE_UM) / PARTICLE_UM) ** -2)
        for number, stays in enumerate(firings):
            powder.grind()
            passed = 0
            if number == 0:
                powder, passed = self._gone_up(powder, stays)
            for stay in stays[passed:]:
                self._advance(powder, stay)
            hottest_c = max((stay.temperature_c for stay in stays), default=0.0)
            molten = self._system.melting_c < hottest_c
            powder.glass[molten] = (self._motion.freezes_to_glass * powder.amount)[molten]
        gas = (start - powder.amount - powder.vapour) @ self._system.gases
        return Sample(powder.amount - powder.glass, powder.glass, powder.vapour, gas)

    def _gone_up(self, powder: _Powder, stays: Sequence[Stay]) -> tuple[_Powder, int]:
        """What becomes of a powder before the first hold, and how many stays that are.

        Firings of one mixture mostly go up alike, one further than the other: what they share is
        lived through once.
        """
        if self._states >= _MOST_STATES:
            self._begun.clear()
            self._states = 0
        up = list(takewhile(lambda stay: not stay.held, stays))
        here = self._begun.setdefault((powder.amount.tobytes(), powder.speed), _Moment(powder, {}))
        for stay in up:
            key = (stay.temperature_c, stay.hours, stay.gas.content_id)
            if key not in here.after:
                later = here.powder.copy()
                self._advance(later, stay)
                here.after[key] = _Moment(later, {})
                self._states += 1
            here = here.after[key]
        return here.powder.copy(), len(up)

    def _advance(self, powder: _Powder, stay: Stay) -> None:
        """Change the powder over one stay."""
        if stay.hours <= 0:
            return
        amount = powder.amount
        total = amount.sum()
        network = self._networks.at(stay.temperature_c, stay.gas, amount > _TRACE * total)
        if network is None:
            return
        extent = self._extents(powder, network, stay.hours, float(total))
        moved = network.change * extent[:, None]
        change = np.bincount(network.all_phases, moved.ravel(), len(amount))
        powder.layer[network.contact] += extent
        if network.leaves_fresh is not None:
            left = (moved[:, 2:] * network.leaves_fresh).ravel()
            new: Array = np.bincount(network.product_phases, left, len(amount)).astype(float)
            powder.fresh = new if powder.fresh is None else powder.fresh + new
        if self._glassy or powder.glass.any():
            made = np.bincount(network.product_phases, moved[:, 2:].ravel(), len(amount))
            powder.glass *= np.exp(-network.crystallise_per_h * stay.hours)
            powder.glass += made * self._motion.grows_amorphous
        amount += change
        np.maximum(amount, 0.0, out=amount)
        if len(self._vapours):
            powder.vapour[self._vapours] += amount[self._vapours]
            amount[self._vapours] = 0.0
        np.minimum(powder.glass, amount, out=powder.glass)

    def _extents(self, powder: _Powder, network: Network, hours: float, total: float) -> Array:
        """Framework atoms that each reaction turns over. shape: (reactions,)."""
        amount = powder.amount
        a, b = amount[network.first], amount[network.second]
        both = a + b
        a_runs, b_runs = a * network.per_a, b * network.per_b
        scarce = np.where(a_runs <= b_runs, a, b)
        # Of the neighbours that a particle could react with, the share that is its partner.
        neighbours = amount[network.reactive].sum() - scarce
        touching = np.minimum((both - scarce) / np.maximum(neighbours, _NOTHING), 1.0)
        touching[network.alone] = 1.0
        # Crystals of the product that are there need no nucleus.
        product = np.minimum(amount[network.third], amount[network.fourth])
        rate = network.nucleating_per_h + network.seeded_per_h * (product / (product + both))
        if powder.fresh is not None:
            young = np.maximum(powder.fresh[network.first] / a, powder.fresh[network.second] / b)
            rate *= 1 + network.freshness * np.minimum(young, 1.0)
        grown = powder.layer[network.contact]
        rate /= 1 + rate * network.layer_h * (grown / (grown + both))
        extent: Array = np.minimum(a_runs, b_runs) * touching
        extent *= -np.expm1(rate * (-hours * powder.speed))
        np.minimum(extent, network.most_per_h * (hours * total), out=extent)
        # Contacts compete for what there is: no phase is used beyond its amount.
        asked = (network.uses * extent[:, None]).ravel()
        used = np.bincount(network.reactant_phases, asked, len(amount))
        enough = np.minimum(amount / np.maximum(used, _NOTHING), 1.0)
        extent *= np.minimum(enough[network.first], enough[network.second])
        return extent
