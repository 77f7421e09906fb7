"""The floor under orders: cancelling and pausing at every stage."""

import pytest

from lab.simulated.floor import Floor
from lab.stations import BoxFurnace, Stations
from tests.lab.test_floor import BEFORE_H, LOAD_H, QUIET, finished, made, opened, submit

# Hours after submission, where the sample is then, and whether it can still be cancelled.
STAGES = [
    (0, "queued for the doser", True),
    (0.1, "in the doser", True),
    (0.2, "in the mixer", True),
    (0.46, "in the mixer", True),
    (BEFORE_H + 0.1, "in box furnace 1", False),
    (BEFORE_H + 10, "in box furnace 1", False),
    (BEFORE_H + LOAD_H + 16.1, "in the grinder", False),
    (BEFORE_H + LOAD_H + 16.2, "in the diffractometer", False),
]


@pytest.mark.parametrize(("after_h", "stage", "cancelled"), STAGES)
def test_cancelling(after_h: float, stage: str, cancelled: bool) -> None:
    weighed: list[tuple[str, str, float]] = []
    floor = Floor(Stations(), QUIET, 0, lambda *powder: weighed.append(powder))
    floor.submit("e", made(925), ("r", 0))
    if after_h:
        floor.advance(after_h)
    assert floor.stage("e") == stage
    assert floor.cancel("e") is cancelled
    floor.audit()
    assert floor.cancel("e") is False
    if cancelled:
        assert floor.collect("e") is None
        assert len(weighed) == min(int(after_h * 60) // 5, 2)  # what is in the vessel is recovered
        assert not floor.step()
    [other] = finished(floor, submit(floor, 1, made(925), "f"))  # the station is free again
    assert other.scanned


def test_cancelling_what_waits_for_the_furnace() -> None:
    floor = opened(Stations(furnace=BoxFurnace(units=1, positions=1)))
    first, second = submit(floor, 2, made(925))
    floor.advance(3)
    assert floor.stage(second) == "queued for the box furnace"
    assert floor.cancel(second)
    floor.audit()
    assert floor.advance_until_finished(first)


@pytest.mark.parametrize(("after_h", "stage", "cancelled"), STAGES)
def test_pausing(after_h: float, stage: str, cancelled: bool) -> None:
    del cancelled
    floor = opened()
    floor.submit("e", made(925), ("r", 0))
    if after_h:
        floor.advance(after_h)
    floor.pause()
    assert floor.stage("e") == stage
    finishes = stage == "in the diffractometer"  # what is under way goes on
    assert floor.advance_until_finished("e") is finishes
    assert floor.advance_until_finished("e") is finishes
    if not finishes:
        assert floor.stage("e").startswith("queued")
        floor.audit()
    floor.resume()
    [done] = finished(floor, ["e"])
    assert done.furnace_h == pytest.approx(LOAD_H + 16)


def test_a_paused_floor_takes_submissions_and_cancels() -> None:
    floor = opened()
    floor.pause()
    names = submit(floor, 3, made(925))
    assert not floor.step()
    assert floor.now_h == 0
    assert floor.cancel(names[1])
    floor.resume()
    assert len(finished(floor, [names[0], names[2]])) == 2
