"""What is asked of a shelf, in whole micrograms, and whether so much of it is free."""

from collections.abc import Mapping
from numbers import Real

from knowledge.chemistry import identity
from lab.books import UG_PER_G, Books
from lab.lots import MAX_MASS_G, phase_of
from lab.protocol import Refused


def at_hand(books: Books) -> tuple[str, ...]:
    """The precursors of which anything is left, as first written, oldest first."""
    phases = dict.fromkeys(phase_of(bottle.lot) for bottle in books.bottles)
    return tuple(books.shelf(p)[0].lot.formula for p in phases if books.left_ug(p) != 0)


def check_free(
    books: Books, wanted: Mapping[str, tuple[str, int]], experiment_id: str | None = None
) -> None:
    """Raise Refused for the first powder of which too little is free, or one's own."""
    for phase, (formula, asked) in wanted.items():
        if not books.shelf(phase):
            raise none_there(books, formula, asked)
        left = books.left_ug(phase)
        if left is None:
            continue
        mine = 0 if experiment_id is None else books.due_ug(phase, experiment_id)
        others = books.due_ug(phase) - mine
        if asked > left - others:
            promised = f", {shown(others)} of it promised to others" if others else ""
            raise Refused(
                "inventory",
                f"{formula}: {shown(asked)} asked",
                f"{shown(left)} are left{promised}; buy more or make a smaller batch",
            )


def none_there(books: Books, formula: str, asked_ug: int) -> Refused:
    """The refusal of a powder that was never in stock."""
    held = at_hand(books)
    few = ", ".join(held[:12]) + (f" and {len(held) - 12} more" if len(held) > 12 else "")
    return Refused(
        "inventory", f"{formula}: {shown(asked_ug)} asked", f"in stock: {few or 'nothing'}"
    )


def micrograms(masses_g: Mapping[str, float]) -> dict[str, tuple[str, int]]:
    """Formula as written and micrograms, by phase: spellings of one phase are added up.

    Raises Refused for a mass that is none.
    """
    found: dict[str, tuple[str, int]] = {}
    for formula, grams in masses_g.items():
        if not (isinstance(grams, Real) and 1 / UG_PER_G <= grams <= MAX_MASS_G):
            allowed = f"a mass is {1 / UG_PER_G:f} to {MAX_MASS_G:g} g"
            raise Refused("mass", f"{formula}: {grams} g", allowed)
        phase = identity(formula)
        found[phase] = formula, found.get(phase, ("", 0))[1] + round(float(grams) * UG_PER_G)
    return found


def shown(ug: int) -> str:
    """Grams in words."""
    return f"{ug / UG_PER_G:.7g} g"
