"""What became of an experiment, from where its tasks stand and what they left. Pure functions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Fault, Outcome, PhaseFraction
from knowledge.recipe import HeatingStep, Recipe
from lab.alabos.case import Part
from lab.alabos.wire import ACTIVE, TaskState
from lab.protocol import Pending, Status, Unknown
from lab.web.messages import Malformed, shown
from lab.web.plausible import check_outcome

_MOST_PHASES = 1000
_DIGITS = 9


@dataclass(frozen=True)
class Results:
    """Where results lie in what the tasks leave, dots leading deeper, and how they are called.

    `phases` is in the result of the task that scans: a list of objects with `formula`,
    `weight_fraction` and, where it is told, `sigma`; `default_sigma` where it is not. `profile`, if
    any, is in the result of each task that heats: a list of temperature_c, hold_h and, where they
    are told, ramp_c_per_min. Raises RecordError for what names nothing.
    """

    phases: str = "phases"
    formula: str = "formula"
    weight_fraction: str = "weight_fraction"
    sigma: str = "sigma"
    default_sigma: float = 0.05
    profile: str | None = None

    def __post_init__(self) -> None:
        for name in ("phases", "formula", "weight_fraction", "sigma"):
            given = getattr(self, name)
            if not isinstance(given, str) or not all(given.split(".")):
                raise RecordError(f"lab.results.{name} is {given!r}: it must be a key, or a.b.c")
        if not (self.profile is None or (isinstance(self.profile, str) and self.profile)):
            raise RecordError(
                f"lab.results.profile is {self.profile!r}: it must be a key, or empty"
            )
        sigma = self.default_sigma
        if isinstance(sigma, bool) or not isinstance(sigma, int | float) or not 0 <= sigma <= 1:
            raise RecordError(f"lab.results.default_sigma is {sigma!r}: it must be from 0 to 1")

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> Self:
        """From a configuration. Raises RecordError for keys that are none."""
        keys = [field.name for field in fields(cls)]
        if not isinstance(given, Mapping | None) or set(given or ()) - set(keys):
            raise RecordError(f"lab.results is {given!r}: its keys are {', '.join(keys)}")
        return cls(**(given or {}))


def is_fired(parts: Sequence[Part], states: Sequence[TaskState]) -> bool:
    """Whether any heating has begun."""
    return _begun(parts, states, "heat")


def is_dosed(parts: Sequence[Part], states: Sequence[TaskState]) -> bool:
    """Whether any weighing has begun."""
    return _begun(parts, states, "weigh")


def is_over(states: Sequence[TaskState]) -> bool:
    """Whether nothing more will happen: all is completed, or something ended the chain."""
    if any(s.state in ACTIVE for s in states):
        return False
    ended = any(s.state in ("ERROR", "CANCELLED") for s in states)
    return ended or all(s.state == "COMPLETED" for s in states)


def stage(parts: Sequence[Part], states: Sequence[TaskState]) -> Pending:
    """Which task is at work or comes next, and its state."""
    going = [(p, s) for p, s in zip(parts, states, strict=True) if s.state != "COMPLETED"]
    part, state = next(((p, s) for p, s in going if s.state in ACTIVE), going[0])
    return Pending(f"{part.type} {state.state.lower().replace('_', ' ')}")


def status_of(
    experiment_id: str,
    parts: Sequence[Part],
    states: Sequence[TaskState],
    recipe: Recipe | None,
    results: Results,
    cancel: bool,
) -> Status:
    """Where an experiment stands. `cancel` says whether somebody asked for it to be stopped.

    Raises Malformed for results that cannot be.
    """
    if not is_over(states):
        return stage(parts, states)
    hours = _hours(states)
    profile = _profile(parts, states, recipe, results)
    bad = [(p, s) for p, s in zip(parts, states, strict=True) if s.state in ("ERROR", "CANCELLED")]
    if bad:
        return _ended(experiment_id, parts, states, bad[0], cancel, hours)
    told = [_at(s.result, results.phases) for p, s in _doing(parts, states, "scan")]
    seen = [each for each in told if each not in (None, [])]
    if not seen:
        return Unknown(
            f"{experiment_id} is done and the server holds no phases (lab.results.phases: "
            f"{results.phases}): look at the pattern, tell the phases with athanor amend"
        )
    try:
        phases = _phases(seen[-1], results)
        rest = 1 - math.fsum(p.weight_fraction for p in phases)
        outcome = Outcome(
            experiment_id=experiment_id,
            phases=phases,
            unidentified_weight_fraction=round(rest, _DIGITS) if rest > 0 else 0.0,
            profile=profile,
            lab_time_h=hours,
        )
        return check_outcome(outcome)
    except Malformed:
        raise
    except AthanorError as error:
        raise Malformed(f"the phases cannot be: {error}") from None


def _ended(
    experiment_id: str,
    parts: Sequence[Part],
    states: Sequence[TaskState],
    bad: tuple[Part, TaskState],
    cancel: bool,
    hours: float,
) -> Outcome:
    """The outcome of what came to no end of its own."""
    part, state = bad
    errors = any(s.state == "ERROR" for s in states)
    stopped = cancel or not any(s.begun for s in states)
    cancelled = stopped and not errors and not is_fired(parts, states)
    kind = "task error" if state.state == "ERROR" else "task cancelled"
    default = "the server gives no reason" if errors else "stopped at the server"
    fault = Fault(
        kind=kind,
        stage=part.type,
        message=state.message or default,
        sample_lost=is_dosed(parts, states),
    )
    outcome = Outcome(
        experiment_id=experiment_id,
        status="cancelled" if cancelled else "failed",
        faults=(fault,),
        lab_time_h=hours,
    )
    return check_outcome(outcome)


def _phases(told: Any, results: Results) -> tuple[PhaseFraction, ...]:
    if not isinstance(told, list) or len(told) > _MOST_PHASES:
        raise Malformed(f"its phases are {shown(told)}")
    found = []
    for phase in told:
        formula, share = _at(phase, results.formula), _number(phase, results.weight_fraction)
        if not isinstance(formula, str) or share is None:
            raise Malformed(f"a phase is {shown(formula)} with {shown(share)}")
        sigma = _number(phase, results.sigma)
        sigma = results.default_sigma if sigma is None else sigma
        found.append(PhaseFraction(formula=formula, weight_fraction=share, sigma=sigma))
    return tuple(sorted(found, key=lambda p: -p.weight_fraction))


def _profile(
    parts: Sequence[Part], states: Sequence[TaskState], recipe: Recipe | None, results: Results
) -> tuple[HeatingStep, ...]:
    """As the heating tasks tell it, what they do not tell as planned; else all as planned."""
    planned = recipe.steps if recipe is not None else ()
    if results.profile is None:
        return planned
    told = [_at(s.result, results.profile) for _, s in _doing(parts, states, "heat")]
    steps = [step for each in told if isinstance(each, list) for step in each]
    if not steps or len(steps) != len(planned):
        return planned
    found = []
    for step, plan in zip(steps, planned, strict=True):
        numbers = {k: _number(step, k) for k in ("temperature_c", "hold_h", "ramp_c_per_min")}
        try:
            found.append(
                plan.model_copy(update={k: v for k, v in numbers.items() if v is not None})
            )
        except AthanorError as error:
            raise Malformed(f"a step of its profile cannot be: {error}") from None
    return tuple(found)


def _doing(
    parts: Sequence[Part], states: Sequence[TaskState], kind: str
) -> list[tuple[Part, TaskState]]:
    return [(p, s) for p, s in zip(parts, states, strict=True) if kind in p.kinds]


def _begun(parts: Sequence[Part], states: Sequence[TaskState], kind: str) -> bool:
    return any(s.begun for _, s in _doing(parts, states, kind))


def _at(value: Any, path: str) -> Any:
    """What lies at a path of keys; none where there is nothing."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _number(value: Any, path: str) -> float | None:
    """A number at a path; none where there is nothing. Raises Malformed for anything else."""
    found = _at(value, path)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Malformed(f"{path} is {shown(found)}")
    try:
        return float(found)
    except OverflowError:
        raise Malformed(f"{path} is a huge number") from None


def _hours(states: Sequence[TaskState]) -> float:
    """From the first start to the last end that the server tells of; 0 where it tells of none."""
    started = [s.started for s in states if s.started]
    ended = [s.completed for s in states if s.completed]
    if not started or not ended:
        return 0.0
    return max(0.0, (max(ended) - min(started)).total_seconds() / 3600)
