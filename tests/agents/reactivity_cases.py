"""Experiments made by hand for the tests of reactivity: what was weighed in, and what came out."""

from collections.abc import Mapping, Sequence

from agents.history import CompletedExperiment, Reason, Suggestion
from knowledge.chemistry import identity
from knowledge.outcome import Outcome, PhaseFraction
from knowledge.reactions import Pathway, PathwayStep, Reaction
from knowledge.recipe import HeatingStep, Recipe, Target

Step = tuple[Sequence[str], Sequence[str]]


def pathway(
    start: Sequence[str],
    steps: Sequence[Step] = (),
    temperature_c: float = 900.0,
    target: str = "BaTiO3",
) -> Pathway:
    """A pathway of steps (reactants, products) that nobody weighed: one mole of each."""
    return Pathway(
        temperature_c=temperature_c,
        atmosphere="air",
        target=identity(target),
        start=dict.fromkeys(start, 1.0),
        steps=tuple(
            PathwayStep(
                reaction=Reaction(
                    reactants=dict.fromkeys(left, 1.0),
                    products=dict.fromkeys(right, 1.0),
                    driving_force_ev_per_atom=0.1,
                    sigma_ev_per_atom=0.01,
                ),
                mixture={},
            )
            for left, right in steps
        ),
        final={},
        target_weight_fraction=1.0,
        driving_force_ev_per_atom=0.1,
        sigma_ev_per_atom=0.01,
        driving_force_left_ev_per_atom=0.1,
    )


def fired(
    precursors: Sequence[str],
    found: Mapping[str, float],
    temperature_c: float = 900.0,
    target: str = "BaTiO3",
    steps: Sequence[Step] = (),
    name: str = "e",
    status: str = "measured",
) -> CompletedExperiment:
    """An experiment that gave some weight fractions; what they leave of 1 is unidentified."""
    recipe = Recipe.balanced(
        Target(formula=target),
        tuple(precursors),
        (HeatingStep(temperature_c=temperature_c, hold_h=4.0),),
    )
    reason = Reason(
        why="made by hand",
        probability_of_success=0.5,
        interval=(0.0, 1.0),
        pathway=pathway(precursors, steps, temperature_c, target),
    )
    suggestion = Suggestion(
        recipe=recipe, policy="hand", decision_index=0, watermark=0, reason=reason
    )
    outcome = Outcome.model_validate(
        {
            "experiment_id": name,
            "status": status,
            "phases": tuple(
                PhaseFraction(formula=f, weight_fraction=x, sigma=0.02) for f, x in found.items()
            ),
            "unidentified_weight_fraction": max(1 - sum(found.values()), 0.0) if found else 0.0,
        }
    )
    return CompletedExperiment(experiment_id=name, suggestion=suggestion, outcome=outcome)
