"""The envelope: each rule alone, and no recipe outside it whatever is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import RecordError
from knowledge.recipe import ARGON, Atmosphere, Cooling, HeatingStep, Recipe, Target
from lab import Refused
from lab.safety import Envelope

STOCK = ("BaCO3", "TiO2", "CdO", "As2O5")


def recipe(*steps: HeatingStep) -> Recipe:
    return Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), steps)


def step(**fields: object) -> HeatingStep:
    return HeatingStep(**{"temperature_c": 1000, "hold_h": 4, **fields})


@pytest.mark.parametrize(
    ("given_recipe", "rule"),
    [
        (recipe(step(temperature_c=1401)), "furnace temperature"),
        (recipe(step(temperature_c=50_000)), "furnace temperature"),
        (recipe(step(temperature_c=-100)), "furnace temperature"),
        (recipe(step(ramp_c_per_min=50)), "furnace ramp"),
        (recipe(step(hold_h=1000)), "furnace time"),
        (recipe(*[step()] * 11), "steps"),
        (recipe(step(atmosphere=ARGON)), "atmosphere"),
        (recipe(step(), step(temperature_c=1500)), "furnace temperature"),
    ],
)
def test_each_rule(given_recipe: Recipe, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        Envelope().check(given_recipe, STOCK)
    assert refusal.value.rule == rule
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "cooling",
    [
        Cooling(atmosphere=ARGON),
        Cooling(rate_c_per_min=1e6),
        Cooling(rate_c_per_min=1e-3),
        Cooling(atmosphere=Atmosphere(name="air", partial_pressures_atm={"H2": 1, "O2": 0.5})),
    ],
)
def test_the_way_down_is_checked_too(cooling: Cooling) -> None:
    """Also a gas that only calls itself air."""
    given = Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), (step(),), cooling)
    with pytest.raises(Refused, match="in cooling"):
        Envelope().check(given, STOCK)


def test_limits_are_numbers() -> None:
    with pytest.raises(RecordError, match="max_temperature_c is 'hot'"):
        Envelope(max_temperature_c="hot")  # type: ignore[arg-type]


def test_toxic_elements_and_what_is_not_in_stock() -> None:
    cadmium = Recipe.balanced(Target(formula="CdTiO3"), ("CdO", "TiO2"), (step(),))
    with pytest.raises(Refused, match="Cd in CdO"):
        Envelope().check(cadmium, STOCK)
    with pytest.raises(Refused, match="TiO2 is not in stock"):
        Envelope().check(recipe(step()), ("BaCO3",))


def test_an_ordinary_recipe_passes() -> None:
    Envelope().check(recipe(step()), STOCK)


@given(
    st.floats(-273, 5000), st.floats(0, 1000), st.floats(0.001, 1000),
    st.lists(st.booleans(), min_size=1, max_size=12),
)  # fmt: skip
def test_what_passes_is_inside(
    temperature_c: float, hold_h: float, ramp: float, regrinds: list[bool]
) -> None:
    envelope = Envelope()
    steps = tuple(
        step(temperature_c=temperature_c, hold_h=hold_h, ramp_c_per_min=ramp, regrind_before=r)
        for r in regrinds
    )
    inside = (
        100 <= temperature_c <= 1400 and hold_h <= 100 and 0.1 <= ramp <= 20 and len(regrinds) <= 10
    )
    try:
        envelope.check(recipe(*steps), STOCK)
        passed = True
    except Refused:
        passed = False
    assert passed == inside
