"""Where samples wait and where they are worked on: a line before each station, and its units."""

import math
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from simpy import Event, Process

from knowledge.errors import RecordError
from lab.procedure import Action, Cool, Heat
from lab.simulated.books import Sample, heats
from lab.simulated.faults import Programme
from lab.stations import Station, Stations


@dataclass(slots=True, eq=False)
class Unit:
    """One doser, one furnace: what it holds and is doing. `bell` is there while it sleeps.

    `doing` is the action under way; `running` the programme of a furnace as it really runs, from
    `since_h` on; none when it does not fire.
    """

    name: str
    holding: dict[str, Sample] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    doing: Action | None = None
    running: Programme | None = None
    since_h: float = 0.0
    broken: bool = False
    busy_h: float = 0.0
    loaded_h: float | None = None
    bell: Event | None = None
    process: Process | None = None

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What it holds."""
        return tuple(self.holding.values())

    @property
    def hot(self) -> bool:
        """Whether it is a furnace at work."""
        return bool(self.actions) and heats(self.actions)

    def load(self, batch: list[Sample], now_h: float) -> None:
        """Take samples in."""
        self.holding = {s.experiment_id: s for s in batch}
        self.actions = batch[0].actions
        self.loaded_h = now_h

    def unload(self, now_h: float) -> tuple[Sample, ...]:
        """Give out what is still there."""
        samples = self.samples
        self.busy_h = self.hours_busy(now_h)
        self.holding, self.actions, self.doing, self.loaded_h = {}, (), None, None
        return samples

    def ring(self) -> None:
        """Wake it, if it sleeps."""
        bell, self.bell = self.bell, None
        if bell is not None:
            bell.succeed()

    def hours_busy(self, now_h: float) -> float:
        """Hours at work so far."""
        return self.busy_h + (0.0 if self.loaded_h is None else now_h - self.loaded_h)


class Line:
    """The samples that wait for a station, in groups that could be done together."""

    def __init__(self, station: Station, batch_wait_h: float) -> None:
        self.station = station
        self.positions = station.positions
        # Where one sample is done at a time, there is nobody to wait for.
        self.wait_h = batch_wait_h if station.positions > 1 else 0.0
        many = station.units > 1
        self.units = [
            Unit(f"{station.name} {n + 1}" if many else station.name) for n in range(station.units)
        ]
        self._groups: dict[tuple[str, ...], OrderedDict[str, Sample]] = {}
        self._coming: Counter[tuple[str, ...]] = Counter()

    def __iter__(self) -> Iterator[Sample]:
        return (s for group in self._groups.values() for s in group.values())

    def expect(self, sample: Sample) -> None:
        """Know that a sample will come, for every stay here that it has before it."""
        if self.wait_h:
            stays = [actions for station, actions in sample.visits if station is self.station]
            sample.expected = [self._key(actions) for actions in stays]
            self._coming.update(sample.expected)

    def forget(self, sample: Sample) -> None:
        """Expect a sample no more, and let nobody wait for it."""
        if self.wait_h and sample.expected:
            self._coming.subtract(sample.expected)
            sample.expected = []
            self.ring()

    def add(self, sample: Sample) -> None:
        """Let a sample wait."""
        if self.wait_h and sample.expected:
            self._coming[sample.expected.pop(0)] -= 1
        self._groups.setdefault(self._key(sample.actions), OrderedDict())[sample.experiment_id] = (
            sample
        )

    def remove(self, sample: Sample) -> None:
        """Take a sample out."""
        key = self._key(sample.actions)
        del self._groups[key][sample.experiment_id]
        if not self._groups[key]:
            del self._groups[key]

    def ring(self) -> None:
        """Wake a unit that sleeps, if one does."""
        asleep = next((unit for unit in self.units if unit.bell is not None), None)
        if asleep:
            asleep.ring()

    def take(self, now_h: float) -> list[Sample]:
        """The sample that waited longest and others like it, as many as there are positions.

        Empty where nobody waits, or all wait for company that is on its way.
        """
        oldest: Sample | None = None
        for key, group in self._groups.items():
            first = next(iter(group.values()))
            waited = first.arrived_h + self.wait_h <= now_h
            ready = len(group) >= self.positions or waited or self._coming[key] <= 0
            if ready and (oldest is None or first.ticket < oldest.ticket):
                oldest = first
        if oldest is None:
            return []
        key = self._key(oldest.actions)
        group = self._groups[key]
        batch = [group.popitem(last=False)[1] for _ in range(min(self.positions, len(group)))]
        if not group:
            del self._groups[key]
        return batch

    def _key(self, actions: Sequence[Action]) -> tuple[str, ...]:
        """What samples done together have in common: all of what is done."""
        return tuple(a.content_id for a in actions) if self.positions > 1 else ()


def lines(stations: Stations, batch_wait_h: float) -> dict[str, Line]:
    """The line of each station, by its name.

    Raises RecordError for two stations of one name, a furnace that does other things as well, and a
    wait below 0.
    """
    number = isinstance(batch_wait_h, int | float) and not isinstance(batch_wait_h, bool)
    if not (number and 0 <= batch_wait_h < math.inf):
        raise RecordError(f"lab.batch_wait_h is {batch_wait_h}: it must be 0 or above")
    found: dict[str, Line] = {}
    for station in stations.all:
        if station.name in found and found[station.name].station is not station:
            raise RecordError(f"two stations are called {station.name}: give each its own name")
        fires = [issubclass(kind, Heat | Cool) for kind in station.does]
        if any(fires) and not all(fires):
            raise RecordError(f"the {station.name} fires and does other things: make it two")
        found[station.name] = Line(station, batch_wait_h)
    return found
