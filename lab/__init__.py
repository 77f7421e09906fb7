"""What can be done, and what came of it."""

from lab.protocol import (
    QUEUE,
    Attended,
    Clocked,
    Garbled,
    Lab,
    Pausable,
    Pending,
    Refused,
    Status,
    Unknown,
    Unreachable,
    Unsubmitted,
)

__all__ = [
    "QUEUE",
    "Attended",
    "Clocked",
    "Garbled",
    "Lab",
    "Pausable",
    "Pending",
    "Refused",
    "Status",
    "Unknown",
    "Unreachable",
    "Unsubmitted",
]
