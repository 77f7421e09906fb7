"""How a bench does a recipe, and which tasks of AlabOS do that."""

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.errors import RecordError
from knowledge.recipe import HeatingStep, Recipe, Target
from lab.alabos.tasks import Rule, Task, Unmapped, tasks
from lab.procedure import Bench, procedure
from lab.protocol import Refused


@dataclass(frozen=True)
class Mapping:
    """A bench with the rules of a lab."""

    bench: Bench
    rules: Sequence[Rule]

    def tasks(self, recipe: Recipe) -> tuple[Task, ...]:
        """The tasks that do a recipe. Raises Refused where the rules leave something to nobody."""
        try:
            return tasks(procedure(recipe, self.bench), self.rules)
        except Unmapped as error:
            raise Refused("alabos", str(error), "each action belongs to one task") from None

    def masses_g(self, recipe: Recipe) -> dict[str, float]:
        """Grams of each powder that a recipe takes here."""
        return procedure(recipe, self.bench).masses_g

    def kinds_of(self, task_type: str) -> tuple[str, ...]:
        """The kinds of actions that tasks of a type take by the rules."""
        kinds = [k for rule in self.rules if rule.type == task_type for k in rule.pattern]
        return tuple(dict.fromkeys(kinds))

    def check(self, max_steps: int) -> None:
        """Try it on recipes of one firing and, where a lab does so many, of several.

        With and without grinding in between. Raises RecordError for what it does not take.
        """
        first, second = (HeatingStep(temperature_c=t, hold_h=4) for t in (900.0, 1100.0))
        again = second.model_copy(update={"regrind_before": True})
        for steps in ((first,), (first, second), (first, again), (first, second, again)):
            if len(steps) > max_steps:
                continue
            recipe = Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), steps)
            try:
                self.tasks(recipe)
            except Refused as refusal:
                ground = ", ground in between" if any(s.regrind_before for s in steps) else ""
                many = f"{len(steps)} firings{ground}" if len(steps) > 1 else "one firing"
                fewer = ", or say with lab.envelope.max_steps that this lab does fewer"
                raise RecordError(
                    f"lab.tasks cannot do {many}: {refusal.value}{fewer if len(steps) > 1 else ''}"
                ) from None
