"""The reaction graph: phases, the pairwise reactions between them, and the pathways through it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement

import networkx as nx
import numpy as np

from knowledge.balance import amounts
from knowledge.chemistry import molar_mass_g_per_mol
from knowledge.energies import EnergyStack
from knowledge.energies.gibbs import T_MAX_K, ZERO_CELSIUS_K
from knowledge.errors import UnbalancedError
from knowledge.reactions.distribution import distribution
from knowledge.reactions.entries import Vector
from knowledge.reactions.interface import (
    reaction_of,
    strongest_reaction,
)
from knowledge.reactions.phases import PhaseSet, phases_at
from knowledge.reactions.programme import InterfaceProgramme
from knowledge.reactions.records import Pathway, PathwayDistribution, PathwayStep, Reaction
from knowledge.reactions.sampling import MAX_STEPS, MIN_DRIVING_FORCE_EV_PER_ATOM, Seen
from knowledge.reactions.stability import above_hull_ev_per_atom, given_stable, lowered
from knowledge.reactions.stability_map import StabilityMap, stability_map
from knowledge.recipe import AIR, Atmosphere

ROOM_TEMPERATURE_C = 25.0
# Where nothing better is known, targets are fired near the mean of published firings.
TYPICAL_FIRING_C = 1100.0
_SPENT = 1e-9


@dataclass(frozen=True)
class Conditions:
    """Temperature and gas at which reactions are compared."""

    temperature_c: float
    atmosphere: Atmosphere


class ReactionGraph:
    """Pairwise reactions in the chemical system of one target.

    `fired_at_c` is where the target is known to be made, and so to be stable.
    `network(conditions)` is a networkx DiGraph: phase nodes lead to reaction nodes and those to
    their products. Reactions are computed when first asked for and kept.
    """

    def __init__(
        self,
        energies: EnergyStack,
        target: str,
        precursors: Sequence[str] = (),
        fired_at_c: float = TYPICAL_FIRING_C,
    ) -> None:
        energies.require(target)
        self.fired_at_c = min(fired_at_c, T_MAX_K - ZERO_CELSIUS_K)
        self.energies = energies
        self.target = target
        self.precursors = tuple(sorted(set(precursors)))
        self._phases: dict[Conditions, tuple[PhaseSet, tuple[str, ...]]] = {}
        self._networks: dict[Conditions, nx.DiGraph] = {}
        self._shifts: dict[Atmosphere, tuple[float, tuple[str, ...]]] = {}
        self._bottled: dict[str, float] | None = None
        self._programmes: dict[tuple[str, ...], InterfaceProgramme] = {}

    def phases(self, conditions: Conditions) -> PhaseSet:
        """The phases at a temperature and gas, with the target on the hull if it may be."""
        return self._phases_and_labels(conditions)[0]

    def network(self, conditions: Conditions) -> "nx.DiGraph":
        """The reactions found so far at these conditions."""
        return self._networks.setdefault(conditions, nx.DiGraph())

    def explore(self, conditions: Conditions, formulas: Sequence[str]) -> "nx.DiGraph":
        """The network with every pairwise reaction between the formulas in it."""
        for first, second in combinations_with_replacement(sorted(set(formulas)), 2):
            self.reaction(conditions, first, second)
        return self.network(conditions)

    def reaction(self, conditions: Conditions, first: str, second: str) -> Reaction | None:
        """The strongest reaction between two solids, or of one by itself; none where inert."""
        network, phases = self.network(conditions), self.phases(conditions)
        rows = sorted((phases.find(first), phases.find(second)))
        node = ("reaction", *rows)
        if node not in network:
            found = strongest_reaction(phases, rows[0], rows[1])
            network.add_node(node, reaction=found)
            if found is not None:
                for formula in found.reactants:
                    network.add_edge(formula, node)
                for formula in found.products:
                    network.add_edge(node, formula)
        kept: Reaction | None = network.nodes[node]["reaction"]
        return kept

    def pathway(self, precursors: Mapping[str, float], conditions: Conditions) -> Pathway:
        """The reactions a mixture passes through, strongest pair first, each until it runs out.

        `precursors` are moles of each; the reactions stop when no pair has a driving force left.
        """
        phases, labels = self._phases_and_labels(conditions)
        target = phases.phases[phases.find(self.target)]
        start = {phases.phases[phases.find(p)].formula: n for p, n in precursors.items()}
        whole = self._to_target(phases, start)
        steps, mixture = self.react(start, conditions)
        forming = [s.reaction for s in steps if target.formula in s.reaction.products]
        left = forming[0].driving_force_ev_per_atom if forming else 0.0
        masses = {f: n * molar_mass_g_per_mol(f) for f, n in mixture.items()}
        return Pathway(
            temperature_c=conditions.temperature_c,
            atmosphere=conditions.atmosphere.name,
            target=target.formula,
            start=start,
            steps=steps,
            final=mixture,
            target_weight_fraction=masses.get(target.formula, 0.0) / sum(masses.values()),
            driving_force_ev_per_atom=whole.driving_force_ev_per_atom,
            sigma_ev_per_atom=whole.sigma_ev_per_atom,
            driving_force_left_ev_per_atom=left,
            oxygen_at_temperature=target.oxygen_at_temperature,
            labels=labels,
        )

    def react(
        self,
        mixture: Mapping[str, float],
        conditions: Conditions,
        able: Callable[[tuple[str, ...]], bool] | None = None,
    ) -> tuple[tuple[PathwayStep, ...], dict[str, float]]:
        """The reactions of moles of solids, strongest pair first, and the moles left at the end.

        `able` says of a pair of formulas (or one) whether it may react; without it every pair may.
        """
        left = dict(mixture)
        steps: dict[str, PathwayStep] = {}
        for _ in range(MAX_STEPS):
            reaction = self._strongest(conditions, left, able)
            if reaction is None:
                break
            left = _react(left, reaction)
            # Reactions that feed each other in turn are told once.
            steps.setdefault(reaction.equation, PathwayStep(reaction=reaction, mixture=left))
        return tuple(steps.values()), left

    def stability(
        self, atmosphere: Atmosphere, temperatures_c: Vector, log10_oxygen_atm: Vector
    ) -> StabilityMap:
        """The target's distance from the hull over temperature and oxygen pressure.

        The other gases stay as in the atmosphere, and energies are lowered as in `phases`.
        Raises RecordError for a temperature that the Gibbs energies do not cover.
        """
        return stability_map(
            self.energies,
            self.target,
            self.precursors,
            atmosphere,
            temperatures_c,
            log10_oxygen_atm,
            {**self._bought(), self.target: self._shift(atmosphere)[0]},
        )

    def distribution(
        self,
        precursors: Mapping[str, float],
        profile: Sequence[Conditions],
        samples: int = 1000,
        seed: int = 0,
        mobile: Callable[[tuple[str, ...], Conditions], float] | None = None,
        seen: Seen | None = None,
    ) -> PathwayDistribution:
        """What becomes of a mixture along a heating profile, over draws of all uncertain energies.

        `precursors` are moles of each. `mobile` gives the probability that a pair of formulas is
        mobile at conditions; without it every pair is. `seen` gives the products that a pair was
        seen to give, and how far they are trusted, or none. The same seed gives the same answer.
        """
        stages = [self._computed(conditions) for conditions in profile]
        fired = self._computed(Conditions(self.fired_at_c, profile[-1].atmosphere))
        exists = self._shift(profile[-1].atmosphere)[0] < 0
        return distribution(
            stages,
            precursors,
            self.target,
            samples,
            np.random.default_rng(seed),
            stable_at=fired if exists else None,
            mobile=None if mobile is None else [partial(_at, mobile, c) for c in profile],
            seen=seen,
            programmes=self._programmes,
        )

    def _strongest(
        self,
        conditions: Conditions,
        mixture: Mapping[str, float],
        able: Callable[[tuple[str, ...]], bool] | None,
    ) -> Reaction | None:
        best: Reaction | None = None
        for first, second in combinations_with_replacement(sorted(mixture), 2):
            if able is not None and not able(tuple(sorted({first, second}))):
                continue
            found = self.reaction(conditions, first, second)
            if found is None or found.driving_force_ev_per_atom < MIN_DRIVING_FORCE_EV_PER_ATOM:
                continue
            if best is None or found.driving_force_ev_per_atom > best.driving_force_ev_per_atom:
                best = found
        return best

    def _to_target(self, phases: PhaseSet, mixture: Mapping[str, float]) -> Reaction:
        """The whole reaction, precursors to target."""
        change = np.zeros(len(phases.phases))
        for formula, moles in mixture.items():
            change[phases.find(formula)] -= moles
        needed = amounts(self.target, tuple(mixture))
        if needed is None:
            raise UnbalancedError(f"{', '.join(mixture)} do not balance to {self.target}")
        first = next(iter(mixture))
        change[phases.find(self.target)] += mixture[first] / needed[first]
        return reaction_of(phases, change)

    def _phases_and_labels(self, conditions: Conditions) -> tuple[PhaseSet, tuple[str, ...]]:
        if conditions not in self._phases:
            phases = self._computed(conditions)
            shift, labels = self._shift(conditions.atmosphere)
            self._phases[conditions] = lowered(phases, phases.find(self.target), shift), labels
        return self._phases[conditions]

    def _computed(self, conditions: Conditions) -> PhaseSet:
        """The phases with the target where it was computed."""
        phases = self._as_tabulated(conditions)
        for formula, shift in self._bought().items():
            phases = lowered(phases, phases.find(formula), shift)
        return phases

    def _as_tabulated(self, conditions: Conditions) -> PhaseSet:
        return phases_at(
            self.energies,
            [self.target, *self.precursors],
            conditions.temperature_c,
            conditions.atmosphere,
        )

    def _bought(self) -> dict[str, float]:
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

    def _shift(self, atmosphere: Atmosphere) -> tuple[float, tuple[str, ...]]:
        """What to add to the target's energy, eV/atom, given that it exists; and what to say.

        Somebody made the target or predicted it stable, which says more than its computed energy
        does (`given_stable`), where it is fired. The same shift holds at every temperature, so
        that elsewhere it may well decompose.
        """
        if atmosphere not in self._shifts:
            energy = self.energies.energy(self.target)
            labels = [*self._guessed()]
            phases = self._computed(Conditions(self.fired_at_c, atmosphere))
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


def _at(
    mobile: Callable[[tuple[str, ...], Conditions], float],
    conditions: Conditions,
    pair: tuple[str, ...],
) -> float:
    return mobile(pair, conditions)


def _react(mixture: Mapping[str, float], reaction: Reaction) -> dict[str, float]:
    """The mixture once the reaction has used up its scarcer reactant."""
    extent = min(mixture[f] / n for f, n in reaction.reactants.items())
    after = dict(mixture)
    for formula, moles in reaction.reactants.items():
        after[formula] -= extent * moles
    for formula, moles in reaction.products.items():
        after[formula] = after.get(formula, 0.0) + extent * moles
    total = sum(mixture.values())
    return {f: n for f, n in after.items() if n > _SPENT * total}
