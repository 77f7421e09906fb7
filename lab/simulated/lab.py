"""The simulated lab: a world, an inventory, an envelope, and a floor where time passes.

What an experiment gives depends on the world, the precursors stocked, the recipe, and how often
this lab ran the same recipe before, so a lab that was restarted gives the same answer to the same
submission, and policies that try the same recipe in the same world see the same result. (Where
furnaces trip or overshoot and crucibles are dirty, it also depends on who shares them.) When it is
ready depends on what else is in the lab: simulated time passes while somebody waits for a result.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from knowledge.energies import EnergyStack, default_energies
from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import HeatingStep, Recipe
from knowledge.record import content_hash
from lab.archive import Archive
from lab.inventory import Inventory, Lot
from lab.procedure import Bench, Cool, Heat, Procedure, procedure
from lab.protocol import Pending, Refused, Status, Unknown, Unsubmitted
from lab.safety import Envelope
from lab.simulated.chemistry import Chemistries
from lab.simulated.draws import generator
from lab.simulated.faults import FaultRates
from lab.simulated.floor import Floor, Handled
from lab.simulated.measurement import Measurement, measure, weight_fractions
from lab.simulated.scans import Scans
from lab.simulated.world import WorldSettings
from lab.stations import Stations

_LONGEST_ID = 200


class SimulatedLab:
    """A lab whose truth is drawn from a seed of its own. Implements Lab.

    `inventory` holds formulas (bought as needed) or lots; with `inventory_file` its books survive.
    With `state`, a file, a restarted lab knows what it ran; with `patterns`, a folder, each scan is
    a file of counts there. `polls_until_done` makes experiments answer Pending that many times
    before time passes for them. At most `max_open` experiments are taken on at a time. Raises
    RecordError for settings that do not hold together.
    """

    def __init__(
        self,
        world_seed: int,
        inventory: Iterable[str | Mapping[str, Any] | Lot],
        envelope: Envelope | None = None,
        world: WorldSettings | None = None,
        energies: EnergyStack | None = None,
        polls_until_done: int = 0,
        extra_precursors: Sequence[str] = (),
        stations: Stations | None = None,
        bench: Bench | None = None,
        faults: FaultRates | None = None,
        measurement: Measurement | None = None,
        batch_wait_h: float = 0.0,
        max_open: int = 1000,
        inventory_file: Path | str | None = None,
        state: Path | str | None = None,
        patterns: Path | str | None = None,
        name: str = "simulated",
    ) -> None:
        for setting, number, least in (
            ("world_seed", world_seed, 0),
            ("polls_until_done", polls_until_done, 0),
            ("max_open", max_open, 1),
        ):
            if not isinstance(number, int) or isinstance(number, bool) or number < least:
                raise RecordError(
                    f"lab.{setting} is {number}: it must be a whole number, {least} or above"
                )
        for setting, given, kind in (
            ("name", name, str),
            ("envelope", envelope, Envelope),
            ("world", world, WorldSettings),
            ("energies", energies, EnergyStack),
            ("stations", stations, Stations),
            ("bench", bench, Bench),
            ("faults", faults, FaultRates),
            ("measurement", measurement, Measurement),
        ):
            if given is not None and not isinstance(given, kind):
                raise RecordError(f"lab.{setting} is {given!r}: it must be a {kind.__name__}")
        if isinstance(inventory, str | Mapping):
            raise RecordError(f"lab.inventory is {inventory!r}: give a list, such as [{inventory}]")
        self.name = name
        self.stock = Inventory(_once((*inventory, *extra_precursors)), inventory_file)
        self.envelope, self.bench = envelope or Envelope(), bench or Bench()
        if self.bench.crucible != self.envelope.crucible:
            raise RecordError(
                f"lab.bench.crucible is {self.bench.crucible} and lab.envelope.crucible "
                f"{self.envelope.crucible}: limits must be those of the crucible used"
            )
        self.stations = stations or Stations()
        self._seed, self._max_open = world_seed, max_open
        self._measurement = measurement or Measurement()
        world, faults = world or WorldSettings(), faults or FaultRates()
        self._chemistries = Chemistries(world_seed, world, energies or default_energies())
        self._floor = Floor(self.stations, faults, world_seed, self._weigh, batch_wait_h)
        self._polls, self._waiting = polls_until_done, dict[str, int]()
        self._scans = None if patterns is None else Scans(Path(patterns))
        self._archive = Archive(state)
        self._archive.bind(
            content_hash([world_seed, *map(repr, (world, faults, self._measurement, self.bench))])
        )
        self._begun_before = set[str]()
        self._sizes: dict[str, list[tuple[float, float]]] = {}
        for experiment_id, recipe, replicate in list(self._archive.unfinished()):
            self._take_up_again(experiment_id, recipe, replicate)

    @property
    def inventory(self) -> tuple[str, ...]:
        """The precursors of which anything is left."""
        return self.stock.formulas

    @property
    def now_h(self) -> float:
        """Simulated hours since the lab opened."""
        return self._floor.now_h

    def check(self, recipe: Recipe) -> None:
        """Raise Refused, naming rule, value and limit, for a recipe this lab would not run."""
        self._checked(recipe)

    def _checked(self, recipe: Recipe) -> Procedure:
        """What is done for a recipe. Raises Refused where this lab would not do it."""
        self.envelope.check(recipe, self.inventory, self.bench.batch_g)
        for formula in (*recipe.precursors, recipe.target.formula):
            missing = self._chemistries.lacks(formula)
            if missing:
                raise Refused("simulation", f"{formula} is in no world", missing)
        steps = procedure(recipe, self.bench)
        self.stations.check(steps)
        self.stock.check(steps.masses_g)
        return steps

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        """Take a recipe on; the same again changes nothing. Raises Refused."""
        _check_id(experiment_id)
        known = self._archive.recipe_id(experiment_id)
        if known == recipe.content_id:
            return
        if known is not None:
            raise Refused(
                "experiment id",
                f"{experiment_id} is already used for {self._archive.recipe(experiment_id)}",
                "an id belongs to one recipe: choose another id",
            )
        steps = self._checked(recipe)
        if len(self._waiting) >= self._max_open:
            raise Refused(
                "queue",
                f"{len(self._waiting)} experiments are waiting",
                f"at most {self._max_open}: wait until some are done",
            )
        self.stock.reserve(experiment_id, steps.masses_g)
        self._begin(experiment_id, steps, self._archive.add(experiment_id, recipe))

    def poll(self, experiment_id: str) -> Status:
        """Pending, the outcome, or Unsubmitted for an id that this lab has not seen.

        Waiting for a result lets simulated time pass until it is there; while paused, what is under
        way goes on and nothing else.
        """
        if experiment_id not in self._waiting:
            outcome = self._archive.outcome(experiment_id)
            if outcome is None and self._archive.recipe_id(experiment_id) is not None:
                return Unknown(f"{experiment_id} was taken on by another process with this state")
            return outcome or Unsubmitted(f"{experiment_id} was never submitted here")
        if self._waiting[experiment_id] > 0:
            self._waiting[experiment_id] -= 1
            return Pending(self._floor.stage(experiment_id))
        if not self._floor.advance_until_finished(experiment_id):
            if not self._floor.paused:
                return Unknown(f"nothing moves any more, {self._floor.stage(experiment_id)}")
            return Pending("paused: " + self._floor.stage(experiment_id))
        handled = self._floor.collect(experiment_id)
        assert handled is not None
        try:
            outcome = self._outcome(handled)
        except (AthanorError, OSError) as error:  # what was fired must not be lost to the books
            fault = Fault(kind="simulation", stage="measurement", message=str(error))
            outcome = Outcome(experiment_id=experiment_id, status="failed", faults=(fault,))
        return self._finish(outcome)

    def cancel(self, experiment_id: str) -> Status:
        """Stop an experiment that has not been fired; then where it stands."""
        if experiment_id in self._waiting and self._floor.cancel(experiment_id):
            fault = Fault(kind="cancelled", stage="queue", message="cancelled before it was fired")
            return self._finish(
                Outcome(experiment_id=experiment_id, status="cancelled", faults=(fault,))
            )
        return self.poll(experiment_id)

    def pause(self) -> None:
        """Start nothing more; what is under way goes on."""
        self._floor.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        self._floor.resume()

    def utilisation(self) -> dict[str, float]:
        """Simulated hours that each unit of each station was busy."""
        return self._floor.utilisation()

    def _begin(self, experiment_id: str, steps: Procedure, replicate: int) -> None:
        self._floor.submit(experiment_id, steps, (steps.recipe_id, replicate))
        self._waiting[experiment_id] = self._polls

    def _take_up_again(self, experiment_id: str, recipe: Recipe, replicate: int) -> None:
        """Go on with what was open when the process ended, unless it may not be any more."""
        self._begun_before.add(experiment_id)
        try:
            self.envelope.check(recipe, tuple(recipe.precursors), self.bench.batch_g)
            steps = procedure(recipe, self.bench)
            self.stations.check(steps)
            self.stock.reserve(experiment_id, steps.masses_g)
            self._begin(experiment_id, steps, replicate)
        except Refused as refusal:
            fault = Fault(kind="refused", stage="restart", message=str(refusal), sample_lost=True)
            self._archive.finish(
                Outcome(experiment_id=experiment_id, status="failed", faults=(fault,))
            )

    def _weigh(self, experiment_id: str, formula: str, grams: float) -> None:
        """Take powder off the shelf, unless that was done before the process ended."""
        if experiment_id in self._begun_before and self.stock.begun(experiment_id, formula):
            return
        for lot, taken in self.stock.weigh(experiment_id, formula, grams):
            if lot.particle_size_um:
                sizes = self._sizes.setdefault(experiment_id, [])
                sizes.append((taken, lot.particle_size_um))

    def _finish(self, outcome: Outcome) -> Outcome:
        self._archive.finish(outcome)
        self.stock.release(outcome.experiment_id)
        del self._waiting[outcome.experiment_id]
        self._sizes.pop(outcome.experiment_id, None)
        return outcome

    def _outcome(self, handled: Handled) -> Outcome:
        told: dict[str, Any] = {
            "experiment_id": handled.experiment_id,
            "profile": _as_recorded(handled),
            "faults": handled.faults,
            "lab_time_h": round(self._work_h(handled), 3),
        }
        if handled.lost or not handled.scanned:
            return Outcome(status="failed", **told)
        # All that was ever stocked: what is left on the shelf does not change what can form.
        stocked = [lot.formula for lot in self.stock.lots]
        chemistry = self._chemistries.of(handled.procedure.target, (*stocked, *handled.masses_g))
        sample = chemistry.fire(handled.masses_g, handled.firings, self._particle_um(handled))
        fractions, _ = weight_fractions(chemistry.system, sample)
        for dirt in handled.contaminations:  # nothing of what was there before can be named
            fractions = fractions * (1 - dirt.share)
        replicate = self._archive.replicate(handled.experiment_id)
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
        furnace = self.stations.furnace
        visits = self.stations.visits(handled.procedure)
        bench = sum(station.hours(actions) for station, actions in visits if station != furnace)
        return bench + handled.furnace_h

    def _particle_um(self, handled: Handled) -> float | None:
        """Mean particle size of what was weighed, by mass; none where it is not known."""
        known = self._sizes.get(handled.experiment_id, ())
        grams = sum(g for g, _ in known)
        return sum(g * um for g, um in known) / grams if grams else None


def _once(entries: Sequence[str | Mapping[str, Any] | Lot]) -> list[str | Mapping[str, Any] | Lot]:
    """Plain formulas once, however often they are listed."""
    plain = dict.fromkeys(e for e in entries if isinstance(e, str))
    return [*plain, *(e for e in entries if not isinstance(e, str))]


def _check_id(experiment_id: str) -> None:
    """Raise Refused for what cannot name an experiment."""
    fits = isinstance(experiment_id, str) and 0 < len(experiment_id) <= _LONGEST_ID
    if not (fits and experiment_id.isprintable()):
        raise Refused(
            "experiment id", repr(experiment_id), f"it must be 1 to {_LONGEST_ID} printable letters"
        )


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
