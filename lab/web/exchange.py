"""One question over HTTP and its answer, whatever the other side does.

An answer is complete, small and in time, or it is Unreachable. Redirects are not followed, cookies
and passwords of other tools are not sent, nothing is unpacked, and connections are not kept: what
one answer leaves behind cannot be taken for the next one. Certificates are always verified. A
question goes out once a connection stands, and not before: where none stood, it was NotSent.
"""

import contextlib
import math
import socket
import ssl
import threading
from http.client import HTTPException
from pathlib import Path
from typing import NoReturn

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from knowledge.errors import AthanorError
from lab.protocol import Unreachable
from lab.web.address import Address

MAX_BYTES = 4_000_000  # of an answer; servers of this project take no larger question either
_CHUNK = 65_536
_LONGEST_TIMEOUT_S = 86_400


class NotSent(Unreachable):
    """What was asked certainly never left: no connection stood, or none that could be trusted."""


class _Attempt:
    """One question under way in a thread of its own, which can be hung up on."""

    def __init__(self) -> None:
        self.answer: tuple[int, bytes] | None = None
        self.error: Exception | None = None
        self._socket: socket.socket | None = None
        self._given_up = False

    @property
    def reached(self) -> bool:
        """Whether a connection stood. Once given up, nothing is sent where this says no."""
        return self._socket is not None

    def connected(self, connection: socket.socket) -> None:
        """Note what to hang up on."""
        self._socket = connection
        if self._given_up:
            self.give_up()

    def give_up(self) -> None:
        """End whatever the thread waits for."""
        self._given_up = True
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                self._socket.shutdown(socket.SHUT_RDWR)


class _Current(threading.local):
    attempt: _Attempt | None = None


_current = _Current()


class _PlainConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _note(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _note(self.sock)


def _note(connection: socket.socket | None) -> None:
    if connection is not None and _current.attempt is not None:
        _current.attempt.connected(connection)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Token(AuthBase):
    """Also without a token it is there, so that no password is taken from a .netrc."""

    def __init__(self, token: str | None) -> None:
        self.__token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.__token is not None:
            request.headers["Authorization"] = f"Bearer {self.__token}"
        return request


class Exchange:
    """Asks one server. `where`, its host and port, is all that errors tell of it.

    `advice` is what to look at where nothing answers. Certificates are verified by those that the
    machine trusts, or by those in `ca_file`, in PEM, and those alone. Raises AthanorError for
    settings that cannot be.
    """

    def __init__(
        self,
        address: Address,
        token: str | None,
        timeout_s: float,
        advice: str = "see whether it runs",
        ca_file: Path | str | None = None,
    ) -> None:
        address.check_token(token)
        number = isinstance(timeout_s, int | float) and not isinstance(timeout_s, bool)
        if not (number and math.isfinite(timeout_s) and 0 < timeout_s <= _LONGEST_TIMEOUT_S):
            raise AthanorError(
                f"lab.timeout_s is {timeout_s}: it must be seconds, above 0 to {_LONGEST_TIMEOUT_S}"
            )
        self.where, self.token_variable, self._advice = (
            address.where,
            address.token_variable,
            advice,
        )
        self._ca_file = _checked(ca_file, address) if ca_file is not None else None
        self._url, self._timeout_s, self._token = address.url, timeout_s, _Token(token)
        self._session = requests.Session()
        # Proxies and certificates of the environment are for what leaves this machine.
        self._session.trust_env = not address.stays_here
        for scheme in ("http://", "https://"):
            adapter = HTTPAdapter(max_retries=0)
            adapter.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
            self._session.mount(scheme, adapter)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """HTTP status and body. `path` is encoded already. Raises Unreachable, in one line."""
        attempt = _Attempt()
        thread = threading.Thread(
            target=self._run, args=(attempt, method, path, body), daemon=True, name="ask the lab"
        )
        thread.start()
        try:
            thread.join(self._timeout_s)
            late = thread.is_alive()
        finally:
            attempt.give_up()
        kind = Unreachable if attempt.reached else NotSent
        if attempt.error is not None and not late:
            self._unreachable(attempt.error, kind)
        # Late even if it is there by now: hanging up can look like the end of an answer.
        if attempt.answer is None or late:
            self._late(kind)
        return attempt.answer

    def _run(self, attempt: _Attempt, method: str, path: str, body: bytes | None) -> None:
        _current.attempt = attempt
        try:
            attempt.answer = self._answer(method, path, body)
        except Exception as error:  # it belongs to whoever asked, who waits in another thread
            attempt.error = error

    def _answer(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        headers |= {"Connection": "close", "User-Agent": "athanor"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        asked = requests.Request(method, self._url, headers, data=body, auth=self._token)
        prepared = self._session.prepare_request(asked)
        # Set afterwards: an experiment called `..` must not be tidied away.
        prepared.url = self._url + path
        settings = self._session.merge_environment_settings(
            self._url, {}, True, self._ca_file, None
        )
        # Straight to the adapter: a session reads the whole body of a redirect, unpacked.
        response = self._session.get_adapter(self._url).send(
            prepared, timeout=self._timeout_s, **settings
        )
        with response:
            packed = response.headers.get("Content-Encoding", "identity")
            if packed.lower() != "identity":
                raise Unreachable("answered something packed, which was not asked for")
            read = bytearray()
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                read += chunk
                if len(read) > MAX_BYTES:
                    raise Unreachable(f"answered more than {MAX_BYTES:,} bytes")
            return response.status_code, bytes(read)

    def _late(self, kind: type[Unreachable]) -> NoReturn:
        raise kind(
            f"the lab at {self.where} gave no whole answer within {self._timeout_s:g} s: see "
            "whether it runs, or raise lab.timeout_s"
        )

    def _unreachable(self, error: Exception, kind: type[Unreachable]) -> NoReturn:
        """Tell an error without the address and the headers that libraries put in theirs."""
        if isinstance(error, Unreachable):
            raise Unreachable(f"the lab at {self.where} {error}") from None
        if isinstance(error, requests.Timeout):
            self._late(kind)
        # Of whatever type: nobody lists what a hostile answer provokes in the libraries below, and
        # what fails in the middle of a question is never an answer.
        raise kind(
            f"cannot reach the lab at {self.where} ({_reason(error)}): {self._advice}, and lab.url"
        ) from None


def _checked(ca_file: Path | str, address: Address) -> str:
    """The name of a file of certificates. Raises AthanorError for one that can verify nothing."""
    if address.scheme != "https":
        raise AthanorError(
            f"lab.ca_file is {ca_file}, and lab.url is http, where nothing is verified: give "
            "lab.url with https, or no ca_file"
        )
    try:
        ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        told = (error.strerror if isinstance(error, OSError) else None) or "no such file"
        raise AthanorError(
            f"lab.ca_file is {str(ca_file)!r}, which holds no certificates ({told}): give a file "
            "in PEM"
        ) from None
    return str(ca_file)


def _reason(error: BaseException) -> str:
    """The innermost cause in the words of the system, or what kind of error it is."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        inner = next((a for a in cause.args if isinstance(a, BaseException)), None)
        cause = inner or getattr(cause, "reason", None) or cause.__cause__ or cause.__context__
        cause = cause if isinstance(cause, BaseException) else None
    if any(isinstance(e, requests.exceptions.SSLError) for e in seen):
        return "its certificate or encryption cannot be trusted"
    for found in reversed(seen):
        if isinstance(found, OSError) and found.strerror:
            return found.strerror
    if any(isinstance(e, HTTPException | HTTPError) for e in seen):
        return "what came was no whole answer in HTTP"
    return type(error).__name__
