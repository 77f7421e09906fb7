"""When what is done at which station, and in words that a person can follow."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.errors import AthanorError
from lab.procedure import (
    ROOM_C,
    Action,
    Cool,
    Fill,
    Grind,
    Heat,
    Mix,
    Procedure,
    Recover,
    Weigh,
    furnace_hours,
)
from lab.stations import Stations

MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True)
class Visit:
    """One stay at a station: hours after the beginning, hours it takes, and what is done."""

    start_h: float
    hours: float
    station: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Segment:
    """One line of a furnace programme. A hold has no rate."""

    from_c: float
    to_c: float
    rate_c_per_min: float | None
    hours: float
    gas: str


def timeline(stations: Stations, procedure: Procedure) -> list[Visit]:
    """The visits of one sample, one after the other, if no station is busy. Raises Refused."""
    visits: list[Visit] = []
    start_h = 0.0
    for station, actions in stations.visits(procedure):
        hours = station.hours(actions)
        visits.append(Visit(start_h, hours, station.name, tuple(map(in_words, actions))))
        start_h += hours
    return visits


def segments(programme: Sequence[Heat | Cool]) -> list[Segment]:
    """The programme of one firing, line by line, as a furnace controller asks for it."""
    lines: list[Segment] = []
    here_c = ROOM_C
    ends_h = [furnace_hours(tuple(programme[:n])) for n in range(len(programme) + 1)]
    for action, (begin_h, end_h) in zip(programme, pairwise(ends_h), strict=True):
        gas = action.atmosphere.name
        if isinstance(action, Heat):
            there_c, rate, hold_h = action.temperature_c, action.ramp_c_per_min, action.hold_h
        else:
            there_c, rate, hold_h = ROOM_C, action.rate_c_per_min, 0.0
        lines.append(Segment(here_c, there_c, rate, end_h - begin_h - hold_h, gas))
        if hold_h:
            lines.append(Segment(there_c, there_c, None, hold_h, gas))
        here_c = there_c
    return lines


def in_words(action: Action) -> str:
    """What a person does."""
    if isinstance(action, Weigh):
        return f"weigh {grams(action.mass_g)} g {action.formula}"
    if isinstance(action, Mix):
        return f"mix {action.minutes:g} min"
    if isinstance(action, Fill):
        return f"fill into a crucible of {action.crucible}"
    if isinstance(action, Heat):
        held = f", hold {action.hold_h:g} h" if action.hold_h else ""
        return (
            f"heat to {action.temperature_c:g} C at {action.ramp_c_per_min:g} C/min{held} "
            f"in {action.atmosphere.name}"
        )
    if isinstance(action, Cool):
        return (
            f"cool to {ROOM_C:g} C at {action.rate_c_per_min:g} C/min in {action.atmosphere.name}"
        )
    if isinstance(action, Recover):
        return "take out of the crucible"
    if isinstance(action, Grind):
        return f"grind {action.minutes:g} min"
    return f"scan {action.from_deg:g} to {action.to_deg:g} degrees in {action.minutes:g} min"


def grams(mass_g: float) -> str:
    """A mass as a balance of 0.1 mg shows it."""
    return f"{mass_g:.4f}"


def duration(hours: float) -> str:
    """Hours and minutes: `3 h 35 min`, rounded to the minute."""
    whole, minutes = divmod(round(hours * 60), 60)
    parts = [f"{whole} h"] if whole else []
    if minutes or not whole:
        parts.append(f"{minutes} min")
    return " ".join(parts)


def minutes_after_midnight(clock: str) -> int:
    """Minutes of a time of day such as 09:00. Raises AthanorError for what is none."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", clock.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise AthanorError(f"{clock!r} is no time of day: give one such as 09:00, up to 23:59")
    return 60 * int(found[1]) + int(found[2])


def clock(begin_min: int, hours: float) -> str:
    """The day and the time of day, for minutes after midnight of day 1 at which all begins."""
    days, minutes = divmod(begin_min + round(hours * 60), MINUTES_PER_DAY)
    return f"day {days + 1} {minutes // 60:02d}:{minutes % 60:02d}"
