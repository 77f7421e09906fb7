"""What can be done, and what came of it."""

from lab.protocol import (
    Clocked,
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
    "Clocked",
    "Lab",
    "Pausable",
    "Pending",
    "Refused",
    "Status",
    "Unknown",
    "Unreachable",
    "Unsubmitted",
]
