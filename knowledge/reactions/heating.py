"""A mixture on its way up: a heating profile, and the reactions at each of its temperatures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.errors import RecordError
from knowledge.reactions.graph import ReactionGraph
from knowledge.reactions.records import PathwayStep
from knowledge.reactions.system import Conditions
from knowledge.recipe import Atmosphere

STAGE_C = 100.0
# In the one pathway that stands for all, a pair reacts once it is more likely mobile than not.
_MOBILE = 0.5

Mobility = Callable[[tuple[str, ...], Conditions], float]


@dataclass(frozen=True)
class HeatingStage:
    """What runs at one temperature of a profile, and the moles of solids it leaves."""

    conditions: Conditions
    steps: tuple[PathwayStep, ...]
    mixture: Mapping[str, float]


def heating_profile(
    temperature_c: float, atmosphere: Atmosphere, from_c: float | None = None
) -> tuple[Conditions, ...]:
    """The temperatures up to the hottest, 100 C apart; the hottest alone without a start.

    Raises RecordError for a start that is not below the hottest.
    """
    if from_c is None:
        return (Conditions(temperature_c, atmosphere),)
    if not from_c < temperature_c:
        raise RecordError(
            f"heating from {from_c:g} C to {temperature_c:g} C does not go up: start below the "
            "temperature"
        )
    stages = [from_c]
    while stages[-1] + STAGE_C < temperature_c:
        stages.append(stages[-1] + STAGE_C)
    return tuple(Conditions(t, atmosphere) for t in [*stages, temperature_c])


def heat(
    graph: ReactionGraph,
    precursors: Mapping[str, float],
    profile: Sequence[Conditions],
    mobile: Mobility | None = None,
) -> tuple[HeatingStage, ...]:
    """The stages of a profile, each beginning with what the last one left.

    `precursors` are moles of each. `mobile` gives the probability that a pair of formulas is
    mobile at conditions; pairs likelier immobile wait. Without it every pair reacts.
    """
    phases = graph.phases(profile[0])
    mixture = phases.mixture(precursors)
    stages = []
    for conditions in profile:
        steps, mixture = graph.react(mixture, conditions, _able(mobile, conditions))
        stages.append(HeatingStage(conditions, steps, mixture))
    return tuple(stages)


def _able(
    mobile: Mobility | None, conditions: Conditions
) -> Callable[[tuple[str, ...]], bool] | None:
    if mobile is None:
        return None
    return lambda pair: mobile(pair, conditions) >= _MOBILE
