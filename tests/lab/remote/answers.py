"""Answers of a lab that hold together, and what becomes of them on a bad day."""

import json
import random
from collections.abc import Iterator
from typing import Any

from knowledge.outcome import Fault, Outcome, PhaseFraction
from lab import Pending, Status, Unknown, Unsubmitted
from lab.remote import wire
from tests.conformance.lab import recipe

FAULT = Fault(kind="overshoot", stage="firing 1", message="12 C too hot for 5 min")
MEASURED = Outcome(
    experiment_id="e1",
    phases=(
        PhaseFraction(formula="BaTiO3", weight_fraction=0.62, sigma=0.015, polymorph="cubic"),
        PhaseFraction(formula="La0.7Sr0.3MnO3", weight_fraction=0.21, sigma=0.02),
        PhaseFraction(formula="Ca(OH)2", weight_fraction=0.07, sigma=0.02),
    ),
    unidentified_weight_fraction=0.1,
    profile=recipe().steps,
    faults=(FAULT,),
    lab_time_h=12.1,
)
STATUSES: tuple[Status, ...] = (
    MEASURED,
    Outcome(experiment_id="e1", unidentified_weight_fraction=1.0),
    Outcome(experiment_id="e1", status="failed", faults=(FAULT,)),
    Outcome(experiment_id="e1", status="cancelled"),
    Pending("in furnace 2"),
    Unsubmitted("e1 was never submitted here"),
    Unknown("nothing moves any more"),
)
DESCRIBED = wire.Description(
    name="far", inventory=("BaCO3", "TiO2"), clocked=True, pausable=True, now_h=0.0
)
# What a number, a text or a whole part is replaced by.
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, -0.5, 1.7, 1e308, -1e308, 1e-320, 10**400, "", "e2", "NaN", "0.5",
    "measured", "failed", "outcome", "pending", [], {}, [[]], "\x1b[2J", "\u202e", "a\nb",
    "Ba" * 5000, "Ba1e-9TiO3", "(" * 300, "Xx2O3", "O2",
)  # fmt: skip


def whole(status: Status = MEASURED) -> dict[str, Any]:
    """A status as a message about e1."""
    return wire.status_message(status, "e1")


class Doubled(dict[str, Any]):
    """An object of which one key is written twice."""


def written(value: Any, rng: random.Random) -> str:
    """JSON text, also of what is no JSON: doubled keys, NaN and infinities."""
    if isinstance(value, dict):
        pairs = list(value.items())
        if isinstance(value, Doubled) and pairs:
            pairs.append((pairs[0][0], rng.choice(ODD)))
        return "{" + ",".join(f"{json.dumps(k)}:{written(v, rng)}" for k, v in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(v, rng) for v in value) + "]"
    return json.dumps(value)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every part of a message, as what holds it and its key or index there."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield value, key
        yield from places(value[key])


def mutated(message: dict[str, Any], rng: random.Random) -> bytes:
    """The message with one to three things wrong with it: in what it says, or in its bytes."""
    message = json.loads(json.dumps(message))
    for _ in range(rng.randint(1, 3)):
        _change(message, rng)
    body = written(message, rng).encode()
    return _bytes_changed(body, rng) if rng.random() < 0.4 else body


def _change(message: dict[str, Any], rng: random.Random) -> None:
    all_places = list(places(message))
    if not all_places:
        return
    holder, key = rng.choice(all_places)
    what = rng.randrange(6)
    if what == 0:
        del holder[key]
    elif what == 1:
        holder[key] = rng.choice(ODD)
    elif what == 2 and isinstance(holder[key], dict):
        holder[key] = Doubled(holder[key])
    elif what == 3 and isinstance(holder[key], list):
        holder[key] = holder[key] * rng.choice((2, 2000))
    elif what == 4 and isinstance(holder[key], float):
        holder[key] = rng.choice((float("nan"), float("inf"), -holder[key], holder[key] * 3))
    else:  # what stands elsewhere in the same message
        other, there = rng.choice(all_places)
        if isinstance(other, list) and isinstance(there, int) and there >= len(other):
            return
        moved = json.dumps(other[there] if not isinstance(other, dict) else other.get(there))
        holder[key] = json.loads(moved)


def _bytes_changed(body: bytes, rng: random.Random) -> bytes:
    changed = bytearray(body)
    what = rng.randrange(4)
    if what == 0:
        return body[: rng.randrange(len(body))]
    if what == 1:
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    elif what == 2:
        at = rng.randrange(len(changed))
        changed[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
    else:
        first, last = sorted(rng.randrange(len(changed)) for _ in range(2))
        del changed[first : min(last, first + 40)]
    return bytes(changed)
