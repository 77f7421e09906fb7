"""What can go wrong on the floor: how often, how badly, and what it does to a firing.

Each rate is a probability per opportunity: a powder weighed, a sample carried to the next station,
a firing of a furnace, a crucible filled, a scan. Whether a fault falls is drawn under the name of
the sample and of what is being done, so it depends on no order; where a rate is 0 nothing is drawn.
"""

import hashlib
import math
from dataclasses import dataclass, replace
from numbers import Real
from typing import NamedTuple

import numpy as np

from knowledge.errors import RecordError
from lab.procedure import ROOM_C, Cool, Heat
from lab.simulated.draws import generator

KINDS = (
    "wrong_mass",
    "spilled_sample",
    "furnace_trip",
    "overshoot",
    "contaminated_crucible",
    "failed_scan",
    "mislabelled_phase",
)
_SHARES = (*KINDS, "contamination_share", "noticed", "wrong_mass_relative_sigma")
_MOST_OVERSHOOT_C = 500.0
# A furnace that goes down without a programme cools about as fast as one that is switched off.
_SWITCHED_OFF_C_PER_MIN = 5.0

Programme = tuple[Heat | Cool, ...]


@dataclass(frozen=True)
class FaultRates:
    """Probability of each fault per opportunity, and the sizes of faults.

    A furnace that trips, a spilled sample and a failed scan are always reported. The others are bad
    data, noticed with the probability `noticed`. Raises RecordError for what is no probability.
    """

    wrong_mass: float = 0.0
    spilled_sample: float = 0.0
    furnace_trip: float = 0.0
    overshoot: float = 0.0
    contaminated_crucible: float = 0.0
    failed_scan: float = 0.0
    mislabelled_phase: float = 0.0
    wrong_mass_relative_sigma: float = 0.1
    overshoot_sigma_c: float = 30.0
    contamination_share: float = 0.02
    noticed: float = 0.3
    repair_h: float = 4.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            high = 1.0 if name in _SHARES else math.inf
            high = _MOST_OVERSHOOT_C if name == "overshoot_sigma_c" else high
            number = isinstance(value, Real) and not isinstance(value, bool)
            if not (number and 0 <= value <= high and math.isfinite(value)):
                allowed = f"from 0 to {high:g}" if math.isfinite(high) else "0 or above"
                raise RecordError(f"lab.faults.{name} is {value!r}: it must be {allowed}")

    def scaled(self, factor: float) -> "FaultRates":
        """All rates times a factor, none above 1; sizes stay. Raises RecordError below 0."""
        if not (factor >= 0 and math.isfinite(factor)):
            raise RecordError(f"lab.faults are scaled by {factor}: it must be 0 or above")
        return replace(self, **{kind: min(getattr(self, kind) * factor, 1.0) for kind in KINDS})


@dataclass(frozen=True)
class Dice:
    """Whether faults fall, by the seed of the lab and the names of draws."""

    rates: FaultRates
    seed: int

    def falls(self, kind: str, *names: object) -> np.random.Generator | None:
        """The generator to draw a fault's size from where it falls, none where it does not."""
        rate: float = getattr(self.rates, kind)
        if rate == 0:
            return None
        named = ("fault", *names, kind)
        # A hash is as good a draw as any, and ten times as fast as a generator, seldom needed.
        digest = hashlib.sha256(repr((self.seed, *named, "falls")).encode()).digest()
        share = int.from_bytes(digest[:6], "big") / 2**48
        return generator(self.seed, *named) if share < rate else None

    def injected(self, kind: str, *names: object) -> np.random.Generator:
        """The generator to draw the size of a fault from that was asked for."""
        return generator(self.seed, "fault", *names, kind, "injected")

    def noticed(self, rng: np.random.Generator) -> bool:
        """Whether a fault that hides in the data is seen by somebody."""
        return bool(rng.uniform() < self.rates.noticed)


class Trip(NamedTuple):
    """What a furnace did in spite of tripping, and hours from the trip to room temperature."""

    programme: Programme
    cooling_h: float


def tripped(programme: Programme, after_h: float) -> Trip:
    """A programme that lost its heating some hours after it began.

    The heat under way ends where it is and is cooled as the programme would have been; a furnace
    that was going down already goes on doing so.
    """
    done: list[Heat | Cool] = []
    here_c = ROOM_C
    for number, action in enumerate(programme):
        there_c = _end_c(action)
        ramp_h = abs(there_c - here_c) / _rate(action) / 60
        hold_h = action.hold_h if isinstance(action, Heat) else 0.0
        if after_h >= ramp_h + hold_h:
            done.append(action)
            after_h -= ramp_h + hold_h
            here_c = there_c
            continue
        if isinstance(action, Cool):
            return Trip((*done, action), ramp_h - after_h)
        if after_h < ramp_h:
            there_c = here_c + (there_c - here_c) * after_h / ramp_h
        if there_c != ROOM_C:
            held_h = max(after_h - ramp_h, 0.0)
            done.append(action.model_copy(update={"temperature_c": there_c, "hold_h": held_h}))
            switched_off = Cool(
                rate_c_per_min=_SWITCHED_OFF_C_PER_MIN, atmosphere=action.atmosphere
            )
            cooling = next((a for a in programme[number:] if isinstance(a, Cool)), switched_off)
            done.append(cooling)
            return Trip(tuple(done), abs(there_c - ROOM_C) / cooling.rate_c_per_min / 60)
        return Trip(tuple(done), 0.0)
    return Trip(programme, 0.0)


def overshot(programme: Programme, by_c: float, after_h: float = 0.0) -> Programme:
    """A programme whose heats, from the one under way after some hours on, ran hotter than asked.

    Each action takes as long as it would have: the furnace follows its clock, on a wrong scale.
    """
    found: list[Heat | Cool] = []
    asked_c = real_c = ROOM_C
    ends_h = 0.0
    for action in programme:
        there_c = _end_c(action)
        ramp_min = abs(there_c - asked_c) / _rate(action)
        ends_h += ramp_min / 60 + (action.hold_h if isinstance(action, Heat) else 0.0)
        hotter_c = there_c
        if isinstance(action, Heat) and ends_h > after_h:
            hotter_c += by_c
        if (hotter_c, real_c) != (there_c, asked_c):
            climbed_c = abs(hotter_c - real_c)
            rate = climbed_c / ramp_min if climbed_c and ramp_min else _rate(action)
            update = (
                {"temperature_c": hotter_c, "ramp_c_per_min": rate}
                if isinstance(action, Heat)
                else {"rate_c_per_min": rate}
            )
            action = action.model_copy(update=update)
        found.append(action)
        asked_c, real_c = there_c, hotter_c
    return tuple(found)


def _end_c(action: Heat | Cool) -> float:
    return action.temperature_c if isinstance(action, Heat) else ROOM_C


def _rate(action: Heat | Cool) -> float:
    return action.ramp_c_per_min if isinstance(action, Heat) else action.rate_c_per_min
