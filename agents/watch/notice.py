"""What happened in a campaign, as those who watch it are told, and what a watch has to keep."""

import logging
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, get_args, runtime_checkable

from pydantic import JsonValue, field_validator

from knowledge.record import Record

Kind = Literal[
    "started",
    "decided",
    "submitted",
    "result",
    "success",
    "fault",
    "question",
    "unreachable",
    "steered",
    "dropped",
    "ended",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

# Everything that is told goes through this logger: whoever embeds a campaign adds a handler to it.
# Nothing goes on to the root logger, where Hydra would print it among what the campaign shows.
LOGGER = logging.getLogger("athanor.campaign")
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False


class Notice(Record):
    """One thing that happened: its kind, and a line of text that a person understands.

    `details` holds plain JSON values; numbers that JSON has no word for (NaN) become null.
    """

    kind: Kind
    campaign: str
    text: str
    target: str | None = None
    experiment: str | None = None
    details: dict[str, JsonValue] = {}

    @field_validator("text")
    @classmethod
    def _one_line(cls, text: str) -> str:
        return " ".join(text.split())

    @field_validator("details", mode="before")
    @classmethod
    def _finite(cls, details: Any) -> Any:
        return _finite(details)


@runtime_checkable
class Watch(Protocol):
    """Someone who is told. A campaign goes on whatever becomes of them.

    Neither method raises, and `tell` takes no longer than writing a line to a file.
    """

    def tell(self, notice: Notice) -> None:
        """Pass a notice on, or fail to without a word to the campaign."""

    def close(self) -> None:
        """Pass on what is waiting, for some seconds at most; nothing is told afterwards."""


class Watches:
    """Several watches as one, in order; what breaks in one of them reaches no other."""

    def __init__(self, watches: Iterable[Watch] = ()) -> None:
        self._watches = tuple(watches)

    def tell(self, notice: Notice) -> None:
        """Tell all of them."""
        for watch in self._watches:
            try:
                watch.tell(notice)
            except Exception as error:
                _broken(watch, error, notice.campaign)

    def close(self) -> None:
        """Close all of them, the last first: what it has to say of that, the log still takes."""
        for watch in reversed(self._watches):
            try:
                watch.close()
            except Exception as error:
                _broken(watch, error, None)


def now() -> str:
    """The time in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def awake() -> logging.Logger:
    """The logger of campaigns, also where logging was set up since, as by Hydra for each job.

    That disables every logger which is there already and not named.
    """
    LOGGER.disabled = False
    return LOGGER


def _broken(watch: Watch, error: Exception, campaign: str | None) -> None:
    LOGGER.warning(
        "%s was not told: %s", type(watch).__name__, type(error).__name__,
        extra={"campaign": campaign},
    )  # fmt: skip


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value
