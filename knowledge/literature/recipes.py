"""Whole recipes as the literature would write them: precursors, and the firing they would get."""

from collections.abc import Sequence

from pydantic import Field

from knowledge.balance import balance
from knowledge.errors import RecordError, UnbalancedError
from knowledge.literature.answers import REDUCING
from knowledge.literature.proposer import Conditions, Proposer
from knowledge.recipe import ATMOSPHERES, Atmosphere, HeatingStep, Recipe, Target
from knowledge.record import Record

# What stands for "reducing" in a recipe: papers seldom say more than hydrogen in an inert gas.
FORMING_GAS = Atmosphere(name="forming gas", partial_pressures_atm={"H2": 0.05, "N2": 0.95})
_STEP_C, _SHARE = 10, 0.9
# Holds as people set them: half hours below two hours, whole ones above.
_SHORT_H = 2.0


class RecipeProposal(Record):
    """A recipe, how likely the literature would use its precursors, and how sure its firing is.

    The recipe holds the hottest firing alone, at the median temperature and time. Intervals are
    the shortest that hold 90 %. `probability` is none for precursors that were given.
    """

    recipe: Recipe
    probability: float | None = Field(default=None, ge=0, le=1)
    temperature_90_c: tuple[float, float]
    hold_90_h: tuple[float, float]
    atmosphere: dict[str, float]
    firings: dict[int, float]


def recipe_proposals(proposer: Proposer, target: str, count: int) -> list[RecipeProposal]:
    """The likeliest recipes for a target, best first; only what balances.

    Raises FormulaError, and UnbalancedError where the proposer has nothing that balances.
    """
    wanted = Target(formula=target)
    found = []
    for proposal in proposer.propose(wanted.formula, count):
        conditions = proposer.conditions(wanted.formula, proposal.precursors)
        try:
            found.append(_proposal(wanted, proposal.precursors, conditions, proposal.probability))
        except UnbalancedError:  # a proposer need not balance what it proposes
            continue
    return found


def recipe_for(proposer: Proposer, target: str, precursors: Sequence[str]) -> RecipeProposal:
    """The recipe that given precursors would get. Raises FormulaError and UnbalancedError."""
    wanted = Target(formula=target)
    balance(wanted.formula, precursors)
    conditions = proposer.conditions(wanted.formula, precursors)
    return _proposal(wanted, precursors, conditions, None)


def _proposal(
    target: Target, precursors: Sequence[str], conditions: Conditions, probability: float | None
) -> RecipeProposal:
    heat, hold = conditions.temperature_c, conditions.hold_h
    (low_c, high_c), (low_h, high_h) = heat.interval(_SHARE), hold.interval(_SHARE)
    step = HeatingStep(
        temperature_c=_round_c(heat.quantile(0.5)),
        hold_h=_round_h(hold.quantile(0.5)),
        atmosphere=_gas(conditions.likeliest_atmosphere),
    )
    return RecipeProposal(
        recipe=Recipe.balanced(target, tuple(precursors), (step,)),
        probability=probability,
        temperature_90_c=(_round_c(low_c), _round_c(high_c)),
        hold_90_h=(_round_h(low_h), _round_h(high_h)),
        atmosphere={gas: round(p, 4) for gas, p in conditions.atmosphere.items()},
        firings={n: round(p, 4) for n, p in conditions.firings.items()},
    )


def _gas(answer: str) -> Atmosphere:
    if answer == REDUCING:
        return FORMING_GAS
    if answer not in ATMOSPHERES:
        raise RecordError(f"unknown atmosphere {answer!r}: allowed are {', '.join(ATMOSPHERES)}")
    return ATMOSPHERES[answer]


def _round_c(temperature_c: float) -> float:
    return float(_STEP_C * round(temperature_c / _STEP_C))


def _round_h(hold_h: float) -> float:
    step = 0.5 if hold_h < _SHORT_H else 1.0
    return max(step * round(hold_h / step), 0.5)
