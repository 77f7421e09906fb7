"""A file from a URL, whole and verified, or nothing at its place.

A download grows beside its place as `NAME.part`, with the server's name for this version of the
file (a strong ETag, or Last-Modified) in `NAME.part.json`. The next attempt asks for the rest of
that very version by Range and If-Range (RFC 9110); a server that ignores this, or has another
version by now, sends the whole file and the download starts anew. What cannot be resumed is not
kept. The file is moved to its place when its length and SHA-256 are right.
"""

import contextlib
import hashlib
import http.client
import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import FetchError

# Called with the bytes at hand and the bytes in all, where the server says.
Progress = Callable[[int, int | None], None]

_CHUNK_BYTES = 1 << 18
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
_AGAIN = "the same command goes on from there"
_MIRROR = "try later, or name a mirror or a file at hand with --from"


@dataclass(frozen=True)
class Patience:
    """How long to wait for a silent server, how often to try, and the first pause between."""

    timeout_s: float = 30.0
    attempts: int = 4
    pause_s: float = 1.0


PATIENCE = Patience()


class _Passing(Exception):
    """A fault that may be gone at the next attempt."""


def download(
    url: str,
    place: Path,
    sha256: str | None = None,
    progress: Progress = lambda _at_hand, _in_all: None,
    patience: Patience = PATIENCE,
) -> str:
    """Bring a file to its place; returns its SHA-256.

    Raises FetchError, one line with what to do next; then the place is as it was, and a `.part`
    lies beside it only if the next call can go on with it.
    """
    if not url.startswith(("http://", "https://")):
        raise FetchError(
            f"cannot fetch {url}: allowed are http:// and https:// addresses, or a file"
        )
    part = _Part(place.with_name(place.name + ".part"), url)
    with _told(place):
        place.parent.mkdir(parents=True, exist_ok=True)
    try:
        resumed = part.size > 0
        _attempts(part, progress, patience)
        digest = file_sha256(part.path)
        if sha256 and digest != sha256 and resumed:  # the old part may be what is wrong
            part.drop()
            _attempts(part, progress, patience)
            digest = file_sha256(part.path)
        if sha256 and digest != sha256:
            part.drop()
            raise FetchError(wrong_hash(url, digest, sha256))
        with _told(place):
            part.path.replace(place)
        part.note.unlink(missing_ok=True)
    finally:
        part.drop_unless_resumable()
    return digest


def wrong_hash(where: str, found: str, expected: str) -> str:
    """What to say of a file that is not the one it should be."""
    return (
        f"{where} is damaged or another version: its SHA-256 is {found[:16]}..., expected is "
        f"{expected[:16]}...; {_MIRROR}"
    )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _attempts(part: "_Part", progress: Progress, patience: Patience) -> None:
    for attempt in range(patience.attempts):
        try:
            _receive(part, progress, patience.timeout_s)
            return
        except _Passing as fault:
            if attempt + 1 < patience.attempts:
                time.sleep(patience.pause_s * 2**attempt)
                continue
            kept = part.size if part.resumable else 0
            then = f"{kept} bytes are kept, {_AGAIN}" if kept else _MIRROR
            raise FetchError(
                f"{part.url}: {fault}, after {patience.attempts} attempts; {then}"
            ) from fault


def _receive(part: "_Part", progress: Progress, timeout_s: float) -> None:
    """One request for what is missing. Raises _Passing or FetchError."""
    request = urllib.request.Request(part.url, headers=part.headers())
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            total = part.begin(response.status, response.headers)
            _room_for(part, total)
            _append(part, response, total, progress)
    except urllib.error.HTTPError as error:
        _judge(part, error)
    except urllib.error.URLError as error:
        raise _Passing(f"no connection ({error.reason})") from error
    except TimeoutError as error:
        raise _Passing(f"nothing came for {timeout_s:g} s") from error
    except (ConnectionError, http.client.HTTPException) as error:
        raise _Passing(f"the connection broke ({error or type(error).__name__})") from error


