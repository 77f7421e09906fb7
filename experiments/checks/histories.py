"""Histories that never were, to ask policies about."""

from collections.abc import Sequence
from typing import Literal

from agents.candidates import Candidate
from agents.history import CompletedExperiment, History, PendingExperiment, Suggestion
from agents.policies import Policy
from experiments.checks.promise import Broken
from knowledge.outcome import Fault, Outcome, PhaseFraction


def outcome(experiment_id: str, fraction: float) -> Outcome:
    """A product of BaTiO3 and Ba2TiO4."""
    return Outcome(
        experiment_id=experiment_id,
        phases=(
            PhaseFraction(formula="BaTiO3", weight_fraction=fraction, sigma=0.02),
            PhaseFraction(formula="Ba2TiO4", weight_fraction=1 - fraction, sigma=0.02),
        ),
    )


def nothing(experiment_id: str, status: Literal["failed", "refused", "cancelled"]) -> Outcome:
    """An experiment that told nothing."""
    fault = Fault(kind="spill", stage="weighing", message="the crucible fell", sample_lost=True)
    return Outcome(experiment_id=experiment_id, status=status, faults=(fault,))


def with_outcome(history: History, suggestion: Suggestion, came: Outcome) -> History:
    """The history with one more completed experiment."""
    done = CompletedExperiment(
        experiment_id=came.experiment_id, suggestion=suggestion, outcome=came
    )
    return history.model_copy(
        update={
            "completed": (*history.completed, done),
            "watermark": history.watermark + 3,
        }
    )


def after(history: History, suggestion: Suggestion, fraction: float) -> History:
    """The history with one more completed experiment, which gave so much BaTiO3."""
    return with_outcome(history, suggestion, outcome(f"e{history.decisions}", fraction))


def with_pending(history: History, waiting: Sequence[Suggestion]) -> History:
    """The history with these in the lab."""
    pending = tuple(
        PendingExperiment(experiment_id=f"p{i}", suggestion=s) for i, s in enumerate(waiting)
    )
    return History(
        target=history.target,
        completed=history.completed,
        pending=(*history.pending, *pending),
        watermark=history.watermark + len(waiting),
    )


def played(policy: Policy, history: History, attempts: int) -> History:
    """The history after so many of the policy's suggestions, each a little better than before.

    Raises Broken where the policy suggests nothing.
    """
    for number in range(attempts):
        history = after(history, first_of(policy, history), 0.1 + 0.15 * number)
    return history


def first_of(policy: Policy, history: History) -> Suggestion:
    """What a policy suggests. Raises Broken where it does not suggest one recipe."""
    found = policy.suggest(history, 1)
    if len(found) != 1:
        raise Broken(
            f"it suggested {len(found)} recipes after {history.decisions} experiments, where one "
            "was asked for and more were left"
        )
    return found[0]


def blind(candidate: Candidate) -> Candidate:
    """The candidate without a pathway, as where an energy is missing."""
    pathway = candidate.pathway.model_copy(
        update={
            "steps": (),
            "final": candidate.pathway.start,
            "target_weight_fraction": 0.0,
            "driving_force_ev_per_atom": 0.0,
            "sigma_ev_per_atom": 0.0,
            "driving_force_left_ev_per_atom": 0.0,
            "labels": ("no pathway: there is no energy of something",),
        }
    )
    return candidate.model_copy(update={"pathway": pathway})


def said(suggestions: Sequence[Suggestion]) -> list[str]:
    """Everything the suggestions say."""
    return [s.to_json() for s in suggestions]


def ids(suggestions: Sequence[Suggestion]) -> list[str]:
    """Which recipes are suggested."""
    return [s.recipe.content_id for s in suggestions]
