"""Results of many experiments in a CSV file, as spreadsheets write it.

    experiment,phase,weight_fraction,sigma
    K7P4D,BaTiO3,0.93,0.02
    K7P4D,Ba2TiO4,0.07,

Separated by commas, semicolons or tabs, with decimal points or commas. `sigma` may be left out.
"""

import csv
from pathlib import Path

from agents.recording.result import (
    DEFAULT_SIGMA,
    Product,
    Term,
    number_of,
    plain,
    product_of,
    sigma_of,
)
from knowledge.errors import AthanorError

_COLUMNS = ("experiment", "phase", "weight_fraction", "sigma")
_MOST_BYTES = 10_000_000


def products_in(path: Path, sigma: float = DEFAULT_SIGMA) -> dict[str, Product]:
    """The product of each experiment, by the name that the file gives it, in its order.

    Raises AthanorError, naming the line or the experiment, for the first that cannot be read.
    """
    terms: dict[str, list[Term]] = {}
    for line, row in _rows(path):
        experiment = row["experiment"].strip()
        if not experiment:
            raise AthanorError(f"{path}, line {line}: no experiment is named")
        try:
            share = row["weight_fraction"]
            fraction = number_of(share, "weight_fraction")
            percent = "%" in share
            each = sigma_of(row["sigma"]) if row["sigma"].strip() else None
        except AthanorError as error:
            raise AthanorError(f"{path}, line {line}: {error}") from error
        name = "".join(plain(row["phase"]).split())
        terms.setdefault(experiment, []).append(
            Term(name, 100 * fraction if percent else fraction, percent, each)
        )
    if not terms:
        raise AthanorError(f"{path} tells of no experiment: {_advice()}")
    products = {}
    for experiment, found in terms.items():
        try:
            products[experiment] = product_of(found, sigma)
        except AthanorError as error:
            raise AthanorError(f"{path}, experiment {experiment}: {error}") from error
    return products


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Line numbers and cells by column."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise AthanorError(f"{path} has more than {_MOST_BYTES:,} bytes: is it a result?")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AthanorError(f"cannot read {path}: {error}") from error
    lines = text.splitlines()
    heading = lines[0] if lines else ""
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    try:
        names = [cell.strip().lower().replace(" ", "_") for cell in next(reader, [])]
        missing = [c for c in _COLUMNS[:3] if c not in names]
        if missing:
            raise AthanorError(f"{path} has no column {missing[0]}: {_advice()}")
        rows = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                raise AthanorError(
                    f"{path}, line {reader.line_num}: {len(cells)} cells, and the heading has "
                    f"{len(names)}; decimal commas need semicolons or tabs between the cells"
                )
            rows.append(
                (
                    reader.line_num,
                    dict.fromkeys(_COLUMNS, "") | dict(zip(names, cells, strict=True)),
                )
            )
    except csv.Error as error:
        raise AthanorError(f"{path}, line {reader.line_num}: {error}") from error
    return rows


def _advice() -> str:
    return f"columns are {', '.join(_COLUMNS)}, a line for each phase; sigma may be left out"
