"""What the server does with requests that are none, and with those who may not ask."""

import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from knowledge.errors import AthanorError, RecordError
from lab import Status, Unreachable, Unsubmitted
from lab.remote import LabServer, remote_lab
from lab.web import MAX_BYTES
from tests.conformance.lab import recipe
from tests.lab.remote.test_conforms import Plain

JSON = {"Content-Type": "application/json"}
RECIPE = json.loads(recipe().to_json())


class Broken(Plain):
    """Fails in ways of its own, and takes note of what got as far as here."""

    def poll(self, experiment_id: str) -> Status:
        if experiment_id == "code":
            raise ZeroDivisionError("secret\ninsides")
        if experiment_id == "books":
            raise RecordError("the books\nare closed")
        return Unsubmitted("never")


@pytest.fixture(scope="module")
def server() -> Iterator[LabServer]:
    with LabServer(Broken()) as server:
        yield server


@pytest.fixture(scope="module")
def locked() -> Iterator[LabServer]:
    with LabServer(Plain(), token="s3cret") as server:
        yield server


def send(
    server: LabServer,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, object]]:
    """HTTP status and message of the answer to a request made by hand."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    connection.request(method, path, body or None, JSON if headers is None else headers)
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    assert answer.getheader("Content-Type") == "application/json"
    found = json.loads(told)
    if answer.status >= 400:
        line = found["error"]
        assert set(found) == {"error"}
        assert line.isprintable()
        assert "Traceback" not in line
    return answer.status, found


def changed(**fields: object) -> bytes:
    return json.dumps({"recipe": {**RECIPE, **fields}}).encode()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "/", b"", 404, "/experiments/ID"),
        ("GET", "/../etc/passwd", b"", 404, "nothing is at"),
        ("GET", "/experiments", b"", 404, "nothing is at"),
        ("GET", "/experiments/a/b", b"", 404, "percent-encoded"),
        ("GET", "/experiments/%FF", b"", 400, "UTF-8"),
        ("GET", "/experiments/e1?force", b"", 400, "?force"),
        ("GET", "/experiments/e1?look", b"", 400, "no clock"),
        ("DELETE", "/experiments/e1?look", b"", 400, "?look"),
        ("GET", "/lab?x", b"", 400, "?x"),
        ("POST", "/experiments/e1", b"{}", 405, "GET, PUT, DELETE"),
        ("POST", "/lab", b"{}", 405, "takes GET"),
        ("GET", "/check", b"", 405, "takes POST"),
        ("POST", "/pause", b"{}", 400, "cannot be paused"),
        ("POST", "/wait", b'{"experiment_ids": []}', 400, "no clock"),
        ("POST", "/wait", b'{"experiment_ids": [7]}', 400, "list of ids"),
        ("POST", "/wait", b'{"experiment_ids": "e1"}', 400, "list of ids"),
        ("PATCH", "/lab", b"{}", 501, "PATCH"),
        ("POST", "/check", b"", 400, "recipe is missing"),
        ("POST", "/check", b"no json", 400, "it is no JSON"),
        ("POST", "/check", b"[" * 100_000, 400, "nested too deeply"),
        ("POST", "/check", b'{"recipe": 7}', 400, "recipe is 7"),
        ("PUT", "/experiments/e1", b'{"recipe": {}}', 400, "recipe"),
        ("PUT", "/experiments/e1", changed(precursors={"BaCO3": 1.0}), 400, "BaTiO3"),
        ("PUT", "/experiments/e1", changed(precursors={"(" * 300: 1.0}), 400, "formula"),
        ("PUT", "/experiments/e1", changed(steps=[]), 400, "steps"),
        ("PUT", "/experiments/e1", changed(colour="red"), 400, "colour"),
        ("PUT", "/experiments/e1", changed(equation=float("nan")), 400, "it is no JSON"),
        ("GET", "/experiments/code", b"", 500, "ZeroDivisionError"),
        ("GET", "/experiments/books", b"", 500, "the books are closed"),
    ],
)
def test_a_bad_request_is_told_in_one_line(
    server: LabServer, method: str, path: str, body: bytes, status: int, said: str
) -> None:
    got, found = send(server, method, path, body)
    assert got == status
    assert said in str(found["error"])
    assert "insides" not in str(found)
    assert send(server, "GET", "/lab")[0] == 200  # it goes on


def test_nothing_bad_reached_the_lab() -> None:
    lab = Plain()
    with LabServer(lab) as server:
        for body in (changed(steps=[]), changed(precursors={"BaCO3": 7.0}), b"{", b""):
            assert send(server, "PUT", "/experiments/e1", body)[0] == 400
        assert send(server, "PUT", "/experiments/e1", changed(), {"X": "y"})[0] == 415
        assert not lab.taken
        assert send(server, "PUT", "/experiments/e1", changed())[0] == 200
        assert lab.taken == ["e1"]


def raw(server: LabServer, request: bytes) -> bytes:
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return answer


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /check HTTP/1.1\r\nContent-Length: 4000001\r\n\r\n", b"413"),
        (b"POST /check HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", b"413"),
        (b"POST /check HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"411"),
        (b"POST /check HTTP/1.1\r\nContent-Length: 1_0\r\n\r\n", b"411"),
        (b"POST /check HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (
            b"POST /check HTTP/1.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 9\r\n\r\n{}",
            b"400",
        ),
        (b"GET /lab HTTP/9.9\r\n\r\n", b"505"),
        (b"nonsense and more of it\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
    ],
)
def test_requests_that_are_no_http(server: LabServer, request_: bytes, status: bytes) -> None:
    answer = raw(server, request_)
    assert status in answer.split(b"\r\n")[0]
    assert b"Traceback" not in answer
    assert b"Python" not in answer  # nor what it runs on
    assert send(server, "GET", "/lab")[0] == 200


@pytest.mark.parametrize(
    "given", [None, "", "s3cret", "Bearer", "Bearer s3cre", "Bearer s3cret ", "Basic s3cret", "bé"]
)
def test_without_the_token_nothing_is_told(locked: LabServer, given: str | None) -> None:
    for method, path in (("GET", "/lab"), ("PUT", "/experiments/e1"), ("GET", "/nowhere")):
        headers = (
            JSON if given is None else {**JSON, "Authorization": given.encode().decode("latin1")}
        )
        if given == "Bearer s3cret ":  # HTTP itself drops blanks at the end
            continue
        status, found = send(locked, method, path, changed(), headers)
        assert status == 401
        assert "s3cret" not in str(found)


def test_with_the_token_it_works(locked: LabServer) -> None:
    assert remote_lab(locked.url, token="s3cret").name == "plain"
    for wrong in (None, "other"):
        with pytest.raises(Unreachable, match="wants a token, or another one: set ATHANOR_LAB"):
            remote_lab(locked.url, token=wrong)


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:80", 200), ("localhost", 200), ("[::1]:9", 200), ("evil.org", 403), ("[", 403)],
)
def test_pages_of_a_browser_do_not_get_in(server: LabServer, host: str, status: int) -> None:
    """A name of somebody else's that was made to point here."""
    assert send(server, "GET", "/lab", headers={"Host": host})[0] == status


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "lab.example.org", "127.1"])
def test_beyond_this_machine_it_wants_a_token(host: str) -> None:
    with pytest.raises(AthanorError, match="anybody could use"):
        LabServer(Plain(), host)


def test_where_it_cannot_listen(server: LabServer) -> None:
    for host, port, said in (
        ("127.0.0.1", server.port, f"cannot listen at 127.0.0.1:{server.port}: Address already"),
        ("192.0.2.1", 0, "cannot listen at 192.0.2.1:0"),
        ("127.0.0.1", 70_000, "port 70000 cannot be"),
        ("127.0.0.1", -1, "port -1 cannot be"),
    ):
        with pytest.raises(AthanorError, match=said):
            LabServer(Plain(), host, port, token="s3cret")


def test_a_message_as_large_as_allowed(server: LabServer) -> None:
    body = changed(equation="x" * (MAX_BYTES - len(changed(equation=""))))
    assert len(body) == MAX_BYTES
    status, found = send(server, "POST", "/check", body)
    assert status == 400
    assert str(found["error"]).startswith("recipe: 'xxx")
    assert len(str(found["error"])) <= 300
