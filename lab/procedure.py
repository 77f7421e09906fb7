"""A recipe as what is done at the bench, one action after another.

A Procedure is data: it can be printed, checked and dry-run before anything moves, and the same one
is done by simulated stations, by a person, or by robots.

    weigh each precursor, mix, fill the crucible,
    heat and cool, once for each firing (recover, grind and fill before one that asks for it),
    recover, grind, scan
"""

from typing import Annotated, Literal

from pydantic import Field

from knowledge.recipe import ABSOLUTE_ZERO_C, Atmosphere, Recipe
from knowledge.record import Record

DEFAULT_BATCH_G = 2.0
ROOM_C = 25.0


class Weigh(Record):
    """Weigh a powder into the mixing vessel."""

    kind: Literal["weigh"] = "weigh"
    formula: str
    mass_g: float = Field(gt=0)


class Mix(Record):
    """Mix the powders that were weighed."""

    kind: Literal["mix"] = "mix"
    minutes: float = Field(gt=0)


class Fill(Record):
    """Fill the powder into a crucible."""

    kind: Literal["fill"] = "fill"
    crucible: str


class Heat(Record):
    """Go up at a steady ramp from room temperature, then hold."""

    kind: Literal["heat"] = "heat"
    temperature_c: float = Field(gt=ABSOLUTE_ZERO_C)
    hold_h: float = Field(ge=0)
    ramp_c_per_min: float = Field(gt=0)
    atmosphere: Atmosphere


class Cool(Record):
    """Go down to room temperature."""

    kind: Literal["cool"] = "cool"
    rate_c_per_min: float = Field(gt=0)
    atmosphere: Atmosphere


class Recover(Record):
    """Take the product out of its crucible."""

    kind: Literal["recover"] = "recover"


class Grind(Record):
    """Grind what was recovered."""

    kind: Literal["grind"] = "grind"
    minutes: float = Field(gt=0)


class Scan(Record):
    """Measure a powder diffraction pattern."""

    kind: Literal["scan"] = "scan"
    from_deg: float = Field(default=10.0, ge=1, le=170)
    to_deg: float = Field(default=80.0, ge=1, le=170)
    minutes: float = Field(gt=0)


Action = Weigh | Mix | Fill | Heat | Cool | Recover | Grind | Scan


class Bench(Record):
    """How this bench works: batch size, crucible, and the minutes that its habits take."""

    batch_g: float = Field(default=DEFAULT_BATCH_G, gt=0)
    crucible: str = "alumina"
    mixing_min: float = Field(default=15.0, gt=0)
    grinding_min: float = Field(default=5.0, gt=0)
    scan_min: float = Field(default=8.0, gt=0)


class Procedure(Record):
    """The actions of one experiment, in order, and the recipe and target mass they are for."""

    recipe_id: str
    target: str
    target_g: float = Field(gt=0)
    actions: tuple[Annotated[Action, Field(discriminator="kind")], ...] = Field(min_length=1)

    @property
    def masses_g(self) -> dict[str, float]:
        """Grams of each powder weighed."""
        grams: dict[str, float] = {}
        for action in self.actions:
            if isinstance(action, Weigh):
                grams[action.formula] = grams.get(action.formula, 0.0) + action.mass_g
        return grams

    @property
    def firings(self) -> tuple[tuple[Heat | Cool, ...], ...]:
        """The furnace programmes: heats and coolings between which the sample stays inside."""
        programmes: list[tuple[Heat | Cool, ...]] = []
        current: list[Heat | Cool] = []
        for action in self.actions:
            if isinstance(action, Heat | Cool):
                current.append(action)
            elif current:
                programmes.append(tuple(current))
                current = []
        return (*programmes, tuple(current)) if current else tuple(programmes)


def procedure(recipe: Recipe, bench: Bench | None = None) -> Procedure:
    """What is done at a bench for a recipe. A pure function: the same recipe, the same actions."""
    bench = bench or Bench()
    actions: list[Action] = [
        Weigh(formula=formula, mass_g=grams)
        for formula, grams in recipe.masses_g(bench.batch_g).items()
    ]
    actions += [Mix(minutes=bench.mixing_min), Fill(crucible=bench.crucible)]
    for number, step in enumerate(recipe.steps):
        if step.regrind_before and number > 0:  # before the first firing, mixing has done it
            actions += [
                Recover(),
                Grind(minutes=bench.grinding_min),
                Fill(crucible=bench.crucible),
            ]
        actions.append(
            Heat(
                temperature_c=step.temperature_c,
                hold_h=step.hold_h,
                ramp_c_per_min=step.ramp_c_per_min,
                atmosphere=step.atmosphere,
            )
        )
        cooling = recipe.cooling
        actions.append(Cool(rate_c_per_min=cooling.rate_c_per_min, atmosphere=cooling.atmosphere))
    actions += [Recover(), Grind(minutes=bench.grinding_min), Scan(minutes=bench.scan_min)]
    return Procedure(
        recipe_id=recipe.content_id,
        target=recipe.target.formula,
        target_g=bench.batch_g,
        actions=tuple(actions),
    )


def furnace_hours(programme: tuple[Heat | Cool, ...]) -> float:
    """Hours from loading to room temperature, Celsius ramps over the whole way."""
    hours, here_c = 0.0, ROOM_C
    for action in programme:
        if isinstance(action, Heat):
            hours += abs(action.temperature_c - here_c) / action.ramp_c_per_min / 60 + action.hold_h
            here_c = action.temperature_c
        else:
            hours += abs(here_c - ROOM_C) / action.rate_c_per_min / 60
            here_c = ROOM_C
    return hours
