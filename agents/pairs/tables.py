"""Observations of pairs as CSV files: one a row, with everything that is known of it."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from agents.files import write_whole
from agents.pairs.ranges import RANGE_COLUMNS, of_ranges
from knowledge.errors import AthanorError, RecordError
from knowledge.kinetics import PairObservation, distinct
from knowledge.kinetics_observation import DOUBT

COLUMNS = (
    "pair", "atmosphere", "temperature_c", "reacted", "products", "source", "campaign", "lab",
    "doubt",
)  # fmt: skip
_REQUIRED = COLUMNS[:5]
_VERDICTS = {"yes": True, "no": False}
_BETWEEN = " + "


def read_table(
    path: Path, source: str | None = None, atmosphere: str = "air"
) -> list[PairObservation]:
    """The observations in a CSV file: one of ours, or one of pairs and temperature ranges.

    `source` is cited where the file cites nothing, by default its name; `atmosphere` is for the
    second kind, which says nothing of it. Raises RecordError that names file and row.
    """
    cited = source or path.stem
    header, rows = _rows(path)
    if set(RANGE_COLUMNS) <= set(header):
        found = of_ranges(path.name, rows, cited, atmosphere)
    elif set(_REQUIRED) <= set(header):
        found = [_observation(f"{path.name}, line {n}", row, cited) for n, row in rows]
    else:
        lacking = ", ".join(c for c in _REQUIRED if c not in header)
        raise RecordError(
            f"{path} has no column {lacking}: give {', '.join(_REQUIRED)} (and, if known, "
            f"{', '.join(COLUMNS[5:])}), or {', '.join(RANGE_COLUMNS)}"
        )
    if not found:
        raise RecordError(f"{path} holds no observation: give at least one row below the header")
    return distinct(found)


def write_table(path: Path, observations: Iterable[PairObservation]) -> None:
    """Write observations so that `read_table` gives back the same. Raises RecordError."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for each in distinct(observations):
        table.writerow(
            [
                _BETWEEN.join(each.pair),
                each.atmosphere,
                repr(each.temperature_c),
                "yes" if each.reacted else "no",
                _BETWEEN.join(each.products),
                each.source,
                each.campaign,
                each.lab,
                repr(each.doubt),
            ]
        )
    write_text(path, text.getvalue())


def write_text(path: Path, text: str) -> None:
    """Write a whole file. Raises RecordError where that cannot be."""
    try:
        write_whole(path, text)
    except OSError as error:
        raise RecordError(
            f"{path} cannot be written ({error.strerror}): name a file in a folder that is there"
        ) from error


def _rows(path: Path) -> tuple[Sequence[str], list[tuple[int, dict[str, str]]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RecordError(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise RecordError(f"{path} is no text in UTF-8: give a CSV file") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    rows = []
    try:
        header = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        for row in reader:
            where = f"{path.name}, line {reader.line_num}"
            if None in row or None in row.values():
                raise RecordError(
                    f"{where} has {'more' if None in row else 'fewer'} cells than the header"
                )
            rows.append((reader.line_num, row))
    except csv.Error as error:
        raise RecordError(f"{path.name}, line {reader.line_num}: {error}") from error
    return header, rows


def _observation(where: str, row: dict[str, str], cited: str) -> PairObservation:
    try:
        verdict = row["reacted"].strip().lower()
        if verdict not in _VERDICTS:
            raise RecordError(f"reacted is {row['reacted']!r}: allowed are yes and no")
        return PairObservation(
            pair=_formulas(row["pair"]),
            atmosphere=row["atmosphere"].strip(),
            temperature_c=_number(row, "temperature_c"),
            reacted=_VERDICTS[verdict],
            products=_formulas(row["products"]),
            source=row.get("source") or cited,
            campaign=row.get("campaign", ""),
            lab=row.get("lab", ""),
            doubt=_number(row, "doubt") if row.get("doubt") else DOUBT,
        )
    except AthanorError as error:
        raise RecordError(f"{where}: {error}") from error


def _formulas(text: str) -> tuple[str, ...]:
    return tuple(part for part in (p.strip() for p in text.split("+")) if part)


def _number(row: dict[str, str], name: str) -> float:
    try:
        return float(row[name])
    except ValueError as error:
        raise RecordError(f"{name} is {row[name]!r}: give a number") from error
