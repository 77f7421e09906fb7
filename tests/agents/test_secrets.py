"""Passwords, tokens and the paths of webhooks come into no file, row or line that is printed."""

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from experiments.postgres_server import PostgresServer
from tests.commands import command

TOKEN, HOOK, WRONG = "MARKER3TOKEN", "MARKER2HOOK", "MARKER4WRONG"
QUICK = (
    "target=BaTiO3", "policy=random", "literature=frequency", "candidates.spacing_c=400",
    "candidates.hold_h=[4]", "candidates.max_precursor_sets=1", "budget.experiments=1",
    f"watch.webhook=http://127.0.0.1:9/{HOOK}",  # the port of "discard": nobody listens
)  # fmt: skip


def run(folder: Path, url: str, **more: str) -> tuple[int, str]:
    ended = command(
        "agents.cli", "run", f"journal.url={url}", *QUICK, cwd=folder,
        env={"ATHANOR_DATA": "/nonexistent", "ATHANOR_LAB_TOKEN": TOKEN, **more},
    )  # fmt: skip
    return ended.returncode, ended.stdout + ended.stderr


def written(folder: Path) -> bytes:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"\n".join([os.fsencode(path) + b"\n" + path.read_bytes() for path in files])


def with_password(server: PostgresServer, password: str, database: str | None = None) -> str:
    url = make_url(server.url).set(password=password)
    url = url if database is None else url.set(database=database)
    return url.render_as_string(hide_password=False)


def test_a_campaign_that_ends_well(postgres: PostgresServer, tmp_path: Path) -> None:
    """It used the password, which only the URL had, and tried the webhook: its log says so."""
    status, told = run(tmp_path, with_password(postgres, postgres.password))
    assert status == 0, told
    files = written(tmp_path)
    assert b"127.0.0.1:9" in files
    engine = create_engine(postgres.url, connect_args={"password": postgres.password})
    with engine.connect() as connection:
        rows = [*connection.exec_driver_sql("SELECT * FROM journal_events")]
        rows += [*connection.exec_driver_sql("SELECT * FROM campaigns")]
    engine.dispose()
    assert rows
    for secret in (postgres.password, HOOK, TOKEN):
        assert secret.encode() not in files
        assert secret not in told
        assert secret not in repr(rows)


@pytest.mark.parametrize("fault", ["wrong password", "no such database"])
def test_a_campaign_that_cannot_begin(postgres: PostgresServer, tmp_path: Path, fault: str) -> None:
    wrong = fault == "wrong password"
    password = WRONG if wrong else postgres.password
    status, told = run(tmp_path, with_password(postgres, password, None if wrong else "gone"))
    assert status == 2
    assert "athanor: " in told
    for secret in (password, HOOK, TOKEN):
        assert secret.encode() not in written(tmp_path)
        assert secret not in told
