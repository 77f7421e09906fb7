"""Records refuse what does not hold together, and survive JSON."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import FormulaError, RecordError, UnbalancedError
from knowledge.outcome import Fault, Outcome, PhaseFraction
from knowledge.recipe import AIR, Atmosphere, Cooling, HeatingStep, Recipe, Target, atmosphere

STEP = HeatingStep(temperature_c=1100, hold_h=6)


def barium_titanate() -> Recipe:
    return Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), (STEP,))


def test_amounts_and_masses_are_balanced() -> None:
    recipe = barium_titanate()
    assert recipe.precursors == pytest.approx({"BaCO3": 1, "TiO2": 1})
    assert recipe.gases_out == pytest.approx({"CO2": 1})
    # 197.34 and 79.87 g/mol over 233.19 g/mol
    assert recipe.masses_g(233.19) == pytest.approx({"BaCO3": 197.34, "TiO2": 79.87}, rel=1e-3)


def test_a_recipe_with_wrong_amounts_is_refused() -> None:
    fields = json.loads(barium_titanate().to_json())
    fields["precursors"]["TiO2"] = 2.0
    with pytest.raises(RecordError, match="takes 1"):
        Recipe.from_json(json.dumps(fields))
    for change in ({"equation": "lead -> gold"}, {"gases_out": {"NO2": 7.0}}, {"gases_out": {}}):
        with pytest.raises(RecordError, match="balanced"):
            barium_titanate().model_copy(update=change)
    fields["precursors"] = {"BaCO3": 1.0}
    with pytest.raises((RecordError, UnbalancedError)):
        Recipe.from_json(json.dumps(fields))


def test_air_is_what_the_design_says() -> None:
    assert AIR.partial_pressures_atm == {"O2": 0.21, "CO2": 4e-4, "H2O": 0.01}
    assert atmosphere("oxygen").partial_pressures_atm == {"O2": 1.0}
    with pytest.raises(RecordError, match="allowed are air"):
        atmosphere("moon")


def test_targets() -> None:
    assert Target(formula="La0.7Sr0.3MnO3").identity == Target(formula="La7Sr3Mn10O30").identity
    with pytest.raises(FormulaError):
        Target(formula="Xx")
    with pytest.raises(FormulaError, match="cannot be fired"):
        Target(formula="CO2")
    for asked in (0, 1.5, math.nan):
        with pytest.raises(RecordError, match="yield_asked"):
            Target(formula="BaTiO3", yield_asked=asked)


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature_c": math.nan, "hold_h": 1},
        {"temperature_c": -300, "hold_h": 1},
        {"temperature_c": math.inf, "hold_h": 1},
        {"temperature_c": 900, "hold_h": -1},
        {"temperature_c": 900, "hold_h": 1, "ramp_c_per_min": 0},
        {"temperature_c": 900, "hold_h": 1, "colour": "red"},
        {"temperature_c": "hot", "hold_h": 1},
        {"hold_h": 1},
    ],
)
def test_steps_that_cannot_be(fields: dict[str, object]) -> None:
    with pytest.raises(RecordError) as error:
        HeatingStep(**fields)
    assert "\n" not in str(error.value)
    assert "given" in str(error.value)


def test_outcomes_add_up() -> None:
    half = PhaseFraction(formula="BaTiO3", weight_fraction=0.5, sigma=0.02)
    assert Outcome(experiment_id="e", phases=(half,), unidentified_weight_fraction=0.5)
    with pytest.raises(RecordError, match="add up"):
        Outcome(experiment_id="e", phases=(half,))
    with pytest.raises(RecordError, match="reports phases"):
        Outcome(experiment_id="e", status="failed", phases=(half,))
    with pytest.raises(FormulaError):
        PhaseFraction(formula="??", weight_fraction=0.5, sigma=0.02)


def test_yield_counts_the_phase_however_it_is_written() -> None:
    phases = (
        PhaseFraction(formula="YBa2Cu3O6.5", weight_fraction=0.7, sigma=0.01),
        PhaseFraction(formula="CuO", weight_fraction=0.3, sigma=0.03),
    )
    outcome = Outcome(experiment_id="e", phases=phases)
    assert outcome.weight_fraction("Ba2YCu3O7") == 0.7
    assert outcome.sigma("YBa2Cu3O7") == 0.01
    assert outcome.weight_fraction("BaO") == 0
    assert outcome.sigma("BaO") == 0.03


def test_content_is_identity() -> None:
    assert barium_titanate().content_id == barium_titanate().content_id
    assert barium_titanate() == barium_titanate()
    hotter = HeatingStep(temperature_c=1100.5, hold_h=6)
    other = Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), (hotter,))
    assert other.content_id != barium_titanate().content_id
    copy = barium_titanate().model_copy(update={"target": Target(formula="BaTiO3", yield_asked=1)})
    assert copy.content_id != barium_titanate().content_id
    with pytest.raises(RecordError):
        STEP.model_copy(update={"hold_h": -1})
    with pytest.raises(Exception, match="frozen"):
        barium_titanate().equation = "x"  # type: ignore[misc]


names = st.sampled_from(["BaTiO3", "BaCO3", "La0.7Sr0.3MnO3", "CuO"])
positive = st.floats(1e-3, 1e3, allow_nan=False)
atmospheres = st.builds(
    Atmosphere,
    name=st.text(min_size=1, max_size=8),
    partial_pressures_atm=st.dictionaries(st.sampled_from(["O2", "CO2", "N2"]), st.floats(1e-9, 1)),
    flowing=st.booleans(),
)
steps = st.builds(
    HeatingStep,
    temperature_c=st.floats(-200, 3000),
    hold_h=st.floats(0, 500),
    ramp_c_per_min=positive,
    atmosphere=atmospheres,
    regrind_before=st.booleans(),
)


@given(st.lists(steps, min_size=1, max_size=3), st.builds(Cooling, rate_c_per_min=positive))
def test_recipes_survive_json(given_steps: list[HeatingStep], cooling: Cooling) -> None:
    recipe = Recipe.balanced(
        Target(formula="BaTiO3"), ("BaCO3", "TiO2"), tuple(given_steps), cooling
    )
    again = Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert again.content_id == recipe.content_id


@given(names, st.floats(0, 1), st.floats(0, 1), st.text(max_size=20))
def test_outcomes_survive_json(formula: str, fraction: float, sigma: float, message: str) -> None:
    outcome = Outcome(
        experiment_id="e",
        phases=(PhaseFraction(formula=formula, weight_fraction=fraction, sigma=sigma),),
        unidentified_weight_fraction=1 - fraction,
        faults=(Fault(kind="k", stage="s", message=message),),
    )
    assert Outcome.from_json(outcome.to_json()) == outcome


@given(st.text(max_size=60))
def test_text_that_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(RecordError) as error:
        Outcome.from_json(text)
    assert "\n" not in str(error.value)
