"""Formulas and the identity of phases, on pymatgen's Composition.

Elements are of two kinds in a furnace. O, C, H and N come and go with the gas; all others stay
with the solids and are called framework elements. Amounts follow from the framework alone; gases
then make up the difference.
"""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pymatgen.core import Composition, Element

from knowledge.errors import FormulaError

VOLATILE_ELEMENTS = frozenset({"O", "C", "H", "N"})

# A fraction in a formula is rarely given to more than four decimals.
_DENOMINATOR = 10_000
# Atoms per formula unit above which a formula is taken for a slip of the keyboard.
_MAX_ATOMS = 100_000
# A number that begins with 0 and goes on: BaTi03 is a slip for BaTiO3, and would be read as BaTi3.
_ZERO_FOR_O = re.compile(r"(?<![\d.])0\d")
_HYDRATE = re.compile(r"^(?P<salt>.+?)(?:[·*•]|\.(?=\d*H2O$))(?P<count>\d*\.?\d*)H2O$")


@lru_cache(maxsize=100_000)
def parse(formula: str) -> Composition:
    """The composition of a formula, as written: fractions, brackets and hydrates (X·2H2O) allowed.

    Raises FormulaError for anything that names no compound of real elements.
    """
    advice = "write it like BaTiO3, La0.7Sr0.3MnO3, Ca(OH)2 or CoCl2·6H2O"
    text = "".join(formula.split())
    if not text:
        raise FormulaError(f"the formula is empty: {advice}")
    if _ZERO_FOR_O.search(text):
        raise FormulaError(f"{formula!r} has a nought where an O may be meant: {advice}")
    hydrate = _HYDRATE.match(text)
    try:
        if hydrate:
            water = Composition("H2O") * float(hydrate["count"] or 1)
            composition = Composition(hydrate["salt"]) + water
        else:
            composition = Composition(text)
    except (ValueError, KeyError, TypeError) as error:
        raise FormulaError(f"cannot read the formula {formula!r}: {advice}") from error
    unknown = [e.symbol for e in composition if not isinstance(e, Element)]
    if unknown:
        raise FormulaError(f"no such element: {', '.join(unknown)} in {formula!r}: {advice}")
    if not 0 < composition.num_atoms <= _MAX_ATOMS or not math.isfinite(composition.num_atoms):
        raise FormulaError(f"{formula!r} has {composition.num_atoms:g} atoms: {advice}")
    return composition


def without_water(formula: str) -> tuple[str, float]:
    """What a formula says without its water, and moles of that: CoCl2 and 6 for CoCl2·6H2O."""
    text = "".join(formula.split())
    hydrate = _HYDRATE.match(text)
    return (hydrate["salt"], float(hydrate["count"] or 1)) if hydrate else (text, 0.0)


@dataclass(frozen=True)
class OxygenFamily:
    """A compound whose oxygen content follows temperature and gas: one phase, not several."""

    reference: str
    oxygen_min: float
    oxygen_max: float
    source: str


@lru_cache(maxsize=1)
def oxygen_families() -> Mapping[str, OxygenFamily]:
    """Known families by the canonical formula of their framework elements."""
    table = files("knowledge").joinpath("oxygen_families.csv").read_text(encoding="utf-8")
    return {
        _canonical(framework(parse(row["reference"]))): OxygenFamily(
            row["reference"], float(row["oxygen_min"]), float(row["oxygen_max"]), row["source"]
        )
        for row in csv.DictReader(table.splitlines())
    }


def framework(composition: Composition) -> dict[str, float]:
    """Moles of the elements that stay with the solids, per formula as written."""
    return {
        str(element): amount
        for element, amount in composition.items()
        if str(element) not in VOLATILE_ELEMENTS
    }


@lru_cache(maxsize=200_000)
def identity(formula: str) -> str:
    """The name under which a phase is known, however its formula was written.

    Fractions are scaled to whole numbers (La0.7Sr0.3MnO3 and La7Sr3Mn10O30 are one phase), and
    oxygen contents within a known family are one phase (YBa2Cu3O6.5 is Ba2YCu3O7).
    """
    family = family_of(formula)
    return whole_formula(family.reference if family else formula)


@lru_cache(maxsize=200_000)
def whole_formula(formula: str) -> str:
    """The reduced formula with whole-number subscripts, oxygen families kept apart."""
    return _canonical(dict(parse(formula).items()))


@lru_cache(maxsize=200_000)
def family_of(formula: str) -> OxygenFamily | None:
    """The oxygen family that a formula belongs to, or none."""
    composition = parse(formula)
    volatile = {str(e) for e in composition} & VOLATILE_ELEMENTS
    solid = framework(composition)
    if volatile != {"O"} or not solid:
        return None
    family = oxygen_families().get(_canonical(solid))
    if family is None:
        return None
    scale = sum(framework(parse(family.reference)).values()) / sum(solid.values())
    oxygen = composition["O"] * scale
    slack = 1e-6
    return family if family.oxygen_min - slack <= oxygen <= family.oxygen_max + slack else None


