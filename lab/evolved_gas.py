"""How much gas a charge gives off, of which kind.

O2, CO2, H2O, N2, NH3 and NO2 follow from the balanced reaction. What it does not say is estimated,
from above, from what the powders hold:

    NO2    every nitrate and nitrite
    SO2    all sulphur of sulfides in oxygen; of sulfates once they decompose
    SeO2   all selenium of selenides and selenium in oxygen, and of SeO2 once it sublimes
    HF, HCl, Br2, I2    all halogen of ammonium halides; a tenth of others' above 600 C
    Cl2    instead of HCl, from chlorides of other metals than alkali metals and earths, in oxygen
    I2     all iodine of iodides in oxygen
    CO     all carbon that is no carbonate, on top of its CO2

Phosphine, hydrogen sulfide and vapours of salts are not estimated.
"""

from collections.abc import Mapping
from functools import lru_cache

from knowledge.chemistry import framework, molar_mass_g_per_mol, parse
from knowledge.recipe import Recipe
from lab.data import table
from lab.powders import ALKALI, ALKALINE_EARTH, ammonium_groups, classes, nitrate_groups

ML_PER_MOL = 24_465.0  # ideal gas at 25 C and 1 atm
# Sulfates of most metals are gone by 500 to 1000 C, those of alkali metals and earths hold to
# about 1000 C: Stern & Weise, NSRDS-NBS 7 (1966). Ammonium sulfate: CRC Handbook 97th ed.
_SULFATES_HOLD_C = 500.0
_PLAIN_SULFATES_HOLD_C = 1000.0
_AMMONIUM_SULFATE_HOLDS_C = 280.0
_SELENIUM_DIOXIDE_HOLDS_C = 315.0  # sublimes: CRC Handbook 97th ed.
# Moist air turns halides to oxides slowly. The share is a guess from above for some hours.
_HALIDES_HOLD_C = 600.0
_HYDROLYSED_SHARE = 0.1
_OXIDISING_ATM = 1e-3
# A hood 1.2 m wide, open 0.5 m, with 0.5 m/s of air in its face, draws 1080 m3 an hour; in 1 m3,
# 1 ml is 1 ppm.
_HOOD_M3_PER_H = 1000.0
_CORROSIVE_SHARE = 0.1
_PLAIN = ALKALI | ALKALINE_EARTH
# The gas by halogen, and how many of its atoms a molecule holds.
_HALOGEN_GASES = {"F": ("HF", 1), "Cl": ("HCl", 1), "Br": ("Br2", 2), "I": ("I2", 2)}


def evolved_ml(recipe: Recipe, batch_g: float) -> dict[str, float]:
    """Millilitres of each gas that a charge for a mass of target gives off, at 25 C and 1 atm."""
    per_mole = dict(recipe.gases_out)
    hottest_c = recipe.hottest.temperature_c
    oxidising = is_oxidising(recipe)
    estimated: dict[str, float] = {}
    for formula, moles in recipe.precursors.items():
        for gas, each in _estimates(formula, hottest_c, oxidising).items():
            estimated[gas] = estimated.get(gas, 0.0) + moles * each
    for gas, moles in estimated.items():
        per_mole[gas] = max(per_mole.get(gas, 0.0), moles)
    target_moles = batch_g / molar_mass_g_per_mol(recipe.target.formula)
    return {gas: n * target_moles * ML_PER_MOL for gas, n in per_mole.items() if n > 0}


def taken_up_ml(recipe: Recipe, batch_g: float) -> dict[str, float]:
    """Millilitres of each gas that the balanced reaction takes up, at 25 C and 1 atm."""
    target_moles = batch_g / molar_mass_g_per_mol(recipe.target.formula)
    return {gas: n * target_moles * ML_PER_MOL for gas, n in recipe.gases_in.items()}


def in_ml(amount_ml: float) -> str:
    """A volume as people write it: `441 ml`, `0.52 ml`."""
    return f"{amount_ml:.0f} ml" if amount_ml >= 100 else f"{amount_ml:.2g} ml"


def toxic_limits_ml() -> dict[str, float]:
    """Millilitres of each toxic gas, from one sample in an hour, that a hood carries off.

    What brings the hood's air to the short-term limit of NIOSH; a tenth of that for gases which
    eat heating elements and lining.
    """
    return {
        row["gas"]: round(
            float(row["short_term_ppm"])
            * _HOOD_M3_PER_H
            * (_CORROSIVE_SHARE if row["corrosive"] == "yes" else 1),
            6,
        )
        for row in table("toxic_gases")
    }


def is_oxidising(recipe: Recipe) -> bool:
    """Whether any firing, or the cooling, has oxygen above the sample."""
    gases = (*(step.atmosphere for step in recipe.steps), recipe.cooling.atmosphere)
    return any(gas.partial_pressures_atm.get("O2", 0.0) > _OXIDISING_ATM for gas in gases)


@lru_cache(maxsize=100_000)
def _estimates(formula: str, hottest_c: float, oxidising: bool) -> Mapping[str, float]:
    """Moles of gas per mole of a powder that its balanced reaction does not show."""
    amount, kinds = parse(formula), classes(formula)
    gases = {"NO2": nitrate_groups(formula)}
    if amount["S"] and _loses_sulphur(formula, hottest_c, oxidising):
        gases["SO2"] = amount["S"]
    if amount["Se"] and _loses_selenium(formula, hottest_c, oxidising):
        gases["SeO2"] = amount["Se"]
    if "fuel" in kinds:
        gases["CO"] = amount["C"]
    for halogen, (gas, atoms) in _HALOGEN_GASES.items():
        if amount[halogen]:
            lost = _halogen_share(formula, halogen, hottest_c, oxidising)
            if halogen == "Cl" and oxidising and not _metals(formula) <= _PLAIN:
                gas, atoms = "Cl2", 2
            gases[gas] = amount[halogen] * lost / atoms
    return {gas: float(n) for gas, n in gases.items() if n > 0}


def _metals(formula: str) -> set[str]:
    return set(framework(parse(formula))) - {"F", "Cl", "Br", "I", "S", "Se"}


def _loses_sulphur(formula: str, hottest_c: float, oxidising: bool) -> bool:
    if not parse(formula)["O"]:
        return oxidising
    if ammonium_groups(formula):
        return hottest_c > _AMMONIUM_SULFATE_HOLDS_C
    plain = _metals(formula) <= _PLAIN
    return hottest_c > (_PLAIN_SULFATES_HOLD_C if plain else _SULFATES_HOLD_C)


def _loses_selenium(formula: str, hottest_c: float, oxidising: bool) -> bool:
    if not parse(formula)["O"]:
        return oxidising
    return not _metals(formula) and hottest_c > _SELENIUM_DIOXIDE_HOLDS_C


def _halogen_share(formula: str, halogen: str, hottest_c: float, oxidising: bool) -> float:
    if ammonium_groups(formula) or (halogen == "I" and oxidising):
        return 1.0
    return _HYDROLYSED_SHARE if hottest_c > _HALIDES_HOLD_C else 0.0
