"""Any lab, behind HTTP: one request at a time reaches it, and a bad one reaches nothing.

with LabServer(lab) as server:
    print(server.url)
"""

import contextlib
import hmac
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from knowledge.errors import AthanorError
from lab.protocol import Lab
from lab.remote import wire
from lab.remote.desk import Answer, Desk
from lab.web import MAX_BYTES, messages
from lab.web.address import check_token, host_and_port, is_loopback

_SILENCE_S = 30.0  # after which a connection that sends nothing is closed
_CHUNK = 65_536


class LabServer:
    """Serves a lab until it is closed. Port 0 takes any that is free.

    With a token each request must carry it: `Authorization: Bearer TOKEN`. Raises AthanorError for
    an address where it cannot listen, and for one that others can reach where there is no token.
    """

    def __init__(
        self, lab: Lab, host: str = "127.0.0.1", port: int = 0, token: str | None = None
    ) -> None:
        check_token(token, wire.TOKEN_VARIABLE)
        if token is None and not is_loopback(host):
            raise AthanorError(
                f"anybody could use a lab at {host or 'every address'}: set ATHANOR_LAB_TOKEN, or "
                "listen at 127.0.0.1"
            )
        if not isinstance(port, int) or not 0 <= port <= 65_535:
            raise AthanorError(f"port {port} cannot be: it must be from 0 (any) to 65535")
        try:
            self._http = _server_class(host)((host, port), _handler(Desk(lab), token))
        except (OSError, UnicodeError) as error:
            told = getattr(error, "strerror", None) or "no such host"
            raise AthanorError(
                f"cannot listen at {host_and_port(host, port)}: {told}; choose another host or port"
            ) from error
        self._thread: threading.Thread | None = None
        self.host, self.port = host, int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{host_and_port(self.host, self.port)}"

    def serve(self) -> None:
        """Answer until `close` is called from another thread, or Ctrl-C."""
        self._http.serve_forever(poll_interval=0.1)

    def start(self) -> Self:
        """Answer in a thread of its own."""
        self._thread = threading.Thread(target=self.serve, daemon=True, name="lab server")
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening. An answer under way is still given."""
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def server_bind(self) -> None:
        """Without asking name servers what this machine is called, which may take long."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class _Server6(_Server):
    address_family = socket.AF_INET6


def _server_class(host: str) -> type[_Server]:
    return _Server6 if ":" in host else _Server


class _Handler(BaseHTTPRequestHandler):
    """One request on one connection. `desk` and `token` are those of a server."""

    desk: Desk
    token: str | None
    timeout = _SILENCE_S

    def version_string(self) -> str:
        """Who answers, without the versions of what it runs on."""
        return "athanor"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name it has there
        """Nothing: the lab keeps its own books."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library finds wrong with a request, as one line of JSON."""
        del explain
        self.request_version = self.protocol_version  # with a head, also where none was understood
        self._send(Answer.error(code, message or "this is no request"))

    def answer(self) -> None:
        """Answer the request that was read."""
        with contextlib.suppress(OSError):  # whoever asked is gone
            self._send(self._answered())

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  names that the library looks for

    def _answered(self) -> Answer:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdecimal()):
            return Answer.error(411, "give the length of the body as Content-Length")
        if len(length) > 9 or int(length) > MAX_BYTES:
            return Answer.error(413, f"a body has at most {MAX_BYTES} bytes")
        refused = self._unwelcome()
        if refused is not None:
            self._drain(int(length))
            return refused
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return Answer.error(400, f"the body ends after {len(body)} of {length} bytes")
        return self.desk.answer(self.command, self.path, body)

    def _unwelcome(self) -> Answer | None:
        """Why a request is not let in, if so."""
        if self.token is not None:
            given = self.headers.get("Authorization", "").encode("utf-8", "replace")
            if not hmac.compare_digest(given, f"Bearer {self.token}".encode()):
                return Answer.error(401, "this lab wants its token as Authorization: Bearer TOKEN")
        elif not self._named_as_loopback():
            # A page in a browser of this machine, which resolved its own name to here.
            return Answer.error(403, "this lab is for this machine alone: ask at 127.0.0.1")
        plain = self.headers.get_content_type() != "application/json"
        if self.command in ("POST", "PUT") and plain:
            # Browsers send other types for any page without asking the server first.
            return Answer.error(415, "give the body as Content-Type: application/json")
        return None

    def _named_as_loopback(self) -> bool:
        host = self.headers.get("Host")
        if host is None:
            return True
        try:
            return is_loopback(urlsplit(f"//{host}").hostname or "")
        except ValueError:
            return False

    def _drain(self, length: int) -> None:
        """Read what nobody will look at: closing at once could cut off the answer."""
        while length > 0:
            read = self.rfile.read(min(length, _CHUNK))
            if not read:
                return
            length -= len(read)

    def _send(self, answer: Answer) -> None:
        body = messages.body_of(answer.content)
        self.send_response(answer.status)
        if answer.status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        for name, value in (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _handler(desk: Desk, token: str | None) -> type[_Handler]:
    return type("_ThisHandler", (_Handler,), {"desk": desk, "token": token})
