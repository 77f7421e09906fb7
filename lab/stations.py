"""The stations of a lab: what each does, how many samples it holds, and its limits.

Each is a small protocol, so that a robot arm, a person or a simulation can stand for one. A station
says how long an action takes and refuses what it cannot do; who moves samples between stations, and
when, is the lab's business. The dataclasses below describe an ordinary bench and are the defaults
of the simulated lab.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from knowledge.errors import RecordError
from lab.procedure import (
    Action,
    Cool,
    Fill,
    Grind,
    Heat,
    Mix,
    Procedure,
    Recover,
    Scan,
    Weigh,
    furnace_hours,
)
from lab.protocol import Refused


@runtime_checkable
class Station(Protocol):
    """One place where something is done to samples."""

    @property
    def name(self) -> str:
        """How people call it."""

    @property
    def units(self) -> int:
        """How many of it there are."""

    @property
    def positions(self) -> int:
        """Samples that each holds at a time."""

    @property
    def does(self) -> tuple[type, ...]:
        """The actions it carries out."""

    def check(self, action: Action) -> None:
        """Raise Refused, naming rule, value and limit, for an action it cannot do."""

    def hours(self, actions: Sequence[Action]) -> float:
        """Time that actions take here, one after the other."""


class _Checked:
    """What the stations below have in common: counts that are counts, and numbers that are."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name in ("units", "positions"):
                if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1000:
                    asked = "it must be a whole number from 1 to 1000"
                    raise RecordError(f"lab.stations.{name} is {value!r}: {asked}")
            elif name not in ("name", "does", "crucibles"):
                number = isinstance(value, int | float) and not isinstance(value, bool)
                if not (number and 0 <= value < math.inf):
                    raise RecordError(f"lab.stations.{name} is {value!r}: it must be 0 or above")


@dataclass(frozen=True)
class Doser(_Checked):
    """Weighs powders into a vessel, one powder after the other."""

    name: str = "doser"
    units: int = 1
    positions: int = 1
    min_mass_g: float = 0.001
    max_mass_g: float = 50.0
    minutes_per_powder: float = 5.0
    does: tuple[type, ...] = (Weigh,)

    def check(self, action: Action) -> None:
        """Raise Refused for a mass that the balance cannot weigh."""
        if isinstance(action, Weigh) and not self.min_mass_g <= action.mass_g <= self.max_mass_g:
            raise Refused(
                "mass",
                f"{action.mass_g:.4g} g of {action.formula}",
                f"the doser weighs {self.min_mass_g:g} to {self.max_mass_g:g} g",
            )

    def hours(self, actions: Sequence[Action]) -> float:
        """Minutes for each powder."""
        return len(actions) * self.minutes_per_powder / 60


@dataclass(frozen=True)
class Mixer(_Checked):
    """Mixes what was weighed and fills it into a crucible."""

    name: str = "mixer"
    units: int = 1
    positions: int = 1
    minutes_per_filling: float = 3.0
    crucibles: tuple[str, ...] = ("alumina",)
    does: tuple[type, ...] = (Mix, Fill)

    def check(self, action: Action) -> None:
        """Raise Refused for a crucible that is not at hand."""
        if isinstance(action, Fill) and action.crucible not in self.crucibles:
            raise Refused(
                "crucible", action.crucible, f"this bench has {', '.join(self.crucibles)}"
            )

    def hours(self, actions: Sequence[Action]) -> float:
        """Mixing as long as asked, filling as long as it takes."""
        return (
            sum(a.minutes if isinstance(a, Mix) else self.minutes_per_filling for a in actions) / 60
        )


@dataclass(frozen=True)
class BoxFurnace(_Checked):
    """Fires a batch of samples that share one programme. What it may fire, the envelope says."""

    name: str = "box furnace"
    units: int = 4
    positions: int = 8
    max_temperature_c: float = 1400.0
    minutes_to_load: float = 10.0
    does: tuple[type, ...] = (Heat, Cool)

    def check(self, action: Action) -> None:
        """Raise Refused for a temperature that the furnace does not reach."""
        if isinstance(action, Heat) and not action.temperature_c <= self.max_temperature_c:
            raise Refused(
                "furnace temperature",
                f"{action.temperature_c:g} C",
                f"the furnace reaches {self.max_temperature_c:g} C",
            )

    def hours(self, actions: Sequence[Action]) -> float:
        """Loading, then the programme down to room temperature."""
        programme = tuple(a for a in actions if isinstance(a, Heat | Cool))
        return self.minutes_to_load / 60 + furnace_hours(programme)


@dataclass(frozen=True)
class Grinder(_Checked):
    """Takes products out of crucibles and grinds them."""

    name: str = "grinder"
    units: int = 1
    positions: int = 1
    minutes_to_recover: float = 3.0
    does: tuple[type, ...] = (Recover, Grind)

    def check(self, action: Action) -> None:
        """Anything can be recovered and ground."""

    def hours(self, actions: Sequence[Action]) -> float:
        """Recovering as long as it takes, grinding as long as asked."""
        return (
            sum(a.minutes if isinstance(a, Grind) else self.minutes_to_recover for a in actions)
            / 60
        )


@dataclass(frozen=True)
class Diffractometer(_Checked):
    """Scans one powder at a time."""

    name: str = "diffractometer"
    units: int = 1
    positions: int = 1
    from_deg: float = 5.0
    to_deg: float = 140.0
    minutes_to_mount: float = 2.0
    does: tuple[type, ...] = (Scan,)

    def check(self, action: Action) -> None:
        """Raise Refused for angles that the goniometer does not reach."""
        if isinstance(action, Scan) and not (
            self.from_deg <= action.from_deg < action.to_deg <= self.to_deg
        ):
            raise Refused(
                "angles",
                f"{action.from_deg:g} to {action.to_deg:g} degrees",
                f"the diffractometer scans {self.from_deg:g} to {self.to_deg:g} degrees, upwards",
            )

    def hours(self, actions: Sequence[Action]) -> float:
        """Mounting and counting."""
        return (
            sum(
                (a.minutes if isinstance(a, Scan) else 0.0) + self.minutes_to_mount for a in actions
            )
            / 60
        )


@dataclass(frozen=True)
class Stations:
    """The stations of one lab, in the order in which a sample visits them."""

    doser: Station = Doser()
    mixer: Station = Mixer()
    furnace: Station = BoxFurnace()
    grinder: Station = Grinder()
    diffractometer: Station = Diffractometer()

    @property
    def all(self) -> tuple[Station, ...]:
        """Every station."""
        return (self.doser, self.mixer, self.furnace, self.grinder, self.diffractometer)

    def of(self, action: Action) -> Station:
        """The station that carries out an action. Raises Refused where none does."""
        for station in self.all:
            if isinstance(action, station.does):
                return station
        raise Refused("station", action.kind, "no station of this lab does that")

    def visits(self, procedure: Procedure) -> list[tuple[Station, tuple[Action, ...]]]:
        """The stations that a sample goes to, with what is done at each stay."""
        stays: list[tuple[Station, tuple[Action, ...]]] = []
        for action in procedure.actions:
            station = self.of(action)
            if stays and stays[-1][0] is station:
                stays[-1] = (station, (*stays[-1][1], action))
            else:
                stays.append((station, (action,)))
        return stays

    def check(self, procedure: Procedure) -> None:
        """Raise Refused for the first action that its station cannot do."""
        for action in procedure.actions:
            self.of(action).check(action)
