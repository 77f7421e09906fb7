"""What could still react among the solids that were found, by the energies at hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from agents.history import CompletedExperiment
from knowledge.chemistry import identity
from knowledge.energies import EnergyStack
from knowledge.errors import NoEnergyError
from knowledge.reactions import Conditions, Reaction, ReactionGraph

# Less of a phase than this may be a neighbour's peak.
LEAST_SEEN = 0.03
# A reaction that gains less than this says nothing.
_LEAST_EV_PER_ATOM = 0.002


@dataclass(frozen=True)
class StillPossible:
    """The strongest reaction among the solids found that makes the target, and that makes any.

    Either is none where no pair has one. `looked_at` are the solids whose energies are known.
    """

    to_target: Reaction | None
    to_any: Reaction | None
    looked_at: tuple[str, ...]


def still_possible(graph: ReactionGraph, experiment: CompletedExperiment) -> StillPossible:
    """What the named solids of an outcome could do at the hottest firing. Phases that the graph
    does not know, such as dirt, are left out."""
    step = experiment.recipe.hottest
    conditions = Conditions(step.temperature_c, step.atmosphere)
    known = graph.phases(conditions).index
    solids = [
        p.formula
        for p in experiment.outcome.phases
        if p.weight_fraction >= LEAST_SEEN and identity(p.formula) in known
    ]
    target = experiment.recipe.target.identity
    reactions = []
    for first, second in combinations_with_replacement(dict.fromkeys(solids), 2):
        found = graph.reaction(conditions, first, second)
        if found is not None and found.driving_force_ev_per_atom > _LEAST_EV_PER_ATOM:
            reactions.append(found)
    making = [r for r in reactions if target in {identity(f) for f in r.products}]
    return StillPossible(_strongest(making), _strongest(reactions), tuple(solids))


def graph_of(
    energies: EnergyStack, target: str, precursors: Iterable[str], fired_at_c: float
) -> ReactionGraph | None:
    """The reaction graph of a target with those precursors that have an energy; none for a target
    that has none."""
    known = [p for p in dict.fromkeys(precursors) if _has_energy(energies, p)]
    try:
        return ReactionGraph(energies, target, known, fired_at_c)
    except NoEnergyError:
        return None


def _has_energy(energies: EnergyStack, formula: str) -> bool:
    try:
        energies.energy(formula)
    except NoEnergyError:
        return False
    return True


def _strongest(reactions: Sequence[Reaction]) -> Reaction | None:
    return max(reactions, key=lambda r: r.driving_force_ev_per_atom, default=None)
