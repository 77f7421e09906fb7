"""Hydrates burn, oxidise and poison as their salts do; what water changes is not said of them."""

import pytest

from knowledge.recipe import HeatingStep, Recipe, Target
from lab import Refused
from lab.hazards import hazards
from lab.powders import CLASSES, classes
from lab.safety import Envelope

# Salts that are sold with water, from the catalogue of any supplier.
SOLD_WITH_WATER = (
    "LiOH·H2O", "Ba(OH)2·8H2O", "Sr(OH)2·8H2O", "Na2CO3·10H2O", "K2CO3·1.5H2O", "MgCl2·6H2O",
    "CaCl2·2H2O", "CoCl2·6H2O", "AlCl3·6H2O", "FeCl3·6H2O", "Na2B4O7·10H2O", "NaBO3·4H2O",
    "Mg5(CO3)4(OH)2·4H2O", "Na2WO4·2H2O", "Na2MoO4·2H2O", "FePO4·2H2O", "MnSO4·H2O", "CaSO4·2H2O",
)  # fmt: skip


def made(target: str, *precursors: str, temperature_c: float = 900) -> Recipe:
    step = HeatingStep(temperature_c=temperature_c, hold_h=4)
    return Recipe.balanced(Target(formula=target), precursors, (step,))


def check(recipe: Recipe, envelope: Envelope | None = None) -> None:
    (envelope or Envelope()).check(recipe, tuple(recipe.precursors))


@pytest.mark.parametrize(
    ("hydrate", "rule", "advice"),
    [
        (made("LiFeO2", "LiOH·H2O", "Fe2O3"), "corrosive", "goggles"),
        (made("LiFeO2", "LiOH*H2O", "Fe2O3"), "corrosive", "goggles"),
        (made("BaTiO3", "Ba(OH)2·8H2O", "TiO2"), "corrosive", "goggles"),
        (made("NaFeO2", "NaOH·H2O", "Fe2O3"), "corrosive", "goggles"),
        (made("BaTiO3", "BaO2·8H2O", "TiO2"), "oxidiser", "keep from paper"),
        (made("Bi2Ti2O7", "Bi(NO3)3·5H2O", "TiO2"), "oxidiser", "keep from paper"),
        (made("BaTiO3", "Ba(OH)2·8H2O", "TiO2"), "toxic dust", "extraction"),
    ],
    ids=str,
)
def test_a_person_is_warned_of_a_hydrate_too(hydrate: Recipe, rule: str, advice: str) -> None:
    [said] = [h for h in hazards(hydrate) if h.rule == rule]
    assert advice in said.advice
    assert next(iter(hydrate.precursors)) in said.what


@pytest.mark.parametrize(
    ("target", "powder", "other"),
    [
        ("NaMgCl3", "MgCl2·6H2O", "NaCl"),
        ("KCaCl3", "CaCl2·2H2O", "KCl"),
        ("NaFeO2", "Na2CO3·10H2O", "Fe2O3"),
    ],
)
def test_nobody_is_told_to_dry_what_is_weighed_with_its_water(
    target: str, powder: str, other: str
) -> None:
    """Its water is in the mass asked: dried, it would be too much of the salt."""
    assert "hygroscopic" not in {h.rule for h in hazards(made(target, powder, other))}
    dry = made(target, powder.split("·")[0], other)
    assert "hygroscopic" in {h.rule for h in hazards(dry)}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("BaO2·8H2O", "oxidiser peroxide"), ("NaBiO3·2H2O", "oxidiser"),
        ("Ba(N3)2·H2O", "azide fuel"), ("K4Fe(CN)6·3H2O", "cyanide fuel"),
        ("Cr(NO3)3·9H2O", "oxidiser nitrate"), ("Ca(NO2)2·H2O", "oxidiser nitrate"),
        ("Mg(ClO4)2·6H2O", "oxidiser perchlorate"), ("Na2CrO4·4H2O", "oxidiser chromium(VI)"),
        ("(NH4)6Mo7O24·4H2O", "ammonium"), ("FeC2O4·2H2O", "fuel organic"),
        ("Na2S·9H2O", "fuel"),  # water did to it what it does
        *((powder, "") for powder in SOLD_WITH_WATER),
    ],
)  # fmt: skip
def test_a_hydrate_is_what_its_salt_is(formula: str, expected: str) -> None:
    assert classes(formula) == set(expected.split())
    assert classes(formula) <= CLASSES.keys()


def test_what_is_never_fired_is_not_fired_with_water_either() -> None:
    with pytest.raises(Refused, match="azide"):
        check(made("BaTiO3", "Ba(N3)2·H2O", "TiO2"))
    with pytest.raises(Refused, match="cyanide"):
        check(made("KFeO2", "K4Fe(CN)6·3H2O", "Fe2O3"))
    with pytest.raises(Refused, match="oxidiser"):
        check(made("BaFe2O4", "BaO2·8H2O", "Fe"))
    check(made("LiFeO2", "LiOH·H2O", "Fe2O3"))
    with pytest.raises(Refused, match="forbidden powders"):
        check(made("LiFeO2", "LiOH·H2O", "Fe2O3"), Envelope(forbidden_powders=["LiOH"]))


@pytest.mark.parametrize(
    "recipe",
    [
        made("AlOCl", "AlCl3·6H2O", "Al(OH)3", temperature_c=400),  # AlCl3: glove box, to 180 C
        made("FeOCl", "FeCl3·6H2O", "Fe2O3", temperature_c=400),  # FeCl3: to 316 C
        made("BaTiO3", "Ba(OH)2·8H2O", "TiO2"),
    ],
    ids=str,
)
def test_limits_of_what_water_changes_are_not_those_of_hydrates(recipe: Recipe) -> None:
    """At a tenth of a gram, for the gas."""
    Envelope().check(recipe, tuple(recipe.precursors), 0.1)
