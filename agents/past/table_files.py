"""Rows of a published table of syntheses, from CSV or from the JSON that ARROWS keeps.

A CSV file has the columns `precursors` (joined by `;`), `temperature_c` and
`target_weight_percent` (0 to 100), and may have `products` and `weight_fractions` (joined by `;`),
`hold_h`, `atmosphere` and `sigma_weight_percent`; other columns are ignored. Lines that begin with
`#` say where the table is from.

ARROWS (Szymanski et al., Nat. Commun. 14, 6956 (2023)) keeps products and their weight fractions by
precursors and temperature, a product written as formula_spacegroup.
"""

import csv
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.chemistry import parse
from knowledge.errors import FormulaError, RecordError

MAX_ROWS = 10_000
_COLUMNS = ("precursors", "temperature_c", "target_weight_percent")
_HOTTEST_C = 3000.0
_LONGEST_H = 10_000.0
_GASES = {
    "": "air", "air": "air", "ambient": "air", "oxygen": "oxygen", "o2": "oxygen",
    "nitrogen": "nitrogen", "n2": "nitrogen", "argon": "argon", "ar": "argon",
}  # fmt: skip
# What papers write where a phase has no name.
UNIDENTIFIED = frozenset({"unidentified", "unknown", "amorphous", "other"})
_MEASURED_SIGMA = 0.02  # of a weight fraction from diffraction, where a table tells none
_USUAL_HOLD_H = 4.0


@dataclass(frozen=True)
class Row:
    """One synthesis as published. `where` names it in messages.

    `target` is the weight fraction of the target, none where it follows from the products;
    `products` are formulas with parts of no certain scale, none where none were told.
    """

    where: str
    precursors: tuple[str, ...]
    temperature_c: float
    target: float | None
    products: tuple[tuple[str, float], ...] | None = None
    hold_h: float = _USUAL_HOLD_H
    atmosphere: str = "air"
    sigma: float = _MEASURED_SIGMA


