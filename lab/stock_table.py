"""A shelf as a table, as spreadsheets write it: commas, semicolons or tabs between the cells.

Columns, in any order and case, with a unit in brackets or after a slash where it is not the first:

    formula           BaCO3, BaCO₃, CoCl2·6H2O; the only one that must be there
    hydration         moles of water that the formula does not say
    lot               also: lot number, batch
    grams             also: mass, amount, quantity; in g, kg or mg; empty: bought as needed
    purity            weight fraction: 0.999, 99.9 %; in %: 99.9
    supplier          also: vendor, manufacturer
    price per g       also: price; in EUR/g, USD/g ...
    currency          of the price, EUR if not said
    particle size um  also: particle size, d50; in um

Numbers may have decimal points or commas, and nothing between thousands.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from knowledge.errors import AthanorError, RecordError
from lab.lots import Lot, as_lot
from lab.stocktaking import Held
from lab.table_text import heading_of, rows_of
from lab.typed import has_decimal_comma, line, number, purity

COLUMNS = (
    "formula", "hydration", "lot", "grams", "purity", "supplier", "price_per_g", "currency",
    "particle_size_um",
)  # fmt: skip
_ALSO = {
    "formula": ("compound", "precursor", "powder", "chemical"),
    "hydration": ("hydrate", "water"),
    "lot": ("lot number", "lot no", "lot no.", "batch"),
    "grams": ("gram", "g", "mass", "mass g", "amount", "quantity"),
    "purity": (),
    "supplier": ("vendor", "manufacturer"),
    "price_per_g": ("price", "price per gram"),
    "currency": (),
    "particle_size_um": ("particle size", "d50"),
}
_FIELDS = {
    name: field for field, also in _ALSO.items() for name in (field.replace("_", " "), *also)
}
_SCALES: Mapping[str, Mapping[str, Decimal]] = {
    "grams": {"g": Decimal(1), "kg": Decimal(1000), "mg": Decimal("0.001")},
    "purity": {"%": Decimal("0.01"), "weight fraction": Decimal(1)},
    "particle_size_um": dict.fromkeys(("um", "µm", "μm"), Decimal(1)),
}
_NUMBERS = ("hydration", "grams", "purity", "price_per_g", "particle_size_um")
_PRICE_UNIT = re.compile(r"(?P<currency>[a-z]{3}|[€$£])?\s*(?P<per>(?:/|\bper\b)?\s*g)?")
_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP"}


class Row(NamedTuple):
    """A lot, and the line of the file that it ends on."""

    line: int
    lot: Lot


@dataclass(frozen=True)
class _Column:
    """What a column says: a field, a factor to its unit, and a currency that its heading names."""

    field: str
    scale: Decimal = Decimal(1)
    currency: str | None = None


def lots_from_csv(path: Path | str) -> list[Lot]:
    """The lots in a CSV file. Raises RecordError, naming the line, for what is no lot."""
    return [row.lot for row in read_stock(path)]


def read_stock(path: Path | str) -> list[Row]:
    """The lots in a CSV file with a heading, as the module says; an empty cell says nothing.

    Raises RecordError, naming the line, for what is no lot and for a file that cannot be read.
    """
    rows = rows_of(path, "the inventory", _FIELDS.__contains__)
    columns = _columns(path, rows[0][1] if rows else [])
    filled = [(at, row) for at, row in rows[1:] if any(cell.strip() for cell in row)]
    comma = any(
        has_decimal_comma(cell)
        for _, row in filled
        for column, cell in zip(columns, row, strict=False)
        if column and column.field in _NUMBERS
    )
    found = []
    for at, row in filled:
        try:
            found.append(Row(at, _lot(columns, row, comma)))
        except AthanorError as error:
            raise RecordError(f"{path}, line {at}: {error}") from error
    return found


def as_csv(shelf: Iterable[Held]) -> str:
    """A shelf as such a table: grams are those that are left, now."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    table.writeheader()
    for held in shelf:
        row = held.lot.model_dump() | {"hydration": held.hydration or None}
        if held.lot.grams is not None:
            row["grams"] = held.left_g
        if held.lot.price_per_g is None:
            row["currency"] = None
        numbers = {name: _shortest(row[name]) for name in _NUMBERS if row[name] is not None}
        table.writerow(row | numbers)
    return stream.getvalue()


def _shortest(value: float) -> str:
    """The shortest text that is this number."""
    return str(int(value)) if value == int(value) else repr(value)


def _columns(path: Path | str, headings: Sequence[str]) -> list[_Column | None]:
    """What each column says; none for one without a heading. Raises RecordError."""
    found: list[_Column | None] = []
    names = [heading_of(heading)[0] for heading in headings]
    if "formula" not in map(_FIELDS.get, names):
        raise RecordError(
            f"the inventory {path} has no column formula: columns are {', '.join(COLUMNS)}"
        )
    for heading in headings:
        name, unit = heading_of(heading)
        field = _FIELDS.get(name)
        if not name:
            found.append(None)
        elif field is None:
            raise RecordError(
                f"{path}: a lot has no {heading.strip()}: allowed are {', '.join(COLUMNS)}; take "
                "other columns out"
            )
        elif field in [column.field for column in found if column]:
            raise RecordError(f"{path}: two columns are {field}: take one of them out")
        else:
            found.append(_with_unit(path, field, heading, unit))
    return found


def _with_unit(path: Path | str, field: str, heading: str, unit: str) -> _Column:
    if not unit:
        return _Column(field)
    price = _PRICE_UNIT.fullmatch(unit) if field == "price_per_g" else None
    if price and (price["per"] or "per g" in heading_of(heading)[0]):
        said = price["currency"]
        return _Column(field, currency=_SYMBOLS.get(said, said.upper()) if said else None)
    scales = _SCALES.get(field, {})
    if unit in scales:
        return _Column(field, scales[unit])
    allowed = "EUR/g and the like" if field == "price_per_g" else ", ".join(scales) or "none"
    raise RecordError(f"{path}: the unit of {heading.strip()!r} is unknown: allowed are {allowed}")


def _lot(columns: Sequence[_Column | None], row: Sequence[str], comma: bool) -> Lot:
    if any(cell.strip() for cell in row[len(columns) :]):
        raise RecordError("more cells than the heading has columns")
    fields: dict[str, object] = {}
    by_heading: str | None = None
    for column, cell in zip(columns, row, strict=False):
        text = cell.strip()
        if not text:
            continue
        if column is None:
            raise RecordError(f"{text!r} stands under no heading")
        if column.field == "purity":
            fields["purity"] = purity(text, column.scale != 1, comma)
        elif column.field in _NUMBERS:
            fields[column.field] = float(number(text, column.field, comma) * column.scale)
        else:
            fields[column.field] = line(text, column.field)
        if column.field == "price_per_g" and column.currency:
            by_heading = column.currency
    if by_heading and fields.setdefault("currency", by_heading) != by_heading:
        raise RecordError(f"the price is in {by_heading} by its heading, in its own line not")
    if "formula" not in fields:
        raise RecordError("it has no formula: give one such as BaCO3")
    return as_lot(fields)
