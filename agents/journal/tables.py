"""The tables of a journal, and the one that its first version used."""

from sqlalchemy import Connection, Engine, Integer, String, Text, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from knowledge.errors import RecordError

FIRST_VERSION = "events"


class Base(DeclarativeBase):
    """Of the tables below."""


class CampaignRow(Base):
    """A campaign: where its chain of events ends, and the process that owns it.

    The only row that changes. It is written together with the events that it counts.
    """

    __tablename__ = "campaigns"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(16), default="")
    host: Mapped[str] = mapped_column(String(255), default="")
    pid: Mapped[int] = mapped_column(Integer, default=0)
    since: Mapped[str] = mapped_column(String(32), default="")


class EventRow(Base):
    """An event. Rows are added and never changed."""

    __tablename__ = "journal_events"
    campaign: Mapped[str] = mapped_column(String(200), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    time: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(32))
    experiment: Mapped[str] = mapped_column(String(255))
    target: Mapped[str] = mapped_column(String(255))
    schema_version: Mapped[int] = mapped_column(Integer)
    payload: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


class _OldBase(DeclarativeBase):
    pass


class OldEventRow(_OldBase):
    """An event of a journal of version 1."""

    __tablename__ = FIRST_VERSION
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    time: Mapped[str] = mapped_column(String(32))
    campaign: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(32))
    schema_version: Mapped[int] = mapped_column(Integer)
    payload: Mapped[str] = mapped_column(Text)


def make_tables(engine: Engine) -> None:
    """Make the tables that are not there. Another process may be at the same, and be faster."""
    for _ in Base.metadata.tables:
        try:
            return Base.metadata.create_all(engine)
        except SQLAlchemyError:  # made by another since it was looked for, or an error to stay
            continue
    return Base.metadata.create_all(engine)


def tables_in(engine: Engine) -> set[str]:
    """Names of the tables that a database has."""
    return set(inspect(engine).get_table_names())


def names_in(connection: Connection, tables: set[str]) -> list[str]:
    """Names of all campaigns in a database with these tables, in order. Raises RecordError."""
    names: set[str] = set()
    if CampaignRow.__tablename__ in tables:
        names |= set(connection.execute(select(CampaignRow.name)).scalars())
    if FIRST_VERSION in tables:
        names |= set(connection.execute(select(OldEventRow.campaign).distinct()).scalars())
    if not all(isinstance(name, str) for name in names):
        raise RecordError("the journal is damaged: a campaign has no name; put back a copy")
    return sorted(names)
