"""Settings and names given to a simulated lab, checked before anything is opened."""

from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.errors import RecordError
from lab.inventory import Lot
from lab.protocol import Refused

_LONGEST_ID = 200

Entry = str | Mapping[str, Any] | Lot


def check_settings(
    numbers: Mapping[str, tuple[object, int]], parts: Mapping[str, tuple[object, type]]
) -> None:
    """Raise RecordError, naming the setting, for what is none.

    `numbers` are whole, each with the least that is allowed; `parts` are of a type, or not given.
    """
    for setting, (number, least) in numbers.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise RecordError(
                f"lab.{setting} is {number}: it must be a whole number, {least} or above"
            )
    for setting, (given, kind) in parts.items():
        if given is not None and not isinstance(given, kind):
            raise RecordError(f"lab.{setting} is {given!r}: it must be a {kind.__name__}")


def once(entries: Sequence[Entry]) -> list[Entry]:
    """Plain formulas once, however often they are listed."""
    plain = dict.fromkeys(e for e in entries if isinstance(e, str))
    return [*plain, *(e for e in entries if not isinstance(e, str))]


def check_id(experiment_id: str) -> None:
    """Raise Refused for what cannot name an experiment."""
    fits = isinstance(experiment_id, str) and 0 < len(experiment_id) <= _LONGEST_ID
    if not (fits and experiment_id.isprintable()):
        raise Refused(
            "experiment id", repr(experiment_id), f"it must be 1 to {_LONGEST_ID} printable letters"
        )
