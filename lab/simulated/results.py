"""What an experiment gave: from what was done with a sample to what the lab reports of it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from knowledge.errors import AthanorError
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import HeatingStep
from lab.procedure import Cool, Heat
from lab.simulated.chemistry import Chemistries
from lab.simulated.draws import generator
from lab.simulated.floor import Handled
from lab.simulated.measurement import Measurement, measure, weight_fractions
from lab.simulated.scans import Scans
from lab.stations import Stations


class Results:
    """The chemistry and the measurement behind the floor. A result hangs on its arguments alone.

    With `patterns`, a folder, each scan is a file of counts there.
    """

    def __init__(
        self,
        seed: int,
        chemistries: Chemistries,
        measurement: Measurement,
        stations: Stations,
        patterns: Path | str | None,
    ) -> None:
        self._seed, self._chemistries = seed, chemistries
        self._measurement, self._stations = measurement, stations
        self._scans = None if patterns is None else Scans(Path(patterns))

    def outcome(
        self, handled: Handled, replicate: int, stocked: Iterable[str], particle_um: float | None
    ) -> Outcome:
        """What came of a sample, `replicate` of its recipe; failed where the world has no answer.

        `stocked` are all formulas that were ever stocked, `particle_um` the mean particle size.
        """
        try:
            return self._measured(handled, replicate, stocked, particle_um)
        except (AthanorError, OSError) as error:  # what was fired must not be lost to the books
            fault = Fault(kind="simulation", stage="measurement", message=str(error))
            return Outcome(experiment_id=handled.experiment_id, status="failed", faults=(fault,))

    def _measured(
        self, handled: Handled, replicate: int, stocked: Iterable[str], particle_um: float | None
    ) -> Outcome:
        told: dict[str, Any] = {
            "experiment_id": handled.experiment_id,
            "profile": _as_recorded(handled),
            "faults": handled.faults,
            "lab_time_h": round(self._work_h(handled), 3),
        }
        if handled.lost or not handled.scanned:
            return Outcome(status="failed", **told)
        chemistry = self._chemistries.of(handled.procedure.target, (*stocked, *handled.masses_g))
        sample = chemistry.fire(handled.masses_g, handled.firings, particle_um)
        fractions, _ = weight_fractions(chemistry.system, sample)
        for dirt in handled.contaminations:  # nothing of what was there before can be named
            fractions = fractions * (1 - dirt.share)
        draw = (handled.procedure.recipe_id, replicate)
        if self._scans is not None:
            self._scans.write(handled.experiment_id, chemistry.system, fractions, draw, self._seed)
        rng = generator(self._seed, "measurement", *draw)
        phases, unidentified = measure(
            chemistry.system, fractions, self._measurement, rng, handled.mislabel
        )
        return Outcome(phases=phases, unidentified_weight_fraction=unidentified, **told)

    def _work_h(self, handled: Handled) -> float:
        """Hours that were worked on a sample. Waiting is not counted: it hangs on other samples."""
        furnace = self._stations.furnace
        visits = self._stations.visits(handled.procedure)
        bench = sum(station.hours(actions) for station, actions in visits if station != furnace)
        return bench + handled.furnace_h


def cancelled(experiment_id: str) -> Outcome:
    """What came of an experiment that was stopped before it was fired."""
    fault = Fault(kind="cancelled", stage="queue", message="cancelled before it was fired")
    return Outcome(experiment_id=experiment_id, status="cancelled", faults=(fault,))


def refused(experiment_id: str, why: AthanorError) -> Outcome:
    """What came of an experiment that the lab took on once and may not do any more."""
    fault = Fault(kind="refused", stage="restart", message=str(why), sample_lost=True)
    return Outcome(experiment_id=experiment_id, status="failed", faults=(fault,))


def _as_recorded(handled: Handled) -> tuple[HeatingStep, ...]:
    """The profile as the furnace recorded it. An overshoot that nobody noticed is not in it."""
    noticed = any(fault.kind == "overshoot" for fault in handled.faults)
    return tuple(
        HeatingStep(
            temperature_c=round(
                fired.temperature_c if noticed else min(fired.temperature_c, asked.temperature_c), 1
            ),
            hold_h=round(fired.hold_h, 3),
            ramp_c_per_min=fired.ramp_c_per_min if noticed else asked.ramp_c_per_min,
            atmosphere=fired.atmosphere,
            regrind_before=number > 0 and first,
        )
        for number, (real, planned) in enumerate(
            zip(handled.firings, handled.procedure.firings, strict=False)
        )
        for first, (fired, asked) in _heats(real, planned)
    )


def _heats(
    real: Sequence[Heat | Cool], planned: Sequence[Heat | Cool]
) -> list[tuple[bool, tuple[Heat, Heat]]]:
    """The heats of a programme as run, each beside what was asked; a trip leaves fewer."""
    pairs = zip(
        (a for a in real if isinstance(a, Heat)),
        (a for a in planned if isinstance(a, Heat)),
        strict=False,
    )
    return [(number == 0, pair) for number, pair in enumerate(pairs)]
