"""The precursors a lab has: what is left of each lot, what is promised, what was weighed out.

inventory = Inventory(["TiO2", {"formula": "BaCO3", "grams": 500, "lot": "A1"}])
inventory.reserve("e1", {"BaCO3": 4.2, "TiO2": 1.7})    Refused where it runs short
inventory.weigh("e1", "BaCO3", 4.2013)                  the lots it came from, oldest first
inventory.release("e1")                                 promised and not weighed: free again
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple, Self

from knowledge.chemistry import identity
from knowledge.errors import RecordError
from lab.books import UG_PER_G, Books, Bottle, Promise
from lab.books_file import InFile, InMemory, Keeper
from lab.lots import (
    DEFAULT_CURRENCY,
    MAX_MASS_G,
    Lot,
    as_lot,
    key_of,
    lots_by_key,
    lots_from_csv,
    named_twice,
    phase_of,
)
from lab.protocol import Refused

__all__ = ["Inventory", "Lot", "Portion", "Price"]


class Portion(NamedTuple):
    """Grams from one lot."""

    lot: Lot
    grams: float


@dataclass(frozen=True)
class Price:
    """What powders cost, without those whose price is not in the books."""

    amount: float
    currency: str
    unpriced: tuple[str, ...] = ()


class Inventory:
    """Lots of precursors, used oldest first. One spelling of a formula is as good as another.

    `stock` are formulas (bought as needed, never short), mappings of the fields of a Lot, or Lots.
    With `file`, the books are kept there and survive a kill; lots of `stock` that they do not know
    are entered, so that the same configuration can be started again and again.

    Raises RecordError for stock that does not hold together and a file that is no inventory.
    """

    def __init__(
        self, stock: Iterable[str | Mapping[str, Any] | Lot] = (), file: Path | str | None = None
    ) -> None:
        lots = lots_by_key(stock)
        self._keeper: Keeper = InMemory() if file is None else InFile(file)
        try:
            with self._keeper.changing() as books:
                known = {key_of(b.lot): b.lot for b in books.bottles}
                for key, lot in lots.items():
                    if key not in known:
                        _enter(books, lot)
                    elif known[key] != lot.model_copy(update={"formula": known[key].formula}):
                        raise named_twice(lot)
        except BaseException:
            self.close()
            raise

    @classmethod
    def from_csv(cls, path: Path | str, file: Path | str | None = None) -> Self:
        """The inventory in a CSV file whose columns are the fields of a Lot. Raises RecordError."""
        return cls(lots_from_csv(path), file)

    @property
    def lots(self) -> tuple[Lot, ...]:
        """Every lot as it was delivered, oldest first, used up or not."""
        with self._keeper.reading() as books:
            return tuple(bottle.lot for bottle in books.bottles)

    @property
    def formulas(self) -> tuple[str, ...]:
        """The precursors of which anything is left, as first written, oldest first."""
        with self._keeper.reading() as books:
            return _at_hand(books)

    def left_g(self, formula: str, lot: str | None = None) -> float:
        """Grams on the shelf, promised ones too, of all lots or one; infinite if never short."""
        phase = identity(formula)
        with self._keeper.reading() as books:
            if lot is None:
                return _grams(books.left_ug(phase))
            left = [b.left_ug for b in books.shelf(phase) if b.lot.lot == lot]
        return _grams(left[0]) if left else 0.0

    def free_g(self, formula: str) -> float:
        """Grams on the shelf that no experiment was promised; infinite if never short."""
        phase = identity(formula)
        with self._keeper.reading() as books:
            left = books.left_ug(phase)
            return _grams(None if left is None else left - books.due_ug(phase))

    def begun(self, experiment_id: str, formula: str) -> bool:
        """Whether any of what an experiment was promised of a powder has been weighed."""
        with self._keeper.reading() as books:
            promise = books.promises.get(experiment_id, {}).get(identity(formula))
            return promise is not None and promise.due_ug < promise.asked_ug

    @property
    def promised(self) -> tuple[str, ...]:
        """The experiments that were promised anything, weighed by now or not."""
        with self._keeper.reading() as books:
            return tuple(books.promises)

    def weighed_g(self, formula: str) -> float:
        """Grams weighed out so far."""
        with self._keeper.reading() as books:
            return _grams(sum(bottle.weighed_ug for bottle in books.shelf(identity(formula))))

    def restock(self, lot: str | Mapping[str, Any] | Lot) -> None:
        """Enter a delivery.

        Raises RecordError for a name that another lot of this formula has, and for a price in
        another currency than that of the others.
        """
        new = as_lot(lot)
        with self._keeper.changing() as books:
            _enter(books, new)

    def check(self, masses_g: Mapping[str, float]) -> None:
        """Raise Refused, naming what is asked and what is left, unless it could be reserved."""
        wanted = _micrograms(masses_g)
        with self._keeper.reading() as books:
            _check_free(books, wanted)

    def reserve(self, experiment_id: str, masses_g: Mapping[str, float]) -> None:
        """Promise powders to an experiment, all or none; the same again changes nothing.

        Raises Refused where one runs short, for a mass that is none, and for other masses than
        this experiment was promised before. Only `release` ends a promise.
        """
        wanted = _micrograms(masses_g)
        with self._keeper.changing() as books:
            promised = books.promises.get(experiment_id)
            if promised:
                if {p: x.asked_ug for p, x in promised.items()} == {
                    p: asked for p, (_, asked) in wanted.items()
                }:
                    return
                held = ", ".join(f"{_shown(x.asked_ug)} {p}" for p, x in promised.items())
                raise Refused(
                    "experiment id",
                    f"{experiment_id} was promised {held}",
                    "release that first, or choose another id",
                )
            _check_free(books, wanted)
            for phase, (_, asked_ug) in wanted.items():
                books.promise(experiment_id, phase, Promise(asked_ug, asked_ug))

    def weigh(self, experiment_id: str, formula: str, grams: float) -> tuple[Portion, ...]:
        """Take grams off the shelf; the portions taken, oldest lot first.

        They count against what the experiment was promised; more than that comes from what is
        free. Raises Refused where it runs short and for a mass that is none.
        """
        wanted = _micrograms({formula: grams})
        with self._keeper.changing() as books:
            _check_free(books, wanted, experiment_id)
            [(phase, (_, micrograms))] = wanted.items()
            portions = books.take(experiment_id, phase, micrograms)
        return tuple(Portion(lot, taken / UG_PER_G) for lot, taken in portions)

    def release(self, experiment_id: str) -> None:
        """End an experiment's promise: what was not weighed is free again. Never an error."""
        with self._keeper.changing() as books:
            books.forget(experiment_id)

    def price(self, masses_g: Mapping[str, float]) -> Price:
        """What powders cost, oldest lots first; beyond what is left, at the newest lot's price.

        Raises Refused for what was never in stock and for a mass that is none.
        """
        amount, unpriced = 0.0, []
        wanted = _micrograms(masses_g)
        with self._keeper.reading() as books:
            for phase, (formula, missing) in wanted.items():
                shelf = books.shelf(phase)
                if not shelf:
                    raise _none_there(books, formula, missing)
                for lot, left in [*((b.lot, b.left_ug) for b in shelf), (shelf[-1].lot, None)]:
                    taken = missing if left is None else min(left, missing)
                    missing -= taken
                    amount += (lot.price_per_g or 0.0) * taken / UG_PER_G
                    if taken and lot.price_per_g is None and formula not in unpriced:
                        unpriced.append(formula)
            currency = _currency(books)
        return Price(amount, currency or DEFAULT_CURRENCY, tuple(unpriced))

    def close(self) -> None:
        """Let go of the file, if there is one. What was written is there already."""
        self._keeper.close()


