"""Settings given to a simulated lab, checked before anything is opened."""

from collections.abc import Mapping
from typing import Any

from knowledge.errors import RecordError
from lab.inventory import Lot

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
