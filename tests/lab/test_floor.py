"""The floor of the simulated laboratory: queues by hand, batches, stock, books."""

import time
from dataclasses import replace

import pytest

from knowledge.errors import AthanorError, RecordError
from knowledge.recipe import AIR
from lab import Refused
from lab.inventory import Inventory
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
from lab.simulated.faults import FaultRates
from lab.simulated.floor import Floor, Handled
from lab.stations import BoxFurnace, Diffractometer, Doser, Grinder, Mixer, Stations

QUIET = FaultRates()
# Everything but furnaces is plenty: samples that come together stay together.
AMPLE = Stations(
    doser=Doser(units=99),
    mixer=Mixer(units=99),
    grinder=Grinder(units=99),
    diffractometer=Diffractometer(units=99),
)
# Two powders, mixing and filling; loading; recovering, grinding, mounting and scanning.
BEFORE_H, LOAD_H, AFTER_H = (10 + 15 + 3) / 60, 10 / 60, (3 + 5 + 2 + 8) / 60


def made(*temperatures_c: float, hold_h: float = 10, target: str = "BaTiO3") -> Procedure:
    """A procedure with a firing at each temperature, reground in between. 925 C take 16 h."""
    actions: list[Action] = [
        Weigh(formula="BaCO3", mass_g=1.2),
        Weigh(formula="TiO2", mass_g=0.8),
        Mix(minutes=15),
    ]
    for temperature_c in temperatures_c:
        actions += [
            Fill(crucible="alumina"),
            Heat(temperature_c=temperature_c, hold_h=hold_h, ramp_c_per_min=5, atmosphere=AIR),
            Cool(rate_c_per_min=5, atmosphere=AIR),
            Recover(),
            Grind(minutes=5),
        ]
    actions.append(Scan(minutes=8))
    return Procedure(recipe_id="r", target=target, target_g=2, actions=tuple(actions))


def opened(
    stations: Stations | None = None,
    rates: FaultRates = QUIET,
    seed: int = 0,
    batch_wait_h: float = 0.0,
) -> Floor:
    return Floor(stations or Stations(), rates, seed, lambda *_: None, batch_wait_h)


def submit(floor: Floor, count: int, procedure: Procedure, name: str = "e") -> list[str]:
    names = [f"{name}{n}" for n in range(count)]
    for number, each in enumerate(names):
        floor.submit(each, procedure, (name, number))
    return names


def finished(floor: Floor, names: list[str]) -> list[Handled]:
    found = []
    for name in names:
        assert floor.advance_until_finished(name)
        handled = floor.collect(name)
        assert handled is not None
        found.append(handled)
    floor.audit()
    return found


def test_one_sample_by_hand() -> None:
    floor = opened()
    floor.submit("e", made(925), ("r", 0))
    [done] = finished(floor, ["e"])
    assert done.finished_h == floor.now_h == pytest.approx(BEFORE_H + LOAD_H + 16 + AFTER_H)
    assert done.furnace_h == pytest.approx(LOAD_H + 16)
    assert done.masses_g == {"BaCO3": 1.2, "TiO2": 0.8}
    assert done.firings == done.procedure.firings
    assert done.grindings == (False,)
    assert done.shared == (1,)
    assert done.scanned
    assert done.faults == done.happened == done.contaminations == ()
    assert not done.lost
    assert done.mislabel is None
    busy = floor.utilisation()
    assert busy["doser"] == pytest.approx(10 / 60)
    assert busy["mixer"] == pytest.approx(18 / 60)
    assert busy["box furnace 1"] == pytest.approx(LOAD_H + 16)
    assert busy["box furnace 2"] == 0
    assert busy["grinder"] == pytest.approx(8 / 60)
    assert busy["diffractometer"] == pytest.approx(10 / 60)


def test_a_second_firing_is_ground_for() -> None:
    [done] = finished(floor := opened(), submit(floor, 1, made(925, 925)))
    assert done.firings == made(925, 925).firings
    assert done.grindings == (False, True)
    between_h = (3 + 5 + 3) / 60
    assert done.finished_h == pytest.approx(BEFORE_H + 2 * (LOAD_H + 16) + between_h + AFTER_H)
    assert done.furnace_h == pytest.approx(2 * (LOAD_H + 16))


