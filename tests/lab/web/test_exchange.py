"""What certainly never left is told from what may have arrived; certificates are verified."""

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.errors import AthanorError
from lab import Unreachable
from lab.web import Address, Exchange, NotSent
from tests.lab.alabos.stand_in import StandIn
from tests.lab.remote.stand_in import StandIn as Raw
from tests.lab.remote.stand_in import http, resets, says

TIMEOUT_S = 0.5


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate that only who knows it can trust, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not there to make a certificate")
    made, key = folder / "cert.pem", folder / "key.pem"
    words = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN={name} -addext subjectAltName=IP:{name} -keyout {key} -out {made}"
    )
    subprocess.run(words.split(), check=True, capture_output=True)
    return made, key


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StandIn, Path]]:
    """A server with a certificate of its own, and that certificate."""
    made = certificate(tmp_path_factory.mktemp("own"))
    with StandIn(certificate=made) as server:
        yield server, made[0]


def asking(url: str, ca_file: Path | None = None) -> Exchange:
    return Exchange(Address.of(url, "OVEN_TOKEN"), None, TIMEOUT_S, "look there", ca_file)


def met(url: str, ca_file: Path | None = None) -> Unreachable:
    """What a question ends as."""
    with pytest.raises(Unreachable) as error:
        asking(url, ca_file).ask("POST", "/x", b"{}")
    assert str(error.value).isprintable()
    return error.value


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = met(f"http://127.0.0.1:{port}")
    assert isinstance(error, NotSent)
    assert str(error).endswith("(Connection refused): look there, and lab.url")


def test_no_such_machine() -> None:
    assert isinstance(met("https://nowhere.invalid"), NotSent)


def test_nobody_answers_the_door() -> None:
    """A full queue of connections: no connection stands in time."""
    with socket.socket() as listening, contextlib.ExitStack() as held:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            caller = held.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listening.getsockname())
        time.sleep(0.05)
        error = met(f"http://127.0.0.1:{listening.getsockname()[1]}")
    assert isinstance(error, NotSent)
    assert "no whole answer within 0.5 s" in str(error)


def test_a_handshake_that_never_ends() -> None:
    """A connection of TCP, and none of TLS: the question was not asked."""
    over = threading.Event()
    with Raw([lambda _: over.wait(5) and None]) as server:
        error = met(server.url.replace("http", "https"))
        over.set()
        assert isinstance(error, NotSent)
        assert not any(b"POST" in asked for asked in server.heard)


@pytest.mark.parametrize(
    "behaviour", [says(), resets, says(http(b"{}", length=90)), lambda c: c.recv(1)]
)
def test_a_connection_stood(behaviour: object) -> None:
    """It hung up, reset, stopped half way or said nothing: it may have done what was asked."""
    with Raw([behaviour]) as server:  # type: ignore[list-item]
        error = met(server.url)
        assert not isinstance(error, NotSent)
        assert len(server.heard) == 1


def test_a_certificate_of_its_own_is_not_trusted(
    secured: tuple[StandIn, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says of verification."""
    server, _ = secured
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    error = met(server.url)
    assert isinstance(error, NotSent)
    assert "its certificate or encryption cannot be trusted" in str(error)
    assert not server.heard


def test_a_certificate_that_is_named_is_trusted(
    secured: tuple[StandIn, Path], tmp_path: Path
) -> None:
    server, own = secured
    before = len(server.heard)
    status, body = asking(server.url, own).ask("GET", "/api/task/000000000000000000000000")
    assert (status, len(server.heard)) == (400, before + 1)
    assert b"Cannot find" in body
    other, _ = certificate(tmp_path)
    assert "cannot be trusted" in str(met(server.url, other))
    # The same certificate, for another name than the one asked for.
    assert "cannot be trusted" in str(met(server.url.replace("127.0.0.1", "localhost"), own))


def test_files_that_verify_nothing(tmp_path: Path) -> None:
    """Each is told when the lab is made, and not taken for no file at all."""
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for ca_file in (tmp_path / "none.pem", tmp_path, empty, Path("\0")):
        with pytest.raises(
            AthanorError, match=r"lab\.ca_file is .* holds no certificates"
        ) as error:
            asking("https://127.0.0.1", ca_file)
        assert str(error.value).isprintable()
    with pytest.raises(AthanorError, match=r"lab\.url is http, where nothing is verified"):
        asking("http://127.0.0.1", empty)


def test_messages_name_the_variable_of_the_token() -> None:
    address = Address.of("http://lab.example.org", "OVEN_TOKEN")
    with pytest.raises(AthanorError, match=r"in clear text: .* or unset OVEN_TOKEN"):
        address.check_token("s3cret")
    with pytest.raises(AthanorError, match="look at OVEN_TOKEN"):
        address.check_token("two words")
    with pytest.raises(AthanorError, match="by the environment variable OVEN_TOKEN"):
        Address.of("http://me@lab", "OVEN_TOKEN")
