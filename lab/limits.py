"""Limits as a lab writes them: checked to be what they should be, and told with their sources."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from knowledge.errors import RecordError
from lab.data import table

# Where the source of each entry of a limit is, and the columns that name the entry.
_ROWS = {
    "max_toxic_gas_ml": ("toxic_gases", ("gas",)),
    "crucible_limits_c": ("crucible_limits", ("crucible", "species")),
    "volatile_limits_c": ("volatile_oxides", ("oxide",)),
    "volatile_powders_c": ("volatile_powders", ("powder",)),
}


def checked(name: str, value: Any, like: Any) -> Any:
    """A limit in plain types, of the same shape as another: number, text, list or map of them.

    Raises RecordError, naming the limit, for another shape, and for numbers that are negative or
    not finite.
    """
    if isinstance(like, bool):
        return _of(name, value, bool, "true or false")
    if isinstance(like, int | float):
        return number(name, value, whole=isinstance(like, int))
    if isinstance(like, str):
        return _of(name, value, str, "text, in quotes where YAML would read it as something else")
    if isinstance(like, Mapping):
        _of(name, value, Mapping, "a map")
        inner = next(iter(like.values()))
        return {
            _of(f"{name} key", key, str, "text, in quotes"): checked(f"{name}.{key}", entry, inner)
            for key, entry in value.items()
        }
    if isinstance(value, str):
        raise RecordError(f"lab.envelope.{name} is {value!r}: it must be a list")
    _of(name, value, Sequence, "a list")
    return tuple(checked(f"{name}[{i}]", entry, like[0]) for i, entry in enumerate(value))


def number(name: str, value: Any, *, whole: bool = False, above_zero: bool = False) -> Any:
    """The number, if it is one, finite, and 0 or above. Raises RecordError, naming the limit."""
    kind = "a whole number" if whole else "a number"
    asked = f"{kind} above 0" if above_zero else f"{kind}, 0 or above"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"lab.envelope.{name} is {value!r}: it must be {asked}")
    fine = math.isfinite(value) and value >= 0 and (value > 0 or not above_zero)
    if not fine or (whole and value != int(value)):
        raise RecordError(f"lab.envelope.{name} is {value!r}: it must be {asked}")
    return value


def _of(name: str, value: Any, kind: type, asked: str) -> Any:
    if not isinstance(value, kind):
        raise RecordError(f"lab.envelope.{name} is {value!r}: it must be {asked}")
    return value


def known(name: str, values: Collection[str], allowed: Collection[str], asked: str) -> None:
    """Raise RecordError, naming the limit, for a value that is not among those allowed."""
    for value in values:
        if value not in allowed:
            raise RecordError(f"lab.envelope.{name} holds {value!r}: it must be {asked}")


def described(name: str, value: Any, default: Any) -> Iterator[tuple[str, str, str]]:
    """Rule, limit and source of each entry of a limit; its own number has no source of ours."""
    row = next(r for r in table("envelope") if r["field"] == name)
    own = _entries(default)
    for key, entry in _entries(value).items():
        ours = own.get(key) == entry
        source = _source(name, key, row["source"]) if ours else "set by this lab"
        yield row["rule"], row["limit"].format(_text(key, entry)), source


def _entries(value: Any) -> dict[tuple[str, ...], Any]:
    """A map, however deep, by the keys that lead to each entry; all else is a single entry."""
    if not isinstance(value, Mapping):
        return {(): value}
    return {(k, *rest): e for k, inner in value.items() for rest, e in _entries(inner).items()}


def _source(name: str, key: tuple[str, ...], general: str) -> str:
    if name not in _ROWS or not key:
        return general
    rows, columns = _ROWS[name]
    found = next(r["source"] for r in table(rows) if tuple(r[c] for c in columns) == key)
    return f"{found}, {general}" if general else found


def _text(key: tuple[str, ...], entry: Any) -> str:
    words = " with ".join(key).replace("with any", "with anything")
    if isinstance(entry, bool):
        return "at hand" if entry else "none"
    if isinstance(entry, int | float):
        return f"{words}: at most {entry:g}" if key else f"{entry:g}"
    if isinstance(entry, str):
        return entry
    return ", ".join(e if isinstance(e, str) else " with ".join(e) for e in entry)
