"""Telling a server what happens in a campaign: a webhook, as chat rooms and pagers take it.

The path of a webhook is its secret: whoever knows it can write there. So messages show scheme and
host alone.
"""

import ipaddress
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from agents.watch.notice import KINDS, LOGGER, Kind, Notice, awake, now
from agents.watch.secrets import text_without_secrets, without_secrets
from knowledge.errors import AthanorError

DEFAULT_KINDS: tuple[Kind, ...] = ("success", "fault", "question", "ended")
QUEUED = 100  # notices that wait at most
CLOSE_S = 5.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_DISCORD_LETTERS = 2000  # more are refused
_FORM = "give it as https://HOST/PATH"
_THREAD = "athanor webhook"
# What the server may think better of: it is busy, slow, or we were too many.
_AGAIN = (408, 425, 429)


class Webhook:
    """A watch that posts notices of some kinds as JSON, in order, from a thread of its own.

    A post holds campaign, kind, target, experiment, text, time (UTC) and details of a notice, and
    its text once more as `content`. A notice that is not taken is tried again after a growing wait,
    and given up after `tries`; of a long queue the oldest are dropped. Either is logged. TLS is
    verified, and redirects are not followed.
    """

    def __init__(
        self,
        url: str,
        on: Iterable[str] = DEFAULT_KINDS,
        timeout_s: float = 10.0,
        tries: int = 3,
        insecure: bool = False,
        first_wait_s: float = _FIRST_WAIT_S,
    ) -> None:
        """`timeout_s` bounds connecting, and each silence; `insecure` allows http to anywhere.

        Raises AthanorError, which never shows the path, for a URL or kinds that cannot be.
        """
        self._where, self._is_local = _checked(url, insecure)
        self._url = url
        awake()
        self._kinds = _kinds(on)
        self._timeout_s, self._tries, self._first_wait_s = timeout_s, tries, first_wait_s
        self._queue: deque[dict[str, Any]] = deque()
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._posting: dict[str, Any] | None = None
        self._deadline: float | None = None
        self.delivered = 0
        self.dropped = 0

    def tell(self, notice: Notice) -> None:
        """Queue a notice of the kinds asked for."""
        if notice.kind not in self._kinds:
            return
        body = _body(notice)
        with self._change:
            if self._deadline is not None:
                return
            lost = [self._queue.popleft()] if len(self._queue) >= QUEUED else []
            self._queue.append(body)
            self._change.notify_all()
            self._start()
        self._lose(lost, "too many were waiting")

    def close(self, wait_s: float = CLOSE_S) -> None:
        """Wait for what is queued, `wait_s` seconds at most; what is left then is dropped."""
        with self._change:
            if self._deadline is not None:
                return
            self._deadline = time.monotonic() + wait_s
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join(wait_s)
        with self._change:
            lost = ([self._posting] if self._posting else []) + list(self._queue)
            self._posting = None
            self._queue.clear()
        self._lose(lost, "the campaign ended first")

    def _start(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._work, name=_THREAD, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system has no more threads: the next notice tries again
                return
            self._thread = thread

    def _work(self) -> None:
        _keep_urls_out_of_logs()
        while True:
            with self._change:
                self._change.wait_for(lambda: self._queue or self._deadline is not None)
                if not self._queue:
                    return
                body = self._posting = self._queue.popleft()
            try:
                failure = self._deliver(body)
            except Exception as error:  # a thread that ends would tell nobody
                failure = type(error).__name__
            with self._change:
                given_up, self._posting = self._posting is None, None
                self.delivered += not (failure or given_up)
            if failure and not given_up:
                self._lose([body], failure)

    def _deliver(self, body: dict[str, Any]) -> str:
        """Post until it is taken; else why it was not."""
        wait_s, failure = self._first_wait_s, ""
        for attempt in range(self._tries):
            if attempt and not self._rested(min(wait_s * 2 ** (attempt - 1), _LONGEST_WAIT_S)):
                return f"{failure}; the campaign ended before another try"
            failure, again = self._post(body)
            if not failure or not again:
                return failure
        return f"{failure}, {self._tries} times"

    def _post(self, body: dict[str, Any]) -> tuple[str, bool]:
        """Why a post was not taken (empty: it was), and whether to try again.

        What requests says of an error holds the path, so none of it is kept.
        """
        import requests

        session = requests.Session()
        if self._is_local:
            session.trust_env = False  # a proxy is somewhere else
        try:
            with session, session.post(
                self._url, json=body, timeout=self._timeout_s, allow_redirects=False, stream=True
            ) as answer:  # fmt: skip
                status = answer.status_code
        except requests.exceptions.SSLError:
            return "its certificate is not trusted, or TLS failed", True
        except requests.exceptions.Timeout:
            return f"no answer in {self._timeout_s:g} s", True
        except requests.exceptions.ConnectionError:
            return "no connection", True
        except (requests.exceptions.RequestException, ValueError) as error:
            return type(error).__name__, False
        if 200 <= status < 300:
            return "", False
        if 300 <= status < 400:
            return f"it redirects ({status}), which is not followed", False
        return f"it answered {status}", status >= 500 or status in _AGAIN

    def _rested(self, wait_s: float) -> bool:
        """Wait; whether there is time for another try, which there is not long after closing."""
        until = time.monotonic() + wait_s
        with self._change:
            while (left := until - time.monotonic()) > 0:
                if self._deadline is not None and self._deadline < until:
                    return False
                self._change.wait(left)
        return True

    def _lose(self, bodies: Iterable[dict[str, Any]], why: str) -> None:
        """Count and log what is not told; without the lock, for others may handle the log."""
        for body in bodies:
            with self._change:
                self.dropped += 1
                dropped = self.dropped
            LOGGER.warning(
                "the webhook %s was not told of %s: %s (%d so far)",
                self._where, body["kind"], why, dropped,
                extra={
                    "campaign": body["campaign"], "target": body["target"],
                    "experiment": body["experiment"],
                },
            )  # fmt: skip


def _body(notice: Notice) -> dict[str, Any]:
    text = text_without_secrets(notice.text)
    return {
        "campaign": notice.campaign,
        "kind": notice.kind,
        "target": notice.target,
        "experiment": notice.experiment,
        "text": text,  # Slack shows this
        "content": f"{notice.campaign}: {text}"[:_DISCORD_LETTERS],
        "time": now(),
        "details": without_secrets(notice.details),
    }


def _checked(url: str, insecure: bool) -> tuple[str, bool]:
    """Scheme, host and port of a webhook's URL, and whether it is http to this machine."""
    wrong = AthanorError(f"watch.webhook is no address of a webhook (not shown): {_FORM}")
    if not isinstance(url, str) or not url.isprintable() or " " in url or "\\" in url:
        raise wrong
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # a port or an IPv6 host that is none
        raise wrong from None
    if parts.scheme not in ("http", "https"):
        scheme = parts.scheme if "://" in url else "nothing"
        raise AthanorError(f"watch.webhook begins with {scheme}: {_FORM}")
    if not host:
        raise wrong
    where = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}"
    where = where if port is None else f"{where}:{port}"
    if parts.scheme == "http" and not _is_here(host) and not insecure:
        raise AthanorError(
            f"watch.webhook {where} would carry the campaign in clear text: {_FORM}, or set "
            "watch.insecure=true where the network is safe"
        )
    return where, parts.scheme == "http" and _is_here(host)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _kinds(on: Iterable[str]) -> frozenset[str]:
    kinds = frozenset([on] if isinstance(on, str) else on)
    unknown = sorted(map(str, kinds - set(KINDS)))
    if unknown:
        raise AthanorError(
            f"watch.webhook_on: no notice is a {unknown[0]}; allowed are {', '.join(KINDS)}"
        )
    return kinds


def _keep_urls_out_of_logs() -> None:
    """urllib3 tells its loggers the path of each request: not the ones made in this thread."""
    for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_of_another_thread)


def _of_another_thread(record: logging.LogRecord) -> bool:
    return record.threadName != _THREAD
