"""What every station of a lab keeps."""

import math
from collections.abc import Sequence
from typing import get_args

import pytest

from knowledge.recipe import AIR
from lab import Refused
from lab.procedure import Action, Cool, Fill, Grind, Heat, Mix, Recover, Scan, Weigh
from lab.stations import Station

# One of each, such as any bench does every day.
ORDINARY: tuple[Action, ...] = (
    Weigh(formula="BaCO3", mass_g=1.7),
    Mix(minutes=15),
    Fill(crucible="alumina"),
    Heat(temperature_c=900, hold_h=4, ramp_c_per_min=5, atmosphere=AIR),
    Cool(rate_c_per_min=5, atmosphere=AIR),
    Recover(),
    Grind(minutes=5),
    Scan(minutes=8),
)


class StationConformance:
    """`make` gives a station; override `ordinary` where it does other things every day.

    `impossible` are actions it cannot do, each with the rule and the value that its refusal names.
    """

    impossible: Sequence[tuple[Action, str, str]] = ()

    def make(self) -> Station:
        raise NotImplementedError

    def ordinary(self) -> tuple[Action, ...]:
        """One action of each kind that the station does."""
        return tuple(action for action in ORDINARY if isinstance(action, self.make().does))

    def test_is_a_station(self) -> None:
        station = self.make()
        assert isinstance(station, Station)
        assert station.name
        assert station.units >= 1
        assert station.positions >= 1
        assert set(station.does) <= set(get_args(Action))
        assert {type(action) for action in self.ordinary()} == set(station.does) != set()

    def test_does_what_is_ordinary(self) -> None:
        for action in self.ordinary():
            self.make().check(action)

    def test_checking_changes_nothing_and_repeats(self) -> None:
        station = self.make()
        before = station.hours(self.ordinary())
        for action in (*self.ordinary(), *self.ordinary()):
            station.check(action)
        assert station.hours(self.ordinary()) == before

    def test_takes_time_for_each_action(self) -> None:
        station, actions = self.make(), self.ordinary()
        hours = [station.hours(actions[: n + 1]) for n in range(len(actions))]
        assert all(math.isfinite(h) and h > 0 for h in hours)
        assert hours == sorted(hours)
        assert station.hours((*actions, *actions)) > station.hours(actions)
        assert 0 <= station.hours(()) < station.hours(actions)

    def test_refusals_name_rule_and_value(self) -> None:
        for action, rule, value in self.impossible:
            with pytest.raises(Refused) as refusal:
                self.make().check(action)
            assert refusal.value.rule == rule
            assert value in refusal.value.value
            assert refusal.value.limit
            assert "\n" not in str(refusal.value)
