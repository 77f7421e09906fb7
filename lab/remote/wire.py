"""What goes over the wire: JSON, and nothing that comes in is believed before it was checked.

    GET    /lab                 Description
    POST   /check               {"recipe"}: {"accepted": content id of the recipe}
    PUT    /experiments/ID      {"recipe"}: {"accepted", "experiment_id"}
    GET    /experiments/ID      a status; with ?look no time passes for it
    DELETE /experiments/ID      cancels: a status
    POST   /wait                {"experiment_ids"}: {"moved": true, "now_h": 12.5}
    POST   /pause, /resume      {"paused": true}

A status has an "experiment_id" and a "status": "pending" with a "stage", "unsubmitted" or "unknown"
with a "reason", or "outcome" with an "outcome". Labs with a clock add "now_h". A refusal is HTTP
status 422 and {"refusal": {"rule", "value", "limit"}}; any other trouble is {"error": one line}.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, Literal, NoReturn, Self, TypeVar

from pydantic import Field, model_validator

from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from knowledge.record import Record
from lab.protocol import Garbled, Pending, Refused, Status, Unknown, Unsubmitted
from lab.remote.plausible import check_formula, check_name, check_outcome, printable

MAX_BYTES = 4_000_000
REFUSED = 422  # the HTTP status of a refusal
_MOST_FORMULAS = 10_000
_LONGEST_REASON = 500
_MOST_HOURS = 1e7

_R = TypeVar("_R", bound=Record)


class Malformed(Garbled):
    """A message that does not hold together; `what` names what is wrong with it."""

    def __init__(self, what: str) -> None:
        self.what = printable(what, 200)
        super().__init__(f"answered what does not hold together: {self.what}")


class Description(Record):
    """What a lab says of itself. `athanor_lab` is the version of these messages."""

    athanor_lab: Literal[1] = 1
    name: str
    inventory: tuple[str, ...] = Field(max_length=_MOST_FORMULAS)
    clocked: bool
    pausable: bool
    now_h: float | None = Field(default=None, ge=0, le=_MOST_HOURS)

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        check_name("name", self.name)
        for formula in self.inventory:
            check_formula(formula)
        if self.clocked and self.now_h is None:
            raise Malformed("the lab has a clock and does not tell the hour")
        return self


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


def status_message(status: Status, experiment_id: str) -> dict[str, Any]:
    """A status as a message."""
    told: dict[str, Any] = {"experiment_id": experiment_id}
    if isinstance(status, Outcome):
        return told | {"status": "outcome", "outcome": status.model_dump(mode="json")}
    if isinstance(status, Pending):
        return told | {"status": "pending", "stage": status.stage}
    kind = "unsubmitted" if isinstance(status, Unsubmitted) else "unknown"
    return told | {"status": kind, "reason": status.reason}


def refusal_message(refusal: Refused) -> dict[str, Any]:
    """A refusal as a message."""
    told = {"rule": refusal.rule, "value": refusal.value, "limit": refusal.limit}
    return {"refusal": told}


def read_status(found: Mapping[str, Any], experiment_id: str) -> Status:
    """Where an experiment stands. Raises Malformed, also where it is another's."""
    check_id(found, experiment_id)
    kind = found.get("status")
    if kind == "pending":
        return Pending(_text(found, "stage") or "queued")
    if kind == "unsubmitted":
        return Unsubmitted(_text(found, "reason"))
    if kind == "unknown":
        return Unknown(_text(found, "reason"))
    if kind != "outcome":
        raise Malformed(f"status is {_shown(kind)}")
    return _outcome(found.get("outcome"), experiment_id)


def read_refusal(found: Mapping[str, Any]) -> Refused:
    """The refusal in a message. Raises Malformed."""
    refusal = found.get("refusal")
    if not isinstance(refusal, dict):
        raise Malformed(f"refusal is {_shown(refusal)}")
    rule, value, limit = (_text(refusal, key) for key in ("rule", "value", "limit"))
    if not rule:
        raise Malformed("a refusal names no rule")
    return Refused(rule, value, limit)


def read_recipe(found: Mapping[str, Any]) -> Recipe:
    """The recipe in a message. Raises Malformed."""
    return record(Recipe, found.get("recipe"), "recipe")


def check_accepted(found: Mapping[str, Any], recipe: Recipe) -> None:
    """Raise Malformed unless a message says that this very recipe was accepted."""
    if found.get("accepted") != recipe.content_id:
        raise Malformed(f"it accepts {_shown(found.get('accepted'))}, not the recipe asked about")


def check_id(found: Mapping[str, Any], experiment_id: str) -> None:
    """Raise Malformed unless a message is about this experiment."""
    if found.get("experiment_id") != experiment_id:
        raise Malformed(f"it is about {_shown(found.get('experiment_id'))}, not {experiment_id}")


def read_flag(found: Mapping[str, Any], key: str) -> bool:
    """A true or false of a message. Raises Malformed."""
    flag = found.get(key)
    if not isinstance(flag, bool):
        raise Malformed(f"{key} is {_shown(flag)}")
    return flag


def read_hour(found: Mapping[str, Any]) -> float:
    """Hours since the lab opened. Raises Malformed."""
    hour = found.get("now_h")
    if not isinstance(hour, int | float) or isinstance(hour, bool) or not 0 <= hour <= _MOST_HOURS:
        raise Malformed(f"now_h is {_shown(hour)}")
    return float(hour)


def record(kind: type[_R], value: Any, name: str) -> _R:
    """The record in a part of a message, no number read out of a text. Raises Malformed."""
    if not isinstance(value, dict):
        raise Malformed(f"{name} is {_shown(value)}")
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
        raise Malformed(f"{where} is {_shown(given)}")


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def _outcome(value: Any, experiment_id: str) -> Outcome:
    for part in ("phases", "profile", "faults"):
        many = value.get(part, ()) if isinstance(value, dict) else ()
        if isinstance(many, list) and len(many) > 1000:
            raise Malformed(f"outcome has {len(many)} {part}")
    outcome = record(Outcome, value, "outcome")
    if outcome.experiment_id != experiment_id:
        raise Malformed(
            f"the outcome is of {_shown(outcome.experiment_id)}, not of {experiment_id}"
        )
    try:
        return check_outcome(outcome)
    except AthanorError as error:
        raise Malformed(f"outcome: {error}") from None


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    if not isinstance(value, str):
        raise Malformed(f"{key} is {_shown(value)}")
    return printable(value, _LONGEST_REASON)


def _shown(value: Any) -> str:
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
