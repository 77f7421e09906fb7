"""JSON of others: nothing that comes in is believed before it was checked."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from knowledge.errors import AthanorError
from knowledge.record import Record
from lab.protocol import Garbled
from lab.web.plausible import printable

_R = TypeVar("_R", bound=Record)


class Malformed(Garbled):
    """A message that does not hold together; `what` names what is wrong with it."""

    def __init__(self, what: str) -> None:
        self.what = printable(what, 200)
        super().__init__(f"answered what does not hold together: {self.what}")


def message(body: bytes) -> dict[str, Any]:
    """The JSON object in a body.

    Raises Malformed for anything else: other encodings, NaN, infinities, a key given twice.
    """
    try:
        found = json.loads(
            body.decode("utf-8"),
            parse_float=_finite,
            parse_constant=_no_number,
            object_pairs_hook=_once,
        )
    except UnicodeDecodeError:
        raise Malformed(f"it is no UTF-8 text ({_beginning(body)})") from None
    except RecursionError:
        raise Malformed("it is nested too deeply") from None
    except ValueError:
        raise Malformed(f"it is no JSON ({_beginning(body)})") from None
    if not isinstance(found, dict):
        raise Malformed(f"it is no JSON object ({_beginning(body)})")
    return found


def body_of(content: Mapping[str, Any]) -> bytes:
    """The bytes of a message. Raises ValueError for numbers that JSON does not have."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()


def record(kind: type[_R], value: Any, name: str) -> _R:
    """The record in a part of a message, no number read out of a text. Raises Malformed."""
    if not isinstance(value, dict):
        raise Malformed(f"{name} is {shown(value)}")
    try:
        found = kind.from_json(json.dumps(value))
        _check_kinds(value, found.model_dump(mode="json"), name)
    except Malformed:
        raise
    except AthanorError as error:
        raise Malformed(f"{name}: {error}") from None
    # What libraries throw at formulas and numbers that nobody foresaw.
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Malformed(f"{name} cannot be read ({type(error).__name__})") from None
    return found


def _check_kinds(given: Any, understood: Any, where: str) -> None:
    """Raise Malformed where a record took one kind of value for another: "12" or true for 12."""
    if isinstance(given, dict) and isinstance(understood, dict):
        for key in given.keys() & understood.keys():
            _check_kinds(given[key], understood[key], f"{where}.{key}")
    elif isinstance(given, list) and isinstance(understood, list):
        for number, (one, other) in enumerate(zip(given, understood, strict=True)):
            _check_kinds(one, other, f"{where}.{number}")
    elif _kind(given) is not _kind(understood):
        raise Malformed(f"{where} is {shown(given)}")


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def shown(value: Any) -> str:
    """A value in a message about it, short."""
    if value is None:
        return "missing"
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, int) and abs(value) > 10**30:
        return "a huge number"
    return printable(repr(value), 60)


def _beginning(body: bytes) -> str:
    return repr(printable(body[:200].decode("utf-8", "replace"), 60))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("a key is given twice")
    return found
