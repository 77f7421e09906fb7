"""Results of many experiments in a CSV file, as spreadsheets write it.

    experiment,phase,weight_fraction,sigma
    K7P4D,BaTiO3,0.93,0.02
    K7P4D,Ba2TiO4,0.07,

Separated by commas, semicolons or tabs, with decimal points or commas. `sigma` may be left out. A
heading may name a unit, as in `weight fraction (%)`; without one, a sigma is in the unit of its
fraction. Columns of other names say nothing here.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from agents.recording.result import DEFAULT_SIGMA, Product, product_of
from agents.recording.terms import Term, named, plain, share_of
from knowledge.errors import AthanorError
from lab.table_text import heading_of, rows_of

_COLUMNS = ("experiment", "phase", "weight_fraction", "sigma")
_ALSO = {
    "experiment": ("code", "sample"),
    "phase": ("formula", "compound"),
    "weight_fraction": ("weight", "wt", "weight percent", "wt%", "wt.%", "wt.-%", "weight %"),
    "sigma": ("esd", "standard deviation"),
}
_FIELDS = {
    name: field for field in _COLUMNS for name in (field.replace("_", " "), *_ALSO.get(field, ()))
}
_PERCENT = ("%", "wt%", "wt.%", "wt.-%", "wt %", "weight %", "percent", "weight percent")
_FRACTION = ("", "1", "g/g", "weight fraction")


def products_in(
    path: Path,
    sigma: float = DEFAULT_SIGMA,
    known: Callable[[str], Iterable[str]] = lambda _: (),
) -> dict[str, Product]:
    """The product of each experiment, by the name that the file gives it, in its order.

    `known` gives the formulas that those of an experiment may have meant. Raises AthanorError,
    naming the line or the experiment, for the first that cannot be read.
    """
    terms: dict[str, list[Term]] = {}
    for line, row, percent in _rows(path):
        experiment = row.get("experiment", "")
        if not experiment:
            raise AthanorError(f"{path}, line {line}: no experiment is named")
        try:
            terms.setdefault(experiment, []).append(_term(row, percent))
        except AthanorError as error:
            raise AthanorError(f"{path}, line {line}: {error}") from error
    if not terms:
        raise AthanorError(f"{path} tells of no experiment: {_advice()}")
    products = {}
    for experiment, found in terms.items():
        try:
            products[experiment] = product_of(found, sigma, known(experiment))
        except AthanorError as error:
            raise AthanorError(f"{path}, experiment {experiment}: {error}") from error
    return products


def _term(row: Mapping[str, str], percent: Mapping[str, bool]) -> Term:
    name, polymorph = named(plain(row["phase"]))
    if len(name.split()) != 1:
        raise AthanorError(
            f"the phase is {row['phase']!r}: give one formula without blanks, such as BaTiO3"
        )
    fraction, is_percent, own = share_of(row["weight_fraction"], "weight_fraction")
    sigma_percent = False
    if row.get("sigma"):
        if own is not None:
            raise AthanorError("the standard deviation is given twice: give it once")
        own, told, _ = share_of(row["sigma"], "sigma")
        sigma_percent = told or percent["sigma"]
    is_percent = is_percent or percent["weight_fraction"]
    return Term(name, fraction, is_percent, own, sigma_percent, polymorph)


def _rows(path: Path) -> list[tuple[int, dict[str, str], dict[str, bool]]]:
    """Line numbers, cells by column, and which columns are in percent."""
    rows = rows_of(path, "the results in", _FIELDS.__contains__)
    headings = rows[0][1] if rows else []
    fields = [_FIELDS.get(heading_of(heading)[0]) for heading in headings]
    for column in _COLUMNS:
        if column not in fields and column != "sigma":
            raise AthanorError(f"{path} has no column {column}: {_advice()}")
        if fields.count(column) > 1:
            raise AthanorError(f"{path}: two columns are {column}: take one of them out")
    percent = dict.fromkeys(_COLUMNS, False)
    for heading, field in zip(headings, fields, strict=True):
        if field in ("weight_fraction", "sigma"):
            percent[field] = _in_percent(path, heading)
    found = []
    for line, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(headings):
            raise AthanorError(
                f"{path}, line {line}: {len(cells)} cells, and the heading has {len(headings)}; "
                "decimal commas need semicolons or tabs between the cells"
            )
        row = {f: c.strip() for f, c in zip(fields, cells, strict=True) if f is not None}
        found.append((line, row, percent))
    return found


def _in_percent(path: Path, heading: str) -> bool:
    name, unit = heading_of(heading)
    if unit in _PERCENT or (unit == "" and ("%" in name or "percent" in name)):
        return True
    if unit in _FRACTION:
        return False
    raise AthanorError(
        f"{path}: the unit of {heading.strip()!r} is unknown: give weight fractions or wt%"
    )


def _advice() -> str:
    return f"columns are {', '.join(_COLUMNS)}, a line for each phase; sigma may be left out"
