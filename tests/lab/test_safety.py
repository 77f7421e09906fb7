"""The envelope: each rule alone, and no recipe outside it whatever is asked."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import RecordError
from knowledge.recipe import ARGON, OXYGEN, Atmosphere, Cooling, HeatingStep, Recipe, Target
from lab import Refused
from lab.safety import Envelope, longest_programme

STOCK = ("BaCO3", "TiO2", "CdO", "As2O5")
BOX_FURNACES = Path(__file__).parents[2] / "conf/lab/envelope/box_furnaces.yaml"


def recipe(*steps: HeatingStep) -> Recipe:
    return Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), steps)


def step(**fields: object) -> HeatingStep:
    return HeatingStep(**{"temperature_c": 1000, "hold_h": 4, **fields})


def made(target: str, *precursors: str, shared: bool = False, **fields: object) -> Recipe:
    return Recipe.balanced(Target(formula=target), precursors, (step(**fields),), shared=shared)


def check(given_recipe: Recipe, envelope: Envelope | None = None, batch_g: float = 2.0) -> None:
    """With everything in stock."""
    (envelope or Envelope()).check(given_recipe, tuple(given_recipe.precursors), batch_g)


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


def test_toxic_elements_and_what_is_not_in_stock() -> None:
    cadmium = Recipe.balanced(Target(formula="CdTiO3"), ("CdO", "TiO2"), (step(),))
    with pytest.raises(Refused, match="Cd in CdO"):
        Envelope().check(cadmium, STOCK)
    with pytest.raises(Refused, match="TiO2 is not in stock"):
        Envelope().check(recipe(step()), ("BaCO3",))


# As A-Lab, ARROWS and textbooks fired them: 2 g, alumina, air.
ORDINARY = [
    made("BaTiO3", "BaCO3", "TiO2", temperature_c=1300),
    made("LiCoO2", "Li2CO3", "Co3O4", temperature_c=900),
    made("CaMn(PO3)4", "CaCO3", "MnO", "NH4H2PO4", temperature_c=1000),
    made("KNaTi2(PO5)2", "K2CO3", "Na2CO3", "TiO2", "NH4H2PO4", temperature_c=1000),
    made("Na2Te3Mo3O16", "Na2CO3", "TeO2", "MoO3", temperature_c=600),
    made("InSb3Pb4O13", "In2O3", "Sb2O3", "PbO", temperature_c=900),
    made("BiFeO3", "Bi2O3", "Fe2O3", temperature_c=850),
    made("MnAgO2", "Ag2O", "MnO2", temperature_c=600),
    made("NaFeO2", "NaNO3", "Fe2O3", temperature_c=700),
    made("BaZrO3", "Ba(NO3)2", "ZrO2", temperature_c=1000),
    made("BaTiO3", "BaO2", "TiO2", temperature_c=1000),
    made("YBa2Cu3O7", "BaO2", "CuCO3", "Y2(CO3)3", temperature_c=900),
    made("YBa2Cu3O7", "BaO2", "BaO", "Cu2O", "Y2O3", shared=True, temperature_c=900),
    made("FePO4", "FeC2O4·2H2O", "NH4H2PO4", temperature_c=700),
    made("Ca5(PO4)3F", "CaF2", "CaCO3", "NH4H2PO4", temperature_c=1000),
    made("SrLaFeO4", "SrCO3", "La2O3", "Fe2O3", temperature_c=1400, atmosphere=OXYGEN),
]


@pytest.mark.parametrize("given_recipe", ORDINARY, ids=str)
def test_ordinary_recipes_pass(given_recipe: Recipe) -> None:
    check(given_recipe)


@pytest.mark.parametrize(
    ("given_recipe", "rule", "value", "limit"),
    [
        (made("LiTaO3", "Li2CO3", "Ta2O5", temperature_c=1150), "crucible", "with Li", "1100 C"),
        (made("PbTiO3", "PbO", "TiO2", temperature_c=1060), "crucible", "with Pb", "1050 C"),
        (made("Ca5(PO4)3F", "CaF2", "CaO", "Ca2P2O7", shared=True, temperature_c=1050),
         "crucible", "with fluoride", "1000 C"),
        (made("CaTeO4", "CaCO3", "TeO2"), "volatile charge", "Te in CaTeO4", "900 C"),
        (made("SrMoO4", "SrCO3", "MoO3", temperature_c=1200), "volatile charge", "MoO3", "1150 C"),
        (made("ZnSe", "Zn", "Se", temperature_c=700), "volatile charge", "Se", "685 C"),
        (made("NaFeO2", "NaNO3", "Fe"), "incompatible powders", "NaNO3 (oxidiser) with Fe", "fuel"),
        (made("NaFeO2", "NaNO3", "FeC2O4·2H2O"), "incompatible powders", "FeC2O4", "fuel"),
        (made("NaPO3", "NaNO3", "NH4H2PO4"), "incompatible powders", "NH4H2PO4", "ammonium"),
        (made("FeAlO3", "Fe2O3", "Al"), "incompatible powders", "Al (active metal)", "thermite"),
        (made("NaCl", "NaClO4"), "forbidden powders", "NaClO4 (perchlorate)", "none"),
        (made("NaFeO2", "NaN3", "Fe2O3"), "forbidden powders", "NaN3 (azide)", "none"),
        (made("Li2TiO3", "Li2O", "TiO2"), "glove box", "Li2O", "no glove box"),
        (made("Ca2FeO4", "CaH2", "Fe2O3"), "glove box", "CaH2 (air-sensitive)", "no glove box"),
        (made("LaFeO3", "La(NO3)3", "Fe(NO3)3·9H2O"), "toxic gas", "1209 ml NO2", "1000 ml"),
        (made("FeS", "Fe", "S", temperature_c=400), "toxic gas", "557 ml SO2", "500 ml"),
        (made("MgF2", "MgO", "NH4F", temperature_c=500), "toxic gas", "1571 ml HF", "600 ml"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_what_is_refused(given_recipe: Recipe, rule: str, value: str, limit: str) -> None:
    with pytest.raises(Refused) as refusal:
        check(given_recipe)
    assert refusal.value.rule == rule
    assert value in refusal.value.value
    assert limit in refusal.value.limit
    assert "\n" not in str(refusal.value)


def test_a_batch_that_is_too_large() -> None:
    phosphate = ORDINARY[2]
    with pytest.raises(Refused, match="evolved gas"):
        check(phosphate, batch_g=10)
    with pytest.raises(Refused, match="batch size"):
        check(phosphate, batch_g=21)
    for absurd in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(RecordError, match="batch_g"):
            check(phosphate, batch_g=absurd)


def test_a_faster_ramp_leaves_less_time_to_vent() -> None:
    """441 ml NO2 are below 1000 ml in an hour, and above what four times the ramp allows."""
    fast = made("NaFeO2", "NaNO3", "Fe2O3", ramp_c_per_min=20)
    with pytest.raises(Refused, match="at most 250 ml: take a smaller batch or 5 C/min"):
        check(fast)
    check(fast, batch_g=1)


def test_a_trace_harms_nothing() -> None:
    """One lithium in two hundred, and a charge of lithium, at the same temperature."""
    check(made("Li0.005Ni0.995O", "Li2CO3", "NiO", temperature_c=1300))
    with pytest.raises(Refused, match="with Li"):
        check(made("Li0.05Ni0.95O", "Li2CO3", "NiO", temperature_c=1300))


def test_limits_are_the_lab_s_own() -> None:
    peroxide = made("Li2TiO3", "Li2O", "TiO2")
    check(peroxide, Envelope(glove_box=True))
    check(peroxide, Envelope(glove_box_only=["air-sensitive"]))
    tight = Envelope(crucible_limits_c={"alumina": {"Li": 900}})
    with pytest.raises(Refused, match="at most 900 C"):
        check(made("LiCoO2", "Li2CO3", "Co3O4"), tight)
    check(made("NaPO3", "NaNO3", "NH4H2PO4"), Envelope(incompatible=[["oxidiser", "fuel"]]))
    with pytest.raises(Refused, match="forbidden powders"):
        check(made("BaTiO3", "BaO2", "TiO2"), Envelope(forbidden_powders=["BaO2"]))


def test_segments_without_taking_the_sample_out() -> None:
    three = (step(), step(), step(regrind_before=True))
    assert longest_programme(three) == 6
    assert longest_programme((step(regrind_before=True),)) == 3
    with pytest.raises(Refused, match="6 segments"):
        Envelope(max_segments=5).check(recipe(*three), STOCK)
    Envelope(max_segments=6).check(recipe(*three), STOCK)


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("max_temperature_c", "hot", "max_temperature_c is 'hot'"),
        ("max_temperature_c", float("nan"), "max_temperature_c is nan"),
        ("max_hold_h", float("inf"), "max_hold_h is inf"),
        ("max_ramp_c_per_min", -5, "max_ramp_c_per_min is -5"),
        ("max_gas_ml", True, "max_gas_ml is True"),
        ("max_steps", 2.5, "max_steps is 2.5: it must be a whole number"),
        ("min_temperature_c", 1500, "above max_temperature_c"),
        ("glove_box", "yes", "glove_box is 'yes'"),
        ("atmospheres", "air", "atmospheres is 'air': it must be a list"),
        ("atmospheres", ["vacuum"], "atmospheres holds 'vacuum'"),
        ("forbidden_elements", ["Be", False], "forbidden_elements\\[1\\] is False"),
        ("forbidden_elements", ["Xx"], "forbidden_elements holds 'Xx'"),
        ("crucible", "steel", "crucible holds 'steel'"),
        ("crucible_limits_c", {"alumina": 3}, "crucible_limits_c.alumina is 3: it must be a map"),
        ("crucible_limits_c", {"alumina": {"Li": -3}}, "crucible_limits_c.alumina.Li is -3"),
        ("crucible_limits_c", {"alumina": {"brass": 3}}, "crucible_limits_c.alumina holds 'brass'"),
        ("volatile_limits_c", {"PbTiO3": 900}, "volatile_limits_c holds 'PbTiO3'"),
        ("volatile_powders_c", {"P2O5": "hot"}, "volatile_powders_c.P2O5 is 'hot'"),
        ("max_toxic_gas_ml", {"XeF2": 10}, "max_toxic_gas_ml holds 'XeF2'"),
        ("max_toxic_gas_ml", {False: 10}, "max_toxic_gas_ml key is False"),
        ("incompatible", [["fuel"]], "give pairs"),
        ("incompatible", [["fuel", "dreams"]], "incompatible holds 'dreams'"),
        ("glove_box_only", 3, "glove_box_only is 3"),
    ],
)
def test_absurd_limits(limit: str, value: Any, said: str) -> None:
    with pytest.raises(RecordError, match=rf"lab\.envelope.*{said}") as error:
        Envelope(**{limit: value})
    assert "\n" not in str(error.value)


def test_the_configured_lab_is_the_default_one() -> None:
    """The same numbers are in YAML, for people to change, and in tables, for who has no YAML."""
    settings = yaml.safe_load(BOX_FURNACES.read_text(encoding="utf-8"))
    assert settings.pop("_target_") == "lab.safety.Envelope"
    assert Envelope(**settings) == Envelope()
    assert set(settings) == set(Envelope.__dataclass_fields__)


def test_every_limit_is_described_with_its_source() -> None:
    rows = Envelope().describe()
    assert ("furnace temperature", "at most 1400 C") in [row[:2] for row in rows]
    assert any(rule == "crucible" and "Pb: at most 1050 C" in limit for rule, limit, _ in rows)
    assert all(rule and limit and source for rule, limit, source in rows)
    own = Envelope(max_temperature_c=1200, volatile_limits_c={"PbO": 950, "K2O": 1200}).describe()
    by_limit = {limit: source for _, limit, source in own}
    assert by_limit["at most 1200 C"] == "set by this lab"
    assert by_limit["PbO: at most 950 C where its element is in the target"] == "set by this lab"
    assert "Lamoreaux" in by_limit["K2O: at most 1200 C where its element is in the target"]


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


# By hand: precursors, grams per mole of target, moles of gas per mole of target in all and of
# NO2, and the mole fractions of lithium, sodium and lead among the elements that stay.
CHARGES = {
    "LiCoO2": (("Li2CO3", "Co3O4"), 97.87, 0.5, 0.0, {"Li": 1 / 2}),
    "NaFeO2": (("NaNO3", "Fe2O3"), 110.83, 1.25, 1.0, {"Na": 1 / 2}),
    "PbTiO3": (("PbO", "TiO2"), 303.07, 0.0, 0.0, {"Pb": 1 / 2}),
    "Li3NaPbO4": (
        ("Li2CO3", "NaNO3", "PbO"), 315.01, 2.5, 1.0, {"Li": 3 / 5, "Na": 1 / 5, "Pb": 1 / 5},
    ),
    "BaZrO3": (("Ba(NO3)2", "ZrO2"), 276.55, 2.5, 2.0, {}),
}  # fmt: skip


@given(
    target=st.sampled_from(sorted(CHARGES)),
    temperature_c=st.floats(100, 1400),
    ramp=st.floats(0.1, 20),
    batch_g=st.floats(0.1, 30),
    limits_c=st.fixed_dictionaries({e: st.floats(100, 1500) for e in ("Li", "Na", "Pb")}),
    volatile_c=st.floats(100, 1500),
    gas_ml=st.floats(1, 5000),
    no2_ml=st.floats(1, 2000),
    min_share=st.sampled_from([0.01, 0.3, 0.55]),
    glove_box=st.booleans(),
)
def test_a_charge_that_passes_is_inside_each_limit(
    target: str,
    temperature_c: float,
    ramp: float,
    batch_g: float,
    limits_c: dict[str, float],
    volatile_c: float,
    gas_ml: float,
    no2_ml: float,
    min_share: float,
    glove_box: bool,
) -> None:
    powders, g_per_mol, gas_mol, no2_mol, held = CHARGES[target]
    envelope = Envelope(
        crucible_limits_c={"alumina": limits_c},
        volatile_limits_c={"PbO": volatile_c},
        max_gas_ml=gas_ml,
        max_toxic_gas_ml={"NO2": no2_ml},
        min_share=min_share,
        glove_box=glove_box,
    )
    given_recipe = made(target, *powders, temperature_c=temperature_c, ramp_c_per_min=ramp)
    ml_per_mol = batch_g / g_per_mol * 0.082057 * 298.15 * 1000  # ideal gas at 25 C and 1 atm
    beyond = {
        "batch size": batch_g / 20,
        "evolved gas": gas_mol * ml_per_mol / gas_ml,
        "toxic gas": no2_mol * ml_per_mol / (no2_ml / max(1, ramp / 5)),
        "crucible": max(
            (temperature_c / limits_c[e] for e, share in held.items() if share >= min_share),
            default=0,
        ),
        "volatile charge": temperature_c / volatile_c if held.get("Pb", 0) >= min_share else 0,
    }
    rounding = 1e-3  # molar masses above have five figures
    refused = None
    try:
        check(given_recipe, envelope, batch_g)
    except Refused as refusal:
        refused = refusal.rule
    if refused is None:
        assert max(beyond.values()) <= 1 + rounding
    else:
        assert beyond[refused] >= 1 - rounding


BARIUM = ["BaCO3", "BaO", "BaO2", "Ba(NO3)2"]
IRON = ["Fe2O3", "Fe3O4", "FeCO3", "Fe(NO3)3·9H2O", "Fe", "FeC2O4·2H2O"]
OXIDISERS = {"BaO2", "Ba(NO3)2", "Fe(NO3)3·9H2O"}
FUELS = {"Fe", "FeC2O4·2H2O"}


@given(st.sampled_from(BARIUM), st.sampled_from(IRON), st.booleans())
def test_no_oxidiser_meets_a_fuel(barium: str, iron: str, swap: bool) -> None:
    """In either order; carbonates and oxides are no fuel."""
    powders = (iron, barium) if swap else (barium, iron)
    rule = None
    try:
        check(made("BaFe2O4", *powders), batch_g=0.5)  # too little to fill the hood
    except Refused as refusal:
        rule = refusal.rule
    met = barium in OXIDISERS and iron in FUELS
    assert rule == ("incompatible powders" if met else None)
