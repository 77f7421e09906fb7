"""Events into a database and out of it, within a transaction that the caller began.

Events form a chain: each row has the digest of its content and of all before it, and the row of the
campaign says where the chain ends. So what is altered, missing or cut off is seen when it is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select, update

from agents.journal.events import SCHEMA_VERSION, Event, about
from agents.journal.lease import NotOwnerError, Owner
from agents.journal.tables import CampaignRow, EventRow, OldEventRow
from knowledge.errors import RecordError

# Of an event's fields, in order.
_TYPES = (int, str, str, str, str, str, int, str)


@dataclass(frozen=True)
class End:
    """Where a chain ends: the last event and the digest up to it."""

    last: int = 0
    digest: str = ""


def end_of(connection: Connection, campaign: str) -> End:
    """Where the events of a campaign end; before the first one where it has none."""
    query = select(CampaignRow.last, CampaignRow.digest).where(CampaignRow.name == campaign)
    row = connection.execute(query).first()
    if row is None:
        return End()
    if not (isinstance(row.last, int) and isinstance(row.digest, str)):
        raise RecordError(
            f"the journal is damaged: it does not say where {campaign} ends; put back a copy"
        )
    return End(row.last, row.digest)


def hold(connection: Connection, campaign: str, owner: Owner | None) -> End:
    """Where the events end, which nobody else changes until the transaction ends.

    The first statement writes, so that no other process gets in between reading and writing.
    Raises NotOwnerError where the owner given does not own the campaign any more.
    """
    row = CampaignRow.name == campaign
    still = row if owner is None else row & (CampaignRow.owner == owner.token)
    held = connection.execute(update(CampaignRow).where(still).values(last=CampaignRow.last))
    if not held.rowcount:
        if owner is not None:
            raise NotOwnerError(
                f"another process has taken over {campaign}: this one stops and leaves it the rest"
            )
        connection.execute(insert(CampaignRow).values(name=campaign, last=0, digest=""))
    return end_of(connection, campaign)


def add(connection: Connection, events: Sequence[Event], end: End) -> End:
    """Put events behind the end of their chain; where it ends then."""
    rows, digest = [], end.digest
    for event in events:
        digest = event.chained(digest)
        rows.append(
            {
                "campaign": event.campaign,
                "sequence": event.sequence,
                "time": event.time,
                "kind": event.kind,
                "experiment": event.experiment,
                "target": event.target,
                "schema_version": event.schema_version,
                "payload": event.text,
                "digest": digest,
            }
        )
    new = End(events[-1].sequence, digest)
    connection.execute(insert(EventRow), rows)
    connection.execute(
        update(CampaignRow)
        .where(CampaignRow.name == events[-1].campaign)
        .values(last=new.last, digest=new.digest)
    )
    return new


def between(connection: Connection, campaign: str, start: End, end: End) -> list[Event]:
    """The events after one end of the chain, up to another. Raises RecordError for damage."""
    if start == end:
        return []
    columns = EventRow.__table__.c
    rows = connection.execute(
        select(
            columns.sequence,
            columns.time,
            columns.campaign,
            columns.kind,
            columns.experiment,
            columns.target,
            columns.schema_version,
            columns.payload,
            columns.digest,
        )
        .where(columns.campaign == campaign)
        .where(columns.sequence > start.last, columns.sequence <= end.last)
        .order_by(columns.sequence)
    ).all()
    found: list[Event] = []
    digest = start.digest
    for *fields, written in rows:
        if tuple(map(type, fields)) != _TYPES:  # SQLite takes anything into any column
            raise RecordError(
                f"the journal is damaged after event {found[-1].sequence if found else start.last}:"
                " what comes then is no event; put back a copy"
            )
        event = Event(*fields)
        digest = event.chained(digest)
        if digest != written:
            raise event.damaged("it is not what was written, or one before it is missing")
        if event.schema_version > SCHEMA_VERSION:
            raise RecordError(
                f"the journal was written by a newer version (schema {event.schema_version}, this "
                f"one reads {SCHEMA_VERSION}): update Athanor"
            )
        found.append(event)
    if digest != end.digest or not found or found[-1].sequence != end.last:
        raise RecordError(
            f"the journal is damaged: {campaign} should have events up to {end.last}, and those "
            f"after {found[-1].sequence if found else start.last} are missing; put back a copy"
        )
    return found


def enter(connection: Connection, campaign: str, owner: Owner) -> None:
    """Write down who owns a campaign from now on."""
    hold(connection, campaign, None)
    connection.execute(
        update(CampaignRow)
        .where(CampaignRow.name == campaign)
        .values(owner=owner.token, host=owner.host, pid=owner.pid, since=owner.since)
    )


def owner_of(connection: Connection, campaign: str) -> Owner | None:
    """The process that owns a campaign, or owned it last, if any did."""
    columns = CampaignRow.__table__.c
    query = select(columns.owner, columns.host, columns.pid, columns.since)
    row = connection.execute(query.where(columns.name == campaign)).first()
    if row is None or not row.owner:
        return None
    return Owner(str(row.owner), str(row.host), row.pid, str(row.since))


def bring_forward(connection: Connection, campaign: str) -> None:
    """Copy what version 1 wrote of a campaign, once; what it wrote stays as it is."""
    old = OldEventRow.__table__.c
    rows = connection.execute(
        select(old.sequence, old.time, old.campaign, old.kind, old.schema_version, old.payload)
        .where(old.campaign == campaign)
        .order_by(old.sequence)
    ).all()
    if not rows:
        return
    end = hold(connection, campaign, None)
    if end.last:
        return
    events = []
    for sequence, time, name, kind, version, payload in rows:
        event = Event(sequence, time, name, kind, "", "", version, payload)
        try:
            experiment, target = about(kind, event.payload)
            events.append(replace(event, experiment=experiment, target=target))
        except (KeyError, TypeError) as error:
            raise event.damaged(f"its payload lacks {error}") from error
    add(connection, events, end)
