"""What happened, append-only, in SQL. Everything else is folded from it (agents.ledger)."""

from agents.journal.database import cause_of, open_database
from agents.journal.events import SCHEMA_VERSION, Event
from agents.journal.lease import NotOwnerError, Owner
from agents.journal.places import begin_in, campaigns_in, is_campaign, journal_of
from agents.journal.store import Journal

__all__ = [
    "SCHEMA_VERSION",
    "Event",
    "Journal",
    "NotOwnerError",
    "Owner",
    "begin_in",
    "campaigns_in",
    "cause_of",
    "is_campaign",
    "journal_of",
    "open_database",
]
