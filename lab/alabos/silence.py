"""How long a server has had nothing to say of an experiment that it took on.

It counts from the last good answer in this process. After a restart it begins anew, except where
there never was a good answer: then it counts from the receipt, whose time is in the log.
"""

import time
from datetime import UTC, datetime

from lab.alabos.case import Case


class Silence:
    """Counts for each experiment of a lab."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def broken(self, name: str) -> None:
        """There was a good answer."""
        self._since[name] = time.monotonic()

    def seconds(self, name: str, case: Case) -> float:
        """How long it has lasted by now."""
        now = time.monotonic()
        if name not in self._since:
            never = None if case.seen else case.received
            self._since[name] = now - (since_s(never) if never else 0.0)
        return now - self._since[name]


def since_s(then: datetime) -> float:
    """Seconds since a time of the log; 0 where the clock was set back."""
    return max(0.0, (datetime.now(UTC) - then).total_seconds())
