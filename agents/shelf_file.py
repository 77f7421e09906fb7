"""Where the books of a bench are, and how they are opened: to be looked at, or to be changed."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from agents.bench.place import usual_bench
from agents.steering import me
from knowledge.errors import AthanorError, RecordError
from lab.hydrates import hydrated, plain_formula
from lab.inventory import Change, Inventory, Lot
from lab.lots import as_lot
from lab.manual.bench_book import SHELF
from lab.stock_table import read_stock
from lab.typed import line, number, purity

BEGIN = (
    "begin with `athanor inventory add BaCO3 --grams 500` or `athanor inventory import FILE.csv`"
)
_AS_NEEDED = "as-needed"


class ShelfFile:
    """The books in a file: of a bench's folder, or of any lab's `inventory_file`."""

    def __init__(self, bench: Path | None = None, file: Path | None = None) -> None:
        if bench is not None and file is not None:
            raise AthanorError("--bench names a folder and --file the books themselves: give one")
        self.folder = bench or usual_bench()
        self.path = file or self.folder / SHELF
        self._is_benchs = file is None

    @property
    def is_there(self) -> bool:
        """Whether there are books yet."""
        return self.path.exists()

    @property
    def absence(self) -> str:
        """In one line, that there are none and how to begin."""
        return f"no inventory at {self.path} yet: {BEGIN}"

    def look(self) -> "closing[Inventory]":
        """The books to be read, as a context. Raises RecordError where there are none."""
        if not self.is_there:
            raise RecordError(self.absence)
        return closing(Inventory.look(self.path))

    def change(self, make: bool = False) -> "closing[Inventory]":
        """The books to be changed, as a context; with `make`, begun where there are none."""
        if not make and not self.is_there:
            raise RecordError(self.absence)
        if self._is_benchs:
            self.folder.mkdir(parents=True, exist_ok=True)
        return closing(Inventory(file=self.path, who=me()))

    def add(self, formula: str, told: Mapping[str, str | None]) -> Change:
        """Enter a delivery, as `told` on the command line; without a lot name, by a number."""
        lot = as_lot({"formula": formula, **_fields(told)})
        with self.change(make=True) as books:
            if lot.price_per_g is not None and told.get("currency") is None:
                lot = lot.model_copy(update={"currency": books.price({}).currency})
            return books.restock(lot, numbered=not lot.lot)

    def correct(
        self, formula: str, lot: str | None, hydration: str | None, told: Mapping[str, str | None]
    ) -> Change:
        """Put a lot right, as `told` on the command line."""
        changes = _fields(told)
        with self.change() as books:
            if changes.get("price_per_g") is not None and "currency" not in changes:
                changes["currency"] = books.price({}).currency
            return books.correct(named(formula, hydration), lot, **changes)

    def take_in(self, table: Path) -> tuple[list[Change], list[Lot]]:
        """Enter the lots of a CSV file that are new, all or none, and which were there."""
        rows = read_stock(table)
        if not rows:
            raise RecordError(f"{table} has no lots under its heading")
        where = [f"{table}, line {row.line}" for row in rows]
        with self.change(make=True) as books:
            return books.restock_all([row.lot for row in rows], where)


def named(formula: str, hydration: str | None) -> str:
    """A formula as it is in the books, water included. Raises RecordError."""
    water = None if hydration is None else str(number(hydration, "--hydration"))
    return hydrated(plain_formula(formula), water)


def _fields(told: Mapping[str, str | None]) -> dict[str, Any]:
    """What was told, in numbers; what is empty is unknown. Raises RecordError."""
    found: dict[str, Any] = {}
    for name, text in told.items():
        if text is None:
            continue
        option = f"--{_OPTIONS.get(name, name)}"
        if name in ("supplier", "lot", "name"):
            found[name] = line(text, option)
        elif name == "currency":
            found[name] = _currency(text)
        elif text.strip() == (_AS_NEEDED if name == "grams" else ""):
            found[name] = None
        elif name == "purity":
            found[name] = purity(text)
        else:
            found[name] = float(number(text, option))
    return found


_OPTIONS = {"price_per_g": "price", "particle_size_um": "particle-size"}


def _currency(text: str) -> str:
    code = text.strip().upper()
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise RecordError(f"--currency is {text!r}: give three letters, such as EUR or USD")
    return code
