"""Powders, gases and what a person needs to know, with answers from textbooks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.recipe import ARGON, OXYGEN, Atmosphere, HeatingStep, Recipe, Target
from lab.data import table
from lab.evolved_gas import evolved_ml, toxic_limits_ml
from lab.hazards import Hazard, hazards
from lab.powders import CLASSES, ammonium_groups, classes, is_a, nitrate_groups


def made(
    target: str, *precursors: str, temperature_c: float = 900, gas: Atmosphere | None = None
) -> Recipe:
    step = HeatingStep(temperature_c=temperature_c, hold_h=4)
    step = step.model_copy(update={"atmosphere": gas}) if gas else step
    return Recipe.balanced(Target(formula=target), precursors, (step,))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("BaCO3", ""), ("CuCO3", ""), ("Cu2(OH)2CO3", ""), ("NaHCO3", ""), ("Mg5H2C4O14", ""),
        ("TiO2", ""), ("LiOH", ""), ("Ba(OH)2·8H2O", ""), ("LiMn2O4", ""), ("Ca2MnO4", ""),
        ("LaCrO3", ""), ("BiOCl", ""), ("Bi3O4Cl", ""), ("Ba5Co5ClO13", ""), ("Sr5(PO4)3Cl", ""),
        ("LaTiO2N", ""), ("NaCl", ""), ("Ag", ""), ("Pt", ""),
        ("BaO2", "oxidiser peroxide"), ("KO2", "oxidiser peroxide"),
        ("NaNO3", "oxidiser nitrate"), ("NaNO2", "oxidiser nitrate"),
        ("Cr(NO3)3·9H2O", "oxidiser nitrate"), ("La(NO3)3·6H2O", "oxidiser nitrate"),
        ("KMnO4", "oxidiser"), ("KClO3", "oxidiser"), ("KIO3", "oxidiser"), ("K2S2O8", "oxidiser"),
        ("K2Cr2O7", "oxidiser chromium(VI)"),
        ("CrO3", "oxidiser chromium(VI)/thermite oxide"),
        ("LiClO4", "oxidiser perchlorate"), ("Cu(ClO4)2·6H2O", "oxidiser perchlorate"),
        ("Fe(ClO4)3", "oxidiser perchlorate"), ("NH4ClO4", "oxidiser perchlorate ammonium"),
        ("NH4NO3", "oxidiser nitrate ammonium/ammonium nitrate"),
        ("(NH4)2Ce(NO3)6", "oxidiser nitrate ammonium"),
        ("(NH4)2Cr2O7", "oxidiser chromium(VI) ammonium"),
        ("NH4H2PO4", "ammonium"), ("NH4VO3", "ammonium"), ("(NH4)6H2W12O40", "ammonium"),
        ("NH4F", "ammonium"), ("NH4HCO3", "ammonium"),
        ("NaN3", "azide fuel"), ("Pb(N3)2", "azide fuel"), ("KCN", "cyanide fuel"),
        ("K4Fe(CN)6", "cyanide fuel"), ("TiC0.5N0.5", "fuel"),
        ("C", "fuel"), ("S", "fuel"), ("Fe", "fuel"), ("Si3N4", "fuel"), ("LaB6", "fuel"),
        ("TiH2", "fuel"), ("Al", "fuel/active metal"), ("Mg", "fuel/active metal"),
        ("Li", "fuel/active metal/air-sensitive"), ("CaH2", "fuel air-sensitive"),
        ("Li3N", "fuel air-sensitive"), ("Li2S", "fuel air-sensitive"),
        ("FeC2O4", "fuel organic"), ("FeC2O4·2H2O", "fuel organic"),
        ("Mg(CH3COO)2·4H2O", "fuel organic"),
        ("CuO", "/thermite oxide"), ("Fe2O3", "/thermite oxide"), ("MnO2", "/thermite oxide"),
    ],
)  # fmt: skip
def test_classes_of_powders(formula: str, expected: str) -> None:
    """Names with a space in them stand after a slash."""
    plain, *spaced = expected.split("/")
    assert classes(formula) == {*plain.split(), *spaced}


@given(
    st.sampled_from([row["powder"] for row in table("handling") if row["powder"] not in CLASSES])
)
def test_a_powder_is_itself_and_its_classes(formula: str) -> None:
    assert is_a(formula, formula)
    assert classes(formula) <= CLASSES.keys()
    assert nitrate_groups(formula) >= 0
    assert ammonium_groups(formula) >= 0


@pytest.mark.parametrize(
    ("recipe", "gas", "moles", "g_per_mol"),
    [
        (made("NaFeO2", "NaNO3", "Fe2O3"), "NO2", 1.0, 110.83),
        (made("BaTiO3", "BaCO3", "TiO2"), "CO2", 1.0, 233.19),
        (made("LiTiPO5", "Li2CO3", "TiO2", "NH4H2PO4"), "NH3", 1.0, 165.78),
        (made("LiTiPO5", "Li2CO3", "TiO2", "NH4H2PO4"), "H2O", 1.5, 165.78),
        (made("MgF2", "MgO", "NH4F", temperature_c=500), "HF", 2.0, 62.30),
        (made("FeS", "Fe", "S", temperature_c=400), "SO2", 1.0, 87.91),
        (made("ZnSe", "Zn", "Se"), "SeO2", 1.0, 144.35),
        (made("FePO4", "FeC2O4·2H2O", "NH4H2PO4"), "CO", 2.0, 150.82),
        (made("BaFI", "BaF2", "BaI2"), "I2", 0.5, 283.23),
    ],
    ids=str,
)  # fmt: skip
def test_gases_by_hand(recipe: Recipe, gas: str, moles: float, g_per_mol: float) -> None:
    """Two grams, 24.465 litres a mole."""
    assert evolved_ml(recipe, 2.0)[gas] == pytest.approx(2 / g_per_mol * moles * 24_465, rel=1e-3)


def test_what_needs_oxygen_or_heat() -> None:
    assert "SO2" not in evolved_ml(made("FeS", "Fe", "S", temperature_c=400, gas=ARGON), 2.0)
    cool = evolved_ml(made("LaOF", "La2O3", "LaF3", temperature_c=550), 2.0)
    hot = evolved_ml(made("LaOF", "La2O3", "LaF3", temperature_c=900), 2.0)
    assert "HF" not in cool
    assert hot["HF"] == pytest.approx(2 / 173.90 * 0.1 * 24_465, rel=1e-3)
    assert "Cl2" in evolved_ml(made("LaOCl", "La2O3", "LaCl3", gas=OXYGEN), 2.0)
    assert "HCl" in evolved_ml(made("Sr3P2SrCl2O8", "Sr3(PO4)2", "SrCl2", gas=OXYGEN), 2.0)


@pytest.mark.parametrize(
    ("target", "sulfate", "temperature_c", "gone"),
    [
        ("ZnSO4", "Zn", 450, False),
        ("CaSO4", "Ca", 900, False),
        ("CaSO4", "Ca", 1100, True),
        ("ZnSO4", "Zn", 800, True),
    ],
)
def test_sulfates_decompose(target: str, sulfate: str, temperature_c: float, gone: bool) -> None:
    """Those of zinc by 700 C, that of calcium above 1000 C (NSRDS-NBS 7)."""
    hydrate = f"{target}·2H2O"
    mixed = made(f"{sulfate}2SO5", hydrate, f"{sulfate}O", temperature_c=temperature_c)
    assert ("SO2" in evolved_ml(mixed, 2.0)) == gone


@given(st.floats(0.01, 50), st.floats(1.1, 20))
def test_gas_grows_with_the_batch(batch_g: float, times: float) -> None:
    recipe = made("LiTiPO5", "Li2CO3", "TiO2", "NH4H2PO4")
    small, large = evolved_ml(recipe, batch_g), evolved_ml(recipe, times * batch_g)
    assert small.keys() == large.keys()
    assert all(large[gas] == pytest.approx(times * ml) for gas, ml in small.items())


def test_limits_of_gases_are_those_of_the_hood() -> None:
    """1 ppm of 1000 m3 is a litre; gases that eat the furnace, a tenth."""
    limits = toxic_limits_ml()
    assert limits["NO2"] == 1000
    assert limits["NH3"] == 35_000
    assert limits["HF"] == 600
    assert limits["Cl2"] == 50


def said(recipe: Recipe) -> dict[str, list[Hazard]]:
    found: dict[str, list[Hazard]] = {}
    for hazard in hazards(recipe, 2.0):
        found.setdefault(hazard.rule, []).append(hazard)
    return found


def test_barium_carbonate_is_toxic() -> None:
    (dust,) = said(made("BaTiO3", "BaCO3", "TiO2"))["toxic dust"]
    assert dust.what == "1.69 g BaCO3: toxic if swallowed, the carbonate too"
    assert "0.5 mg/m3" in dust.advice


def test_nitrate_is_an_oxidiser_and_gives_off_nitrogen_dioxide() -> None:
    found = said(made("NaFeO2", "NaNO3", "Fe2O3"))
    assert found["oxidiser"][0].what == "1.53 g NaNO3 is an oxidiser"
    assert found["toxic gas"][0].what.startswith("gives off up to 441 ml NO2")
    assert "incompatible powders" not in found


@pytest.mark.parametrize(
    ("recipe", "rule", "what"),
    [
        (made("LaFeO3", "La2O3", "Fe2O3"), "hygroscopic", "La2O3"),
        (made("SrTiO3", "SrO", "TiO2"), "water-sensitive", "SrO"),
        (made("BaTiO3", "BaO", "TiO2"), "water-sensitive", "BaO"),
        (made("LiFeO2", "LiOH", "Fe2O3"), "corrosive", "LiOH"),
        (made("Li2TiO3", "Li2O", "TiO2"), "glove box", "Li2O"),
        (made("Ca2FeO4", "CaH2", "Fe2O3"), "glove box", "CaH2 reacts with moist air"),
        (made("NaFeO2", "NaNO3", "Fe"), "incompatible powders", "NaNO3 (oxidiser) with Fe (fuel)"),
        (made("PbTiO3", "PbO", "TiO2", temperature_c=1000), "volatile charge", "PbO evaporates"),
        (made("LiTiPO5", "Li2CO3", "TiO2", "NH4H2PO4"), "evolved gas", "ml of gas in all"),
    ],
    ids=str,
)
def test_what_a_person_is_told(recipe: Recipe, rule: str, what: str) -> None:
    assert any(what in hazard.what for hazard in said(recipe)[rule])


def test_harmless_powders_need_no_words() -> None:
    assert hazards(made("MgAl2O4", "MgCO3", "Al(OH)3"), 0.2) == ()


@given(st.floats(100, 1400), st.floats(0.1, 20))
def test_every_hazard_has_advice_and_source(temperature_c: float, batch_g: float) -> None:
    recipe = made("Pb2NaVO5F", "PbO", "NaF", "V2O5", temperature_c=temperature_c)
    found = hazards(recipe, batch_g)
    assert len(set(found)) == len(found)
    for hazard in found:
        assert hazard.rule
        assert hazard.advice
        assert hazard.source
        assert "\n" not in f"{hazard} ({hazard.source})"


@pytest.mark.parametrize(
    "name",
    [
        "crucible_limits", "volatile_oxides", "volatile_powders", "toxic_gases", "glove_box",
        "handling", "dusts",
    ],
)  # fmt: skip
def test_every_row_has_a_source(name: str) -> None:
    """And no text that lacks its quotes, which would spill into columns without a name."""
    assert all(row["source"] and None not in row for row in table(name))