def _judge(part: "_Part", error: urllib.error.HTTPError) -> None:
    """What an HTTP error means for the download; returns where the part was whole already."""
    if error.code == 416 and part.size:
        if error.headers.get("Content-Range") == f"bytes */{part.size}":
            return
        part.drop()
        raise _Passing("the server has another version than the part kept") from error
    told = f"the server answers {error.code} {error.reason}"
    if error.code in _WORTH_ANOTHER_TRY:
        raise _Passing(told) from error
    part.drop()
    raise FetchError(f"cannot fetch {part.url}: {told}; {_MIRROR}") from error


def _append(
    part: "_Part", response: http.client.HTTPResponse, total: int | None, progress: Progress
) -> None:
    at_hand = part.size
    progress(at_hand, total)
    with _told(part.path):
        stream = part.path.open("ab")
    with stream:
        while chunk := response.read1(_CHUNK_BYTES):
            with _told(part.path):
                stream.write(chunk)
                stream.flush()
            at_hand += len(chunk)
            progress(at_hand, total)
    if total is not None and at_hand != total:
        if at_hand > total:
            part.drop()
        raise _Passing(f"the connection ended at {at_hand} of {total} bytes")


def _room_for(part: "_Part", total: int | None) -> None:
    missing = (total or 0) - part.size
    free = shutil.disk_usage(part.path.parent).free
    if missing > free:
        raise FetchError(
            f"{part.path.parent} has room for {free / 1e6:.0f} MB, {part.url} needs "
            f"{missing / 1e6:.0f} MB more: make room, or choose another folder with --into"
        )


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Faults of the disk, told apart from those of the network, which are OSErrors too."""
    try:
        yield
    except OSError as error:
        raise FetchError(
            f"cannot write {path}: {error.strerror or error}; make room, or choose another folder "
            "with --into"
        ) from error


class _Part:
    """A download under way, and the note by which it is gone on with."""

    def __init__(self, path: Path, url: str) -> None:
        self.path, self.url = path, url
        self.note = path.with_name(path.name + ".json")
        self._validator = self._noted()
        if not self._validator:
            self.drop()

    @property
    def size(self) -> int:
        """Bytes at hand."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def resumable(self) -> bool:
        """Whether the next attempt can go on with what is at hand."""
        return bool(self._validator) and self.size > 0

    def headers(self) -> dict[str, str]:
        """What to ask for: the rest of the same version, or the whole."""
        asked = {"User-Agent": "athanor", "Accept-Encoding": "identity"}
        if self.resumable:
            asked |= {"Range": f"bytes={self.size}-", "If-Range": self._validator}
        return asked

    def begin(self, status: int, headers: Mapping[str, str]) -> int | None:
        """Take the head of an answer; returns the length of the whole file, where told."""
        if status == 206:
            start, _, total = headers.get("Content-Range", "").partition("/")
            if start.startswith(f"bytes {self.size}-"):
                return int(total) if total.isdigit() else None
            self.drop()
            raise _Passing("the server sent another part than the one asked for")
        self.drop()
        self._validator = _validator(headers)
        if self._validator:
            with _told(self.note):
                self.note.write_text(
                    json.dumps({"url": self.url, "validator": self._validator}), encoding="utf-8"
                )
        length = headers.get("Content-Length", "")
        return int(length) if length.isdigit() else None

    def drop(self) -> None:
        """Forget what is at hand."""
        self._validator = ""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def drop_unless_resumable(self) -> None:
        """Leave nothing behind that the next attempt could not use."""
        if not self.resumable:
            self.drop()

    def _noted(self) -> str:
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
            return str(noted["validator"]) if noted["url"] == self.url and self.size else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _validator(headers: Mapping[str, str]) -> str:
    """The server's name for a version of a file, where it can send parts of one; else empty."""
    if headers.get("Accept-Ranges", "").lower() == "none":
        return ""
    tag = headers.get("ETag", "")
    if tag and not tag.startswith("W/"):  # weak tags must not be used for parts (RFC 9110, 13.1.5)
        return tag
    return headers.get("Last-Modified", "")