def _enter(books: Books, lot: Lot) -> None:
    if any(bottle.lot.lot == lot.lot for bottle in books.shelf(phase_of(lot))):
        raise named_twice(lot)
    currency = _currency(books)
    if lot.price_per_g is not None and currency not in (None, lot.currency):
        raise RecordError(
            f"{lot} is priced in {lot.currency}, others in {currency}: use one of them"
        )
    books.enter(Bottle(lot))


def _currency(books: Books) -> str | None:
    """The currency of all prices in the books, if there are any."""
    return next((b.lot.currency for b in books.bottles if b.lot.price_per_g is not None), None)


def _at_hand(books: Books) -> tuple[str, ...]:
    phases = dict.fromkeys(phase_of(bottle.lot) for bottle in books.bottles)
    return tuple(books.shelf(p)[0].lot.formula for p in phases if books.left_ug(p) != 0)


def _check_free(
    books: Books, wanted: Mapping[str, tuple[str, int]], experiment_id: str | None = None
) -> None:
    """Raise Refused for the first powder of which too little is free, or one's own."""
    for phase, (formula, asked) in wanted.items():
        if not books.shelf(phase):
            raise _none_there(books, formula, asked)
        left = books.left_ug(phase)
        if left is None:
            continue
        mine = 0 if experiment_id is None else books.due_ug(phase, experiment_id)
        others = books.due_ug(phase) - mine
        if asked > left - others:
            promised = f", {_shown(others)} of it promised to others" if others else ""
            raise Refused(
                "inventory",
                f"{formula}: {_shown(asked)} asked",
                f"{_shown(left)} are left{promised}; buy more or make a smaller batch",
            )


def _none_there(books: Books, formula: str, asked_ug: int) -> Refused:
    held = _at_hand(books)
    few = ", ".join(held[:12]) + (f" and {len(held) - 12} more" if len(held) > 12 else "")
    return Refused(
        "inventory", f"{formula}: {_shown(asked_ug)} asked", f"in stock: {few or 'nothing'}"
    )


def _micrograms(masses_g: Mapping[str, float]) -> dict[str, tuple[str, int]]:
    """Formula as written and micrograms, by phase: spellings of one phase are added up."""
    found: dict[str, tuple[str, int]] = {}
    for formula, grams in masses_g.items():
        if not (isinstance(grams, Real) and 1 / UG_PER_G <= grams <= MAX_MASS_G):
            allowed = f"a mass is {1 / UG_PER_G:f} to {MAX_MASS_G:g} g"
            raise Refused("mass", f"{formula}: {grams} g", allowed)
        phase = identity(formula)
        found[phase] = formula, found.get(phase, ("", 0))[1] + round(float(grams) * UG_PER_G)
    return found


def _grams(micrograms: int | None) -> float:
    return math.inf if micrograms is None else micrograms / UG_PER_G


def _shown(micrograms: int) -> str:
    return f"{micrograms / UG_PER_G:.7g} g"
