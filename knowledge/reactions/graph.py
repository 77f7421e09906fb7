"""The reaction graph: phases, the pairwise reactions between them, and the pathways through it."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations_with_replacement

import networkx as nx
import numpy as np

from knowledge.chemistry import framework, molar_mass_g_per_mol, parse
from knowledge.energies import EnergyStack
from knowledge.errors import UnbalancedError
from knowledge.reactions.distribution import distribution
from knowledge.reactions.entries import Vector
from knowledge.reactions.interface import (
    reaction_of,
    strongest_reaction,
)
from knowledge.reactions.phases import PhaseSet
from knowledge.reactions.programme import InterfaceProgramme
from knowledge.reactions.records import Pathway, PathwayDistribution, PathwayStep, Reaction
from knowledge.reactions.sampling import MAX_STEPS, MIN_DRIVING_FORCE_EV_PER_ATOM, Seen
from knowledge.reactions.stability_map import StabilityMap, stability_map
from knowledge.reactions.system import Conditions, TargetSystem
from knowledge.recipe import Atmosphere

# Where nothing better is known, targets are fired near the mean of published firings.
TYPICAL_FIRING_C = 1100.0
_SPENT = 1e-9


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
        self._system = TargetSystem(energies, target, precursors, fired_at_c)
        self.fired_at_c = self._system.fired_at_c
        self.energies, self.target = energies, target
        self.precursors = self._system.precursors
        self._networks: dict[Conditions, nx.DiGraph] = {}
        self._programmes: dict[tuple[str, ...], InterfaceProgramme] = {}

    def phases(self, conditions: Conditions) -> PhaseSet:
        """The phases at a temperature and gas, with the target on the hull if it may be."""
        return self._system.phases(conditions)[0]

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
        phases, labels = self._system.phases(conditions)
        target = phases.phases[phases.find(self.target)]
        start = phases.mixture(precursors)
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
            {**self._system.bought(), self.target: self._system.shift(atmosphere)[0]},
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
        stages = [self._system.computed(conditions) for conditions in profile]
        fired = self._system.computed(Conditions(self.fired_at_c, profile[-1].atmosphere))
        exists = self._system.shift(profile[-1].atmosphere)[0] < 0
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
        change[phases.find(self.target)] += self._target_moles(mixture)
        return reaction_of(phases, change)

    def _target_moles(self, mixture: Mapping[str, float]) -> float:
        """How much target a mixture makes. Raises UnbalancedError for one that leaves a rest."""
        wanted = framework(parse(self.target))
        brought: dict[str, float] = defaultdict(float)
        for formula, moles in mixture.items():
            for element, count in framework(parse(formula)).items():
                brought[element] += moles * count
        ratios = {e: brought[e] / wanted.get(e, math.inf) for e in {*wanted, *brought}}
        if max(ratios.values()) - min(ratios.values()) > 1e-6 * max(ratios.values()):
            raise UnbalancedError(f"{', '.join(mixture)} do not balance to {self.target}")
        return max(ratios.values())


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
