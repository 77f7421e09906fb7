"""`athanor lab serve`, and the lab of conf/lab/remote.yaml that asks it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from agents.configured_lab import configured_lab
from knowledge.outcome import Outcome
from lab import Pausable, Refused, Unreachable
from lab.remote import LabServer, RemoteLab, remote_lab
from tests.commands import command
from tests.conformance.lab import recipe
from tests.lab.remote.test_conforms import Plain

TOKEN = "s3cret-t0ken"


def environment(token: str) -> dict[str, str]:
    return {"ATHANOR_DATA": "/nonexistent", "ATHANOR_LAB_TOKEN": token}


def refused(*arguments: str, token: str = "") -> str:
    """The line with which the command gives up."""
    ended = command("agents.cli", "lab", "serve", *arguments, env=environment(token))
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not ended.stdout
    return ended.stderr


@contextmanager
def served(*arguments: str, token: str = "") -> Iterator[str]:
    """The URL of a server in another process, which ends well at Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "agents.cli", "lab", "serve", "--port", "0", *arguments],
        env=os.environ | environment(token),
        stdout=subprocess.PIPE,
        text=True,
        # What runs in the background of a shell ignores Ctrl-C, and hands that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told.startswith("the simulated lab is at http://127.0.0.1:")
        yield told.split()[5]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()


def asked(url: str, settings: Sequence[str] = ()) -> RemoteLab:
    lab = configured_lab("remote", [f"url={url}", *settings])
    assert isinstance(lab, RemoteLab)
    return lab


def test_a_lab_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ("--set", "inventory=[BaCO3,TiO2]", "--set", "envelope.max_temperature_c=1150")
    with served(*settings, token=TOKEN) as url:
        with pytest.raises(Unreachable, match="set ATHANOR_LAB_TOKEN"):
            remote_lab(url)
        monkeypatch.setenv("ATHANOR_LAB_TOKEN", TOKEN)
        lab = asked(url)
        assert lab.name == "simulated"
        assert set(lab.inventory) == {"BaCO3", "TiO2"}
        assert isinstance(lab, Pausable)
        with pytest.raises(Refused, match="furnace temperature"):
            lab.check(recipe(1200))
        lab.submit(recipe(1100), "e1")
        assert isinstance(lab.poll("e1"), Outcome)
    with pytest.raises(Unreachable, match="Connection refused"):
        lab.poll("e1")


def test_settings_of_a_remote_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATHANOR_LAB_TOKEN", raising=False)
    with LabServer(Plain()) as server:
        assert asked(server.url).name == "plain"
        assert asked(server.url, ["name=kiln"]).name == "kiln"
        url = server.url
    with pytest.raises(Unreachable, match="cannot reach the lab at 127"):
        asked(url)


def test_what_cannot_be_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "choose another host or port" in refused("--port", str(port))
    assert "anybody could use a lab at 0.0.0.0" in refused("--host", "0.0.0.0", "--port", "0")
    assert "token cannot be sent" in (said := refused("--port", "0", token=TOKEN + " x"))
    assert TOKEN not in said
