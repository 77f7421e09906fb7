"""The crew of the floor: one process for each unit, and the carrying of samples between them."""

from collections.abc import Generator
from typing import Any, cast

from simpy import Environment, Event, Interrupt

from lab.procedure import Action, Fill, Grind, Recover, Scan, Weigh, furnace_hours
from lab.protocol import Refused
from lab.simulated.books import Books, Sample
from lab.simulated.faults import Dice, Programme
from lab.simulated.mishaps import Mishaps, WeighOut
from lab.simulated.places import Line, Unit

SCAN_TRIES = 3

Steps = Generator[Event, Any, None]


class Crew:
    """Works off the lines. While `paused` nothing new is started; `ended` counts the finished."""

    def __init__(self, lines: dict[str, Line], dice: Dice, weigh_out: WeighOut) -> None:
        self.env = Environment()
        self.lines, self.dice, self.books, self.mishaps = lines, dice, Books(), Mishaps(dice)
        self.paused = False
        self.ended = 0
        self._tickets = 0
        self._weigh_out = weigh_out
        for line in lines.values():
            for unit in line.units:
                unit.process = self.env.process(self._work(line, unit))
        while self.env.peek() == 0:  # everybody goes to their place
            self.env.step()

    @property
    def now_h(self) -> float:
        """Simulated hours since the start."""
        return float(self.env.now)

    def queue(self, sample: Sample) -> None:
        """Let a sample wait for its station, and somebody see to it."""
        line = self.lines[sample.station.name]
        self._tickets += 1
        sample.arrived_h, sample.ticket = self.now_h, self._tickets
        line.add(sample)
        line.ring()
        if line.wait_h:
            self.env.timeout(line.wait_h).callbacks.append(lambda _: line.ring())

    def expect(self, sample: Sample) -> None:
        """Know of a sample that will come to the lines."""
        for line in self.lines.values():
            line.expect(sample)

    def forget(self, sample: Sample) -> None:
        """Let nobody wait for a sample that comes no more; its books are closed."""
        for line in self.lines.values():
            line.forget(sample)
        self.books.close(sample)

    def lose(self, sample: Sample, kind: str, where: str, message: str) -> None:
        """Give a sample up that was taken out of its place."""
        self.mishaps.lose(sample, kind, where, message)
        self._finish(sample)

    def take_out(self, sample: Sample) -> None:
        """Take a sample out of its place. A furnace runs on without it, others stop."""
        unit = self.unit_of(sample)
        if unit is None:
            self.lines[sample.station.name].remove(sample)
            return
        del unit.holding[sample.experiment_id]
        if not unit.holding and not unit.hot:
            self.interrupt(unit, "emptied")

    def interrupt(self, unit: Unit, cause: str) -> None:
        """Stop what a unit is doing, here and now."""
        assert unit.process is not None
        unit.process.interrupt(cause)
        self.env.step()  # nothing is more urgent than an interrupt, so that is what happens

    def unit_of(self, sample: Sample) -> Unit | None:
        """The unit that holds a sample, if one does."""
        if sample.finished_h is not None:
            return None
        units = self.lines[sample.station.name].units
        return next((u for u in units if sample.experiment_id in u.holding), None)

    def _work(self, line: Line, unit: Unit) -> Steps:
        """The day of one unit: take what waits, do it, carry it on; sleep where nothing waits."""
        while True:
            try:
                yield self.env.timeout(0)  # what else ends at this moment ends first
                batch = [] if self.paused else line.take(self.now_h)
                if not batch:
                    unit.bell = self.env.event()
                    yield unit.bell
                    continue
                unit.load(batch, self.now_h)
                yield from (self._fire if unit.hot else self._do)(line, unit)
                for sample in unit.unload(self.now_h):
                    self._carry(sample)
            except Interrupt as interrupt:  # idle, or the last sample was taken out of it
                unit.bell = None
                unit.unload(self.now_h)
                unit.broken = interrupt.cause == "furnace_trip"
                if unit.broken:
                    self.mishaps.trip(unit, 0.0)
            if unit.broken:
                line.ring()  # somebody else may have to do what this one was called for
                yield self.env.timeout(self.dice.rates.repair_h)
                unit.broken = False

    def _do(self, line: Line, unit: Unit) -> Steps:
        """Do the actions of a stay, one after the other, to all that the unit holds."""
        for number, action in enumerate(unit.actions):
            unit.doing = action
            if isinstance(action, Scan):
                yield from self._scan(line.station.hours((action,)), unit)
                continue
            yield self.env.timeout(line.station.hours((action,)))
            for sample in unit.samples:
                self._did(sample, action, number, unit)
            if not unit.holding:
                return

    def _did(self, sample: Sample, action: Action, number: int, unit: Unit) -> None:
        """Enter an action that was done."""
        if isinstance(action, Weigh):
            try:
                grams = self.mishaps.weigh(sample, action, number, self._weigh_out, unit.name)
            except Refused as short:
                del unit.holding[sample.experiment_id]
                self.lose(sample, "out_of_stock", unit.name, str(short))
            else:
                self.books.weigh(sample, action.formula, grams)
        elif isinstance(action, Fill):
            self.books.take_crucible(sample, action.crucible)
            self.mishaps.fill(sample, unit.name)
        elif isinstance(action, Recover):
            self.books.return_crucible(sample)
        elif isinstance(action, Grind):
            sample.ground = True

    def _scan(self, hours: float, unit: Unit) -> Steps:
        """Scan, and scan again what gave no pattern."""
        waiting = set(unit.holding)
        for attempt in range(SCAN_TRIES):
            stopped = False
            try:
                yield self.env.timeout(hours)
            except Interrupt as interrupt:
                if interrupt.cause != "failed_scan":
                    raise
                stopped = True
            waiting = {
                s.experiment_id
                for s in unit.samples
                if s.experiment_id in waiting
                and not self.mishaps.scan(s, attempt, stopped, unit.name)
            }
            if not waiting:
                return

    def _fire(self, line: Line, unit: Unit) -> Steps:
        """Run a furnace programme, to its end or to a trip."""
        lead, shared, began_h = unit.samples[0], len(unit.holding), self.now_h
        key = (*lead.draw_key, lead.visit)
        programme = cast(Programme, unit.actions)
        hours = line.station.hours(programme)
        unit.running, unit.since_h = programme, began_h + hours - furnace_hours(programme)
        rng = self.dice.falls("overshoot", *key)
        if rng is not None:
            self.mishaps.overshoot(unit, rng)
        rng = self.dice.falls("furnace_trip", *key)
        try:
            yield self.env.timeout(hours if rng is None else hours * rng.uniform())
            unit.broken = rng is not None
        except Interrupt:
            unit.broken = True
        if unit.broken:
            cooling_h = self.mishaps.trip(unit, max(self.now_h - unit.since_h, 0.0))
            yield self.env.timeout(cooling_h)
        for sample in unit.samples:
            sample.firings.append(unit.running)
            sample.grindings.append(sample.ground)
            sample.shared.append(shared)
            sample.furnace_h += self.now_h - began_h
            sample.ground = False
        unit.running = None

    def _carry(self, sample: Sample) -> None:
        """To the next station, if that goes well, or to the tray of what is finished."""
        sample.visit += 1
        if sample.visit == len(sample.visits):
            self._finish(sample)
        elif self.mishaps.spills(sample):
            where = f"on the way to the {sample.station.name}"
            self.lose(sample, "spilled_sample", where, "the sample was spilled")
        else:
            self.queue(sample)

    def _finish(self, sample: Sample) -> None:
        sample.finished_h = self.now_h
        self.forget(sample)
        self.ended += 1
