"""Everything that is predicted of one recipe, gathered for the terminal and for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from knowledge.balance import Balance, balance
from knowledge.energies import EnergyStack
from knowledge.energies.gibbs import TRACE_ATM
from knowledge.errors import RecordError
from knowledge.kinetics import TargetPriors
from knowledge.literature.proposer import FiringEstimate
from knowledge.reactions import Conditions, Pathway, Reaction, ReactionGraph
from knowledge.reactions.heating import HeatingStage, Mobility, heat, heating_profile
from knowledge.reactions.kinks import Kink, interface_kinks, reaction_to
from knowledge.reactions.records import PathwayDistribution
from knowledge.reactions.stability_map import StabilityMap
from knowledge.recipe import Atmosphere

MAX_SAMPLES = 100_000
_TRACE = 1e-4  # share of the moles
# Where stability is drawn: 50 C and a third of a decade apart, all that the Gibbs energies cover.
_MAP_TEMPERATURES_C = (300.0, 1700.0, 29)
_MAP_LOG10_OXYGEN_ATM = (-6.0, 0.0, 19)


@dataclass(frozen=True)
class InterfaceHull:
    """The kinks of a pair of precursors, and the reaction straight to the target if it balances.

    `strongest` is the reaction that a pathway lets run first.
    """

    first: str
    second: str
    kinks: tuple[Kink, ...]
    strongest: Reaction | None
    to_target: Kink | None


@dataclass(frozen=True)
class Prediction:
    """What becomes of a mixture of precursors: one pathway, and the many that may be.

    `stages`: the pathway, temperature by temperature; `from_c` is none for a single temperature.
    """

    target: str
    reaction: Balance
    conditions: Conditions
    from_c: float | None
    pathway: Pathway
    stages: tuple[HeatingStage, ...]
    distribution: PathwayDistribution

    @property
    def start(self) -> dict[str, float]:
        """Moles of each precursor as weighed in."""
        return self.pathway.start

    @property
    def final(self) -> dict[str, float]:
        """Moles of the solids at the end, but for traces."""
        last = self.stages[-1].mixture
        return {f: n for f, n in last.items() if n > _TRACE * sum(last.values())}


@dataclass(frozen=True)
class Surroundings:
    """What the page draws around a prediction, for its hottest conditions."""

    interfaces: tuple[InterfaceHull, ...]
    stability: StabilityMap
    log10_oxygen_atm: float
    guessed: tuple[str, ...]


def predict(
    energies: EnergyStack,
    target: str,
    precursors: Sequence[str],
    atmosphere: Atmosphere,
    temperature_c: float,
    firing: FiringEstimate,
    from_c: float | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> tuple[Prediction, ReactionGraph]:
    """The pathway of precursors to a target, at a temperature or along the way up to it.

    On the way up a pair waits until it is mobile (knowledge.mobility, and `firing`). Raises
    UnbalancedError, NoEnergyError, or RecordError for numbers out of range.
    """
    if not 1 <= samples <= MAX_SAMPLES:
        raise RecordError(f"{samples} samples: allowed are 1 to {MAX_SAMPLES}; 1000 is usual")
    if seed < 0:
        raise RecordError(f"seed is {seed}: give a whole number from 0 up")
    reaction = balance(target, precursors)
    profile = heating_profile(temperature_c, atmosphere, from_c)
    mobile = None if from_c is None else _mobility(firing)
    graph = ReactionGraph(energies, target, precursors, firing.mean_c)
    prediction = Prediction(
        target=target,
        reaction=reaction,
        conditions=profile[-1],
        from_c=from_c,
        pathway=graph.pathway(reaction.precursors, profile[-1]),
        stages=heat(graph, reaction.precursors, profile, mobile),
        distribution=graph.distribution(reaction.precursors, profile, samples, seed, mobile),
    )
    return prediction, graph


def surroundings(prediction: Prediction, graph: ReactionGraph) -> Surroundings:
    """The interface hulls of all pairs of precursors, and where the target is stable."""
    conditions = prediction.conditions
    phases = graph.phases(conditions)
    target = phases.find(prediction.target)
    interfaces = []
    for first, second in combinations(prediction.reaction.precursors, 2):
        rows = phases.find(first), phases.find(second)
        interfaces.append(
            InterfaceHull(
                first,
                second,
                interface_kinks(phases, *rows),
                graph.reaction(conditions, first, second),
                reaction_to(phases, *rows, target),
            )
        )
    shown = {*prediction.start, *prediction.distribution.intermediates}
    shown |= {f for stage in prediction.stages for f in stage.mixture}
    for interface in interfaces:
        shown |= {f for kink in interface.kinks if kink.reaction for f in kink.reaction.products}
    members = [phases.phases[phases.find(f)] for f in sorted(shown - {prediction.target})]
    oxygen = conditions.atmosphere.partial_pressures_atm.get("O2", TRACE_ATM)
    return Surroundings(
        interfaces=tuple(interfaces),
        stability=graph.stability(
            conditions.atmosphere,
            np.linspace(*_MAP_TEMPERATURES_C),
            np.linspace(*_MAP_LOG10_OXYGEN_ATM),
        ),
        log10_oxygen_atm=float(np.log10(oxygen)),
        guessed=tuple(
            f"energy of {phase.formula} is {phase.kind}: {phase.source}"
            for phase in members
            if phase.kind != "table" and phase.formula not in prediction.start
        ),
    )


def _mobility(firing: FiringEstimate) -> Mobility:
    priors = TargetPriors(firing.mean_c, firing.sigma_c)

    def mobile(pair: tuple[str, ...], conditions: Conditions) -> float:
        belief = priors.belief(pair, conditions.atmosphere.name)
        return belief.probability_mobile(conditions.temperature_c)

    return mobile
