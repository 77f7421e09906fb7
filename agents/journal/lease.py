"""Who owns a campaign: one process at a time.

The lease is a lock that dies with its process, so that a killed one leaves nothing to clear away
and no clock is asked: beside a SQLite file a locked file, in PostgreSQL an advisory lock of one
session. Who has it is written into the journal for people to see, with a token that every write of
the owner shows: one whose lease was lost, as when the server died, writes nothing more.
"""

import hashlib
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from agents.journal.database import told
from knowledge.errors import RecordError

# A server needs a moment to see that a client was killed; `athanor status` looks for a moment.
_PATIENCE_S = 5.0
_AGAIN_S = 0.1


class NotOwnerError(RecordError):
    """A campaign that another process runs."""


@dataclass(frozen=True)
class Owner:
    """A process that runs a campaign, as the journal names it."""

    token: str
    host: str
    pid: int
    since: str

    @classmethod
    def this_process(cls, since: str) -> "Owner":
        """This one, with a token of its own."""
        return cls(os.urandom(8).hex(), socket.gethostname(), os.getpid(), since)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since[:16].replace('T', ' ')} UTC"


class Lease:
    """The lock of one campaign in one database; in memory there is nothing to share."""

    def __init__(self, engine: Engine, campaign: str) -> None:
        self._engine = engine
        self._session: Connection | None = None
        digest = hashlib.sha256(campaign.encode(errors="surrogatepass")).digest()
        self._key = int.from_bytes(digest[:8], "big", signed=True)
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._lock = FileLock(f"{Path(file)}.{digest[:4].hex()}.lock") if file else None

    def take(self, patience_s: float = _PATIENCE_S) -> bool:
        """Whether this process has the lease now, after waiting a moment. Raises RecordError."""
        try:
            if self._lock is not None:
                self._lock.acquire(timeout=patience_s, poll_interval=_AGAIN_S)
                return True
            if self._engine.dialect.name != "postgresql":
                return True
            return self._take_session(patience_s)
        except Timeout:
            return False
        except SQLAlchemyError as error:
            raise RecordError(f"cannot take the lease of the campaign: {told(error)}") from error
        except OSError as error:
            raise RecordError(
                f"cannot take the lease of the campaign: {error.strerror or error}: "
                f"{error.filename}; its folder must be there, and be writable"
            ) from error

    @property
    def is_held(self) -> bool:
        """Whether it was taken here, and not released since."""
        return self._session is not None or (self._lock is not None and self._lock.is_locked)

    def prove(self) -> None:
        """Raise SQLAlchemyError where the session that has the lease ended with its server."""
        if self._session is not None:
            self._session.execute(text("select 1"))

    def renew(self) -> bool:
        """After a server came back: whether this process has, or can have, the lease again."""
        if self._session is None:
            return True
        try:
            self._session.close()
            self._session = None
            return self._take_session(_PATIENCE_S)
        except SQLAlchemyError:  # not back yet: asked again when it is
            return True

    def release(self) -> None:
        """Let others have it. Never an error: what is lost already is released."""
        if self._lock is not None:
            self._lock.release(force=True)
        if self._session is not None:
            try:
                self._session.execute(text("select pg_advisory_unlock(:key)"), {"key": self._key})
            except SQLAlchemyError:  # the session ended, and the lock with it
                self._session.invalidate()
            self._session.close()
            self._session = None

    def _take_session(self, patience_s: float) -> bool:
        session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        until = time.monotonic() + patience_s
        while not session.execute(
            text("select pg_try_advisory_lock(:key)"), {"key": self._key}
        ).scalar():
            if time.monotonic() >= until:
                session.close()
                return False
            time.sleep(_AGAIN_S)
        self._session = session
        return True
