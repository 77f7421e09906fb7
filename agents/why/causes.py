"""The suspects: what may have gone wrong with one experiment, each with what it would leave.

A suspect is a cause with its chance beforehand (`why_chances`) and the ways it may have come about:
which pair stalled, which element left. Each way says which phases it leaves, as an urn
(`why_phases`), and what the balance of the elements says of it (`why_balance`).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from agents.why import chances
from agents.why.balance import brought_alone, log_loss_ratio, log_weighing_ratio
from agents.why.case import Case, Step, steps
from agents.why.phases import Urn, known_as, poorer, richer
from agents.why.records import Cause, ElementBalance
from knowledge.chemistry import framework, parse
from knowledge.reactions import Reaction

# Balls in the urns (`why_phases`): what is expected, in all; and the target, by how much of it is
# made all the same where the cause is at work.
_EXPECTED, _LEANING = 4.0, 2.4
_TARGET_OF_SLOW, _TARGET_OF_OFF, _TARGET_OF_UNSTABLE = 0.7, 2.0, 0.3
# Where nothing that was found could react any more, what is slow explains little.
_AT_REST = math.log(0.25)
_NAMED = 0.9
# A way that was not predicted, against those that were.
_UNPREDICTED = 0.5
# Where precursors make the target at once, no intermediate takes anything.
_NOTHING_BETWEEN = 0.3
# How often a target that no step is predicted to make is missed because of that.
_NO_WAY_TO_TARGET = 0.3


@dataclass(frozen=True)
class Way:
    """One way in which a cause may have come about, and its weight among them beforehand."""

    weight: float
    urn: Urn
    subject: tuple[str, ...] = ()
    log_ratio: float = 0.0
    reaction: Reaction | None = None


@dataclass(frozen=True)
class Suspect:
    """A cause, its chance before the product was seen, and its ways; their weights add up to 1."""

    cause: Cause
    chance: float
    ways: tuple[Way, ...]

    @classmethod
    def of(cls, cause: Cause, chance: float, ways: list[Way]) -> "Suspect":
        """A suspect whose ways weigh 1 in all."""
        whole = sum(way.weight for way in ways)
        return cls(cause, chance, tuple(replace(w, weight=w.weight / whole) for w in ways))


def suspects(case: Case) -> tuple[Suspect, ...]:
    """All causes that may explain an outcome, each with at least one way."""
    every = (
        _kinetics, _intermediate, _energies, _volatility, _melting, _amorphous, _weighing, _fault,
    )  # fmt: skip
    return tuple(found for suspect in every if (found := suspect(case)).ways)


def _kinetics(case: Case) -> Suspect:
    """A pair is not mobile, or not long enough."""
    ways, chance = [], 0.0
    for step in steps(case):
        belief = case.before.belief(step.pair, case.pathway.atmosphere)
        stalled = chances.stalls(belief, case.fired_c)
        chance = max(chance, stalled)
        ways.append(_slow_way(case, step, stalled, step.pair))
    return Suspect.of("kinetics", chance, ways)


def _intermediate(case: Case) -> Suspect:
    """The step that forms the target has little driving force left."""
    ways, chance = [], 0.0
    for step in steps(case):
        made = step.reaction
        if made is None or not case.makes_target(made):
            continue
        starved = chances.starves(made.driving_force_ev_per_atom, made.sigma_ev_per_atom)
        traps = tuple(f for f in step.pair if not case.is_bought(f))
        starved *= 1.0 if traps else _NOTHING_BETWEEN
        chance = max(chance, starved)
        traps = traps or step.pair
        ways.append(_slow_way(case, step, starved, traps))
    if not ways and case.pathway.steps:
        left = tuple(case.pathway.final)
        traps = tuple(f for f in left if not case.is_bought(f)) or left
        urn = Urn(_balls(case, dict.fromkeys(left, 1.0), _EXPECTED, _TARGET_OF_SLOW))
        ways, chance = [Way(1.0, urn, traps)], _NO_WAY_TO_TARGET
    return Suspect.of("intermediate", chance, ways)


def _slow_way(case: Case, step: Step, chance: float, subject: tuple[str, ...]) -> Way:
    """A step that stalls leaves its reactants most, the rest of the mixture, and products."""
    weights = dict.fromkeys([*step.mixture, *step.products], 1.0)
    weights |= dict.fromkeys(step.pair, 2.0)
    return Way(
        max(chance, 1e-9) * (1 if step.predicted else _UNPREDICTED),
        Urn(_balls(case, weights, _EXPECTED, _TARGET_OF_SLOW)),
        subject,
        _at_rest(case),
        step.reaction,
    )


def _at_rest(case: Case) -> float:
    """ln of what it says against a slow reaction that nothing found could react any more."""
    if case.possible is None or case.possible.to_any is not None:
        return 0.0
    return _AT_REST if 1 - case.unidentified >= _NAMED else 0.0


def _energies(case: Case) -> Suspect:
    """The target is less stable than tabulated, or a rival stabler, or in no table."""
    made = None if case.possible is None else case.possible.to_target
    made = made or next(
        (s.reaction for s in case.pathway.steps if case.makes_target(s.reaction)), None
    )
    wrong = _NO_WAY_TO_TARGET if case.pathway.steps else 0.0
    if made is not None:
        wrong = chances.is_none(made.driving_force_ev_per_atom, made.sigma_ev_per_atom)
    chance = 1 - (1 - wrong) * (1 - chances.UNKNOWN_RIVAL)
    expected = dict.fromkeys(case.pathway.intermediates, 1.0)
    balls = _balls(case, expected, 2.0, _TARGET_OF_UNSTABLE)
    urn = Urn(balls, unidentified=0.5, others=3.0)
    return Suspect("energies", chance, (Way(1.0, urn, (case.target,), 0.0, made),))


def _volatility(case: Case) -> Suspect:
    """An element leaves; what stays is poorer in it than the target."""
    lost = chances.evaporates(case.recipe, case.fired_c)
    ways = [
        Way(
            max(chance, 1e-9),
            _leaning_urn(case, partial(poorer, element=e, target=case.target)),
            (e,),
            _of(case, e, log_loss_ratio),
        )
        for e, chance in lost.items()
    ]
    return Suspect.of("volatility", max(lost.values(), default=0.0), ways)


def _melting(case: Case) -> Suspect:
    """A melt runs, eats the crucible, and freezes to glass or to something else."""
    molten = chances.melts(case.recipe, case.pathway.intermediates, case.fired_c)
    ways = [
        Way(
            max(chance, 1e-9),
            Urn(_balls(case, {formula: 1.0}, 0.8, 1.2), unidentified=2.5, others=2.0),
            (formula,),
        )
        for formula, (chance, _) in molten.items()
    ]
    return Suspect.of("melting", max(chance for chance, _ in molten.values()), ways)


def _amorphous(case: Case) -> Suspect:
    """The product is there and cannot be named."""
    urn = Urn({case.target: _TARGET_OF_SLOW}, unidentified=3.5, others=1.0)
    return Suspect("amorphous", chances.stays_unnamed(case.recipe), (Way(1.0, urn),))


def _weighing(case: Case) -> Suspect:
    """Too much or too little of a powder."""
    chance = chances.weighed_wrongly(case.recipe, case.experiment.outcome.faults)
    return Suspect.of("weighing", chance, list(_weighing_ways(case)))


def _weighing_ways(case: Case) -> Iterator[Way]:
    """Told by an element that the powder alone brings."""
    if len(framework(parse(case.target))) < 2:
        return
    for powder, elements in brought_alone(case.recipe).items():
        for leans in (poorer, richer) if elements else ():
            urn = _leaning_urn(case, partial(leans, element=elements[0], target=case.target))
            yield Way(1.0, urn, (powder,), _of(case, elements[0], log_weighing_ratio))


def _fault(case: Case) -> Suspect:
    """Anything may have happened: broad over all that was predicted, and over the rest."""
    predicted = [*case.recipe.precursors, *case.pathway.intermediates, *case.pathway.final]
    balls = _balls(case, dict.fromkeys(predicted, 1.0), 2.0, 1.0)
    urn = Urn(balls, unidentified=0.8, others=1.5)
    return Suspect("fault", chances.faulty(case.recipe, case.experiment.outcome), (Way(1.0, urn),))


def _balls(
    case: Case, weights: Mapping[str, float], expected: float, target: float
) -> dict[str, float]:
    """Balls by phase: what is expected shared out by weight, and the target."""
    named: dict[str, float] = {}
    for formula, weight in weights.items():
        name = known_as(formula, case.recipe)
        if name != case.target:
            named[name] = max(named.get(name, 0.0), weight)
    whole = sum(named.values())
    return {**{n: expected * w / whole for n, w in named.items()}, case.target: target}


def _leaning_urn(case: Case, leans: Callable[[str], bool]) -> Urn:
    """The target, and any phase that leans to one side of its composition."""
    return Urn({case.target: _TARGET_OF_OFF}, leaning=_LEANING, leans=leans)


def _of(case: Case, element: str, ratio: Callable[[ElementBalance], float]) -> float:
    return sum(ratio(b) for b in case.balance if b.element == element)
