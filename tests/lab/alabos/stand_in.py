"""A stand-in for an AlabOS server over a real socket, with each known fault and trouble on the way.

    with StandIn() as server:
        lab = made(server.url, tmp_path)
        lab.submit(recipe(), "e1")
        server.work(50)

Troubles, by what a request meets: `slow` (the answer is late), `reset before` and `reset after` it
took effect, `half` a body, `html before` and `html after` (HTTP status 500), `no json`,
`wrong json` (another shape), `error inside` (an error with HTTP status 200).
"""

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from lab.alabos import AlabosLab, alabos_lab
from tests.lab.alabos.model import Broken, Invalid, Model

CONF = Path(__file__).parents[3] / "conf" / "lab" / "alabos.yaml"
DEFAULTS: dict[str, Any] = yaml.safe_load(CONF.read_text(encoding="utf-8"))
TASKS, TASK_TYPES = DEFAULTS["tasks"], DEFAULTS["task_types"]
TROUBLES = (
    "slow", "reset before", "reset after", "half", "html before", "html after", "no json",
    "wrong json", "error inside",
)  # fmt: skip
_PAGE = b"<!doctype html><title>500 Internal Server Error</title>"
Trouble = Callable[[str, str], str | None]


class StandIn:
    """Listens on this machine. `trouble` says what a request, by method and path, meets.

    `heard` has method, path and headers of each request.
    """

    def __init__(
        self, token: str | None = None, certificate: tuple[Path, Path] | None = None
    ) -> None:
        self.model, self.lock = Model(), threading.RLock()
        self.trouble: Trouble = lambda *_: None
        self.heard: list[tuple[str, str, dict[str, str]]] = []
        self.slow_s, self.token, self._certificate = 1.0, token, certificate
        self._http: _Server | None = None
        self._over = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        scheme = "http" if self._certificate is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}"

    def up(self) -> None:
        """Listen, at the same port as before."""
        self._http = _Server(("127.0.0.1", self.port), type("_This", (_Handler,), {"of": self}))
        if self._certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_address[1]
        threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def down(self) -> None:
        """Refuse connections."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def restart(self) -> None:
        """What was at work is cancelled; the experiment manager lives again."""
        self.down()
        with self.lock:
            self.model.restart()
        self.up()

    def work(self, steps: int = 1) -> None:
        """Let the lab go on."""
        with self.lock:
            self.model.step(steps)

    def pick_up(self) -> None:
        """Let the experiment manager go on, and nothing else."""
        with self.lock:
            self.model.pick_up()

    def work_by_itself(self, every_s: float) -> None:
        """Go on in a thread, as long as the server is there."""

        def go_on() -> None:
            while not self._over.wait(every_s):
                self.work()

        threading.Thread(target=go_on, daemon=True).start()

    def asked(self, method: str, path: str) -> int:
        """How often something was asked, by the beginning of its path."""
        return sum(m == method and p.startswith(path) for m, p, _ in self.heard)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self.down()


def made(url: str, folder: Path, **settings: Any) -> AlabosLab:
    """The lab behind a stand-in, with the rules of conf/lab/alabos.yaml and a log in a folder."""
    given: dict[str, Any] = {
        "url": url, "tasks": TASKS, "task_types": TASK_TYPES, "timeout_s": 10.0,
        "inventory": ["BaCO3", "BaO", "BaO2", "TiO2"], "log": folder / "alabos.sqlite",
        "results": DEFAULTS["results"],
    }  # fmt: skip
    return alabos_lab(**{**given, **settings})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    of: StandIn
    timeout = 20

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name it has there
        """Nothing."""

    def do_GET(self) -> None:
        self._serve(None)

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _serve(self, body: bytes | None) -> None:
        of = self.of
        of.heard.append((self.command, self.path, dict(self.headers)))
        trouble = of.trouble(self.command, self.path)
        if of.token is not None and self.headers.get("Authorization") != f"Bearer {of.token}":
            self._send(401, b"{}")
            return
        if trouble == "reset before":
            self._reset()
            return
        if trouble == "html before":
            self._send(500, _PAGE)
            return
        if trouble == "error inside":
            self._send(200, b'{"status": "error", "errors": "something went wrong"}')
            return
        with of.lock:
            status, answer = self._answer(body)
        if trouble == "slow":
            time.sleep(of.slow_s)
        if trouble == "reset after":
            self._reset()
        elif trouble == "html after":
            self._send(500, _PAGE)
        elif trouble == "no json":
            self._send(200, answer[: len(answer) // 2])
        elif trouble == "wrong json":
            self._send(200, b'{"status": "success", "data": {"exp_id": 7}, "tasks": 3}')
        else:
            self._send(status, answer, cut=len(answer) // 2 if trouble == "half" else 0)

    def _answer(self, body: bytes | None) -> tuple[int, bytes]:
        try:
            return 200, json.dumps(self._told(body)).encode()
        except Invalid as error:
            key = "reason" if "/cancel/" in self.path else "errors"
            return 400, json.dumps({"status": "error", key: str(error)}).encode()
        except (Broken, ValueError):
            return 500, _PAGE

    def _told(self, body: bytes | None) -> Any:
        model, name = self.of.model, self.path.rsplit("/", 1)[-1]
        if self.path == "/api/experiment/submit" and body is not None:
            return {"status": "success", "data": {"exp_id": model.submit(json.loads(body))}}
        if self.path == f"/api/task/{name}":
            return {"status": "success", "data": model.task(name)}
        if self.path == f"/api/experiment/cancel/{name}":
            model.cancel(name)
            return {"status": "success"}
        if self.path == f"/api/experiment/results/{name}":
            return model.experiment(name, results=True)
        if self.path == f"/api/experiment/{name}":
            return model.experiment(name)
        raise Broken(self.path)

    def _send(self, status: int, body: bytes, cut: int = 0) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut] if cut else body)

    def _reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
