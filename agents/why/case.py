"""One measured experiment with all that is known of it, and the reactions on its way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from agents.history import CompletedExperiment
from agents.reactivity import Reactivity
from agents.why.energies import StillPossible
from agents.why.phases import UNIDENTIFIED, known_as
from agents.why.records import ElementBalance
from knowledge.chemistry import framework, identity, parse
from knowledge.reactions import Pathway, Reaction
from knowledge.recipe import Recipe


@dataclass(frozen=True)
class Case:
    """All that is known of one measured experiment.

    `seen` are weight fractions as `why_phases.seen_phases` gives them. `before` are the beliefs
    from the other experiments, `after` from all. `possible` is none where no energies were asked.
    """

    experiment: CompletedExperiment
    seen: Mapping[str, float]
    balance: tuple[ElementBalance, ...]
    before: Reactivity
    after: Reactivity
    possible: StillPossible | None = None

    @property
    def recipe(self) -> Recipe:
        """What was tried."""
        return self.experiment.recipe

    @property
    def pathway(self) -> Pathway:
        """What was predicted."""
        return self.experiment.suggestion.reason.pathway

    @property
    def target(self) -> str:
        """Identity of the target."""
        return self.recipe.target.identity

    @property
    def fired_c(self) -> float:
        """The hottest firing as recorded, else as asked, Celsius."""
        recorded = [s.temperature_c for s in self.experiment.outcome.profile]
        return max(recorded, default=self.recipe.hottest.temperature_c)

    @property
    def unidentified(self) -> float:
        """Weight fraction that nobody could name."""
        return self.seen.get(UNIDENTIFIED, 0.0)

    def share_of(self, formulas: Iterable[str]) -> float:
        """Weight fraction of some phases in the product."""
        return sum(self.seen.get(n, 0.0) for n in {known_as(f, self.recipe) for f in formulas})

    def is_bought(self, formula: str) -> bool:
        """Whether a solid is a precursor, or what one becomes by itself."""
        return known_as(formula, self.recipe) in {identity(p) for p in self.recipe.precursors}

    def makes_target(self, reaction: Reaction) -> bool:
        """Whether the target is among the products."""
        return self.target in {identity(f) for f in reaction.products}


@dataclass(frozen=True)
class Step:
    """A reaction of two solids (or one), what is there before it, and whether it was predicted.

    `reaction` is none where only the pair is known.
    """

    pair: tuple[str, ...]
    mixture: tuple[str, ...]
    reaction: Reaction | None
    predicted: bool = True

    @property
    def products(self) -> tuple[str, ...]:
        """What forms, as far as known."""
        return tuple(self.reaction.products) if self.reaction else ()


def steps(case: Case) -> tuple[Step, ...]:
    """The predicted steps, and what could still react.

    Where none of them makes the target, also the precursors' pairs, which were meant to react.
    """
    mixture, found = tuple(case.recipe.precursors), list[Step]()
    for step in case.pathway.steps:
        found.append(Step(step.reaction.pair, mixture, step.reaction))
        mixture = tuple(step.mixture)
    if case.possible is not None:
        for made in (case.possible.to_target, case.possible.to_any):
            if made is not None and _pair(made.pair) not in {_pair(s.pair) for s in found}:
                found.append(Step(made.pair, case.possible.looked_at, made, predicted=False))
    if not any(step.reaction and case.makes_target(step.reaction) for step in found):
        bought = tuple(p for p in case.recipe.precursors if framework(parse(p)))  # carbon burns
        pairs = [tuple(p) for p in combinations(bought, 2)] or [bought]
        known = {_pair(step.pair) for step in found}
        found += [Step(p, bought, None, not found) for p in pairs if _pair(p) not in known]
    return tuple(found)


def _pair(pair: tuple[str, ...]) -> frozenset[str]:
    return frozenset(identity(f) for f in pair)
