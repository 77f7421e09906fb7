"""What can be done, and what came of it."""

from lab.protocol import Lab, Pending, Refused, Status, Unknown, Unsubmitted

__all__ = ["Lab", "Pending", "Refused", "Status", "Unknown", "Unsubmitted"]
