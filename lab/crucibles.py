"""What a hot charge does to its crucible and its furnace: shares of elements, and the tables.

A charge attacks alumina, and its oxides evaporate, by what it holds, whichever powders brought it:
the elements that stay are those of the target. Powders that leave before they react (P2O5 above
360 C) are a table of their own. Temperatures hold for compounds as they are commonly fired in air;
a free melt of PbO or Bi2O3 attacks alumina well below.
"""

from collections.abc import Mapping
from functools import lru_cache

from pymatgen.core import Element

from knowledge.chemistry import framework, parse
from knowledge.errors import FormulaError
from lab.data import table

ANY = "any"
FLUORIDE = "fluoride"
ELEMENTS = frozenset(e.symbol for e in Element)


@lru_cache(maxsize=100_000)
def shares(formula: str) -> Mapping[str, float]:
    """Mole fraction of each framework element of a compound among them: PbTiO3 is half lead."""
    solid = framework(parse(formula))
    total = sum(solid.values())
    return {element: amount / total for element, amount in solid.items()}


def share(formula: str, species: str) -> float:
    """Mole fraction of an element, of fluorine for `fluoride`, and 1 for `any`."""
    if species == ANY:
        return 1.0
    return shares(formula).get("F" if species == FLUORIDE else species, 0.0)


def crucible_limits_c() -> dict[str, dict[str, float]]:
    """Temperature that a crucible stands beside each element, in Celsius."""
    limits: dict[str, dict[str, float]] = {}
    for row in table("crucible_limits"):
        limits.setdefault(row["crucible"], {})[row["species"]] = float(row["max_c"])
    return limits


def volatile_limits_c() -> dict[str, float]:
    """Temperature above which an oxide leaves a charge that holds its element, in Celsius."""
    return {row["oxide"]: float(row["max_c"]) for row in table("volatile_oxides")}


def volatile_powders_c() -> dict[str, float]:
    """Temperature above which a powder leaves before it reacts, in Celsius."""
    return {row["powder"]: float(row["max_c"]) for row in table("volatile_powders")}


def is_simple_oxide(formula: str) -> bool:
    """Whether a formula is an oxide of one element, such as PbO."""
    try:
        return len(parse(formula)) == 2 and len(framework(parse(formula))) == 1
    except FormulaError:
        return False


@lru_cache(maxsize=1_000)
def evaporating_element(oxide: str) -> str:
    """The element that leaves a charge as an oxide of one element."""
    return next(iter(framework(parse(oxide))))