def _canonical(amounts: Mapping[Any, float]) -> str:
    """Reduced formula with whole-number subscripts, in pymatgen's element order."""
    whole = _whole_numbers(list(amounts.values()))
    return str(Composition(dict(zip(amounts, whole, strict=True))).reduced_formula)


def _whole_numbers(amounts: Sequence[float]) -> list[int]:
    """The smallest whole numbers in the ratio of the amounts, whatever their common scale."""
    smallest = min(a for a in amounts if a > 0)
    # Small ratios first, as wide as rounding to three decimals: 0.333 and 0.667 are thirds.
    for scale in range(1, 13):
        scaled = [a / smallest * scale for a in amounts]
        if all(abs(s - round(s)) < min(0.002 * s, 0.05) for s in scaled):
            return [round(s) for s in scaled]
    whole = [round(a * _DENOMINATOR) for a in amounts]
    divisor = math.gcd(*whole)
    return [n // divisor for n in whole]


def atoms(formula: str) -> float:
    """Atoms in one formula unit as written."""
    return float(parse(formula).num_atoms)


def molar_mass_g_per_mol(formula: str) -> float:
    """Mass of one mole of formula units as written."""
    return float(parse(formula).weight)


def anion_class(formula: str) -> str:
    """What kind of compound a formula is: `oxide`, `phosphate`, `sulfide`, `intermetallic` ...

    Precursors are chosen by it, so a phosphate's lithium is not an oxide's lithium.
    """
    present = {str(e) for e in parse(formula)}
    if "O" in present:
        for element, name in _OXYANIONS:
            if element in present:
                return name
        return "oxide"
    for element, name in _ANIONS:
        if element in present:
            return name
    return "intermetallic"


_OXYANIONS = (
    ("P", "phosphate"), ("B", "borate"), ("S", "sulfate"), ("Si", "silicate"), ("F", "oxyfluoride"),
    ("Cl", "oxyhalide"), ("Br", "oxyhalide"), ("I", "oxyhalide"), ("N", "oxynitride"),
    ("C", "carbonate"), ("H", "hydroxide"),
)  # fmt: skip
_ANIONS = (
    ("F", "fluoride"), ("Cl", "halide"), ("Br", "halide"), ("I", "halide"), ("N", "nitride"),
    ("S", "sulfide"), ("Se", "selenide"), ("Te", "telluride"), ("P", "phosphide"),
    ("As", "arsenide"), ("C", "carbide"), ("Si", "silicide"), ("B", "boride"), ("H", "hydride"),
)  # fmt: skip


_OXYANION_FORMERS = frozenset(
    ("B", "C", "Si", "P", "S", "Cl", "V", "Cr", "As", "Se", "Nb", "Mo", "Te", "I", "Ta", "W")
)


@lru_cache(maxsize=200_000)
def molecular_groups(formula: str) -> Mapping[str, float]:
    """Moles of carbonate, nitrate, ammonium and hydroxyl groups, by counting elements.

    Counting suffices for the salts used as precursors; an oxalate (O/C below 3) holds none, and
    nitrogen beside an oxyanion such as phosphate is ammonium. Water of hydration counts as
    hydroxyl.
    """
    composition = parse(formula)
    nitrogen, hydrogen = composition["N"], composition["H"]
    carbon, oxygen = composition["C"], composition["O"]
    present = {str(e) for e in composition}
    if oxygen >= 3 * nitrogen and not present & _OXYANION_FORMERS:
        ammonium, nitrate = 0.0, nitrogen
    else:
        ammonium = min(nitrogen, hydrogen // 4) if len(present) > 2 else 0.0
        nitrate = nitrogen - ammonium if oxygen >= 3 * (nitrogen - ammonium) else 0.0
    carbonate = carbon if carbon > 0 and oxygen - 3 * nitrate >= 3 * carbon else 0.0
    hydroxyl = hydrogen - 4 * ammonium if oxygen else 0.0
    groups = {
        "carbonate": carbonate,
        "nitrate": nitrate,
        "ammonium": ammonium,
        "hydroxyl": hydroxyl,
    }
    return MappingProxyType({name: float(count) for name, count in groups.items() if count > 0})


@lru_cache(maxsize=200_000)
def volatile_content(formula: str) -> Mapping[str, float]:
    """Atoms of O, C, H and N in a formula unit, zeros included."""
    composition = parse(formula)
    return MappingProxyType({e: float(composition[e]) for e in sorted(VOLATILE_ELEMENTS)})


# Guessing oxidation states takes seconds for large formulas; beyond this nothing is said.
_GUESSABLE_ATOMS = 20


def charge_doubt(formula: str) -> str | None:
    """A warning where no common oxidation states balance a small formula, or none.

    A doubt, never an error: pymatgen finds none for BaO2 or Fe3C, which exist.
    """
    whole = parse(whole_formula(formula))
    if whole.num_atoms > _GUESSABLE_ATOMS or len(whole) < 2 or whole.oxi_state_guesses():
        return None
    return f"no common oxidation states balance {formula}: is the formula as meant?"
