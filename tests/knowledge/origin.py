"""A real HTTP server on the loopback that misbehaves as told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Origin:
    """What the server holds, and how it answers; `faults` are used up one a request."""

    content: bytes
    etag: str = '"one"'
    statuses: list[int] = field(default_factory=list)
    cut_at: list[int] = field(default_factory=list)  # bytes of the body before the line goes dead
    stall_at: list[int] = field(default_factory=list)
    ignores_range: bool = False
    wrong_length: int = 0  # added to the true Content-Length
    asked: list[tuple[str, int]] = field(default_factory=list)  # Range asked for, bytes served
    url: str = ""
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(origin: Origin) -> Iterator[Origin]:
    """Serve until left."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, origin)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    origin.url = f"http://127.0.0.1:{server.server_port}/data.json.gz"
    try:
        yield origin
    finally:
        origin.stop.set()
        server.shutdown()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, origin: Origin) -> None:
    asked = handler.headers.get("Range", "")
    if origin.statuses and (status := origin.statuses.pop(0)) != 200:
        origin.asked.append((asked, 0))
        handler.send_error(status)
        return
    start, total = 0, len(origin.content)
    same = handler.headers.get("If-Range", "") == origin.etag
    if asked and same and not origin.ignores_range:
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= total:
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{total}")
            handler.end_headers()
            return
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
    else:
        handler.send_response(200)
    if origin.etag:
        handler.send_header("ETag", origin.etag)
    handler.send_header("Content-Length", str(total - start + origin.wrong_length))
    handler.end_headers()
    body = origin.content[start:]
    if origin.cut_at:
        body = body[: origin.cut_at.pop(0)]
    elif origin.stall_at:
        body = body[: origin.stall_at.pop(0)]
        handler.wfile.write(body)
        handler.wfile.flush()
        origin.asked.append((asked, len(body)))
        origin.stop.wait(5)
        return
    handler.wfile.write(body)
    origin.asked.append((asked, len(body)))
    time.sleep(0)
