"""Experiments written down by hand, as a textbook would tell of them."""

from collections.abc import Mapping, Sequence

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History, Reason, Suggestion
from knowledge.chemistry import identity
from knowledge.energies import EnergyStack
from knowledge.literature import FiringEstimate
from knowledge.outcome import Fault, Outcome, PhaseFraction
from knowledge.reactions import Conditions, Pathway, PathwayStep, Reaction, ReactionGraph
from knowledge.recipe import AIR, HeatingStep, Recipe, Target

# Where the hand-made campaigns say literature fires.
FIRING = FiringEstimate(mean_c=1100.0, sigma_c=120.0)


def recipe(target: str, precursors: Sequence[str], temperature_c: float, h: float = 12) -> Recipe:
    step = HeatingStep(temperature_c=temperature_c, hold_h=h)
    return Recipe.balanced(Target(formula=target), tuple(precursors), (step,))


def computed(fired: Recipe, energies: EnergyStack) -> tuple[Pathway, ReactionGraph]:
    """The pathway that the energies give, and the graph it is from."""
    graph = ReactionGraph(energies, fired.target.formula, tuple(fired.precursors), FIRING.mean_c)
    conditions = Conditions(fired.hottest.temperature_c, AIR)
    return graph.pathway(fired.precursors, conditions), graph


def reaction(
    reactants: Mapping[str, float], products: Mapping[str, float], mev: float, sigma_mev: float = 30
) -> Reaction:
    return Reaction(
        reactants=dict(reactants),
        products=dict(products),
        driving_force_ev_per_atom=mev / 1000,
        sigma_ev_per_atom=sigma_mev / 1000,
    )


def written(fired: Recipe, *steps: tuple[Reaction, Mapping[str, float]]) -> Pathway:
    """A pathway by hand: each reaction with the moles of solids it leaves."""
    target = fired.target.identity
    making = [r.driving_force_ev_per_atom for r, _ in steps if target in map(identity, r.products)]
    final = dict(steps[-1][1]) if steps else dict(fired.precursors)
    return Pathway(
        temperature_c=fired.hottest.temperature_c,
        atmosphere="air",
        target=target,
        start=dict(fired.precursors),
        steps=tuple(PathwayStep(reaction=r, mixture=dict(left)) for r, left in steps),
        final=final,
        target_weight_fraction=1.0 if making else 0.0,
        driving_force_ev_per_atom=0.1,
        sigma_ev_per_atom=0.03,
        driving_force_left_ev_per_atom=making[0] if making else 0.0,
    )


def suggestion(fired: Recipe, pathway: Pathway, index: int = 0, chance: float = 0.5) -> Suggestion:
    reason = Reason(
        why="written down by hand",
        probability_of_success=chance,
        interval=(0.0, 1.0),
        pathway=pathway,
        teaches="what comes of it",
    )
    return Suggestion(
        recipe=fired, policy="textbook", decision_index=index, watermark=0, reason=reason
    )


def experiment(
    fired: Recipe,
    pathway: Pathway,
    phases: Mapping[str, float],
    unidentified: float = 0.0,
    faults: Sequence[Fault] = (),
    name: str = "e",
    profile: Sequence[HeatingStep] = (),
    index: int = 0,
) -> CompletedExperiment:
    outcome = Outcome(
        experiment_id=name,
        phases=tuple(
            PhaseFraction(formula=f, weight_fraction=w, sigma=0.015) for f, w in phases.items()
        ),
        unidentified_weight_fraction=unidentified,
        faults=tuple(faults),
        profile=tuple(profile),
    )
    return CompletedExperiment(
        experiment_id=name, suggestion=suggestion(fired, pathway, index), outcome=outcome
    )


def candidates(target: str) -> Candidates:
    """Candidates without any recipe: what a diagnosis needs to know of literature."""
    return Candidates(
        target=Target(formula=target),
        items=(),
        firing=FIRING,
        unavailable=(),
        warnings=(),
        knowledge="by hand",
    )


def history(*completed: CompletedExperiment) -> History:
    return History(target=completed[0].recipe.target, completed=completed)
