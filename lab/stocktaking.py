"""What people do with the lots on a shelf: enter, correct and remove them, and look at all.

Everything is checked before anything is written in the books, so that a refusal changes nothing.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from knowledge.chemistry import identity
from knowledge.errors import RecordError
from lab.books import UG_PER_G, Books, Bottle
from lab.changes import Change, Stock, amount
from lab.hydrates import hydration
from lab.lots import MAX_MASS_G, Lot, are_one, key_of, named_twice, phase_of

# What `correct` takes: `grams` on the shelf now, `name` of the lot, and fields of a Lot.
CORRECTABLE = (
    "grams", "name", "purity", "supplier", "price_per_g", "currency", "particle_size_um",
)  # fmt: skip
_LISTED = 6


@dataclass(frozen=True)
class Held:
    """A lot on the shelf. Grams left are infinite for what is bought as needed.

    `promised_g` are those of what is left that open experiments will take, oldest lots first.
    """

    lot: Lot
    left_g: float
    promised_g: float
    weighed_g: float

    @property
    def hydration(self) -> float:
        """Moles of water in a formula unit."""
        return hydration(self.lot.formula)


def shelf(books: Books) -> Iterator[Held]:
    """Every lot in the order in which they came, used up or not."""
    due_ug = {phase_of(b.lot): books.due_ug(phase_of(b.lot)) for b in books.bottles}
    for bottle in books.bottles:
        phase, left = phase_of(bottle.lot), bottle.left_ug
        mine = due_ug[phase] if left is None else min(left, due_ug[phase])
        due_ug[phase] -= mine
        grams = math.inf if left is None else left / UG_PER_G
        yield Held(bottle.lot, grams, mine / UG_PER_G, bottle.weighed_ug / UG_PER_G)


def enter(books: Books, lot: Lot, who: str = "") -> Change:
    """Enter a delivery. Raises RecordError for a name or a currency that does not fit."""
    _check_new(books, lot)
    return _entered(books, lot, who)


def enter_numbered(books: Books, lot: Lot, who: str = "") -> Change:
    """Enter a delivery under the number after the highest of its formula. Raises as `enter`."""
    names = [bottle.lot.lot for bottle in books.shelf(phase_of(lot))]
    numbers = [int(n) for n in names if n.isdecimal() and n.isascii() and len(n) < 10]
    return enter(books, lot.model_copy(update={"lot": str(max(numbers, default=0) + 1)}), who)


def enter_all(
    books: Books, lots: Sequence[Lot], where: Sequence[str], who: str = ""
) -> tuple[list[Change], list[Lot]]:
    """Enter lots that are new, all or none; what was entered, and the lots that were there.

    A lot is there if it says the same, with the grams that were delivered or those that are left.
    Raises RecordError, beginning with its entry of `where`, for the first that does not fit.
    """
    known: dict[tuple[str, str], tuple[Lot | None, float | None]]
    known = {key_of(b.lot): (b.lot, _left_g(b)) for b in books.bottles}
    new, there, currency = [], [], currency_of(books)
    for lot, place in zip(lots, where, strict=True):
        try:
            was, left_g = known.get(key_of(lot), (None, None))
            if was is None:
                _check_currency(lot, currency)
                known[key_of(lot)] = lot, lot.grams
                currency = currency or (lot.currency if lot.price_per_g is not None else None)
                new.append(lot)
            elif are_one(was, lot) or are_one(was.model_copy(update={"grams": left_g}), lot):
                there.append(lot)
            else:
                raise RecordError(
                    f"{lot} is there, and is another ({Stock(lot=was, left_g=left_g)}): give it a "
                    "lot name of its own, or correct the one that is there"
                )
        except RecordError as error:
            raise RecordError(f"{place}: {error}") from error
    return [_entered(books, lot, who) for lot in new], there


def correct(
    books: Books, formula: str, lot: str | None, changes: Mapping[str, Any], who: str = ""
) -> Change:
    """Put a lot right; without a name, the only one of its formula.

    `grams` are those on the shelf now, promised ones too; none: it is bought as needed. Raises
    RecordError for no such lot, for what cannot be, and for less than open experiments were
    promised.
    """
    bottle = _find(books, formula, lot)
    fields = _checked(changes)
    if "name" in fields:
        fields["lot"] = fields.pop("name")
    grams = fields.pop("grams", None)
    if "grams" in changes:
        fields["grams"] = None if grams is None else grams + bottle.weighed_ug / UG_PER_G
    now = bottle.lot.model_copy(update=fields)
    others = [b for b in books.bottles if b is not bottle]
    if any(key_of(b.lot) == key_of(now) for b in others):
        raise named_twice(now)
    _check_currency(now, _currency([b.lot for b in others]))
    after = Bottle(now, bottle.weighed_ug)
    _check_promises(books, bottle, after.left_ug)
    before = _stock(bottle)
    bottle.lot, bottle.stocked_ug = now, after.stocked_ug
    return _noted(books, "corrected", who, before, _stock(bottle))


def remove(books: Books, formula: str, lot: str | None, who: str = "") -> Change:
    """Take a lot out of the books from which nothing was weighed; without a name, the only one.

    Raises RecordError for no such lot, and where it was used or open experiments need it.
    """
    bottle = _find(books, formula, lot)
    if bottle.weighed_ug:
        raise RecordError(
            f"{amount(bottle.weighed_ug / UG_PER_G)} of {bottle.lot} were weighed out, which the "
            "books keep: correct its grams to 0 instead"
        )
    _check_promises(books, bottle, 0)
    books.remove(bottle)
    return _noted(books, "removed", who, _stock(bottle), None)


def currency_of(books: Books) -> str | None:
    """The currency of all prices in the books, if there are any."""
    return _currency([b.lot for b in books.bottles])


def _entered(books: Books, lot: Lot, who: str) -> Change:
    books.enter(Bottle(lot))
    return _noted(books, "added", who, None, Stock(lot=lot, left_g=lot.grams))


def _noted(
    books: Books,
    kind: Literal["added", "corrected", "removed"],
    who: str,
    before: Stock | None,
    after: Stock | None,
) -> Change:
    time = datetime.now(UTC).isoformat(timespec="seconds")
    change = Change(time=time, who=who, kind=kind, before=before, after=after)
    if before != after:
        books.changes.append(change)
    return change


def _find(books: Books, formula: str, lot: str | None) -> Bottle:
    there = books.shelf(identity(formula))
    found = there if lot is None else [b for b in there if b.lot.lot == lot]
    if len(found) == 1:
        return found[0]
    if not there:
        held = list(dict.fromkeys(b.lot.formula for b in books.bottles))
        rest = f" and {len(held) - _LISTED} more" if len(held) > _LISTED else ""
        said = f"{', '.join(held[:_LISTED])}{rest}" if held else "nothing"
        raise RecordError(f"there is no {formula} in the books: they have {said}")
    names = ", ".join(b.lot.lot or '"" (without a name)' for b in there)
    which = f"several lots of {formula}" if lot is None else f"no lot {lot} of {formula}"
    raise RecordError(f"there {'are' if lot is None else 'is'} {which}: name one of {names}")


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [name for name in changes if name not in CORRECTABLE]
    if unknown or not changes:
        said = f"{', '.join(unknown)} cannot be corrected" if unknown else "nothing to correct"
        raise RecordError(f"{said}: give any of {', '.join(CORRECTABLE)}")
    grams = changes.get("grams")
    if grams is not None and not 0 <= grams <= MAX_MASS_G:
        raise RecordError(f"grams is {grams:g}: give what is on the shelf, 0 to {MAX_MASS_G:g}")
    return dict(changes)


def _check_promises(books: Books, bottle: Bottle, left_ug: int | None) -> None:
    """Raise RecordError where a bottle of so much would leave too little for open experiments."""
    phase = phase_of(bottle.lot)
    due_ug = books.due_ug(phase)
    rest = [b.left_ug for b in books.shelf(phase) if b is not bottle]
    if not due_ug or left_ug is None or None in rest:
        return
    total_ug = left_ug + sum(ug for ug in rest if ug is not None)
    if total_ug >= due_ug:
        return
    due = {name: books.due_ug(phase, name) for name in books.promises}
    open_ = [f"{name} ({amount(ug / UG_PER_G)})" for name, ug in due.items() if ug]
    more = f" and {len(open_) - _LISTED} more" if len(open_) > _LISTED else ""
    raise RecordError(
        f"{bottle.lot}: {amount(total_ug / UG_PER_G)} of {bottle.lot.formula} would be left, and "
        f"{amount(due_ug / UG_PER_G)} are promised to {', '.join(open_[:_LISTED])}{more}: weigh "
        "those or give them up first"
    )


def _check_new(books: Books, lot: Lot) -> None:
    if any(bottle.lot.lot == lot.lot for bottle in books.shelf(phase_of(lot))):
        raise named_twice(lot)
    _check_currency(lot, currency_of(books))


def _check_currency(lot: Lot, currency: str | None) -> None:
    if lot.price_per_g is not None and currency not in (None, lot.currency):
        raise RecordError(
            f"{lot} is priced in {lot.currency}, others in {currency}: use one of them"
        )


def _currency(lots: Sequence[Lot]) -> str | None:
    return next((lot.currency for lot in lots if lot.price_per_g is not None), None)


def _left_g(bottle: Bottle) -> float | None:
    return None if bottle.left_ug is None else bottle.left_ug / UG_PER_G


def _stock(bottle: Bottle) -> Stock:
    return Stock(lot=bottle.lot, left_g=_left_g(bottle))
