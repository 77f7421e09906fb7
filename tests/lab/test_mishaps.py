"""Faults on the floor: drawn and injected, at every moment; the books balance, nothing hangs."""

import random
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from knowledge.errors import AthanorError, RecordError
from knowledge.recipe import AIR
from lab.inventory import Inventory
from lab.procedure import Cool, Heat
from lab.simulated.faults import KINDS, FaultRates
from lab.simulated.floor import Floor
from lab.stations import BoxFurnace, Diffractometer, Mixer, Stations
from tests.lab.test_floor import AMPLE, BEFORE_H, LOAD_H, finished, made, opened, submit


def always(kind: str, **sizes: float) -> FaultRates:
    return replace(FaultRates(**sizes), **{kind: 1.0})


def test_wrong_masses() -> None:
    floor = opened(rates=always("wrong_mass", noticed=1.0))
    [done] = finished(floor, submit(floor, 1, made(925)))
    assert done.scanned
    assert done.masses_g["BaCO3"] != 1.2
    assert done.masses_g["BaCO3"] == pytest.approx(1.2, rel=0.5)
    assert [f.kind for f in done.faults] == ["wrong mass", "wrong mass"]
    assert "1.2 g asked" in done.faults[0].message


def test_no_mistake_takes_more_than_there_is() -> None:
    """A bottle with just enough: whoever weighs too much finds it empty at what was asked."""
    stock = Inventory([{"formula": "BaCO3", "grams": 1.2, "lot": "A"}, "TiO2"])
    for seed in range(8):
        stock.restock({"formula": "BaCO3", "grams": 1.2 - stock.left_g("BaCO3"), "lot": str(seed)})
        floor = Floor(Stations(), always("wrong_mass"), seed, stock.weigh)
        [done] = finished(floor, submit(floor, 1, made(925)))
        assert done.masses_g["BaCO3"] <= 1.2
        assert done.scanned


def test_spilled_samples_are_lost() -> None:
    floor = opened(rates=always("spilled_sample"))
    [done] = finished(floor, submit(floor, 1, made(925)))
    assert done.lost
    assert not done.scanned
    assert done.finished_h == pytest.approx(10 / 60)
    [fault] = done.faults
    assert (fault.kind, fault.stage) == ("spilled sample", "on the way to the mixer")
    assert fault.sample_lost


def test_a_trip_ends_the_firing_for_all_in_the_furnace() -> None:
    floor = opened(AMPLE)
    names = submit(floor, 9, made(925, 925))
    floor.advance(BEFORE_H + LOAD_H + 3 + 4)  # four hours into the hold
    assert floor.inject("furnace_trip", names[0])
    assert not floor.inject("furnace_trip", names[0])
    assert not floor.inject("furnace_trip", "box furnace 1")
    done = finished(floor, names)
    for each in done[:8]:
        assert each.scanned
        [programme] = each.firings  # no second firing
        assert isinstance(programme[0], Heat)
        assert programme[0].temperature_c == 925
        assert programme[0].hold_h == pytest.approx(4)
        assert programme[1] == Cool(rate_c_per_min=5, atmosphere=AIR)
        assert each.furnace_h == pytest.approx(LOAD_H + 3 + 4 + 3)
        assert [f.kind for f in each.faults] == ["furnace trip"]
        assert not each.faults[0].sample_lost
    assert done[8].faults == ()
    assert len(done[8].firings) == 2
    assert floor.happened == {"furnace_trip": 1}


def test_a_tripped_furnace_is_repaired() -> None:
    """One furnace: the next firing begins when it is cold and repaired."""
    floor = opened(replace(AMPLE, furnace=BoxFurnace(units=1)), FaultRates(repair_h=7))
    floor.submit("e1", made(925), ("r", 0))
    floor.submit("e2", made(825), ("r", 1))
    floor.advance(BEFORE_H + LOAD_H + 3)
    assert floor.inject("furnace_trip", "box furnace")
    second = finished(floor, ["e1", "e2"])[1]
    cold_h = BEFORE_H + LOAD_H + 3 + 3
    firing_h = LOAD_H + 10 + 320 / 60
    assert second.finished_h == pytest.approx(cold_h + 7 + firing_h + 18 / 60)


