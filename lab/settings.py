"""What settings of any lab must be, checked before anything is opened."""

from collections.abc import Iterable, Mapping
from typing import Any

from knowledge.errors import RecordError
from lab.lots import Lot
from lab.procedure import Bench
from lab.safety import Envelope

Entry = str | Mapping[str, Any] | Lot


def entries_of(*given: Iterable[Entry]) -> list[Entry]:
    """What lists of stock hold, one after the other; plain formulas once, however often listed.

    Raises RecordError for what is one entry and no list.
    """
    for each in given:
        if isinstance(each, str | Mapping):
            raise RecordError(f"lab.inventory is {each!r}: give a list, such as [{each}]")
    entries = [entry for each in given for entry in each]
    plain = dict.fromkeys(e for e in entries if isinstance(e, str))
    return [*plain, *(e for e in entries if not isinstance(e, str))]


def check_crucible(bench: Bench, envelope: Envelope) -> None:
    """Raise RecordError for a bench that fires in another crucible than its limits are for."""
    if bench.crucible != envelope.crucible:
        raise RecordError(
            f"lab.bench.crucible is {bench.crucible} and lab.envelope.crucible "
            f"{envelope.crucible}: limits must be those of the crucible used"
        )
