"""A server that does to whoever connects what a test tells it to, over a real socket."""

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from lab.web import messages
from tests.lab.remote.answers import DESCRIBED

Behaviour = Callable[[socket.socket], None]


def http(body: bytes, status: str = "200 OK", *headers: str, length: object = None) -> bytes:
    """An answer in HTTP, with a Content-Length that may lie."""
    told = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {told}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


HELLO = http(messages.body_of(DESCRIBED.model_dump(mode="json")))


def says(*parts: bytes) -> Behaviour:
    """Read a question, say this, hang up."""

    def behaviour(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)

    return behaviour


def resets(connection: socket.socket) -> None:
    """Hang up with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _question(connection: socket.socket) -> bytes:
    """All of what is asked: hanging up before would reset the connection."""
    asked = b""
    while b"\r\n\r\n" not in asked and (part := connection.recv(65_536)):
        asked += part
        if asked.startswith(b"\x16"):  # TLS, of which nothing is understood here
            return asked
    head, _, body = asked.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    while length and len(body) < int(length[1]) and (part := connection.recv(65_536)):
        body += part
    return head


class StandIn:
    """Listens on this machine. Connections get the behaviours in turn, the last one for ever.

    `heard` has what was asked, `closed` is set at the end: endless behaviours look at it.
    """

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        self._behaviours = list(behaviours)
        self.heard: list[bytes] = []
        self.closed = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closed.set()
        self._listening.close()

    def _accept(self) -> None:
        while not self.closed.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            first = len(self._behaviours) == 1
            behaviour = self._behaviours[0] if first else self._behaviours.pop(0)
            threading.Thread(target=self._serve, args=(connection, behaviour), daemon=True).start()

    def _serve(self, connection: socket.socket, behaviour: Behaviour) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            self.heard.append(_question(connection))
            behaviour(connection)