def read_rows(path: Path) -> tuple[list[Row], list[str]]:
    """The rows of a file, and what has to be told about them. By its suffix JSON or CSV.

    Raises RecordError, naming row and column, for a file that is not as the module says.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordError(f"{path} is not UTF-8 text (byte {error.start}): save it so") from error
    except OSError as error:
        raise RecordError(
            f"cannot read the table {path}: {error.strerror or error}; give a CSV file or an "
            "Exp.json of ARROWS"
        ) from error
    reading = _arrows_rows if path.suffix.lower() == ".json" else _csv_rows
    notes: list[str] = []
    rows = []
    for row in reading(path, text, notes):
        rows.append(row)
        if len(rows) > MAX_ROWS:
            raise RecordError(f"{path} has more than {MAX_ROWS:,} rows: split it")
    if not rows:
        raise RecordError(f"{path} holds no results: give one row or more under the header")
    return rows, notes


def _csv_rows(path: Path, text: str, notes: list[str]) -> Iterator[Row]:  # noqa: ARG001
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    reader = csv.DictReader(lines, strict=True, skipinitialspace=True)
    try:
        names = [n.strip() for n in reader.fieldnames or []]
        lacking = [c for c in _COLUMNS if c not in names]
        if lacking:
            raise RecordError(
                f"{path} has no column {', '.join(lacking)}: a table needs {', '.join(_COLUMNS)}, "
                f"it has {', '.join(names) or 'nothing'}"
            )
        twice = next((n for n in _READ if names.count(n) > 1), None)
        if twice:
            raise RecordError(f"{path} has two columns {twice}: keep one")
        reader.fieldnames = names
        for number, fields in enumerate(reader, 1):
            where = f"{path.name} row {number}"
            if None in fields or None in fields.values():
                raise RecordError(
                    f"{where}: it has {'more' if None in fields else 'fewer'} fields than the "
                    f"header, which has {len(names)}; join lists by `;`"
                )
            yield _csv_row(where, fields)
    except csv.Error as error:
        raise RecordError(f"{path} is not a CSV table: {error}") from error


_READ = (
    *_COLUMNS, "products", "weight_fractions", "hold_h", "atmosphere", "sigma_weight_percent",
)  # fmt: skip


def _csv_row(where: str, fields: dict[str, str]) -> Row:
    def number(column: str, high: float, blank: float | None = None) -> float:
        text = (fields.get(column) or "").strip()
        if not text and blank is not None:
            return blank
        return _number(where, column, text, high)

    names = _listed(fields.get("products"))
    parts = _listed(fields.get("weight_fractions"))
    if len(names) != len(parts):
        raise RecordError(
            f"{where}, column weight_fractions: {len(parts)} for {len(names)} products; each "
            "product has one"
        )
    return Row(
        where,
        _precursors(where, "column precursors", _listed(fields["precursors"])),
        number("temperature_c", _HOTTEST_C),
        number("target_weight_percent", 100.0) / 100,
        _products(where, "column products", "column weight_fractions", names, parts),
        number("hold_h", _LONGEST_H, _USUAL_HOLD_H),
        _gas(where, fields.get("atmosphere") or ""),
        number("sigma_weight_percent", 100.0, 100 * _MEASURED_SIGMA) / 100,
    )


def _arrows_rows(path: Path, text: str, notes: list[str]) -> Iterator[Row]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise RecordError(f"{path} is not JSON: {error}") from error
    unverified = empty = 0
    for name, experiment in _sets(path, content):
        temperatures = experiment.get("Temperatures")
        if not isinstance(temperatures, dict):
            raise RecordError(f"{path}, {name}: `Temperatures` is missing, or holds no results")
        listed = experiment.get("Precursors")
        formulas = [str(f) for f in listed] if isinstance(listed, list) else name.split(",")
        for heat, result in temperatures.items():
            where = f"{path.name}, {name} at {heat}"
            if not isinstance(result, dict):
                raise RecordError(f"{where}: it is no result; give `products` with their fractions")
            if result.get("Experimentally Verified") is False:
                unverified += 1
                continue
            names, parts = result.get("products"), result.get("product weight fractions")
            if not names and not parts:
                empty += 1
                continue
            if not (isinstance(names, list) and isinstance(parts, list)):
                raise RecordError(
                    f"{where}: `products` and `product weight fractions` have to be lists"
                )
            if len(names) != len(parts):
                raise RecordError(
                    f"{where}, `product weight fractions`: {len(parts)} for {len(names)} products"
                )
            yield Row(
                where,
                _precursors(where, "`Precursors`", formulas),
                _number(where, "temperature", _HEAT.sub("", str(heat)), _HOTTEST_C),
                None,
                _products(where, "`products`", "`product weight fractions`", names, parts),
            )
    for count, reason in ((unverified, "were not verified"), (empty, "tell no products")):
        if count:
            notes.append(f"{count} results of {path.name} {reason}: left out")


_HEAT = re.compile(r"\s*(°\s*)?[Cc]?\s*$")


def _sets(path: Path, content: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The precursor sets, which stand at the top or under the names of files."""
    if not isinstance(content, dict) or not content:
        raise RecordError(f'{path} holds no results: an Exp.json begins with {{"Universal File"')
    for name, value in content.items():
        if not isinstance(value, dict):
            raise RecordError(f"{path}, {name}: it holds no precursor sets")
        if "Temperatures" in value:
            yield name, value
            continue
        for inner, experiment in value.items():
            if not isinstance(experiment, dict):
                raise RecordError(f"{path}, {inner}: it holds no results")
            yield inner, experiment


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";")] if (text or "").strip() else []


def _precursors(where: str, column: str, formulas: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(sorted({f.strip() for f in formulas}))
    if not kept:
        raise RecordError(f"{where}, {column}: it is empty; give formulas joined by `;`")
    for formula in kept:
        _check_formula(where, column, formula)
    return kept


def _products(
    where: str, column: str, parts_column: str, names: Sequence[Any], parts: Sequence[Any]
) -> tuple[tuple[str, float], ...] | None:
    if not names:
        return None
    formulas = [str(n).split("_")[0].strip() for n in names]
    for formula in formulas:
        if formula.lower() not in UNIDENTIFIED:
            _check_formula(where, column, formula)
    amounts = [_number(where, parts_column, str(p), 110.0) for p in parts]
    if not sum(amounts) > 0:
        raise RecordError(f"{where}, {parts_column}: they add up to {sum(amounts):g}")
    return tuple(zip(formulas, amounts, strict=True))


def _check_formula(where: str, column: str, formula: str) -> None:
    try:
        parse(formula)
    except FormulaError as error:
        raise RecordError(f"{where}, {column}: {error}") from error


def _gas(where: str, text: str) -> str:
    name = _GASES.get(text.strip().lower())
    if name is None:
        allowed = ", ".join(dict.fromkeys(_GASES.values()))
        raise RecordError(f"{where}, column atmosphere: {text!r} is none of {allowed}")
    return name


def _number(where: str, column: str, text: str, high: float) -> float:
    """A number from 0 to a limit. Raises RecordError for others, naming row and column."""
    column = column if column.startswith(("column", "`")) else f"column {column}"
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= high:
        given = repr(text) if text else "nothing"
        raise RecordError(f"{where}, {column}: {given} is no number from 0 to {high:g}")
    return value
