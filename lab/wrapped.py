"""Any lab, made harder: what is fired differs from what was asked, what is told from what came out.

A benchmark that is too easy becomes a harder one without touching the world behind it:

    Wrapped(lab, [ThermocoupleBias(20), Noise(0.03)], seed=1)

Changes act in the order given on the way in, and in reverse on the way out: the first one stands
nearest to whoever asks. A change has no memory. Its draws follow from the seed and the experiment's
id, so an experiment has one outcome for ever, and so it has after a restart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, cast, runtime_checkable

import numpy as np

from knowledge.errors import RecordError
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import Recipe
from lab.procedure import ROOM_C
from lab.protocol import Clocked, Lab, Pausable, Refused, Status, Unsubmitted
from lab.simulated.draws import generator

# A furnace goes up, however wrong it is.
_LEAST_STEEP = 0.01


@runtime_checkable
class Change(Protocol):
    """One way in which a lab is not what it seems."""

    def recipe(self, recipe: Recipe) -> Recipe:
        """What is really fired when a recipe is asked for. Other recipes give others."""

    def outcome(self, outcome: Outcome, rng: np.random.Generator) -> Outcome:
        """What is reported when an experiment gave an outcome, of whatever status."""


class Wrapped:
    """A lab behind changes. Implements Lab, refuses what the lab behind it would.

    Around a lab with a clock it is a `WrappedClocked`. Raises RecordError for a seed or a change
    that is none.
    """

    def __new__(cls, lab: Lab, *_: Any, **__: Any) -> Self:
        """A lab that is Clocked where the lab behind is: that must not be claimed otherwise."""
        if cls is Wrapped and isinstance(lab, Clocked):
            return cast(Self, object.__new__(WrappedClocked))
        return object.__new__(cls)

    def __init__(
        self, lab: Lab, changes: Sequence[Change], seed: int = 0, name: str | None = None
    ) -> None:
        if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
            raise RecordError(f"lab.seed is {seed}: it must be a whole number, 0 or above")
        for change in changes:
            if not isinstance(change, Change):
                raise RecordError(
                    f"lab.changes has {change}: a change has the methods recipe and outcome, as "
                    "lab.wrapped.Noise"
                )
        self.name = name or lab.name
        self._lab, self._changes, self._seed = lab, tuple(changes), seed

    @property
    def inventory(self) -> Sequence[str]:
        """The precursors at hand, as formulas."""
        return self._lab.inventory

    def check(self, recipe: Recipe) -> None:
        """Raise Refused for a recipe that may not be fired as asked, or as it would be fired."""
        self._lab.check(recipe)
        fired = self._fired(recipe)
        try:
            self._lab.check(fired)
        except Refused as refusal:
            limit = "as it would be fired it leaves the envelope: ask for less"
            raise Refused(refusal.rule, str(recipe), limit) from None

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        """Take a recipe on under an id; the same again changes nothing. Raises Refused."""
        try:
            self.check(recipe)
        except Refused:  # what was taken on before stays taken on, whatever is in stock by now
            if isinstance(self._known(experiment_id), Unsubmitted):
                raise
        try:
            self._lab.submit(self._fired(recipe), experiment_id)
        except Refused as refusal:  # the lab behind would tell what is really fired
            if refusal.rule != "experiment id":
                raise
            told = "it is used for another recipe, or is none: choose another id"
            raise Refused(refusal.rule, repr(experiment_id), told) from None

    def poll(self, experiment_id: str) -> Status:
        """Where an experiment stands; its outcome as reported."""
        return self._reported(self._lab.poll(experiment_id))

    def cancel(self, experiment_id: str) -> Status:
        """Stop an experiment that has not been fired; then where it stands."""
        return self._reported(self._lab.cancel(experiment_id))

    @property
    def bench(self) -> Any:
        """How the bench of the lab behind works, where it says so."""
        return self._lab.bench  # type: ignore[attr-defined]

    @property
    def stations(self) -> Any:
        """The stations of the lab behind, where it has some."""
        return self._lab.stations  # type: ignore[attr-defined]

    @property
    def envelope(self) -> Any:
        """The envelope of the lab behind, where it has one."""
        return self._lab.envelope  # type: ignore[attr-defined]

    @property
    def stock(self) -> Any:
        """The stock of the lab behind, where it keeps one."""
        return self._lab.stock  # type: ignore[attr-defined]

    def pause(self) -> None:
        """Start nothing more, where the lab behind can be told to."""
        if isinstance(self._lab, Pausable):
            self._lab.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        if isinstance(self._lab, Pausable):
            self._lab.resume()

    def _known(self, experiment_id: str) -> Status:
        """Where an experiment stands in the lab behind."""
        return self._lab.poll(experiment_id)

    def _fired(self, recipe: Recipe) -> Recipe:
        for change in self._changes:
            recipe = change.recipe(recipe)
        return recipe

    def _reported(self, status: Status) -> Status:
        if not isinstance(status, Outcome):
            return status
        for number, change in reversed(list(enumerate(self._changes))):
            rng = generator(self._seed, "wrapped", number, status.experiment_id)
            status = change.outcome(status, rng)
        return status


class WrappedClocked(Wrapped):
    """A lab behind changes that has the clock of the lab behind. Implements Clocked.

    Raises RecordError for a lab without a clock.
    """

    _lab: Clocked

    def __init__(
        self, lab: Lab, changes: Sequence[Change], seed: int = 0, name: str | None = None
    ) -> None:
        if not isinstance(lab, Clocked):
            raise RecordError(f"the lab {lab.name} has no clock: wrap it with lab.wrapped.Wrapped")
        super().__init__(lab, changes, seed, name)

    @property
    def now_h(self) -> float:
        """Hours since the lab behind opened."""
        return self._lab.now_h

    def look(self, experiment_id: str) -> Status:
        """Where an experiment stands at this hour; its outcome as reported. No time passes."""
        return self._reported(self._lab.look(experiment_id))

    def wait(self, experiment_ids: Sequence[str]) -> bool:
        """Let time pass until one more of the experiments is done; False where nothing moves."""
        return self._lab.wait(experiment_ids)

    def _known(self, experiment_id: str) -> Status:
        """Where an experiment stands, which is no reason for time to pass."""
        return self._lab.look(experiment_id)


class _FiredAsAsked:
    """A change of what is told alone."""

    def recipe(self, recipe: Recipe) -> Recipe:
        """Nothing is fired otherwise."""
        return recipe


@dataclass(frozen=True)
class Noise(_FiredAsAsked):
    """Weight fractions that are known worse, by a standard deviation `sigma`.

    What was seen is shaken and scaled to add up to one again; what falls to nothing is not seen.
    With `told` the sigmas reported grow with it; without, the lab claims to be better than it is.
    """

    sigma: float
    told: bool = True

    def __post_init__(self) -> None:
        _within("sigma", self.sigma, 1)

    def outcome(self, outcome: Outcome, rng: np.random.Generator) -> Outcome:
        """Noisier weight fractions."""
        if outcome.status != "measured" or self.sigma == 0:
            return outcome
        clean = [p.weight_fraction for p in outcome.phases] + [outcome.unidentified_weight_fraction]
        seen = np.array(clean)
        noisy = np.clip(seen + (seen > 0) * rng.normal(0.0, self.sigma, len(seen)), 0.0, None)
        if not noisy.any():
            noisy[-1] = 1.0
        *fractions, unidentified = np.round(noisy / noisy.sum(), 4).tolist()
        phases = [
            phase.model_copy(
                update={"weight_fraction": fraction, "sigma": self._reported(phase.sigma)}
            )
            for phase, fraction in zip(outcome.phases, fractions, strict=True)
            if fraction > 0
        ]
        phases.sort(key=lambda p: -p.weight_fraction)
        return outcome.model_copy(
            update={"phases": tuple(phases), "unidentified_weight_fraction": unidentified}
        )

    def _reported(self, sigma: float) -> float:
        return min(round(math.hypot(sigma, self.sigma), 6), 1.0) if self.told else sigma


@dataclass(frozen=True)
class ThermocoupleBias:
    """A furnace that is `offset_c` hotter than it says, in Celsius; below 0 it is cooler."""

    offset_c: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.offset_c):
            raise RecordError(f"lab.changes.offset_c is {self.offset_c}: it must be a number")

    def recipe(self, recipe: Recipe) -> Recipe:
        """Every firing is that much hotter, and takes as long: the furnace follows its clock."""
        steps = tuple(
            step.model_copy(
                update={
                    "temperature_c": step.temperature_c + self.offset_c,
                    "ramp_c_per_min": step.ramp_c_per_min * self._steeper(step.temperature_c),
                }
            )
            for step in recipe.steps
        )
        rate = recipe.cooling.rate_c_per_min * self._steeper(recipe.hottest.temperature_c)
        cooling = recipe.cooling.model_copy(update={"rate_c_per_min": rate})
        return recipe.model_copy(update={"steps": steps, "cooling": cooling})

    def _steeper(self, told_c: float) -> float:
        """How much further the furnace goes in the time of a ramp; 1 below room temperature."""
        climb_c = told_c - ROOM_C
        return max((climb_c + self.offset_c) / climb_c, _LEAST_STEEP) if climb_c > 0 else 1.0

    def outcome(self, outcome: Outcome, rng: np.random.Generator) -> Outcome:
        """The profile as the thermocouple has it."""
        del rng
        profile = tuple(
            step.model_copy(
                update={
                    "temperature_c": round(step.temperature_c - self.offset_c, 6),
                    "ramp_c_per_min": round(
                        step.ramp_c_per_min / self._steeper(step.temperature_c - self.offset_c), 6
                    ),
                }
            )
            for step in outcome.profile
        )
        return outcome.model_copy(update={"profile": profile})


@dataclass(frozen=True)
class Lost(_FiredAsAsked):
    """A share of the samples that come out of the furnace and are never measured."""

    rate: float

    def __post_init__(self) -> None:
        _within("rate", self.rate, 1)

    def outcome(self, outcome: Outcome, rng: np.random.Generator) -> Outcome:
        """Failed, with a fault that says so, or as it was."""
        if outcome.status != "measured" or rng.uniform() >= self.rate:
            return outcome
        fault = Fault(
            kind="lost sample",
            stage="after firing",
            message="the sample was lost before it was measured",
            sample_lost=True,
        )
        return outcome.model_copy(
            update={
                "status": "failed",
                "phases": (),
                "unidentified_weight_fraction": 0.0,
                "faults": (*outcome.faults, fault),
            }
        )


@dataclass(frozen=True)
class Mislabelled(_FiredAsAsked):
    """A share of the outcomes in which the two largest phases are taken for each other."""

    rate: float

    def __post_init__(self) -> None:
        _within("rate", self.rate, 1)

    def outcome(self, outcome: Outcome, rng: np.random.Generator) -> Outcome:
        """The names of the two largest phases swapped, or as it was. Nobody notices."""
        if len(outcome.phases) < 2 or rng.uniform() >= self.rate:
            return outcome
        first, second, *others = sorted(outcome.phases, key=lambda p: -p.weight_fraction)
        swapped = (
            first.model_copy(update={"formula": second.formula, "polymorph": second.polymorph}),
            second.model_copy(update={"formula": first.formula, "polymorph": first.polymorph}),
        )
        return outcome.model_copy(update={"phases": (*swapped, *others)})


def _within(name: str, value: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and 0 <= value <= high):
        raise RecordError(f"lab.changes.{name} is {value}: it must be from 0 to {high:g}")