def test_an_idle_furnace_trips_too() -> None:
    floor = opened()
    assert all(floor.inject("furnace_trip", f"box furnace {n}") for n in (1, 2, 3, 4))
    [done] = finished(floor, submit(floor, 1, made(925)))
    assert done.faults == ()
    assert done.finished_h == pytest.approx(4 + LOAD_H + 16 + 18 / 60)  # mixed before the repair


def test_a_call_that_a_tripped_furnace_missed_goes_to_another() -> None:
    floor = opened()
    submit(floor, 1, made(925))
    while floor.stage("e0") != "queued for the box furnace":
        floor._crew.env.step()
    assert floor.inject("furnace_trip", "box furnace 1")
    [done] = finished(floor, ["e0"])
    assert done.finished_h == pytest.approx(BEFORE_H + LOAD_H + 16 + 18 / 60)


def test_overshoot_heats_the_whole_batch() -> None:
    floor = opened(AMPLE, always("overshoot", overshoot_sigma_c=40, noticed=1.0))
    done = finished(floor, submit(floor, 8, made(925)))
    assert len({d.firings for d in done}) == 1
    heat = done[0].firings[0][0]
    assert isinstance(heat, Heat)
    assert 925 < heat.temperature_c < 1100
    assert heat.hold_h == 10
    assert done[0].furnace_h == pytest.approx(LOAD_H + 16)
    assert f"{heat.temperature_c - 925:.0f} C hotter" in done[0].faults[0].message


def test_dirty_crucibles_bring_what_was_in_them() -> None:
    floor = opened(rates=always("contaminated_crucible", contamination_share=0.05))
    [first] = finished(floor, submit(floor, 1, made(925), "first"))
    assert first.contaminations == ()  # a new crucible
    [second] = finished(floor, submit(floor, 1, made(925, target="YBa2Cu3O7"), "second"))
    [found] = second.contaminations
    assert (found.share, found.experiment_id, found.target) == (0.05, "first0", "BaTiO3")
    assert [f.kind for f in second.happened] == ["contaminated crucible"]


def test_scans_are_repeated_twice() -> None:
    floor = opened(rates=always("failed_scan"))
    [done] = finished(floor, submit(floor, 1, made(925)))
    assert not done.scanned
    assert not done.lost
    assert [f.kind for f in done.faults] == ["failed scan"] * 3
    quiet = BEFORE_H + LOAD_H + 16 + 18 / 60
    assert done.finished_h == pytest.approx(quiet + 2 * 10 / 60)


def test_a_scan_that_fails_now_begins_again() -> None:
    floor = opened()
    submit(floor, 1, made(925))
    floor.advance(BEFORE_H + LOAD_H + 16 + 8 / 60 + 0.1)
    assert floor.stage("e0") == "in the diffractometer"
    assert floor.inject("failed_scan", "e0")
    [done] = finished(floor, ["e0"])
    assert done.scanned
    assert done.finished_h == pytest.approx(BEFORE_H + LOAD_H + 16 + 18 / 60 + 0.1)


def test_mislabelled_phases() -> None:
    floor = opened(rates=always("mislabelled_phase"))
    done = finished(floor, submit(floor, 20, made(925)))
    picks = [d.mislabel for d in done]
    assert all(p is not None and 0 <= p < 1 for p in picks)
    assert len(set(picks)) == 20


@pytest.mark.parametrize(
    "kind", ["wrong_mass", "overshoot", "contaminated_crucible", "mislabelled_phase"]
)
def test_bad_data_is_noticed_at_times(kind: str) -> None:
    """The truth is kept of all; the agent is told of the stated share."""
    counts = {}
    for share in (0.0, 0.3, 1.0):
        floor = opened(rates=always(kind, noticed=share))
        done = finished(floor, submit(floor, 100, made(925), "early"))
        done += finished(floor, submit(floor, 100, made(925), "late"))
        happened = sum(len(d.happened) for d in done)
        counts[share] = sum(len(d.faults) for d in done) / happened
        assert happened >= 90
    assert counts[0.0] == 0
    assert 0.1 < counts[0.3] < 0.5
    assert counts[1.0] == 1


