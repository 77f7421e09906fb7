"""A server that does its worst: each question ends in time, as Unreachable, in one line."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable

import pytest

from lab import Pending, Refused, Unreachable
from lab.remote import RemoteLab, remote_lab, wire
from lab.web import messages
from tests.conformance.lab import recipe
from tests.lab.remote.answers import MEASURED, whole
from tests.lab.remote.stand_in import HELLO, Behaviour, StandIn, http, resets, says

TIMEOUT_S = 0.5
# How much later an answer may be given up, on a machine that does other things.
SLACK_S = 5.0
PENDING = messages.body_of(whole(Pending("queued")))
BOMB = gzip.compress(b" " * 200_000_000)


def outcome(**changes: object) -> bytes:
    """An answer with an outcome of e1 in which something is changed."""
    told = {**MEASURED.model_dump(mode="json"), **changes}
    message = {"experiment_id": "e1", "status": "outcome", "outcome": told}
    return http(json.dumps(message).encode())


def fractions(*shares: float, sigma: float = 0.1) -> list[dict[str, object]]:
    return [{"formula": "BaTiO3", "weight_fraction": x, "sigma": sigma} for x in shares]


def silent(connection: socket.socket) -> None:
    """Say nothing, until the other side hangs up."""
    connection.recv(1)


def endless(piece: bytes, *before: bytes, pause_s: float = 0.0) -> Behaviour:
    """The same again and again, until the other side hangs up."""

    def behaviour(connection: socket.socket) -> None:
        for part in before:
            connection.sendall(part)
        while True:
            connection.sendall(piece)
            time.sleep(pause_s)

    return behaviour


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
WORST: dict[str, tuple[Behaviour, str]] = {
    "nothing": (says(), "no whole answer in HTTP"),
    "silence": (silent, "gave no whole answer within 0.5 s"),
    "reset": (resets, "cannot reach"),
    "half a head": (says(HELLO[:25]), ""),
    "half a body": (says(http(PENDING, length=len(PENDING) + 40)), "no whole answer"),
    "cut body": (says(http(PENDING, length=len(PENDING) - 3)), "it is no JSON"),
    "stalled body": (endless(b"", http(b"{", length=50), pause_s=0.05), "no whole answer within"),
    "dripping body": (endless(b" ", http(b"", length=10**6), pause_s=0.05), "whole answer within"),
    "dripping head": (endless(b"x", b"HTTP/1.1 200 OK\r\nA: ", pause_s=0.05), "within 0.5 s"),
    "endless head": (endless(b"X-A: b\r\n" * 50, b"HTTP/1.1 200 OK\r\n"), "no whole answer"),
    "endless 100": (endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 50), "no whole answer"),
    "endless line": (endless(b"x" * 60_000, b"HTTP/1.1 200 "), "no whole answer"),
    "endless chunks": (endless(b"10000\r\n" + b" " * 65_536 + b"\r\n", CHUNKED), "more than 4,000"),
    "no chunks": (says(CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n"), "no whole answer"),
    "huge": (says(http(b" " * 5_000_000)), "more than 4,000,000 bytes"),
    "huge claim": (says(http(b"{", length=10**15)), "no whole answer"),
    "bomb": (says(http(BOMB, "200 OK", "Content-Encoding: gzip")), "packed"),
    "chunked bomb": (says(CHUNKED[:-2], b"Content-Encoding: gzip\r\n\r\n", BOMB), "packed"),
    "redirect bomb": (
        says(http(BOMB, "302 Found", "Content-Encoding: gzip", "Location: /x")), "packed",
    ),
    "not HTTP": (says(b"\x16\x03\x01\x02\x00 220 smtp ready\r\n"), "no whole answer in HTTP"),
    "HTTP of old": (says(b"<html>hello</html>"), ""),
    "HTML, 500": (says(http(b"<html>\x1b[2J</html>", "500 Oops")), "HTTP status 500"),
    "HTML, 200": (says(http(b"<html>sign in</html>")), "it is no JSON ('<html>sign in"),
    "an error": (
        says(http(b'{"error": "the furnace\\n is \\u001b[31m on fire"}', "503 No")),
        "HTTP status 503: the furnace is [31m on fire",
    ),
    "not found": (says(http(PENDING, "404 Not Found")), "HTTP status 404"),
    "refused to poll": (
        says(http(messages.body_of(wire.refusal_message(Refused("a", "b", "c"))), "422 No")), "422",
    ),
    "no content": (says(b"HTTP/1.1 204 No Content\r\n\r\n"), "204"),
    "empty": (says(http(b"")), "it is no JSON"),
    "a list": (says(http(b"[]")), "it is no JSON object"),
    "a number": (says(http(b"7")), "it is no JSON object"),
    "nobody": (says(http(b"{}")), "it is about missing, not e1"),
    "no status": (says(http(b'{"experiment_id": "e1"}')), "status is missing"),
    "another's": (says(http(PENDING.replace(b"e1", b"e2"))), "it is about 'e2', not e1"),
    "another's outcome": (says(outcome(experiment_id="e2")), "the outcome is of 'e2'"),
    "key twice": (says(http(b'{"experiment_id":"e2",' + PENDING[1:])), "a key is given twice"),
    "deep": (says(http(b"[" * 1_000_000)), "nested too deeply"),
    "deep in a part": (says(http(PENDING[:-1] + b',"x":' + b"[" * 10**5)), "nested too deeply"),
    "no UTF-8": (says(http(PENDING.replace(b"queued", b"que\xff\xfeed"))), "it is no UTF-8"),
    "UTF-16": (says(http(PENDING.decode().encode("utf-16"))), "it is no UTF-8"),
    "NaN": (says(outcome(lab_time_h=float("nan"))), "it is no JSON"),
    "infinite": (says(http(PENDING[:-1] + b',"now_h":1e999}')), "it is no JSON"),
    "1e308 h": (says(outcome(lab_time_h=1e308)), "lab_time_h is 1e+308"),
    "1e308 shares": (says(outcome(phases=fractions(1e308))), "less than or equal to 1"),
    "sum 1.7": (says(outcome(phases=fractions(0.8, 0.8))), "add up to 1.700"),
    "sum 0": (says(outcome(phases=[], unidentified_weight_fraction=0.0)), "add up to 0.000"),
    "sigma < 0": (says(outcome(phases=fractions(0.9, sigma=-0.1))), "greater than or equal to 0"),
    "a text for a number": (says(outcome(lab_time_h="12")), "outcome.lab_time_h is '12'"),
    "true for a number": (says(outcome(lab_time_h=True)), "outcome.lab_time_h is True"),
    "failed with phases": (says(outcome(status="failed")), "failed but reports phases"),
    "no element": (says(outcome(phases=[{**fractions(0.9)[0], "formula": "Xx2"}])), "no such elem"),
    "a hot profile": (
        says(outcome(profile=[{"temperature_c": 1e308, "hold_h": 4}])), "temperature_c is 1e+308",
    ),
    "many phases": (says(outcome(phases=fractions(*[1e-5] * 2000))), "2000 phases"),
    "the hour": (says(http(PENDING[:-1] + b',"now_h":-1}')), "now_h is -1"),
}  # fmt: skip


def asked(behaviour: Behaviour, ask: Callable[[RemoteLab], object]) -> str:
    """What is said when a lab that began well goes on like that. In time, and one short line."""
    with StandIn([says(HELLO), behaviour]) as server:
        far = remote_lab(server.url, timeout_s=20)
        far._line._exchange._timeout_s = TIMEOUT_S  # the first answer was needed
        began = time.monotonic()
        with pytest.raises(Unreachable) as error:
            ask(far)
        assert time.monotonic() - began < TIMEOUT_S + SLACK_S
        said = str(error.value)
        assert f"the lab at 127.0.0.1:{server.port} " in said
    assert said.isprintable()
    assert len(said) < 320
    return said


@pytest.mark.parametrize("name", WORST)
def test_a_poll_ends_as_unreachable(name: str) -> None:
    behaviour, expected = WORST[name]
    assert expected in asked(behaviour, lambda far: far.poll("e1"))


@pytest.mark.parametrize("name", ["silence", "half a body", "HTML, 200", "empty", "bomb"])
def test_so_does_every_other_question(name: str) -> None:
    behaviour, expected = WORST[name]
    for ask in (
        lambda far: far.submit(recipe(), "e1"),
        lambda far: far.check(recipe()),
        lambda far: far.cancel("e1"),
        lambda far: far.look("e1"),
        lambda far: far.wait(["e1"]),
        lambda far: far.pause(),
    ):
        assert expected in asked(behaviour, ask)


@pytest.mark.parametrize("name", ["nothing", "reset", "HTML, 500", "deep", "nobody", "bomb"])
def test_a_lab_that_begins_badly_is_none(name: str) -> None:
    with StandIn([WORST[name][0]]) as server, pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        remote_lab(server.url, timeout_s=5)


def test_a_yes_must_be_to_what_was_asked() -> None:
    """Accepted is this recipe under this id; paused is paused."""
    yes = {"accepted": recipe(1000).content_id, "experiment_id": "e1"}
    said = asked(says(http(messages.body_of(yes))), lambda far: far.check(recipe(1100)))
    assert "not the recipe asked about" in said
    said = asked(says(http(messages.body_of(yes))), lambda far: far.submit(recipe(1000), "e2"))
    assert "it is about 'e1', not e2" in said
    for no in (b'{"paused": false}', b'{"paused": 1}', b"{}"):
        assert "paused is" in asked(says(http(no)), lambda far: far.pause())
    for no in (b'{"moved": true}', b'{"now_h": 1}', b'{"now_h": true, "moved": true}'):
        assert " is " in asked(says(http(no)), lambda far: far.wait(["e1"]))


@pytest.mark.parametrize(
    "refusal", ["{}", '{"rule": "a"}', '{"rule":"","value":"","limit":""}', "7"]
)
def test_a_refusal_that_names_nothing_is_none(refusal: str) -> None:
    body = f'{{"refusal": {refusal}}}'.encode()
    for ask in (lambda far: far.check(recipe()), lambda far: far.submit(recipe(), "e1")):
        assert "answered what does not hold together" in asked(says(http(body, "422 No")), ask)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 There", "308 There"])
def test_nobody_is_followed_elsewhere(status: str) -> None:
    with StandIn([says(http(PENDING))]) as other:
        there = f"Location: {other.url}/experiments/e1"
        said = asked(says(http(PENDING, status, there)), lambda far: far.poll("e1"))
        assert "sends elsewhere" in said
        assert not other.heard


def test_no_thread_stays_with_a_server_that_never_ends() -> None:
    for name in ("endless 100", "dripping head", "dripping body", "silence"):
        asked(WORST[name][0], lambda far: far.poll("e1"))
    until = time.monotonic() + SLACK_S
    while any(t.name == "ask the lab" for t in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match=rf"127.0.0.1:{port} \(Connection refused\)"):
        remote_lab(f"http://127.0.0.1:{port}")
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port}"):
        remote_lab(f"https://127.0.0.1:{port}")


def test_encryption_is_not_given_up() -> None:
    """A server without a certificate, and one that speaks in the clear."""
    with StandIn([says(HELLO)]) as server, pytest.raises(Unreachable, match="cannot be trusted"):
        remote_lab(server.url.replace("http", "https"), token="s3cret", timeout_s=5)