@pytest.mark.parametrize(("samples", "rounds"), [(1, 1), (32, 1), (33, 2), (64, 2), (65, 3)])
def test_rounds_of_four_furnaces_with_eight_positions(samples: int, rounds: int) -> None:
    floor = opened(AMPLE)
    done = finished(floor, submit(floor, samples, made(925)))
    firing_h = LOAD_H + 16
    assert floor.now_h == pytest.approx(BEFORE_H + rounds * firing_h + AFTER_H)
    first = [d for d in done if d.finished_h < BEFORE_H + firing_h + AFTER_H + 0.01]
    assert len(first) == min(samples, 32)
    assert sum(1 / d.shared[0] for d in done) == pytest.approx(-(-samples // 8))  # firings
    hours = sum(h for name, h in floor.utilisation().items() if "furnace" in name)
    assert hours == pytest.approx(-(-samples // 8) * firing_h)


def test_the_diffractometer_is_the_bottleneck_of_a_batch() -> None:
    """Eight come out together: ground every 8 minutes, scanned every 10."""
    floor = opened(replace(Stations(), doser=Doser(units=9), mixer=Mixer(units=9)))
    done = finished(floor, submit(floor, 8, made(925)))
    out_h = BEFORE_H + LOAD_H + 16
    expected = [out_h + (8 + 10 * (n + 1)) / 60 for n in range(8)]
    assert [d.finished_h for d in done] == pytest.approx(expected)


def test_a_line_is_served_in_order() -> None:
    """One doser: the n-th sample is mixed when the doser, then the mixer, had time for it."""
    floor = opened(replace(Stations(), furnace=BoxFurnace(units=9, positions=1)))
    done = finished(floor, submit(floor, 5, made(925)))
    waits = [d.finished_h - done[0].finished_h for d in done]
    assert waits == pytest.approx([n * 18 / 60 for n in range(5)])  # mixing takes longest


def test_only_equal_programmes_share_a_firing() -> None:
    furnace = BoxFurnace(units=1)
    floor = opened(replace(AMPLE, furnace=furnace))
    names = []
    for n in range(9):
        names += submit(floor, 1, made(925 if n % 3 else 825), f"e{n}-")
    done = finished(floor, names)
    assert [d.shared for d in done] == [(6,) if n % 3 else (3,) for n in range(9)]
    # The batch of the sample that waited longest goes first: 825 C, for 10 + 2 * 160 / 60 hours.
    assert done[0].finished_h == pytest.approx(BEFORE_H + LOAD_H + 10 + 320 / 60 + AFTER_H)
    assert done[1].finished_h == pytest.approx(done[0].finished_h + LOAD_H + 16)


def test_equal_is_what_is_written_the_same() -> None:
    floor = opened(AMPLE)
    floor.submit("e1", made(925), ("r", 0))
    floor.submit("e2", Procedure.from_json(made(925).to_json()), ("r", 1))
    floor.submit("e3", made(925, hold_h=11), ("r", 2))
    assert [d.shared for d in finished(floor, ["e1", "e2", "e3"])] == [(2,), (2,), (1,)]


def test_waiting_for_company() -> None:
    alone = opened()
    assert finished(alone, submit(alone, 8, made(925)))[0].shared == (1,)
    patient = opened(batch_wait_h=5)
    done = finished(patient, submit(patient, 8, made(925)))
    assert {d.shared for d in done} == {(8,)}
    # Full after the eighth was mixed: nobody waits longer than that.
    last_in_h = BEFORE_H + 7 * 18 / 60
    assert done[0].finished_h == pytest.approx(last_in_h + LOAD_H + 16 + AFTER_H)


def test_nobody_waits_for_company_that_does_not_come() -> None:
    floor = opened(batch_wait_h=5)
    [done] = finished(floor, submit(floor, 1, made(925)))
    assert done.finished_h == pytest.approx(BEFORE_H + LOAD_H + 16 + AFTER_H)


def test_waiting_for_company_ends() -> None:
    floor = opened(batch_wait_h=0.1)
    first, second = finished(floor, submit(floor, 2, made(925)))
    assert first.finished_h == pytest.approx(BEFORE_H + 0.1 + LOAD_H + 16 + AFTER_H)
    assert (first.shared, second.shared) == ((1,), (1,))


def test_a_wait_is_no_less_than_none() -> None:
    with pytest.raises(RecordError, match=r"lab\.batch_wait_h is -1: it must be 0 or above"):
        opened(batch_wait_h=-1)


def test_nobody_waits_for_a_sample_that_was_cancelled() -> None:
    floor = opened(batch_wait_h=5)
    first, second = submit(floor, 2, made(925))
    assert floor.cancel(second)
    assert floor.advance_until_finished(first)
    done = floor.collect(first)
    assert done is not None
    assert done.finished_h == pytest.approx(BEFORE_H + LOAD_H + 16 + AFTER_H)


def test_submitting_again_changes_nothing() -> None:
    floor = opened()
    floor.submit("e", made(925), ("r", 0))
    floor.submit("e", made(925), ("r", 0))
    with pytest.raises(AthanorError, match="e is on the floor with another procedure"):
        floor.submit("e", made(900), ("r", 0))
    assert len(finished(floor, ["e"])) == 1
    assert floor.collect("e") is None
    assert sum(floor.utilisation().values()) == pytest.approx(floor.now_h)


def test_collecting_forgets() -> None:
    floor = opened()
    floor.submit("e", made(925), ("r", 0))
    assert floor.collect("e") is None
    assert floor.advance_until_finished("e")
    assert floor.stage("e") == "finished"
    assert not floor.cancel("e")
    assert floor.collect("e")
    assert floor.collect("e") is None
    for question in (floor.stage, floor.advance_until_finished):
        with pytest.raises(AthanorError, match="e is not on the floor"):
            question("e")


def test_time_passes_forward() -> None:
    floor = opened()
    floor.advance(3)
    assert floor.now_h == 3
    with pytest.raises(RecordError, match="-1 hours cannot pass"):
        floor.advance(-1)


def test_powders_come_from_the_inventory() -> None:
    stock = Inventory([{"formula": "BaCO3", "grams": 2.0, "lot": "A"}, "TiO2"])
    floor = Floor(Stations(), QUIET, 0, stock.weigh)
    first, second = finished(floor, submit(floor, 2, made(925)))
    assert first.scanned
    assert stock.left_g("BaCO3") == pytest.approx(0.8)
    # Only 0.8 g are left for the second: it is given up, and whatever it had is gone.
    assert second.lost
    assert second.masses_g == {}
    [fault] = second.faults
    assert (fault.kind, fault.stage, fault.sample_lost) == ("out of stock", "doser", True)
    assert "BaCO3" in fault.message


def test_what_no_station_does_is_refused() -> None:
    blind = opened(replace(Stations(), diffractometer=Diffractometer(does=())))
    with pytest.raises(Refused, match="no station of this lab does that"):
        blind.submit("e", made(925), ("r", 0))
    blind.audit()
    assert not blind.step()


def test_stations_that_cannot_be_told_apart() -> None:
    with pytest.raises(RecordError, match="two stations are called doser"):
        opened(replace(Stations(), mixer=Mixer(name="doser")))
    with pytest.raises(RecordError, match="the box furnace fires and does other things"):
        opened(replace(Stations(), furnace=BoxFurnace(does=(Heat, Cool, Scan))))


def test_seventeen_days_in_seconds() -> None:
    """Four experiments begun whenever one is finished, as many as 17 days allow."""
    floor, began_s, number = opened(batch_wait_h=1), time.process_time(), 0
    running: list[str] = []
    collected: list[Handled] = []
    while floor.now_h < 17 * 24:
        while len(running) < 32:
            floor.submit(f"e{number}", made(825 + 50 * (number % 4)), (number,))
            running.append(f"e{number}")
            number += 1
        assert floor.step()
        found = [(name, floor.collect(name)) for name in running]
        collected += [handled for _, handled in found if handled]
        running = [name for name, handled in found if not handled]
    floor.audit()
    assert time.process_time() - began_s < 5
    # Each furnace fits at most 17 * 24 / 16 batches of eight.
    assert 353 < len(collected) < 4 * 8 * 17 * 24 / furnace_hours(made(825).firings[0])
    assert all(h <= floor.now_h + 1e-9 for h in floor.utilisation().values())


def test_books_that_do_not_balance_are_found() -> None:
    def started() -> Floor:
        floor = opened(AMPLE)
        submit(floor, 9, made(925))
        floor.advance(5)
        floor.audit()
        return floor

    floor = started()
    floor._crew.books.weighed_ug += 1
    with pytest.raises(AthanorError, match="the grams do not balance"):
        floor.audit()
    floor = started()
    floor._samples["e0"].crucible = floor._samples["e1"].crucible
    with pytest.raises(AthanorError, match="the crucibles do not balance"):
        floor.audit()
    floor = started()
    floor._units["box furnace 3"].holding["e0"] = floor._samples["e0"]
    with pytest.raises(AthanorError, match="experiment e0 is in 2 places"):
        floor.audit()
    floor = started()
    floor._units["box furnace 1"].holding["e8"] = floor._samples["e8"]
    with pytest.raises(AthanorError, match="box furnace 1 holds 9 samples: it has 8 places"):
        floor.audit()
    floor = started()
    del floor._units["box furnace 1"].holding["e0"]
    with pytest.raises(AthanorError, match="experiment e0 is in 0 places"):
        floor.audit()