def test_what_cannot_happen_does_not() -> None:
    floor = opened()
    submit(floor, 1, made(925))
    assert not any(floor.inject(kind, "e0") for kind in KINDS)  # nothing was done yet
    assert not floor.inject("furnace_trip", "doser")
    with pytest.raises(RecordError, match="no fault is called fire: there are wrong_mass, "):
        floor.inject("fire", "e0")
    with pytest.raises(AthanorError, match="nowhere is not on the floor"):
        floor.inject("overshoot", "nowhere")
    assert floor.advance_until_finished("e0")
    assert not any(floor.inject(kind, "e0") for kind in KINDS)  # nor can it any more
    assert floor.happened == {}


# Stations that hold several at a time, too.
BATCHING = Stations(mixer=Mixer(positions=4), diffractometer=Diffractometer(units=2, positions=3))


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_faults_at_random_moments(kind: str) -> None:
    """With other faults falling as well; the books are audited after each, nothing hangs."""
    random_ = random.Random(kind)
    happened = number = 0
    rates = FaultRates(*[0.02] * 7, repair_h=2)
    powders: list[tuple[str, str, float]] = []
    stations = random_.choice([Stations(), BATCHING])
    floor = Floor(stations, rates, 0, lambda *powder: powders.append(powder), batch_wait_h=1)
    running: list[str] = []
    moments = 0
    while happened < 1000:
        moments += 1
        assert moments < 100_000
        while len(running) < random_.choice([4, 12, 40]):
            running.append(f"e{number}")
            temperatures = [825.0 + 50 * random_.randrange(3)] * random_.choice([1, 1, 2])
            floor.submit(running[-1], made(*temperatures), (number,))
            number += 1
        floor.advance(random_.expovariate(4))
        if random_.random() < 0.1 and floor.cancel(name := random_.choice(running)):
            running.remove(name)
        # Most places cannot have this fault at this moment: ask around until one can.
        places = [*running, *floor.utilisation()]
        random_.shuffle(places)
        happened += any(floor.inject(kind, place) for place in places)
        floor.audit()
        running = [name for name in running if floor.collect(name) is None]
    # A powder that is being weighed wrongly when its sample is taken away never gets there.
    assert floor.happened[kind] >= (1000 if kind != "wrong_mass" else 900)
    finished(floor, running)
    assert not floor.step()
    books = floor._crew.books
    assert (
        sum(round(1e6 * grams) for *_, grams in powders)
        == books.weighed_ug
        == books.spilled_ug + books.recovered_ug
    )
    assert books.taken == books.returned


class Floors(RuleBasedStateMachine):
    """Whatever is done in whatever order, the books balance and all gets finished."""

    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        rates = FaultRates(*[0.1] * 7, repair_h=1)
        self.floor = Floor(BATCHING, rates, 0, lambda *_: None, batch_wait_h=2)
        self.here: set[str] = set()
        self.count = 0

    @rule(target=names, firings=st.integers(1, 2), warmer=st.booleans(), count=st.integers(1, 9))
    def submit(self, firings: int, warmer: bool, count: int) -> str:
        for _ in range(count):
            self.count += 1
            name = f"e{self.count}"
            self.floor.submit(name, made(*[875.0 + 50 * warmer] * firings), (self.count,))
            self.here.add(name)
        return name

    @rule(name=names)
    def cancel(self, name: str) -> None:
        if self.floor.cancel(name):
            self.here.remove(name)

    @rule()
    def pause(self) -> None:
        self.floor.pause()

    @rule()
    def resume(self) -> None:
        self.floor.resume()

    @rule(hours=st.floats(0.01, 20))
    def advance(self, hours: float) -> None:
        self.floor.advance(hours)

    @rule()
    def step(self) -> None:
        self.floor.step()

    @rule(name=names)
    def collect(self, name: str) -> None:
        if self.floor.collect(name):
            self.here.remove(name)

    @rule(name=names, kind=st.sampled_from(KINDS))
    def inject(self, name: str, kind: str) -> None:
        if name in self.here:
            self.floor.inject(kind, name)

    @rule(number=st.integers(1, 4), kind=st.sampled_from(KINDS))
    def inject_into_a_furnace(self, number: int, kind: str) -> None:
        self.floor.inject(kind, f"box furnace {number}")

    @invariant()
    def balances(self) -> None:
        self.floor.audit()

    def teardown(self) -> None:
        self.floor.resume()
        finished(self.floor, sorted(self.here))
        assert not self.floor.step()


TestFloors = Floors.TestCase
TestFloors.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
