"""The stations of an ordinary bench: what they do, how long it takes, what they refuse."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.recipe import AIR, HeatingStep, Recipe, Target
from lab import Refused
from lab.procedure import Bench, Cool, Fill, Grind, Heat, Mix, Recover, Scan, Weigh, procedure
from lab.stations import BoxFurnace, Diffractometer, Doser, Grinder, Mixer, Station, Stations
from tests.conformance.station import StationConformance


def heat(temperature_c: float) -> Heat:
    return Heat(temperature_c=temperature_c, hold_h=1, ramp_c_per_min=5, atmosphere=AIR)


class TestDoser(StationConformance):
    impossible = (
        (Weigh(formula="TiO2", mass_g=0.0009), "mass", "0.0009 g of TiO2"),
        (Weigh(formula="TiO2", mass_g=51), "mass", "51 g of TiO2"),
        (Weigh(formula="TiO2", mass_g=1e300), "mass", "1e+300 g"),
    )

    def make(self) -> Station:
        return Doser()


class TestMixer(StationConformance):
    impossible = ((Fill(crucible="platinum"), "crucible", "platinum"),)

    def make(self) -> Station:
        return Mixer()


class TestBoxFurnace(StationConformance):
    impossible = (
        (heat(1401), "furnace temperature", "1401 C"),
        (heat(50_000), "furnace temperature", "50000 C"),
    )

    def make(self) -> Station:
        return BoxFurnace()


class TestGrinder(StationConformance):
    def make(self) -> Station:
        return Grinder()


class TestDiffractometer(StationConformance):
    impossible = (
        (Scan(from_deg=2, minutes=8), "angles", "2 to 80 degrees"),
        (Scan(from_deg=80, to_deg=10, minutes=8), "angles", "80 to 10 degrees"),
        (Scan(from_deg=20, to_deg=20, minutes=8), "angles", "20 to 20 degrees"),
    )

    def make(self) -> Station:
        return Diffractometer()


def recipe(*steps: HeatingStep) -> Recipe:
    return Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), steps)


def test_hours_by_hand() -> None:
    assert Doser().hours([Weigh(formula="TiO2", mass_g=1)] * 3) == pytest.approx(15 / 60)
    assert Mixer().hours([Mix(minutes=15), Fill(crucible="alumina")]) == pytest.approx(18 / 60)
    assert Grinder().hours([Recover(), Grind(minutes=5)]) == pytest.approx(8 / 60)
    assert Diffractometer().hours([Scan(minutes=8)]) == pytest.approx(10 / 60)
    # 10 min to load, 975 C up at 5 C/min, 1 h held, 975 C down at 10 C/min.
    fired = [heat(1000), Cool(rate_c_per_min=10, atmosphere=AIR)]
    assert BoxFurnace().hours(fired) == pytest.approx((10 + 195 + 60 + 97.5) / 60)


def test_visits_of_one_firing() -> None:
    done = procedure(recipe(HeatingStep(temperature_c=1000, hold_h=1)))
    visits = Stations().visits(done)
    assert [station.name for station, _ in visits] == [
        "doser", "mixer", "box furnace", "grinder", "diffractometer"
    ]  # fmt: skip
    assert [len(actions) for _, actions in visits] == [2, 2, 2, 2, 1]
    assert tuple(a for _, actions in visits for a in actions) == done.actions


def test_regrinding_brings_the_sample_back_to_the_furnace() -> None:
    step = HeatingStep(temperature_c=1000, hold_h=1)
    twice = recipe(step, step.model_copy(update={"regrind_before": True}))
    assert [station.name for station, _ in Stations().visits(procedure(twice))] == [
        "doser", "mixer", "box furnace", "grinder", "mixer", "box furnace", "grinder",
        "diffractometer",
    ]  # fmt: skip


def test_the_first_impossible_action_is_refused() -> None:
    done = procedure(recipe(HeatingStep(temperature_c=1300, hold_h=1)), Bench(batch_g=200))
    with pytest.raises(Refused, match=r"169\.2 g of BaCO3"):
        Stations().check(done)
    with pytest.raises(Refused, match="1300 C; the furnace reaches 1200 C"):
        Stations(doser=Doser(max_mass_g=1000), furnace=BoxFurnace(max_temperature_c=1200)).check(
            done
        )
    with pytest.raises(Refused, match="this bench has alumina"):
        Stations().check(procedure(recipe(HeatingStep(temperature_c=900, hold_h=1)),
                                   Bench(crucible="zirconia")))  # fmt: skip


def test_a_lab_without_a_station_for_it() -> None:
    @dataclass(frozen=True)
    class OnlyGrinds(Grinder):
        does: tuple[type, ...] = (Grind,)

    with pytest.raises(Refused, match="recover; no station of this lab does that"):
        Stations(grinder=OnlyGrinds()).of(Recover())


@given(
    temperatures_c=st.lists(st.floats(100, 1400), min_size=1, max_size=4),
    hold_h=st.floats(0, 100),
    ramp=st.floats(0.1, 20),
    regrinds=st.booleans(),
)
def test_visits_hold_every_action_once_and_in_order(
    temperatures_c: list[float], hold_h: float, ramp: float, regrinds: bool
) -> None:
    steps = [
        HeatingStep(temperature_c=t, hold_h=hold_h, ramp_c_per_min=ramp, regrind_before=regrinds)
        for t in temperatures_c
    ]
    done = procedure(recipe(*steps))
    stations = Stations()
    stations.check(done)
    visits = stations.visits(done)
    assert tuple(a for _, actions in visits for a in actions) == done.actions
    assert all(before is not after for (before, _), (after, _) in pairwise(visits))
    in_furnace = [actions for station, actions in visits if station is stations.furnace]
    assert tuple(in_furnace) == done.firings
    held_h = sum(s.hours(actions) for s, actions in visits)
    assert held_h >= hold_h * len(steps)
