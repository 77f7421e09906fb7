"""Formulas of powders as labels and people write them, and the water in their crystals."""

from knowledge.chemistry import parse, without_water
from knowledge.errors import RecordError

MAX_WATER = 20.0  # moles in a formula unit; alums have 12, few salts more
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_DOTS = str.maketrans(dict.fromkeys("•∙⋅●‧・*", "·"))


def plain_formula(text: str) -> str:
    """A formula without spaces, with plain digits and a middle dot: BaCO3 for BaCO₃."""
    return "".join(text.split()).translate(_SUBSCRIPTS).translate(_DOTS)


def hydrated(formula: str, water: float | str | None) -> str:
    """The formula with so many moles of water in it: CoCl2·6H2O for CoCl2 and 6.

    Without a number, as it is. Raises RecordError for a number that is none, out of range, or not
    what the formula says already; FormulaError for no compound.
    """
    if water is None:
        return formula
    try:
        moles = float(water)
    except (TypeError, ValueError):
        moles = -1.0
    if not 0 <= moles <= MAX_WATER or isinstance(water, bool):
        raise RecordError(
            f"hydration is {water!r}: give moles of water in a formula unit, 0 to {MAX_WATER:g}, "
            "as 6 for CoCl2·6H2O"
        )
    parse(formula)
    salt, said = without_water(formula)
    if said and said != moles:
        raise RecordError(
            f"{formula} with hydration {moles:g}: the formula says {said:g}; give one of them"
        )
    return formula if said == moles else f"{salt}·{moles:g}H2O"


def hydration(formula: str) -> float:
    """Moles of water that a formula says are in a formula unit; 0 where it says nothing."""
    return without_water(formula)[1]
