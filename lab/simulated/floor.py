"""The floor of the simulated laboratory: time, places, batches, and what goes wrong.

Samples wait in a line before each station; a unit that falls free takes the one that waited longest
and, where it has positions, others that are to be treated exactly alike. Nothing here knows any
chemistry: what comes out is what was done with a sample, not what became of it.

    floor.submit("e1", procedure, ("recipe", 0))
    floor.advance_until_finished("e1")
    handled = floor.collect("e1")
"""

import math
from collections import Counter
from collections.abc import Collection
from functools import partial

from knowledge.errors import AthanorError, RecordError
from lab.archive import Moment
from lab.procedure import Procedure, Scan, Weigh
from lab.simulated.books import Handled, Place, Sample, audit_places
from lab.simulated.crew import Crew
from lab.simulated.faults import KINDS, Dice, FaultRates
from lab.simulated.mishaps import WeighOut
from lab.simulated.places import Unit, lines
from lab.stations import Stations

__all__ = ["Floor", "Handled"]


class Floor:
    """Samples on their way through the stations, in simulated hours.

    `weigh` is told of every powder that is weighed: experiment, formula, grams; it may raise
    Refused. A batch that is not full waits `batch_wait_h` for company. Raises RecordError for
    a wait below 0 and for stations that cannot be told apart.
    """

    def __init__(
        self,
        stations: Stations,
        rates: FaultRates,
        seed: int,
        weigh: WeighOut,
        batch_wait_h: float = 0.0,
    ) -> None:
        self._stations = stations
        self._dice = Dice(rates, seed)
        self._lines = lines(stations, batch_wait_h)
        self._units = {u.name: u for line in self._lines.values() for u in line.units}
        self._samples: dict[str, Sample] = {}
        self._crew = Crew(self._lines, self._dice, weigh)

    @property
    def now_h(self) -> float:
        """Simulated hours since the floor opened."""
        return self._crew.now_h

    @property
    def moment(self) -> Moment:
        """Where time stands, so that `go_on_to` gets there again."""
        return Moment(self._crew.ended, self._crew.env.peek() == math.inf)

    @property
    def happened(self) -> Counter[str]:
        """How many faults of each kind there were so far, noticed or not."""
        return Counter(self._crew.mishaps.happened)

    def submit(
        self, experiment_id: str, procedure: Procedure, draw_key: tuple[object, ...]
    ) -> None:
        """Let a sample wait to be weighed; the same again changes nothing.

        `draw_key` names the draws of its faults. Raises Refused for an action that no station does,
        AthanorError for an id that is on the floor with another procedure.
        """
        known = self._samples.get(experiment_id)
        if known is not None:
            if known.procedure != procedure:
                raise AthanorError(
                    f"experiment {experiment_id} is on the floor with another procedure: "
                    "choose another id"
                )
            return
        visits = self._stations.visits(procedure)
        sample = Sample(experiment_id, procedure, draw_key, visits, self.now_h)
        self._samples[experiment_id] = sample
        self._crew.expect(sample)
        self._crew.queue(sample)

    def stage(self, experiment_id: str) -> str:
        """Where a sample is, in words. Raises AthanorError for one that is not here."""
        return self._where(self._sample(experiment_id))

    def can_cancel(self, experiment_id: str) -> bool:
        """Whether a sample is here that was not fired and is in no furnace."""
        sample = self._samples.get(experiment_id)
        if sample is None or sample.finished_h is not None or sample.firings:
            return False
        unit = self._crew.unit_of(sample)
        return unit is None or not unit.hot

    def cancel(self, experiment_id: str) -> bool:
        """Take a sample away unless it was fired, or is in a furnace; whether that was done."""
        if not self.can_cancel(experiment_id):
            return False
        sample = self._samples[experiment_id]
        self._crew.take_out(sample)
        self._crew.forget(sample)
        del self._samples[experiment_id]
        return True

    def pause(self) -> None:
        """Start nothing more; what is under way goes on."""
        self._crew.paused = True

    @property
    def paused(self) -> bool:
        """Whether nothing more is started."""
        return self._crew.paused

    def resume(self) -> None:
        """Go on after a pause."""
        self._crew.paused = False
        for unit in self._units.values():
            unit.ring()

    def advance_until_finished(self, experiment_id: str) -> bool:
        """Let time pass until a sample is finished; False where nothing can move, as when paused.

        Raises AthanorError for a sample that is not here.
        """
        return self.advance_until_any((experiment_id,))

    def advance_until_any(self, experiment_ids: Collection[str]) -> bool:
        """Let time pass until one of the samples is finished; False where nothing can move.

        Raises AthanorError for a sample that is not here.
        """
        samples = [self._sample(name) for name in experiment_ids]
        while all(sample.finished_h is None for sample in samples):
            if not self.step():
                return False
        return True

    def go_on_to(self, moment: Moment) -> None:
        """Let time pass to a moment of a floor to which the same was done up to then."""
        while self._crew.ended < moment.ended and self.step():
            pass
        if moment.idle:
            self.step()

    def step(self) -> bool:
        """Let time pass until a sample is finished; False where nothing can move."""
        before = self._crew.ended
        while self._crew.ended == before:
            if self._crew.env.peek() == math.inf:
                return False
            self._crew.env.step()
        return True

    def advance(self, hours: float) -> None:
        """Let hours pass, whatever happens. Raises RecordError unless they are above 0."""
        if not (hours > 0 and math.isfinite(hours)):
            raise RecordError(f"{hours} hours cannot pass: it must be above 0")
        alarm = self._crew.env.timeout(hours)
        while not alarm.processed:
            self._crew.env.step()

    def handled(self, experiment_id: str) -> Handled | None:
        """What was done with a finished sample; none if it is not here, or not finished."""
        sample = self._samples.get(experiment_id)
        return None if sample is None or sample.finished_h is None else sample.handled()

    def finished(self, experiment_id: str) -> bool:
        """Whether a sample waits on the tray of what is finished."""
        sample = self._samples.get(experiment_id)
        return sample is not None and sample.finished_h is not None

    def collect(self, experiment_id: str) -> Handled | None:
        """Hand over what was done with a finished sample and forget it; none if not finished."""
        handled = self.handled(experiment_id)
        if handled is not None:
            del self._samples[experiment_id]
        return handled

    def utilisation(self) -> dict[str, float]:
        """Hours that each unit of each station was busy so far."""
        return {name: unit.hours_busy(self.now_h) for name, unit in self._units.items()}

    def inject(self, kind: str, where: str) -> bool:
        """Make a fault happen now to an experiment or in a unit ("furnace 2"), if it can there.

        Returns whether it happened: no furnace trips that is being repaired, no mass is wrong that
        is not being weighed. Raises RecordError for another kind, AthanorError for another place.
        """
        if kind not in KINDS:
            raise RecordError(f"no fault is called {kind}: there are {', '.join(KINDS)}")
        unit = self._units.get(where)
        held = unit.samples if unit else (self._sample(where),)
        if unit is None:
            unit = self._crew.unit_of(held[0])
        if kind == "furnace_trip":
            return self._trip(unit)
        if not held or held[0].finished_h is not None:
            return False
        sample = held[0]
        place, mishaps = self._where(sample), self._crew.mishaps
        rng = partial(self._dice.injected, kind, *sample.draw_key, len(sample.happened))
        if kind == "contaminated_crucible":
            return mishaps.contaminate(sample, rng(), place)
        if kind == "spilled_sample":
            return self._spill(sample, place)
        if kind == "overshoot":
            if unit is None or unit.running is None or unit.broken:
                return False
            return mishaps.overshoot(unit, rng(), max(self.now_h - unit.since_h, 0.0))
        needed = Weigh if kind == "wrong_mass" else Scan
        if unit is None or not isinstance(unit.doing, needed):
            return False
        if kind == "wrong_mass":
            if sample.skew is not None:  # this powder is being weighed wrongly already
                return False
            sample.skew = rng()
        elif kind == "failed_scan":
            self._crew.interrupt(unit, kind)
        else:
            mishaps.mislabel(sample, rng(), place)
        return True

    def audit(self) -> None:
        """Raise AthanorError, naming the imbalance, unless samples, grams and crucibles add up."""
        live = [s for s in self._samples.values() if s.finished_h is None]
        done = [s for s in self._samples.values() if s.finished_h is not None]
        places = [Place("the tray", None, tuple(done))]
        for name, line in self._lines.items():
            places.append(Place(f"the line for the {name}", None, tuple(line)))
            places += [Place(u.name, line.positions, u.samples) for u in line.units]
        audit_places(places, self._samples)
        self._crew.books.audit(live)

    def _trip(self, unit: Unit | None) -> bool:
        furnaces = self._lines[self._stations.furnace.name].units
        if unit is None or unit.broken or unit not in furnaces:
            return False
        self._crew.interrupt(unit, "furnace_trip")
        return True

    def _spill(self, sample: Sample, where: str) -> bool:
        if not sample.weighed_ug:
            return False
        self._crew.take_out(sample)
        self._crew.lose(sample, "spilled_sample", where, "the sample was spilled")
        return True

    def _where(self, sample: Sample) -> str:
        if sample.finished_h is not None:
            return "finished"
        unit, station = self._crew.unit_of(sample), sample.station
        if unit is None:
            return f"queued for the {station.name}"
        return f"in {unit.name}" if station.units > 1 else f"in the {unit.name}"

    def _sample(self, experiment_id: str) -> Sample:
        if experiment_id not in self._samples:
            raise AthanorError(f"experiment {experiment_id} is not on the floor")
        return self._samples[experiment_id]
