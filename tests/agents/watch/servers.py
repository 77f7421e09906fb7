"""Real HTTP servers on this machine that behave as servers on the internet do."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# What a server does with its n-th post: a status to answer, or something worse.
Behaviour = Callable[[int, "Handler"], int | None]


@dataclass
class Server:
    """Where a server listens, and what it was told."""

    url: str
    posts: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """Keeps what is posted, then behaves."""

    told: Server
    behave: Behaviour

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.told.times.append(time.monotonic())
        self.told.headers.append(dict(self.headers))
        self.told.posts.append(json.loads(body))
        status = type(self).behave(len(self.told.posts), self)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", self.told.url + "/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def always(status: int) -> Behaviour:
    return lambda _number, _handler: status


def resets(_number: int, handler: Handler) -> None:
    """Close with a TCP reset instead of an answer."""
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.rfile.close()


@contextmanager
def serving(behave: Behaviour, certificate: Path | None = None) -> Iterator[Server]:
    """A server that takes posts, with TLS if there is a certificate (PEM, with its key)."""
    told = Server("")
    handler = type("Told", (Handler,), {"told": told, "behave": staticmethod(behave)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.daemon_threads = True
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    told.url = f"{scheme}://127.0.0.1:{server.server_port}/hook/PATHSECRET?key=QUERYSECRET"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def silent() -> Iterator[str]:
    """A server that accepts connections and never says a word; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook/PATHSECRET"
