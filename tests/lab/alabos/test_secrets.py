"""The token reaches the server, and nothing else: no log, journal, error, name or output."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.errors import AthanorError
from lab import Unreachable
from lab.web import NotSent
from tests.commands import command
from tests.conformance.lab import recipe
from tests.lab.alabos.stand_in import StandIn, made

SECRET = "s3cret-t0ken"
VARIABLE = "ATHANOR_ALABOS_TOKEN"


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn(token=SECRET) as server:
        yield server


def test_it_shows_nowhere(
    server: StandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OVEN_TOKEN", SECRET)
    lab = made(server.url, tmp_path, token_variable="OVEN_TOKEN")
    lab.submit(recipe(), "e1")
    shown = [repr(lab), repr(vars(lab)), repr(vars(lab._server)), repr(vars(lab._server._exchange))]
    for kind in ("html after", "reset before", "wrong json"):
        server.trouble = lambda *_, kind=kind: kind  # type: ignore[misc]
        try:
            shown.append(repr(lab.poll("e1")))
        except Unreachable as error:
            shown.append("".join(traceback.format_exception(error)))
    assert SECRET not in "".join(shown) + caplog.text
    lab.close()
    assert all(SECRET.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    assert all(head["Authorization"] == f"Bearer {SECRET}" for _, _, head in server.heard)


def test_without_it_nothing_is_handed_over(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that wants one lets nothing through, so the experiment is free for later."""
    monkeypatch.delenv(VARIABLE, raising=False)
    lab = made(server.url, tmp_path)
    with pytest.raises(
        Unreachable, match="wants a token, or another one: set ATHANOR_ALABOS_TOKEN"
    ):
        lab.submit(recipe(), "e1")
    assert server.asked("POST", "/api/") == 0
    # Between looking and handing over the proxy begins to want another one.
    monkeypatch.setenv(VARIABLE, SECRET)
    lab = made(server.url, tmp_path)

    def changed(method: str, _: str) -> None:
        server.token = SECRET if method == "GET" else "another"

    server.trouble = changed  # type: ignore[assignment]
    with pytest.raises(NotSent, match="wants a token, or another one"):
        lab.submit(recipe(), "e1")
    server.trouble, server.token = lambda *_: None, SECRET
    lab.submit(recipe(), "e1")
    assert server.model.submitted.total() == 1


def test_it_does_not_go_out_in_clear_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    with pytest.raises(AthanorError, match=r"in clear text: .*ATHANOR_ALABOS_TOKEN") as error:
        made("http://lab.example.org", tmp_path)
    assert SECRET not in str(error.value)
    monkeypatch.setenv(VARIABLE, "two words")
    with pytest.raises(AthanorError, match="look at ATHANOR_ALABOS_TOKEN") as error:
        made("https://lab.example.org", tmp_path)
    assert "two words" not in str(error.value)


def test_a_campaign_leaves_no_trace_of_it(server: StandIn, tmp_path: Path) -> None:
    """In its journal, its log, its report, the log of the lab and what it prints."""
    server.work_by_itself(0.005)
    ended = command(
        "agents.cli", "run", "lab=alabos", f"lab.url={server.url}",
        "lab.inventory=[BaCO3,TiO2]", "policy=random",
        "literature=frequency", "target=BaTiO3", "budget.experiments=1", "poll_seconds=0.05",
        "hydra.run.dir=made", cwd=tmp_path,
        env={"ATHANOR_DATA": "/nonexistent", VARIABLE: SECRET},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "0.80" in ended.stdout
    assert SECRET not in ended.stdout + ended.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"alabos.sqlite", "log.jsonl"} <= {path.name for path in files}
    assert all(SECRET.encode() not in path.read_bytes() for path in files)
    assert server.model.submitted.total() == 1
