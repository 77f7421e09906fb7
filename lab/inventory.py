"""The precursors a lab has: what is left of each lot, what is promised, what was weighed out.

inventory = Inventory(["TiO2", {"formula": "BaCO3", "grams": 500, "lot": "A1"}])
inventory.reserve("e1", {"BaCO3": 4.2, "TiO2": 1.7})    Refused where it runs short
inventory.weigh("e1", "BaCO3", 4.2013)                  the lots it came from, oldest first
inventory.release("e1")                                 promised and not weighed: free again
inventory.use("e2", {"BaCO3": 4.2, "TiO2": 1.7})        all that e2 took is that; and again: still
inventory.correct("BaCO3", grams=480)                   as a stocktake finds it
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from knowledge.chemistry import identity
from lab import stocktaking
from lab.asked import at_hand, check_free, micrograms, none_there, shown
from lab.books import UG_PER_G, Books, Promise
from lab.books_file import InFile, InMemory, Keeper
from lab.changes import Change
from lab.lots import DEFAULT_CURRENCY, Lot, are_one, as_lot, key_of, lots_by_key, named_twice
from lab.protocol import Refused
from lab.stock_table import lots_from_csv
from lab.stocktaking import Held, currency_of

__all__ = ["Change", "Held", "Inventory", "Lot", "Portion", "Price"]


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
    With `file`, the books are kept there and survive a kill; lots of `stock` that they never had
    are entered, so that the same configuration can be started again and again. `who` is named in
    the history of what is changed by way of this object.

    Raises RecordError for stock that does not hold together and a file that is no inventory.
    """

    def __init__(
        self,
        stock: Iterable[str | Mapping[str, Any] | Lot] = (),
        file: Path | str | None = None,
        who: str = "",
    ) -> None:
        lots = lots_by_key(stock)
        self._who = who
        self._keeper: Keeper = InMemory() if file is None else InFile(file)
        try:
            with self._keeper.changing() as books:
                for lot in _unknown(books, lots):
                    stocktaking.enter(books, lot, who)
        except BaseException:
            self.close()
            raise

    @classmethod
    def look(cls, file: Path | str) -> Self:
        """The inventory in a file that is there, to be read and not changed: nobody waits for it.

        Raises RecordError for a file that is none.
        """
        found = cls.__new__(cls)
        found._who, found._keeper = "", InFile(file, look=True)
        return found

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
            return at_hand(books)

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

    @property
    def shelf(self) -> tuple[Held, ...]:
        """Every lot with what is left of it, promised and weighed out, oldest first."""
        with self._keeper.reading() as books:
            return tuple(stocktaking.shelf(books))

    @property
    def history(self) -> tuple[Change, ...]:
        """Every lot that was added, corrected or removed, in that order."""
        with self._keeper.reading() as books:
            return (*books.past(), *books.changes)

    def restock(self, lot: str | Mapping[str, Any] | Lot, numbered: bool = False) -> Change:
        """Enter a delivery; with `numbered` it is called by the next number of its formula.

        Raises RecordError for a name that another lot of this formula has, and for a price in
        another currency than that of the others.
        """
        new, enter = as_lot(lot), stocktaking.enter_numbered if numbered else stocktaking.enter
        with self._keeper.changing() as books:
            return enter(books, new, self._who)

    def restock_all(
        self, lots: Sequence[Lot], where: Sequence[str]
    ) -> tuple[list[Change], list[Lot]]:
        """Enter the lots that are new, all or none; what was entered, and those that were there.

        Raises RecordError, beginning with its entry of `where`, for the first that does not fit.
        """
        with self._keeper.changing() as books:
            return stocktaking.enter_all(books, lots, where, self._who)

    def correct(self, formula: str, lot: str | None = None, **changes: Any) -> Change:
        """Put a lot right; its name may be left out where there is only one of its formula.

        Changes are `grams` on the shelf now (promised ones too; none: bought as needed), `name`,
        purity, supplier, price_per_g, currency, particle_size_um. Raises RecordError for no such
        lot, for what cannot be, and where less would be left than experiments were promised.
        """
        with self._keeper.changing() as books:
            return stocktaking.correct(books, formula, lot, changes, self._who)

    def remove(self, formula: str, lot: str | None = None) -> Change:
        """Take a lot out of the books from which nothing was weighed or promised (RecordError)."""
        with self._keeper.changing() as books:
            return stocktaking.remove(books, formula, lot, self._who)

    def check(self, masses_g: Mapping[str, float]) -> None:
        """Raise Refused, naming what is asked and what is left, unless it could be reserved."""
        wanted = micrograms(masses_g)
        with self._keeper.reading() as books:
            check_free(books, wanted)

    def reserve(self, experiment_id: str, masses_g: Mapping[str, float]) -> None:
        """Promise powders to an experiment, all or none; the same again changes nothing.

        Raises Refused where one runs short, for a mass that is none, and for other masses than
        this experiment was promised before. Only `release` ends a promise.
        """
        wanted = micrograms(masses_g)
        with self._keeper.changing() as books:
            promised = books.promises.get(experiment_id)
            if promised:
                if {p: x.asked_ug for p, x in promised.items()} == {
                    p: asked for p, (_, asked) in wanted.items()
                }:
                    return
                held = ", ".join(f"{shown(x.asked_ug)} {p}" for p, x in promised.items())
                raise Refused(
                    "experiment id",
                    f"{experiment_id} was promised {held}",
                    "release that first, or choose another id",
                )
            check_free(books, wanted)
            for phase, (_, asked_ug) in wanted.items():
                books.promise(experiment_id, phase, Promise(asked_ug, asked_ug))

    def weigh(self, experiment_id: str, formula: str, grams: float) -> tuple[Portion, ...]:
        """Take grams off the shelf; the portions taken, oldest lot first.

        They count against what the experiment was promised; more than that comes from what is
        free. Raises Refused where it runs short and for a mass that is none.
        """
        wanted = micrograms({formula: grams})
        with self._keeper.changing() as books:
            check_free(books, wanted, experiment_id)
            [(phase, (_, asked_ug))] = wanted.items()
            portions = books.take(experiment_id, phase, asked_ug)
        return tuple(Portion(lot, taken / UG_PER_G) for lot, taken in portions)

    def use(self, experiment_id: str, masses_g: Mapping[str, float]) -> dict[str, float]:
        """Bring what an experiment has taken off the shelf to these masses, and end its promise.

        The grams that are off the shelf for it then, by formula as given: less where the shelf runs
        short, of which all is taken that was promised to nobody else. What it took before, as was
        weighed of its promise too, and does not need goes back. The same again changes nothing.
        Raises Refused for a mass that is none.
        """
        wanted = micrograms(masses_g)
        with self._keeper.changing() as books:
            used = dict(books.used_ug.pop(experiment_id, {}))
            for phase, promise in books.promises.get(experiment_id, {}).items():
                used[phase] = used.get(phase, 0) + promise.asked_ug - promise.due_ug
            for phase in {**used, **dict.fromkeys(wanted, 0)}:
                _, asked_ug = wanted.get(phase, ("", 0))
                more, left = asked_ug - used.get(phase, 0), books.left_ug(phase)
                if more > 0 and left is not None:
                    others = books.due_ug(phase) - books.due_ug(phase, experiment_id)
                    more = min(more, max(0, left - others))
                if more > 0:
                    books.take(experiment_id, phase, more)
                elif more < 0:
                    more += books.put_back(phase, -more)
                used[phase] = used.get(phase, 0) + more
            books.forget(experiment_id)
            books.used_ug[experiment_id] = {phase: ug for phase, ug in used.items() if ug}
        return {formula: _grams(used[phase]) for phase, (formula, _) in wanted.items()}

    def release(self, experiment_id: str) -> None:
        """End an experiment's promise: what was not weighed is free again. Never an error."""
        with self._keeper.changing() as books:
            books.forget(experiment_id)

    def price(self, masses_g: Mapping[str, float]) -> Price:
        """What powders cost, oldest lots first; beyond what is left, at the newest lot's price.

        Raises Refused for what was never in stock and for a mass that is none.
        """
        amount, unpriced = 0.0, []
        wanted = micrograms(masses_g)
        with self._keeper.reading() as books:
            for phase, (formula, missing) in wanted.items():
                shelf = books.shelf(phase)
                if not shelf:
                    raise none_there(books, formula, missing)
                for lot, left in [*((b.lot, b.left_ug) for b in shelf), (shelf[-1].lot, None)]:
                    taken = missing if left is None else min(left, missing)
                    missing -= taken
                    amount += (lot.price_per_g or 0.0) * taken / UG_PER_G
                    if taken and lot.price_per_g is None and formula not in unpriced:
                        unpriced.append(formula)
            currency = currency_of(books)
        return Price(amount, currency or DEFAULT_CURRENCY, tuple(unpriced))

    def close(self) -> None:
        """Let go of the file, if there is one. What was written is there already."""
        self._keeper.close()


def _unknown(books: Books, lots: Mapping[tuple[str, str], Lot]) -> list[Lot]:
    """Those of a configuration that the books never had: what was renamed or removed stays so.

    Raises RecordError for one that differs from the lot of its name, now and at any time.
    """
    known, new = {key_of(b.lot): b.lot for b in books.bottles}, []
    for key, lot in lots.items():
        if key in known and are_one(known[key], lot):
            continue
        stocks = [s for change in books.past() for s in (change.before, change.after) if s]
        if any(are_one(stock.lot, lot) for stock in stocks):
            continue
        if key in known:
            raise named_twice(lot)
        new.append(lot)
    return new


def _grams(ug: int | None) -> float:
    return math.inf if ug is None else ug / UG_PER_G
