"""Stays of a sample in a furnace: hours add up, whatever the programme."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.recipe import AIR, OXYGEN
from lab.procedure import ROOM_C, Cool, Heat, furnace_hours
from lab.simulated.faults import overshot, tripped
from lab.simulated.profile import COLD_C, Stay, stays
from tests.lab.test_chemistry import Programme, programme
from tests.lab.test_faults import programmes

# Steps of a ramp are no longer than this, where reactions begin and where they end.
UP_STEP_C, DOWN_STEP_C = 25.0, 100.0


def check_times(fired: Programme) -> None:
    """Holds take what was asked, and ramps above 200 C theirs to a step of the grid each.

    Below 200 C, where nothing moves, ramps need not be told.
    """
    found = stays(tuple(fired))
    held = [s for s in found if s.held]
    for heat in (a for a in fired if isinstance(a, Heat)):
        assert heat.hold_h == 0 or heat.temperature_c in {s.temperature_c for s in held}
    asked_h = sum(a.hold_h for a in fired if isinstance(a, Heat))
    assert sum(s.hours for s in held) == pytest.approx(asked_h)
    here_c, true_h, steps_h = COLD_C, 0.0, 0.0
    for action in fired:
        there_c = action.temperature_c if isinstance(action, Heat) else COLD_C
        rate = action.ramp_c_per_min if isinstance(action, Heat) else action.rate_c_per_min
        true_h += abs(there_c - here_c) / rate / 60
        steps_h += (UP_STEP_C if there_c > here_c else DOWN_STEP_C) / rate / 60
        here_c = there_c
    ramps_h = sum(s.hours for s in found if not s.held)
    assert abs(ramps_h - true_h) <= steps_h + 1e-9
    assert all(s.hours >= 0 for s in found)


@given(programmes)
def test_hours_add_up(fired: list[Heat | Cool]) -> None:
    check_times(tuple(fired))


@given(programmes, st.floats(0, 1), st.floats(0, 100))
def test_hours_add_up_after_faults(fired: list[Heat | Cool], share: float, by_c: float) -> None:
    whole = tuple(fired)
    check_times(tripped(whole, share * furnace_hours(whole)).programme)
    check_times(overshot(whole, by_c, share * furnace_hours(whole)))


def check_ramp(ramp: list[Stay], from_c: float, to_c: float, step_c: float) -> None:
    """Even steps from one temperature to another at 5 C/min, without the ends."""
    temperatures_c = [from_c, *(s.temperature_c for s in ramp), to_c]
    steps_c = [b - a for a, b in pairwise(temperatures_c)]
    assert all(s * (to_c - from_c) > 0 for s in steps_c)
    assert max(map(abs, steps_c)) <= step_c
    inner_c = abs(steps_c[1])
    assert steps_c[1:-1] == [steps_c[1]] * (len(ramp) - 1)
    assert [s.hours for s in ramp] == pytest.approx([inner_c / 5 / 60] * len(ramp))


def test_a_firing_by_hand() -> None:
    """Up to 1000 C, 6 h there, and down, at 5 C/min."""
    found = stays(programme(1000, 6))
    hold = [s for s in found if s.held]
    first = found.index(hold[0])
    up, down = [*found[:first]], [*found[first + len(hold) :]]
    assert found == (*up, *hold, *down)
    check_ramp(up, COLD_C, 1000, UP_STEP_C)
    check_ramp(down, 1000, COLD_C, DOWN_STEP_C)
    assert sum(s.hours for s in hold) == pytest.approx(6)
    assert {s.temperature_c for s in hold} == {1000}
    # Rates fall as contacts are used up: parts grow.
    assert all(b.hours > a.hours for a, b in pairwise(hold))


def test_gases_are_those_of_the_programme() -> None:
    oxygen = Cool(rate_c_per_min=1, atmosphere=OXYGEN)
    heat, _ = programme(500, 1)
    found = stays((heat, oxygen))
    last_held = max(i for i, s in enumerate(found) if s.held)
    assert {s.gas for s in found[: last_held + 1]} == {AIR}
    assert {s.gas for s in found[last_held + 1 :]} == {OXYGEN}


def test_two_heats_without_cooling_go_on_from_there() -> None:
    first, cool = programme(600, 1)
    second, _ = programme(900, 1)
    ramps = [s for s in stays((first, second, cool)) if not s.held]
    split = next(i for i, s in enumerate(ramps) if s.temperature_c > 600)
    turn = max(range(len(ramps)), key=lambda i: ramps[i].temperature_c) + 1
    check_ramp(ramps[:split], COLD_C, 600, UP_STEP_C)
    check_ramp(ramps[split:turn], 600, 900, UP_STEP_C)
    check_ramp(ramps[turn:], 900, COLD_C, DOWN_STEP_C)


def test_nothing_and_no_hold() -> None:
    """A furnace that tripped before it was warm, a cooling alone, and a hold of no time."""
    assert stays(()) == ()
    assert stays(programme(900)[1:]) == ()
    assert stays(tripped(programme(900, 5), 0.0).programme) == ()
    ramps = tuple(s for s in stays(programme(900, 5)) if not s.held)
    assert tuple(s for s in stays(programme(900, 0)) if not s.held) == ramps
    [peak] = [s for s in stays(programme(900, 0)) if s.held]  # felt, if for no time
    assert (peak.temperature_c, peak.hours) == (900, 0)


@pytest.mark.parametrize("temperature_c", [ROOM_C, 100.0, COLD_C])
def test_a_hold_in_the_cold_is_a_hold(temperature_c: float) -> None:
    assert sum(s.hours for s in stays(programme(temperature_c, 3)) if s.held) == pytest.approx(3)
