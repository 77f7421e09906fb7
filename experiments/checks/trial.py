"""What a lab is tried with: recipes it should run, and recipes it must refuse."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.chemistry import framework, parse
from knowledge.errors import AthanorError
from knowledge.recipe import HeatingStep, Recipe, Target

_SALTS = ("{}(NO3)2", "{}(OH)2", "{}C2O4", "{}SO4")


@dataclass(frozen=True)
class Trial:
    """A target from precursors that the lab has, at temperatures it reaches, held so long.

    `absent` is a precursor, in place of the first, that the lab does not have; `too_hot_c` a
    temperature beyond its furnace.
    """

    target: str = "BaTiO3"
    precursors: tuple[str, ...] = ("BaCO3", "TiO2")
    temperatures_c: tuple[float, ...] = (1100, 1000, 1200, 900)
    hold_h: float = 4
    absent: str = "Ba(NO3)2"
    too_hot_c: float = 1650

    def recipe(self, number: int = 0) -> Recipe:
        """One that should run; so many different ones as there are temperatures."""
        return self.at(self.temperatures_c[number % len(self.temperatures_c)])

    def at(self, temperature_c: float, precursors: Sequence[str] = ()) -> Recipe:
        """The recipe at a temperature, from other precursors if any are given."""
        step = HeatingStep(temperature_c=temperature_c, hold_h=self.hold_h)
        used = tuple(precursors) or self.precursors
        return Recipe.balanced(Target(formula=self.target), used, (step,))

    @property
    def without_powder(self) -> Recipe:
        """A recipe of which the lab has not everything."""
        return self.at(self.temperatures_c[0], (self.absent, *self.precursors[1:]))


def trial_for(inventory: Sequence[str], given: Trial) -> Trial:
    """The trial with a precursor that is not in an inventory.

    Raises AthanorError for a recipe that cannot be balanced, and where the lab has every salt.
    """
    given.recipe()
    own = set(framework(parse(given.target)))
    metals = [e for e in framework(parse(given.precursors[0])) if e in own]
    for salt in (given.absent, *(s.format(m) for m in metals for s in _SALTS)):
        trial = replace(given, absent=salt)
        if salt not in inventory and _balances(trial):
            return trial
    raise AthanorError(
        f"the lab has every salt that could stand for {given.precursors[0]}: choose --precursors "
        "of which it has fewer"
    )


def _balances(trial: Trial) -> bool:
    try:
        return bool(trial.without_powder)
    except AthanorError:
        return False
