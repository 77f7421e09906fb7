"""The simulated lab: a world, an inventory, an envelope, and a floor where time passes.

What an experiment gives depends on the world, the precursors stocked, the recipe, and how often
this lab ran the same recipe before, so policies that try the same recipe in the same world see the
same result. (Where furnaces trip or overshoot and crucibles are dirty, it also depends on who
shares them.) When it is ready depends on what else is in the lab: simulated time passes while
somebody waits for a result. A lab with a file for its state goes on after a kill as if nothing was.
"""

import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path

from knowledge.energies import EnergyStack, default_energies
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from knowledge.record import content_hash
from lab.archive import Archive
from lab.experiment_id import check_id
from lab.inventory import Inventory
from lab.procedure import Bench, Procedure, procedure
from lab.protocol import Pending, Refused, Status, Unknown, Unsubmitted
from lab.safety import Envelope
from lab.settings import Entry, check_crucible, entries_of
from lab.simulated.chemistry import Chemistries
from lab.simulated.faults import FaultRates
from lab.simulated.floor import Floor
from lab.simulated.measurement import Measurement
from lab.simulated.places import lines
from lab.simulated.restart import live_again
from lab.simulated.results import Results, cancelled
from lab.simulated.settings import check_settings
from lab.simulated.weighing import Shelf
from lab.simulated.world import WorldSettings
from lab.stations import Stations

# Another number for a floor on which the same submissions would end otherwise: then files of before
# are not lived through again, but what is open in them starts anew.
_FLOOR_RULES = 1


