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

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from knowledge.record import Record
from lab.protocol import Pending, Refused, Status, Unknown, Unsubmitted
from lab.web.messages import Malformed, record, shown
from lab.web.plausible import check_formula, check_name, check_outcome, printable

TOKEN_VARIABLE = "ATHANOR_LAB_TOKEN"  # where it is, unless settings name another
REFUSED = 422  # the HTTP status of a refusal
_MOST_FORMULAS = 10_000
_LONGEST_REASON = 500
_MOST_HOURS = 1e7


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
        raise Malformed(f"status is {shown(kind)}")
    return _outcome(found.get("outcome"), experiment_id)


def read_refusal(found: Mapping[str, Any]) -> Refused:
    """The refusal in a message. Raises Malformed."""
    refusal = found.get("refusal")
    if not isinstance(refusal, dict):
        raise Malformed(f"refusal is {shown(refusal)}")
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
        raise Malformed(f"it accepts {shown(found.get('accepted'))}, not the recipe asked about")


def check_id(found: Mapping[str, Any], experiment_id: str) -> None:
    """Raise Malformed unless a message is about this experiment."""
    if found.get("experiment_id") != experiment_id:
        raise Malformed(f"it is about {shown(found.get('experiment_id'))}, not {experiment_id}")


def read_flag(found: Mapping[str, Any], key: str) -> bool:
    """A true or false of a message. Raises Malformed."""
    flag = found.get(key)
    if not isinstance(flag, bool):
        raise Malformed(f"{key} is {shown(flag)}")
    return flag


def read_hour(found: Mapping[str, Any]) -> float:
    """Hours since the lab opened. Raises Malformed."""
    hour = found.get("now_h")
    if not isinstance(hour, int | float) or isinstance(hour, bool) or not 0 <= hour <= _MOST_HOURS:
        raise Malformed(f"now_h is {shown(hour)}")
    return float(hour)


def _outcome(value: Any, experiment_id: str) -> Outcome:
    for part in ("phases", "profile", "faults"):
        many = value.get(part, ()) if isinstance(value, dict) else ()
        if isinstance(many, list) and len(many) > 1000:
            raise Malformed(f"outcome has {len(many)} {part}")
    outcome = record(Outcome, value, "outcome")
    if outcome.experiment_id != experiment_id:
        raise Malformed(f"the outcome is of {shown(outcome.experiment_id)}, not of {experiment_id}")
    try:
        return check_outcome(outcome)
    except AthanorError as error:
        raise Malformed(f"outcome: {error}") from None


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    if not isinstance(value, str):
        raise Malformed(f"{key} is {shown(value)}")
    return printable(value, _LONGEST_REASON)
