"""What becomes of a sample that was handled so and so, in one world: the truth of an experiment."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.chemistry import framework, identity, molar_mass_g_per_mol, parse
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError
from lab.procedure import Cool, Heat
from lab.simulated.motion import Motion
from lab.simulated.physics import Reactor, Sample
from lab.simulated.profile import stays
from lab.simulated.truth import TrueSystem
from lab.simulated.world import WorldSettings

# Systems kept ready; one holds a few megabytes of reactions already found.
_MOST_SYSTEMS = 64


@dataclass(frozen=True)
class Chemistry:
    """The true system of a target with its precursors, and the reactions in it."""

    system: TrueSystem
    reactor: Reactor

    def fire(
        self,
        masses_g: Mapping[str, float],
        firings: Sequence[tuple[Heat | Cool, ...]],
        particle_um: float | None = None,
    ) -> Sample:
        """The sample that powders become, one framework atom in all. Masses in any unit."""
        start = np.zeros(len(self.system.phases))
        for formula, grams in masses_g.items():
            if not _elements(formula):  # leaves as gas, all of it
                continue
            moles = grams / molar_mass_g_per_mol(formula)
            start[self.system.index[identity(formula)]] += moles * _framework_atoms(formula)
        programmes = [stays(programme) for programme in firings]
        return self.reactor.fire(start / start.sum(), programmes, particle_um)

    def index(self, formula: str) -> int:
        """The number of a phase, however its formula is written."""
        return self.system.index[identity(formula)]

    def fractions(self, sample: Sample) -> dict[str, float]:
        """True weight fraction of the crystals of each phase that there is."""
        weights = sample.crystals * self.system.mass
        total = weights.sum() + sample.glass @ self.system.mass
        return {
            self.system.phases[i].formula: float(weights[i] / total)
            for i in np.argsort(-weights)
            if weights[i] > 0
        }


class Chemistries:
    """The systems of one world, made when first asked for and the last few kept."""

    def __init__(self, seed: int, settings: WorldSettings, energies: EnergyStack) -> None:
        self._seed, self._settings, self._energies = seed, settings, energies
        self._lacking: dict[str, str | None] = {}
        self._kept: OrderedDict[tuple[str, tuple[str, ...]], Chemistry] = OrderedDict()
        self._last: tuple[tuple[str, frozenset[str]], Chemistry] | None = None

    def lacks(self, formula: str) -> str | None:
        """Why no world can hold a compound, in words; none where one can."""
        if formula not in self._lacking:
            self._lacking[formula] = None
            try:
                if _elements(formula):
                    self._energies.energy(formula)
            except AthanorError as error:
                self._lacking[formula] = str(error)
        return self._lacking[formula]

    def of(self, target: str, precursors: Sequence[str]) -> Chemistry:
        """The chemistry of a target and every precursor that could go into it."""
        asked = (target, frozenset(precursors))
        if self._last is None or self._last[0] != asked:  # mostly it is the same again
            self._last = asked, self._among(*asked)
        return self._last[1]

    def _among(self, target: str, precursors: frozenset[str]) -> Chemistry:
        needed = _elements(target)
        usable = sorted(
            p for p in precursors if _elements(p) and _elements(p) <= needed and not self.lacks(p)
        )
        key = (identity(target), tuple(usable))
        if key not in self._kept:
            system = TrueSystem(self._seed, self._settings, self._energies, target, key[1])
            self._kept[key] = Chemistry(system, Reactor(system, Motion(system)))
            if len(self._kept) > _MOST_SYSTEMS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _elements(formula: str) -> set[str]:
    return set(framework(parse(formula)))


def _framework_atoms(formula: str) -> float:
    return float(sum(framework(parse(formula)).values()))
