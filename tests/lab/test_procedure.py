"""A recipe as actions: masses by the balanced reaction, times by hand, records that hold."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from knowledge.errors import RecordError
from knowledge.recipe import AIR, OXYGEN, Atmosphere, Cooling, HeatingStep, Recipe, Target
from lab.procedure import (
    Bench,
    Cool,
    Heat,
    Mix,
    Procedure,
    Scan,
    Weigh,
    furnace_hours,
    procedure,
)

# Standard atomic weights (IUPAC 2021, abridged).
BA, C, O, TI, Y, CU = 137.33, 12.011, 15.999, 47.867, 88.906, 63.546  # noqa: E741
BACO3, TIO2, BATIO3 = BA + C + 3 * O, TI + 2 * O, BA + TI + 3 * O


def barium_titanate(*steps: HeatingStep, cooling: Cooling | None = None) -> Recipe:
    return Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), steps, cooling)


def step(**fields: object) -> HeatingStep:
    return HeatingStep(**{"temperature_c": 1000, "hold_h": 4, **fields})


def test_masses_are_what_the_reaction_needs() -> None:
    """2 g of BaTiO3 are 8.577 mmol, so 1.6925 g of BaCO3 and 0.6850 g of TiO2."""
    masses = procedure(barium_titanate(step())).masses_g
    assert masses == pytest.approx(
        {"BaCO3": 2 * BACO3 / BATIO3, "TiO2": 2 * TIO2 / BATIO3}, rel=1e-4
    )
    assert masses == pytest.approx({"BaCO3": 1.6925, "TiO2": 0.6850}, abs=1e-4)


def test_masses_of_a_reaction_with_halves() -> None:
    """1/2 Y2O3 + 2 BaCO3 + 3 CuO for one YBa2Cu3O7."""
    recipe = Recipe.balanced(
        Target(formula="YBa2Cu3O7"), ("Y2O3", "BaCO3", "CuO"), (step(temperature_c=930),)
    )
    per_g = 5 / (Y + 2 * BA + 3 * CU + 7 * O)
    assert procedure(recipe, Bench(batch_g=5)).masses_g == pytest.approx(
        {
            "Y2O3": (2 * Y + 3 * O) / 2 * per_g,
            "BaCO3": 2 * BACO3 * per_g,
            "CuO": 3 * (CU + O) * per_g,
        },
        rel=1e-4,
    )


def test_one_firing_in_order() -> None:
    done = procedure(barium_titanate(step()))
    assert [a.kind for a in done.actions] == [
        "weigh", "weigh", "mix", "fill", "heat", "cool", "recover", "grind", "scan"
    ]  # fmt: skip
    assert done.target == "BaTiO3"
    assert done.recipe_id == barium_titanate(step()).content_id


def test_regrinding_gives_a_second_programme() -> None:
    done = procedure(barium_titanate(step(), step(temperature_c=1100, regrind_before=True)))
    assert [a.kind for a in done.actions[4:-3]] == [
        "heat", "cool", "recover", "grind", "fill", "heat", "cool"
    ]  # fmt: skip
    assert [[a.kind for a in firing] for firing in done.firings] == [["heat", "cool"]] * 2
    inside = procedure(barium_titanate(step(), step(temperature_c=1100)))
    assert [[a.kind for a in f] for f in inside.firings] == [["heat", "cool", "heat", "cool"]]
    first = procedure(barium_titanate(step(regrind_before=True)))
    assert first.actions == procedure(barium_titanate(step())).actions  # mixing has done it


def test_gas_and_rates_reach_the_furnace() -> None:
    recipe = barium_titanate(
        step(atmosphere=OXYGEN, ramp_c_per_min=3), cooling=Cooling(rate_c_per_min=1, atmosphere=AIR)
    )
    [(up, down)] = procedure(recipe).firings
    assert up == Heat(temperature_c=1000, hold_h=4, ramp_c_per_min=3, atmosphere=OXYGEN)
    assert down == Cool(rate_c_per_min=1, atmosphere=AIR)


def test_furnace_hours_by_hand() -> None:
    """From 25 C at 5 C/min to 1025 C is 200 min; down at 2 C/min is 500 min."""
    up = Heat(temperature_c=1025, hold_h=4, ramp_c_per_min=5, atmosphere=AIR)
    down = Cool(rate_c_per_min=2, atmosphere=AIR)
    assert furnace_hours(()) == 0
    assert furnace_hours((up,)) == pytest.approx(200 / 60 + 4)
    assert furnace_hours((up, down)) == pytest.approx(700 / 60 + 4)
    assert furnace_hours((up, down, up, down)) == pytest.approx(2 * (700 / 60 + 4))
    higher = Heat(temperature_c=1125, hold_h=0, ramp_c_per_min=10, atmosphere=AIR)
    assert furnace_hours((up, higher)) == pytest.approx(200 / 60 + 4 + 10 / 60)


def test_bench_habits() -> None:
    bench = Bench(batch_g=1, crucible="zirconia", mixing_min=20, grinding_min=7, scan_min=30)
    told = procedure(barium_titanate(step()), bench).to_json()
    assert '"crucible":"zirconia"' in told
    assert {a.minutes for a in Procedure.from_json(told).actions if hasattr(a, "minutes")} == {
        20, 7, 30
    }  # fmt: skip


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf")])
def test_numbers_that_are_none(bad: float) -> None:
    for make in (
        lambda: Weigh(formula="TiO2", mass_g=bad),
        lambda: Mix(minutes=bad),
        lambda: Bench(batch_g=bad),
        lambda: Cool(rate_c_per_min=bad, atmosphere=AIR),
        lambda: Scan(minutes=8, from_deg=bad),
        lambda: Heat(temperature_c=900, hold_h=4, ramp_c_per_min=bad, atmosphere=AIR),
    ):
        with pytest.raises(RecordError) as refusal:
            make()
        assert "\n" not in str(refusal.value)


def test_below_absolute_zero_and_no_actions() -> None:
    with pytest.raises(RecordError, match="temperature_c"):
        Heat(temperature_c=-300, hold_h=4, ramp_c_per_min=5, atmosphere=AIR)
    with pytest.raises(RecordError, match="actions"):
        Procedure(recipe_id="x", target="BaTiO3", target_g=1, actions=())


def test_json_that_is_no_procedure() -> None:
    plain = json.loads(procedure(barium_titanate(step())).to_json())
    for key, value in (("actions", []), ("actions", [{"kind": "sing"}]), ("target_g", -1)):
        with pytest.raises(RecordError, match=key):
            Procedure.from_json(json.dumps({**plain, key: value}))
    with pytest.raises(RecordError):
        Procedure.from_json("{")


def test_a_procedure_does_not_change() -> None:
    with pytest.raises(ValidationError):
        procedure(barium_titanate(step())).target_g = 5.0  # type: ignore[misc]


steps = st.builds(
    HeatingStep,
    temperature_c=st.floats(-273, 3000),
    hold_h=st.floats(0, 1000),
    ramp_c_per_min=st.floats(0.001, 1000),
    atmosphere=st.sampled_from([AIR, OXYGEN, Atmosphere(name="mine", partial_pressures_atm={})]),
    regrind_before=st.booleans(),
)


@given(st.lists(steps, min_size=1, max_size=5), st.floats(1e-3, 1e3))
def test_whatever_the_recipe(firings: list[HeatingStep], batch_g: float) -> None:
    recipe = barium_titanate(*firings)
    done = procedure(recipe, Bench(batch_g=batch_g))
    assert Procedure.from_json(done.to_json()) == done
    assert done == procedure(recipe, Bench(batch_g=batch_g))
    carbon_dioxide_g = batch_g * (C + 2 * O) / BATIO3
    assert sum(done.masses_g.values()) == pytest.approx(batch_g + carbon_dioxide_g, rel=1e-4)
    heats = [a for a in done.actions if isinstance(a, Heat)]
    assert [h.temperature_c for h in heats] == [s.temperature_c for s in firings]
    assert len(done.firings) == 1 + sum(s.regrind_before for s in firings[1:])
    assert sum(map(furnace_hours, done.firings)) >= sum(s.hold_h for s in firings)
