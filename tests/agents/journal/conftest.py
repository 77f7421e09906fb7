"""Where a journal may be: a SQLite file, or a database of a PostgreSQL server."""

import uuid
from pathlib import Path

import pytest

from experiments.postgres_server import PostgresServer


@pytest.fixture
def server_url(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new database of the server, whose password is where libpq looks for it."""
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    return postgres.new_database(f"j{uuid.uuid4().hex}")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite'}"
    found: str = request.getfixturevalue("server_url")
    return found
