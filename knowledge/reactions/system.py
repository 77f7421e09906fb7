"""The phases of a target's system at any conditions, with what is known beside their energies.

Somebody makes the target, and precursors are sold in bottles: both are stable somewhere, and an
energy that says otherwise is moved (`stability`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.energies import EnergyStack
from knowledge.energies.gibbs import T_MAX_K, ZERO_CELSIUS_K
from knowledge.reactions.phases import PhaseSet, phases_at
from knowledge.reactions.stability import above_hull_ev_per_atom, given_stable, lowered
from knowledge.recipe import AIR, Atmosphere

ROOM_TEMPERATURE_C = 25.0


@dataclass(frozen=True)
class Conditions:
    """Temperature and gas at which reactions are compared."""

    temperature_c: float
    atmosphere: Atmosphere


class TargetSystem:
    """Phases at conditions, computed when first asked for and kept.

    `fired_at_c` is where the target is known to be made, and so to be stable.
    """

    def __init__(
        self, energies: EnergyStack, target: str, precursors: Sequence[str], fired_at_c: float
    ) -> None:
        energies.require(target)
        self.energies, self.target = energies, target
        self.precursors = tuple(sorted(set(precursors)))
        self.fired_at_c = min(fired_at_c, T_MAX_K - ZERO_CELSIUS_K)
        self._phases: dict[Conditions, tuple[PhaseSet, tuple[str, ...]]] = {}
        self._shifts: dict[Atmosphere, tuple[float, tuple[str, ...]]] = {}
        self._bottled: dict[str, float] | None = None

    def phases(self, conditions: Conditions) -> tuple[PhaseSet, tuple[str, ...]]:
        """The phases with the target lowered by what is known of it, and labels of what is not."""
        if conditions not in self._phases:
            phases = self.computed(conditions)
            shift, labels = self.shift(conditions.atmosphere)
            self._phases[conditions] = lowered(phases, phases.find(self.target), shift), labels
        return self._phases[conditions]

    def computed(self, conditions: Conditions) -> PhaseSet:
        """The phases with the target where it was computed."""
        phases = self._as_tabulated(conditions)
        for formula, shift in self.bought().items():
            phases = lowered(phases, phases.find(formula), shift)
        return phases

    def _as_tabulated(self, conditions: Conditions) -> PhaseSet:
        return phases_at(
            self.energies,
            [self.target, *self.precursors],
            conditions.temperature_c,
            conditions.atmosphere,
        )

    def bought(self) -> dict[str, float]:
        """What to add to the energy of each estimated precursor, eV/atom, given that it is sold.

        It keeps in a bottle: what is known of a target where it is fired is known of it in air at
        room temperature.
        """
        if self._bottled is None:
            self._bottled = {}
            for formula in self.precursors:
                energy = self.energies.energy(formula)
                if energy.kind == "estimate":
                    phases = self._as_tabulated(Conditions(ROOM_TEMPERATURE_C, AIR))
                    distance = above_hull_ev_per_atom(phases, phases.find(formula))
                    shift = given_stable(distance, energy.sigma_ev_per_atom)
                    self._bottled[formula] = shift or 0.0
        return self._bottled

    def shift(self, atmosphere: Atmosphere) -> tuple[float, tuple[str, ...]]:
        """What to add to the target's energy, eV/atom, given that it exists; and what to say.

        Somebody made the target or predicted it stable, which says more than its computed energy
        does (`given_stable`), where it is fired. The same shift holds at every temperature, so
        that elsewhere it may well decompose.
        """
        if atmosphere not in self._shifts:
            energy = self.energies.energy(self.target)
            labels = [*self._guessed()]
            phases = self.computed(Conditions(self.fired_at_c, atmosphere))
            distance = above_hull_ev_per_atom(phases, phases.find(self.target))
            shift = given_stable(distance, energy.sigma_ev_per_atom)
            if shift is None:
                labels.append(
                    f"{self.target} is predicted unstable: {distance * 1000:.0f} meV/atom above "
                    "the hull"
                )
            elif shift < 0:
                where = (
                    f"{abs(distance) * 1000:.0f} meV/atom {'above' if distance > 0 else 'below'}"
                )
                labels.append(
                    f"{self.target} is taken for stable at {self.fired_at_c:.0f} C, computed "
                    f"{where} the hull: its energy is lowered by {-shift * 1000:.0f} meV/atom"
                )
            self._shifts[atmosphere] = shift or 0.0, tuple(labels)
        return self._shifts[atmosphere]

    def _guessed(self) -> Iterator[str]:
        """A label for each compound asked for whose energy is not a tabulated one."""
        for formula in dict.fromkeys((self.target, *self.precursors)):
            energy = self.energies.energy(formula)
            if energy.kind != "table":
                sigma = energy.sigma_ev_per_atom * 1000
                what = {"estimate": "an estimate"}.get(energy.kind, energy.kind)
                yield f"energy of {formula} is {what} +- {sigma:.0f} meV/atom: {energy.source}"
