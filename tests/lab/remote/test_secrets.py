"""Addresses that can be, and tokens that nobody ever sees."""

import logging
import traceback
from pathlib import Path

import pytest

from knowledge.errors import AthanorError
from lab import Unreachable
from lab.remote import LabServer, remote_lab
from lab.web import Address
from tests.lab.remote.stand_in import HELLO, StandIn, http, says
from tests.lab.remote.test_conforms import Plain

SECRET = "s3cret-t0ken"


@pytest.mark.parametrize(
    ("url", "where", "whole"),
    [
        ("http://127.0.0.1:8460", "127.0.0.1:8460", "http://127.0.0.1:8460"),
        ("https://Lab.Example.org/", "lab.example.org:443", "https://lab.example.org:443"),
        ("http://localhost/ovens/2/", "localhost:80", "http://localhost:80/ovens/2"),
        ("http://[::1]:81", "[::1]:81", "http://[::1]:81"),
    ],
)
def test_addresses(url: str, where: str, whole: str) -> None:
    assert (Address.of(url, "T").where, Address.of(url, "T").url) == (where, whole)


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8460", "ftp://lab", "http://", "http://lab:port", "http://lab:99999",
     "http://[::1", "http://lab/?a=b", "http://lab/#a", "http://la b", "http://lab\n", None, 7,
     "file:///etc/passwd"],
)  # fmt: skip
def test_no_addresses(url: object) -> None:
    with pytest.raises(AthanorError, match=r"lab\.url") as error:
        remote_lab(url)  # type: ignore[arg-type]
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    "url",
    [f"http://me:{SECRET}@127.0.0.1:8460", f"https://{SECRET}@lab", f"http://a:{SECRET}@lab:port",
     f"ftp://a:{SECRET}@lab", f"//a:{SECRET}@[", f"http://a:{SECRET} @lab"],
)  # fmt: skip
def test_a_password_in_an_address_is_never_shown(url: str) -> None:
    with pytest.raises(AthanorError) as error:
        remote_lab(url)
    assert SECRET not in "".join(traceback.format_exception(error.value))


def test_a_token_does_not_go_out_in_clear_text() -> None:
    for host in ("lab.example.org", "192.0.2.1", "127.0.0.1.example.org", "localhost.example.org"):
        with pytest.raises(AthanorError, match="in clear text") as error:
            remote_lab(f"http://{host}", token=SECRET)
        assert SECRET not in str(error.value)


@pytest.mark.parametrize("token", ["", "a b", "a\nX-B: c", "é", "a" * 5000])
def test_tokens_that_no_header_can_carry(token: str) -> None:
    for use in (
        lambda: remote_lab("http://127.0.0.1", token),
        lambda: LabServer(Plain(), token=token),
    ):
        with pytest.raises(AthanorError, match="the token cannot be sent") as error:
            use()
        assert not token or token not in str(error.value)


def test_a_token_shows_nowhere(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not where things go well, not in what is said where they do not."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OVEN_TOKEN", SECRET)
    with LabServer(Plain(), token=SECRET) as server:
        far = remote_lab(server.url, token_variable="OVEN_TOKEN")
        far.poll("e1")
        shown = [repr(far), repr(vars(far)), repr(vars(far._line._exchange))]
    with pytest.raises(Unreachable) as error:
        far.poll("e1")
    shown.append("".join(traceback.format_exception(error.value)))
    with StandIn([says(HELLO), says(http(b"", "302 Found", "Location: http://x/"))]) as server:
        far = remote_lab(server.url, token=SECRET)
        with pytest.raises(Unreachable) as error:
            far.poll("e1")
        assert all(f"Authorization: Bearer {SECRET}".encode() in asked for asked in server.heard)
    shown.append("".join(traceback.format_exception(error.value)))
    assert SECRET not in "".join(shown) + caplog.text


def test_secrets_of_other_tools_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nothing goes by way of another machine
    with StandIn([says(http(HELLO.split(b"\r\n\r\n")[1], "200 OK", "Set-Cookie: a=b"))]) as server:
        far = remote_lab(server.url)
        with pytest.raises(Unreachable):
            far.poll("e1")
        for asked in server.heard:
            assert b"Authorization" not in asked
            assert b"Cookie" not in asked


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan"), float("inf"), "30", None, True])
def test_timeouts_that_cannot_be(timeout_s: object) -> None:
    with pytest.raises(AthanorError, match=r"lab\.timeout_s"):
        remote_lab("http://127.0.0.1", timeout_s=timeout_s)  # type: ignore[arg-type]


def test_names_that_cannot_be() -> None:
    for name in ("", "a\nb", "x" * 300):
        with pytest.raises(AthanorError, match=r"lab\.name"):
            remote_lab("http://127.0.0.1", name=name)
