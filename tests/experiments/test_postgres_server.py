"""A PostgreSQL server that is killed and started again keeps what it acknowledged."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from experiments import postgres_server
from experiments.postgres_server import PostgresError, PostgresServer


def connect(server: PostgresServer, url: str | None = None) -> Engine:
    return create_engine(
        url or server.url, connect_args={"password": server.password}, poolclass=NullPool
    )


def ask(engine: Engine, query: str) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text(query)).scalar_one())


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own, which only the user who runs the tests can enter."""
    with tempfile.TemporaryDirectory(prefix="athanor-postgres-") as made:
        yield Path(made)


def test_it_is_the_server_it_says(postgres: PostgresServer) -> None:
    engine = connect(postgres)
    assert ask(engine, "SELECT current_user || ' ' || current_database()") == "athanor athanor"
    assert ask(engine, "SHOW port") == str(postgres.port)
    assert ask(engine, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(engine, "SHOW fsync") == "on"
    assert ask(engine, "SHOW synchronous_commit") == "on"


def test_the_password_is_asked_for(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with pytest.raises(OperationalError, match="no password supplied"):
        ask(create_engine(postgres.url), "SELECT 1")
    monkeypatch.setenv("PGPASSWORD", "not " + postgres.password)
    with pytest.raises(OperationalError, match="password authentication failed"):
        ask(create_engine(postgres.url), "SELECT 1")
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    assert ask(create_engine(postgres.url), "SELECT 1") == "1"


def test_databases_are_apart(postgres: PostgresServer) -> None:
    first, second = (connect(postgres, postgres.new_database(n)) for n in ("apart_1", "apart_2"))
    with first.begin() as connection:
        connection.execute(text("CREATE TABLE fired (id integer)"))
    assert ask(first, "SELECT count(*) FROM pg_tables WHERE tablename = 'fired'") == "1"
    assert ask(second, "SELECT count(*) FROM pg_tables WHERE tablename = 'fired'") == "0"
    with pytest.raises(PostgresError, match='database "apart_1" already exists'):
        postgres.new_database("apart_1")


def test_a_killed_server_keeps_what_was_committed(postgres: PostgresServer) -> None:
    engine = connect(postgres)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (id integer)"))
        connection.execute(text("INSERT INTO kept SELECT generate_series(1, 1000)"))
    open_one = engine.connect()
    open_one.execute(text("INSERT INTO kept VALUES (1001)"))  # never committed
    postgres.kill()
    try:
        with pytest.raises(OperationalError):
            open_one.execute(text("SELECT 1"))
        with pytest.raises(OperationalError, match="refused"):
            ask(engine, "SELECT 1")
    finally:
        postgres.start()
    assert ask(engine, "SELECT count(*) || ' ' || max(id) FROM kept") == "1000 1000"
    open_one.invalidate()


def test_a_stopped_server_starts_on_its_port(postgres: PostgresServer) -> None:
    url = postgres.url
    postgres.stop()
    postgres.stop()
    try:
        with pytest.raises(OperationalError, match="refused"):
            ask(connect(postgres), "SELECT 1")
    finally:
        postgres.start()
    postgres.start()
    assert ask(connect(postgres, url), "SELECT 1") == "1"


def test_it_does_not_outlive_whoever_started_it(
    postgres: PostgresServer,  # noqa: ARG001
    folder: Path,
) -> None:
    doomed = (
        "import os, pathlib, signal, sys\n"
        "from experiments.postgres_server import PostgresServer\n"
        "with PostgresServer(pathlib.Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", doomed, str(folder)], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    end = time.monotonic() + 60
    while (folder / "data" / "postmaster.pid").exists():  # what it removes as the last thing
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_folder_in_use_is_left_alone(postgres: PostgresServer) -> None:  # noqa: ARG001
    with tempfile.TemporaryDirectory() as made:
        (Path(made) / "mine").write_text("kept")
        mode = stat.S_IMODE(os.stat(made).st_mode)
        with pytest.raises(PostgresError, match="is not empty"), PostgresServer(Path(made)):
            pass
        assert (Path(made) / "mine").read_text() == "kept"
        assert stat.S_IMODE(os.stat(made).st_mode) == mode


def test_a_server_that_cannot_start_says_why(postgres: PostgresServer, folder: Path) -> None:
    second = PostgresServer(folder)
    second.port = postgres.port
    with pytest.raises(PostgresError, match=r"ended at its start: .*TCP/IP"), second:
        pass


def test_a_computer_without_postgresql(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_server, "_DEBIAN", folder)
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(PostgresError, match="apt-get install postgresql"):
        PostgresServer(folder)


def test_the_newest_of_debians_versions_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_server, "_DEBIAN", folder)
    for version in ("9.6", "15", "17"):
        (folder / version / "bin").mkdir(parents=True)
        (folder / version / "bin" / "initdb").touch()
    assert postgres_server.binaries() == folder / "17" / "bin"
