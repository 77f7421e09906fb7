"""What can be done, and what came of it."""

from lab.protocol import (
    INVENTORY,
    QUEUE,
    Attended,
    Clocked,
    Garbled,
    Lab,
    Pausable,
    Pending,
    Real,
    Refused,
    Status,
    Unknown,
    Unreachable,
    Unsubmitted,
)

__all__ = [
    "INVENTORY",
    "QUEUE",
    "Attended",
    "Clocked",
    "Garbled",
    "Lab",
    "Pausable",
    "Pending",
    "Real",
    "Refused",
    "Status",
    "Unknown",
    "Unreachable",
    "Unsubmitted",
]