class SimulatedLab:
    """A lab whose truth is drawn from a seed of its own. Implements Lab, Pausable and Clocked.

    `inventory` holds formulas (bought as needed) or lots; with `inventory_file` its books survive.
    With `state`, a file, a lab that was killed goes on where it was, to the hour; one lab at a time
    has it. With `patterns`, a folder, each scan is a file of counts there. `polls_until_done` makes
    an experiment answer Pending to that many polls and looks, finished or not, before it tells (the
    count begins anew with a restart); `wait` does not ask, and never waits for that. At most
    `max_open` experiments are taken on at a time. Raises RecordError for settings that do not hold
    together, and whenever a file cannot be used.
    """

    def __init__(
        self,
        world_seed: int,
        inventory: Iterable[Entry],
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
        check_settings(
            {"world_seed": (world_seed, 0), "polls_until_done": (polls_until_done, 0),
             "max_open": (max_open, 1)},
            {"name": (name, str), "envelope": (envelope, Envelope), "world": (world, WorldSettings),
             "energies": (energies, EnergyStack), "stations": (stations, Stations),
             "bench": (bench, Bench), "faults": (faults, FaultRates),
             "measurement": (measurement, Measurement)},
        )  # fmt: skip
        entries = entries_of(inventory, extra_precursors)
        self.name = name
        self.envelope, self.bench = envelope or Envelope(), bench or Bench()
        check_crucible(self.bench, self.envelope)
        self.stations, self._max_open = stations or Stations(), max_open
        lines(self.stations, batch_wait_h)  # before a file is bound to what is no floor
        measurement = measurement or Measurement()
        world, faults = world or WorldSettings(), faults or FaultRates()
        self._chemistries = Chemistries(world_seed, world, energies or default_energies())
        self._results = Results(world_seed, self._chemistries, measurement, self.stations, patterns)
        self._polls, self._waiting = polls_until_done, dict[str, int]()
        self._archive = Archive(state)
        self._let_go = weakref.finalize(self, self._archive.close)
        try:
            self._archive.bind(
                content_hash([world_seed, *map(repr, (world, faults, measurement, self.bench))])
            )
            self._archive.bind_floor(
                content_hash([_FLOOR_RULES, repr(self.stations), float(batch_wait_h)])
            )
            self.stock = Inventory(entries, inventory_file)
            self._shelf = Shelf(self.stock, self._archive, in_file=inventory_file is not None)
            self._floor = Floor(self.stations, faults, world_seed, self._shelf.weigh, batch_wait_h)
            for name in live_again(
                self._archive, self._floor, self._shelf, self._steps, self._check_again
            ):
                self._waiting[name] = polls_until_done
        except BaseException:
            self._let_go()
            raise
        self._untold = self._archive.finished()  # outcomes that this process told nobody yet

    @property
    def inventory(self) -> tuple[str, ...]:
        """The precursors of which anything is left."""
        return self.stock.formulas

    @property
    def now_h(self) -> float:
        """Simulated hours since the lab opened, however often it was restarted."""
        return self._floor.now_h

    def check(self, recipe: Recipe) -> None:
        """Raise Refused, naming rule, value and limit, for a recipe this lab would not run."""
        self._checked(recipe)

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        """Take a recipe on; the same again changes nothing. Raises Refused."""
        check_id(experiment_id)
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
        replicate = self._archive.add(experiment_id, recipe, self._floor.moment)
        try:
            self._shelf.reserve(experiment_id, steps.masses_g)
        except AthanorError:  # no place to write it, or another lab with the same books was faster
            self._archive.drop(experiment_id)
            raise
        self._floor.submit(experiment_id, steps, (steps.recipe_id, replicate))
        self._waiting[experiment_id] = self._polls

    def poll(self, experiment_id: str) -> Status:
        """Pending, the outcome, or Unsubmitted for an id that this lab has not seen.

        Waiting for a result lets simulated time pass until it is there; while paused, what is under
        way goes on and nothing else.
        """
        if self._waiting.get(experiment_id) == 0:
            self._floor.advance_until_finished(experiment_id)
            if not self._floor.finished(experiment_id):
                self._keep_time()
        return self.look(experiment_id)

    def look(self, experiment_id: str) -> Status:
        """Where an experiment stands at this hour: as `poll`, but no time passes."""
        if experiment_id not in self._waiting:
            return self._told(experiment_id)
        stage = self._floor.stage(experiment_id)
        if self._waiting[experiment_id] > 0:
            self._waiting[experiment_id] -= 1
            return Pending(stage)
        if self._floor.finished(experiment_id):
            return self._collect(experiment_id)
        if self._floor.paused:
            return Pending(f"paused: {stage}")
        if self._floor.moment.idle:
            return Unknown(f"nothing moves any more, {stage}")
        return Pending(stage)

    def wait(self, experiment_ids: Sequence[str]) -> bool:
        """Let time pass until one more of the experiments is done; False where nothing moves.

        At once where one is done and this process has not told its outcome yet; experiments whose
        outcome it told, and those that it does not know, are not waited for.
        """
        if any(e in self._untold or self._floor.finished(e) for e in experiment_ids):
            return True
        mine = [e for e in experiment_ids if e in self._waiting]
        done = bool(mine) and self._floor.advance_until_any(mine)
        self._keep_time()
        return done

    def cancel(self, experiment_id: str) -> Status:
        """Stop an experiment that has not been fired; then where it stands."""
        if experiment_id not in self._waiting or not self._floor.can_cancel(experiment_id):
            return self.look(experiment_id)
        outcome = cancelled(experiment_id)
        self._archive.finish(outcome, self._floor.moment, "cancelled")
        self._floor.cancel(experiment_id)
        return self._over(outcome)

    def pause(self) -> None:
        """Start nothing more, also after a restart; what is under way goes on."""
        if not self._floor.paused:
            self._archive.note("paused", self._floor.moment)
            self._floor.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        if self._floor.paused:
            self._archive.note("resumed", self._floor.moment)
            self._floor.resume()

    def utilisation(self) -> dict[str, float]:
        """Simulated hours that each unit of each station was busy."""
        return self._floor.utilisation()

    def close(self) -> None:
        """Let go of the files, on which all is already; the lab is of no use after that."""
        self._let_go()
        self.stock.close()

    def _checked(self, recipe: Recipe) -> Procedure:
        """What is done for a recipe. Raises Refused where this lab would not do it."""
        self.envelope.check(recipe, self.inventory, self.bench.batch_g)
        for formula in (*recipe.precursors, recipe.target.formula):
            missing = self._chemistries.lacks(formula)
            if missing:
                raise Refused("simulation", f"{formula} is in no world", missing)
        steps = self._steps(recipe)
        self.stations.check(steps)
        self.stock.check(steps.masses_g)
        return steps

    def _steps(self, recipe: Recipe) -> Procedure:
        return procedure(recipe, self.bench)

    def _check_again(self, recipe: Recipe, steps: Procedure) -> None:
        """Raise Refused for what was taken on once, and may not be fired any more."""
        self.envelope.check(recipe, tuple(recipe.precursors), self.bench.batch_g)
        self.stations.check(steps)

    def _told(self, experiment_id: str) -> Status:
        """Where an experiment stands that is not waited for."""
        outcome = self._archive.outcome(experiment_id)
        if outcome is not None:
            self._untold.discard(experiment_id)
            return outcome
        if self._archive.recipe_id(experiment_id) is not None:
            return Unknown(f"{experiment_id} was taken on and is not at work: open the lab again")
        return Unsubmitted(f"{experiment_id} was never submitted here")

    def _collect(self, experiment_id: str) -> Outcome:
        handled = self._floor.handled(experiment_id)
        assert handled is not None
        # All that was ever stocked: what is left on the shelf does not change what can form.
        stocked = [lot.formula for lot in self.stock.lots]
        replicate = self._archive.replicate(experiment_id)
        particle_um = self._shelf.particle_um(experiment_id)
        outcome = self._results.outcome(handled, replicate, stocked, particle_um)
        self._archive.finish(outcome, self._floor.moment)
        self._floor.collect(experiment_id)
        return self._over(outcome)

    def _over(self, outcome: Outcome) -> Outcome:
        del self._waiting[outcome.experiment_id]
        self._shelf.release(outcome.experiment_id)
        return outcome

    def _keep_time(self) -> None:
        """Keep that time went on, where nothing else tells."""
        self._archive.note("passed", self._floor.moment)
