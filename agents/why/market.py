"""What can be tried instead, what it costs, and how likely it is to succeed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agents.candidates import Candidate
from agents.why import chances
from agents.why.records import Cause, Repair
from knowledge.chemistry import identity
from knowledge.recipe import Recipe
from lab.procedure import furnace_hours, procedure

# A probability that no model gives less than, so that hours per success stay finite.
_LEAST_CHANCE = 0.01
# A recipe that may melt or lose an element more likely than this mends nothing.
_DANGER = 0.4
# Nor does one whose pathway makes less of the target than this.
_REACHES = 0.5


@dataclass(frozen=True)
class Market:
    """Candidates, the ids of recipes already tried, and the probability of success by recipe id."""

    candidates: Sequence[Candidate]
    tried: frozenset[str]
    chance: Mapping[str, float]

    def best(self, fits: Callable[[Candidate], bool]) -> Candidate | None:
        """Of the untried candidates that fit, the one with the fewest furnace hours a success."""
        left = (c for c in self.candidates if c.recipe.content_id not in self.tried)
        fitting = [c for c in left if fits(c)]
        return min(fitting, key=lambda c: (self._cost_h(c), c.recipe.content_id), default=None)

    def offer(self, cause: Cause, what: str, candidate: Candidate) -> Repair:
        """A candidate as a repair."""
        return Repair(
            cause=cause,
            what=what,
            recipe=candidate.recipe,
            candidate=True,
            probability_of_success=self.chance.get(candidate.recipe.content_id),
            furnace_h=hours(candidate.recipe),
            price=candidate.price,
        )

    def price(self, recipe: Recipe) -> float | None:
        """What the precursors of a recipe cost; of recipes with the same powders if need be."""
        same = [c for c in self.candidates if same_powders(c.recipe, recipe)]
        return next((c.price for c in same if c.price is not None), None)

    def _cost_h(self, candidate: Candidate) -> float:
        return cost_h(hours(candidate.recipe), self.chance.get(candidate.recipe.content_id))


def cost_h(furnace_h: float | None, chance: float | None) -> float:
    """Furnace hours that one success is expected to take; as if certain where nobody judged."""
    return (furnace_h or 0.0) / max(1.0 if chance is None else chance, _LEAST_CHANCE)


def hours(recipe: Recipe) -> float:
    """Furnace hours of a recipe, ramps and cooling included."""
    return round(sum(map(furnace_hours, procedure(recipe).firings)), 2)


def same_powders(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes begin with the same precursors."""
    return {identity(p) for p in one.precursors} == {identity(p) for p in other.precursors}


def is_sound(candidate: Candidate) -> bool:
    """Whether a recipe is predicted to make the target, and not likely to melt or lose an element.

    One without a predicted pathway gets the benefit of the doubt.
    """
    reaches = candidate.pathway.target_weight_fraction > _REACHES or not candidate.pathway.steps
    return reaches and _danger(candidate.recipe, candidate.pathway.intermediates) < _DANGER


@lru_cache(maxsize=20_000)
def _danger(recipe: Recipe, intermediates: tuple[str, ...]) -> float:
    hottest_c = recipe.hottest.temperature_c
    lost = chances.evaporates(recipe, hottest_c).values()
    molten = chances.melts(recipe, intermediates, hottest_c).values()
    return max([*lost, *(chance for chance, _ in molten)])
