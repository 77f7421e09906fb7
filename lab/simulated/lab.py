"""The simulated lab: a world, an inventory, an envelope, and experiments run in no time.

An outcome depends on the world, the recipe, and how often this lab ran the same recipe before, so
a lab that was restarted gives the same answer to the same submission, and policies that try the
same recipe in the same world see the same result.
"""

from collections.abc import Sequence

from knowledge.chemistry import framework, identity, parse
from knowledge.energies import EnergyStack, default_energies
from knowledge.errors import RecordError
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import Recipe
from lab.protocol import Pending, Refused, Status, Unsubmitted
from lab.safety import Envelope
from lab.simulated.measurement import measure
from lab.simulated.physics import Reactor
from lab.simulated.truth import TrueSystem, WorldSettings, generator

_WEIGHING_AND_SCAN_H = 1.0


class SimulatedLab:
    """A lab whose truth is drawn from a seed of its own. Implements Lab.

    `polls_until_done` makes experiments answer Pending that many times first, as a furnace would.
    """

    def __init__(
        self,
        world_seed: int,
        inventory: Sequence[str],
        envelope: Envelope | None = None,
        world: WorldSettings | None = None,
        energies: EnergyStack | None = None,
        polls_until_done: int = 0,
        extra_precursors: Sequence[str] = (),
    ) -> None:
        self.name = "simulated"
        self.inventory = tuple(dict.fromkeys((*inventory, *extra_precursors)))
        for formula in self.inventory:
            parse(formula)
        self._seed = world_seed
        self._envelope = envelope or Envelope()
        self._settings = world or WorldSettings()
        self._energies = energies or default_energies()
        for name, number in (("world_seed", world_seed), ("polls_until_done", polls_until_done)):
            if not isinstance(number, int) or number < 0:
                raise RecordError(f"lab.{name} is {number}: it must be a whole number, 0 or above")
        self._polls = polls_until_done
        self._recipes: dict[str, Recipe] = {}
        self._waiting: dict[str, int] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._reactors: dict[tuple[str, tuple[str, ...]], Reactor] = {}

    def check(self, recipe: Recipe) -> None:
        """Raise Refused, naming rule, value and limit, for a recipe outside the envelope."""
        self._envelope.check(recipe, self.inventory)

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        """Take a recipe on; the same again changes nothing. Raises Refused."""
        self.check(recipe)
        known = self._recipes.get(experiment_id)
        if known is not None and known != recipe:
            raise Refused(
                "experiment id",
                f"{experiment_id} is already used for {known}",
                "an id belongs to one recipe: choose another id",
            )
        if known is None:
            self._recipes[experiment_id] = recipe
            self._waiting[experiment_id] = self._polls

    def poll(self, experiment_id: str) -> Status:
        """Pending, the outcome, or Unsubmitted for an id this lab has not seen.

        A lab that was restarted has seen none; since its outcomes are functions of world and
        recipe, submitting again repeats nothing.
        """
        if experiment_id not in self._recipes:
            return Unsubmitted(f"{experiment_id} was never submitted here")
        if experiment_id in self._outcomes:
            return self._outcomes[experiment_id]
        if self._waiting[experiment_id] > 0:
            self._waiting[experiment_id] -= 1
            return Pending("in the furnace")
        outcome = self._run(self._recipes[experiment_id], experiment_id)
        self._outcomes[experiment_id] = outcome
        return outcome

    def cancel(self, experiment_id: str) -> Status:
        """Stop an experiment that is not done."""
        if experiment_id in self._recipes and experiment_id not in self._outcomes:
            fault = Fault(kind="cancelled", stage="queue", message="cancelled before it was fired")
            self._outcomes[experiment_id] = Outcome(
                experiment_id=experiment_id, status="cancelled", faults=(fault,)
            )
        return self.poll(experiment_id)

    def _run(self, recipe: Recipe, experiment_id: str) -> Outcome:
        reactor = self._reactor(recipe)
        start = reactor.system.fractions[:, 0] * 0.0
        for formula, moles in recipe.precursors.items():
            atoms = moles * sum(framework(parse(formula)).values())
            start[reactor.system.index[identity(formula)]] += atoms
        sample = reactor.fire(start / start.sum(), recipe.steps)
        replicate = [i for i, r in self._recipes.items() if r == recipe].index(experiment_id)
        rng = generator(self._seed, "measurement", recipe.content_id, replicate)
        phases, unidentified = measure(reactor.system, sample, rng)
        return Outcome(
            experiment_id=experiment_id,
            phases=phases,
            unidentified_weight_fraction=unidentified,
            profile=recipe.steps,
            lab_time_h=round(_lab_time_h(recipe), 3),
        )

    def _reactor(self, recipe: Recipe) -> Reactor:
        """The chemistry of a target with all of the inventory that could go into it."""
        needed = set(framework(parse(recipe.target.formula)))
        usable = {
            p: None
            for p in (*self.inventory, *recipe.precursors)
            if framework(parse(p)) and set(framework(parse(p))) <= needed
        }
        key = (recipe.target.identity, tuple(sorted(usable)))
        if key not in self._reactors:
            self._reactors[key] = Reactor(
                TrueSystem(
                    self._seed, self._settings, self._energies, recipe.target.formula, key[1]
                )
            )
        return self._reactors[key]


def _lab_time_h(recipe: Recipe) -> float:
    firing = sum(s.temperature_c / s.ramp_c_per_min / 60 + s.hold_h for s in recipe.steps)
    cooling = len(recipe.steps) * recipe.hottest.temperature_c / recipe.cooling.rate_c_per_min / 60
    return firing + cooling + _WEIGHING_AND_SCAN_H
