"""What a policy sees and says: Suggestion with its Reason, and History."""

from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from knowledge.reactions import Pathway
from knowledge.recipe import Recipe, Target
from knowledge.record import Record


class Reason(Record):
    """Why a recipe was chosen, in numbers and in words.

    `interval` holds the probability of success with 90 % probability; it says how much the
    policy knows, where the probability says how good the recipe looks. `yield_interval` holds
    what will be measured with 90 % probability.
    """

    why: str
    probability_of_success: float = Field(ge=0, le=1)
    interval: tuple[float, float]
    pathway: Pathway
    predicted_yield: float | None = None
    predicted_yield_sigma: float | None = None
    yield_interval: tuple[float, float] | None = None
    teaches: str = ""
    evidence: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _interval_is_ordered(self) -> Self:
        low, high = self.interval
        if not 0 <= low <= high <= 1:
            raise RecordError(
                f"an interval of probability runs from low to high in 0 to 1, not {low} to {high}"
            )
        return self


class Suggestion(Record):
    """A recipe to try, who suggests it, and what had been seen by then."""

    recipe: Recipe
    policy: str
    decision_index: int = Field(ge=0)
    watermark: int = Field(ge=0)
    reason: Reason


class PendingExperiment(Record):
    """A suggestion that has no outcome yet."""

    experiment_id: str
    suggestion: Suggestion


class CompletedExperiment(Record):
    """A suggestion with its outcome."""

    experiment_id: str
    suggestion: Suggestion
    outcome: Outcome

    @property
    def recipe(self) -> Recipe:
        """What was tried."""
        return self.suggestion.recipe

    @property
    def measured(self) -> bool:
        """Whether there is a result to learn from."""
        return self.outcome.status == "measured"

    @cached_property
    def yield_fraction(self) -> float:
        """Weight fraction of the target, 0 to 1."""
        return self.outcome.weight_fraction(self.recipe.target.formula)

    @property
    def succeeded(self) -> bool:
        """Whether the yield asked for was reached."""
        return self.measured and self.yield_fraction >= self.recipe.target.yield_asked


class History(Record):
    """All that happened to a target up to an event, the watermark. Policies see nothing else.

    `vetoed`: content ids of the recipes that a person ruled out.
    """

    target: Target
    completed: tuple[CompletedExperiment, ...] = ()
    pending: tuple[PendingExperiment, ...] = ()
    vetoed: tuple[str, ...] = ()
    watermark: int = 0

    @property
    def decisions(self) -> int:
        """How many suggestions were made: the index of the next one."""
        return len(self.completed) + len(self.pending)

    @cached_property
    def measured(self) -> tuple[CompletedExperiment, ...]:
        """The experiments with a result, in the order they finished."""
        return tuple(c for c in self.completed if c.measured)

    @cached_property
    def tried(self) -> frozenset[str]:
        """Content ids of the recipes not to be suggested: completed, pending or vetoed."""
        recipes = [c.recipe for c in self.completed] + [p.suggestion.recipe for p in self.pending]
        return frozenset((*(r.content_id for r in recipes), *self.vetoed))

    @cached_property
    def best(self) -> CompletedExperiment | None:
        """The measured experiment with the highest yield, the first of equals."""
        return max(self.measured, key=lambda c: c.yield_fraction, default=None)
