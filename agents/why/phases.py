"""How likely the solids that were seen are under one explanation: an urn of phases.

Each explanation says where the mass should be: so many balls of each phase in an urn, some more
for the share that nobody could identify, and a few for every phase it does not expect. A product
is drawn from the urn, each ball put back with another of its kind (Polya): the phases that were
seen come in lumps, so that one of them does not count ten times. A tenth of the sample is a draw.

    ln p = ln G(A) - ln G(A + n) + sum over phases [ln G(a + c) - ln G(a)]

with a the balls of a phase, c the draws of it, A and n their sums and G the gamma function (Johnson
& Kotz, Urn Models and Their Application, 1977, chapter 4). Counts may be fractions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import gammaln

from knowledge.chemistry import framework, identity, parse
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe

# What counts as one observation: refinements and reality differ by no less.
A_DRAW = 0.1
# Solids, besides those expected, that a system of three or four elements shows often enough.
OTHER_SOLIDS = 12
SOLIDS_OF_A_KIND = 3
UNIDENTIFIED = "unidentified"
# Urns with more balls of it than this are about it.
_MUCH_UNIDENTIFIED = 1.0

_SAME_COMPOSITION = 1e-6


@dataclass(frozen=True)
class Urn:
    """Balls of each phase by its identity; of the unidentified share; of all other phases.

    `leans` says of a phase that is not in `balls` whether it is of a kind that is expected, such as
    poorer in lead than the target; such phases share the balls `leaning`.
    """

    balls: Mapping[str, float] = field(default_factory=dict)
    unidentified: float = 0.4
    others: float = 0.5
    leaning: float = 0.0
    leans: Callable[[str], bool] = lambda _: False

    def log_likelihood(self, seen: Mapping[str, float]) -> float:
        """ln p of weight fractions by phase; `UNIDENTIFIED` is one of them. Zero for none."""
        weights = {name: w for name, w in seen.items() if w > 0}
        draws = np.array(list(weights.values())) / A_DRAW
        balls = np.array([self._of(name) for name in weights])
        whole = sum(self.balls.values()) + self.unidentified + self.others + self.leaning
        each = gammaln(balls + draws) - gammaln(balls)
        return float(gammaln(whole) - gammaln(whole + draws.sum()) + each.sum())

    def expects(self, name: str) -> bool:
        """Whether a phase is there more often than one that is not thought of."""
        others = self.others / OTHER_SOLIDS
        return self._of(name) > (_MUCH_UNIDENTIFIED if name == UNIDENTIFIED else others)

    def _of(self, name: str) -> float:
        if name == UNIDENTIFIED:
            return self.unidentified
        if name in self.balls:
            return self.balls[name]
        if self.leaning and self.leans(name):
            return self.leaning / SOLIDS_OF_A_KIND
        return self.others / OTHER_SOLIDS


def seen_phases(recipe: Recipe, outcome: Outcome) -> dict[str, float]:
    """Weight fractions by identity, and the unidentified share. Adds up to 1 but for noise.

    What a precursor becomes by itself (BaO from BaCO3) counts as that precursor.
    """
    seen: dict[str, float] = {}
    for phase in outcome.phases:
        name = known_as(phase.formula, recipe)
        seen[name] = seen.get(name, 0.0) + phase.weight_fraction
    if outcome.unidentified_weight_fraction > 0:
        seen[UNIDENTIFIED] = outcome.unidentified_weight_fraction
    return seen


def known_as(formula: str, recipe: Recipe) -> str:
    """The target, the precursor that a solid is or is left of, or its own identity."""
    name = identity(formula)
    if name == recipe.target.identity:
        return name
    own = _shares(formula)
    for precursor in recipe.precursors:
        if name == identity(precursor) or (own and _alike(own, _shares(precursor))):
            return identity(precursor)
    return name


def poorer(formula: str, element: str, target: str) -> bool:
    """Whether a solid holds less of an element than the target, among framework elements."""
    return _shares(formula).get(element, 0.0) < _shares(target).get(element, 0.0) - 1e-6


def richer(formula: str, element: str, target: str) -> bool:
    """Whether a solid holds more of an element than the target, among framework elements."""
    return _shares(formula).get(element, 0.0) > _shares(target).get(element, 0.0) + 1e-6


def _shares(formula: str) -> dict[str, float]:
    solid = framework(parse(formula))
    total = sum(solid.values())
    return {e: n / total for e, n in solid.items()}


def _alike(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return all(abs(one.get(e, 0) - other.get(e, 0)) < _SAME_COMPOSITION for e in {*one, *other})
