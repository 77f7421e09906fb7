"""Rates of faults, their draws, and what a trip or an overshoot makes of a furnace programme."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import RecordError
from knowledge.recipe import AIR, OXYGEN
from lab.procedure import Cool, Heat, furnace_hours
from lab.simulated.faults import KINDS, Dice, FaultRates, Programme, overshot, tripped


def heat(temperature_c: float, hold_h: float = 10, ramp: float = 5) -> Heat:
    return Heat(temperature_c=temperature_c, hold_h=hold_h, ramp_c_per_min=ramp, atmosphere=AIR)


def cool(rate: float = 5) -> Cool:
    return Cool(rate_c_per_min=rate, atmosphere=OXYGEN)


# 3 h up to 925 C, 10 h there, 3 h down.
PLAIN: Programme = (heat(925), cool())

heats = st.builds(heat, st.floats(100, 1400), st.floats(0, 48), st.floats(1, 20))
programmes = st.lists(st.one_of(heats, st.builds(cool, st.floats(1, 20))), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"furnace_trip": 1.5}, r"lab\.faults\.furnace_trip is 1\.5: it must be from 0 to 1"),
        ({"wrong_mass": -0.1}, r"lab\.faults\.wrong_mass is -0\.1: it must be from 0 to 1"),
        ({"noticed": math.nan}, r"lab\.faults\.noticed is nan: it must be from 0 to 1"),
        ({"failed_scan": "often"}, r"lab\.faults\.failed_scan is 'often': it must be from 0 to 1"),
        ({"overshoot": True}, r"lab\.faults\.overshoot is True: it must be from 0 to 1"),
        ({"contamination_share": 2}, r"lab\.faults\.contamination_share is 2: "),
        (
            {"overshoot_sigma_c": -1},
            r"lab\.faults\.overshoot_sigma_c is -1: it must be from 0 to 500",
        ),
        ({"repair_h": math.inf}, r"lab\.faults\.repair_h is inf: it must be 0 or above"),
    ],
)
def test_rates_that_are_none(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordError, match=message) as error:
        FaultRates(**fields)
    assert "\n" not in str(error.value)


def test_scaled_rates() -> None:
    rates = FaultRates(wrong_mass=0.1, failed_scan=0.4, overshoot_sigma_c=20)
    assert rates.scaled(2) == FaultRates(wrong_mass=0.2, failed_scan=0.8, overshoot_sigma_c=20)
    assert rates.scaled(3).failed_scan == 1.0
    assert rates.scaled(0) == FaultRates(overshoot_sigma_c=20)
    with pytest.raises(RecordError, match="scaled by -1"):
        rates.scaled(-1)


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.5, 1.0])
def test_faults_fall_as_often_as_their_rate_says(rate: float) -> None:
    dice = Dice(FaultRates(wrong_mass=rate), 7)
    count = sum(dice.falls("wrong_mass", "recipe", n) is not None for n in range(4000))
    assert count == pytest.approx(4000 * rate, abs=4 * math.sqrt(4000 * rate * (1 - rate)))
    assert not any(dice.falls("overshoot", "recipe", n) for n in range(100))


def test_draws_go_by_their_names() -> None:
    dice = Dice(FaultRates(wrong_mass=0.5, overshoot=0.5), 0)

    def fallen(kind: str, dice: Dice) -> list[float | None]:
        found = [dice.falls(kind, "recipe", n) for n in range(200)]
        return [rng and rng.uniform() for rng in found]

    assert fallen("wrong_mass", dice) == fallen("wrong_mass", dice)
    assert fallen("wrong_mass", dice) != fallen("overshoot", dice)
    assert fallen("wrong_mass", dice) != fallen("wrong_mass", Dice(dice.rates, 1))
    # Another rate for one kind leaves the draws of others as they are.
    rates = FaultRates(wrong_mass=0.1, overshoot=0.5)
    assert fallen("overshoot", Dice(rates, 0)) == fallen("overshoot", dice)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_faults_are_noticed_as_often_as_stated(share: float) -> None:
    dice = Dice(FaultRates(noticed=share), 3)
    seen = sum(dice.noticed(dice.injected("overshoot", n)) for n in range(1000))
    assert seen == pytest.approx(1000 * share, abs=60 * share * (1 - share) * 4)


@pytest.mark.parametrize(
    ("after_h", "programme", "cooling_h"),
    [
        (0, (), 0),
        (1.5, (heat(475, 0), cool()), 1.5),
        (3, (heat(925, 0), cool()), 3),
        (7, (heat(925, 4), cool()), 3),
        (13, PLAIN, 3),
        (14, PLAIN, 2),
        (16, PLAIN, 0),
        (99, PLAIN, 0),
    ],
)
def test_trips_by_hand(after_h: float, programme: Programme, cooling_h: float) -> None:
    trip = tripped(PLAIN, after_h)
    assert trip.programme == programme
    assert trip.cooling_h == pytest.approx(cooling_h)


def test_a_trip_ends_all_that_was_to_come() -> None:
    long = (heat(625, 1), heat(1225, 1), cool(), heat(325, 1), cool(1))
    # 2 h up, 1 h held, and half of the 2 h from 625 to 1225 C.
    assert tripped(long, 4) == ((heat(625, 1), heat(925, 0), cool()), pytest.approx(3))
    # Down in hour 10, up again for half an hour; the second cooling is slow.
    assert tripped(long, 10.5).programme == (*long[:3], heat(175, 0), cool(1))
    assert tripped(long, 10).programme == long[:3]
    # A furnace without a cooling programme is switched off.
    assert tripped((heat(925),), 5).programme == (
        heat(925, 2),
        Cool(rate_c_per_min=5, atmosphere=AIR),
    )


@given(programmes, st.floats(0, 1))
def test_a_tripped_furnace_takes_until_it_is_cold(steps: list[Heat | Cool], share: float) -> None:
    programme = (*steps, cool())
    after_h = share * furnace_hours(programme)
    trip = tripped(programme, after_h)
    assert furnace_hours(trip.programme) == pytest.approx(after_h + trip.cooling_h, abs=1e-6)
    assert trip.cooling_h >= 0


def test_overshoot_by_hand() -> None:
    hot = overshot(PLAIN, 90)
    # The same 3 h ramps reach and leave a temperature 10 % further from 25 C.
    assert hot == (heat(1015, 10, 5.5), cool(5.5))
    assert overshot(PLAIN, 90, after_h=12.9) == hot
    assert overshot(PLAIN, 90, after_h=13.1) == PLAIN
    later = overshot((*PLAIN, *PLAIN), 90, after_h=14)
    assert later == (*PLAIN, *hot)


@given(programmes, st.floats(0, 100), st.floats(0, 1))
def test_overshoot_keeps_to_the_clock(steps: list[Heat | Cool], by_c: float, share: float) -> None:
    """Up to the shift of a single ramp, where the overshoot sets in on the level."""
    programme = (*steps, cool())
    after_h = share * furnace_hours(programme)
    hot = overshot(programme, by_c, after_h)
    assert furnace_hours(hot) == pytest.approx(furnace_hours(programme), abs=by_c / 60 + 1e-6)
    rises = [
        h.temperature_c - a.temperature_c
        for a, h in zip(programme, hot, strict=True)
        if isinstance(a, Heat) and isinstance(h, Heat)
    ]
    assert all(r == 0 or r == pytest.approx(by_c) for r in rises)
    assert rises == pytest.approx(sorted(rises))


def test_every_kind_has_a_rate_and_none_by_default() -> None:
    assert len(KINDS) == 7
    assert all(getattr(FaultRates(), kind) == 0 for kind in KINDS)
