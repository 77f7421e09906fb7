"""Databases that keep what they commit, and what their errors mean for a user."""

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from knowledge.errors import RecordError

DIALECTS = ("sqlite", "postgresql")
_IN_MEMORY = ("sqlite://", "sqlite:///:memory:")
# What a database says, and what to do about it.
_ADVICE = (
    (("is full", "no space left", "disk full"), "make room on the disk"),
    (("is locked",), "another program keeps it locked: end that one"),
    (("readonly", "read-only", "permission denied"), "let it be written"),
    (("unable to open",), "the folder must be there, and be writable"),
    (
        ("malformed", "not a database", "disk image", "codec can't decode"),
        "the file is damaged: put back a copy, or save what `sqlite3 FILE .recover` can read",
    ),
    (("disk i/o error",), "the disk cannot be written: see whether it is full or broken"),
    (("password",), "set PGPASSWORD, or write the password to ~/.pgpass"),
    (
        ("connection refused", "could not connect", "connection failed", "server closed", "shut"),
        "see that the database server runs",
    ),
)


def open_database(url: str, wait_s: float = 30.0) -> Engine:
    """An engine that keeps what it commits, for a URL of SQLite or PostgreSQL.

    SQLite files are opened in WAL mode with full synchronisation: what was committed survives a
    power cut; another program that is writing is waited for, `wait_s` seconds. Raises RecordError
    for a URL of anything else, SQLAlchemyError as the database does.
    """
    if url in _IN_MEMORY:
        return create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    try:
        given = make_url(url)
        if given.get_backend_name() not in DIALECTS:
            raise RecordError(
                f"{given.get_backend_name()} is no database that is known here: give a URL such as "
                "sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"
            )
        if given.drivername == "postgresql":  # the driver that Athanor comes with
            given = given.set(drivername="postgresql+psycopg")
        is_file = given.get_backend_name() == "sqlite"
        arguments = {"timeout": wait_s} if is_file else {"connect_timeout": 10}
        engine = create_engine(given, connect_args=arguments, pool_pre_ping=not is_file)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise RecordError(
            "the URL of a database cannot be read: give one such as sqlite:///FILE or "
            "postgresql+psycopg://USER@HOST/DATABASE"
        ) from error
    except ModuleNotFoundError as error:
        raise RecordError(
            f"{error.name} is not installed, which PostgreSQL needs: pip install 'psycopg[binary]'"
        ) from error
    if is_file:

        @event.listens_for(engine, "connect")
        def _durable(connection: Any, _: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()

    return engine


def cause_of(error: Exception) -> str:
    """What a database said went wrong, in one line."""
    return " ".join(str(getattr(error, "orig", None) or error).split()) or type(error).__name__


def told(error: Exception) -> str:
    """What a database said went wrong, and what to do, in one line."""
    cause = cause_of(error)
    advice = next((do for signs, do in _ADVICE if any(s in cause.lower() for s in signs)), "")
    return f"{cause}; {advice}, then run the same command again" if advice else cause


def shown(url: str) -> str:
    """A database URL without its password, and without what else may be secret in it."""
    try:
        given = make_url(url)
    except (SQLAlchemyError, ValueError):
        return "(a URL that cannot be read)"
    bare = URL.create(
        given.drivername, given.username, None, given.host, given.port, given.database,
        {k: v for k, v in given.query.items() if k.startswith("ssl") and "password" not in k},
    )  # fmt: skip
    return bare.render_as_string()
