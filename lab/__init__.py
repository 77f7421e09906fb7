"""What can be done, and what came of it."""

from lab.protocol import Lab, Pausable, Pending, Refused, Status, Unknown, Unsubmitted

__all__ = ["Lab", "Pausable", "Pending", "Refused", "Status", "Unknown", "Unsubmitted"]
