"""A webhook against real servers: what they are told, and what a campaign is spared."""

import logging
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.watch import Notice, Webhook, watches
from agents.watch.notice import LOGGER
from agents.watch.webhook import QUEUED
from knowledge.errors import AthanorError
from tests.agents.watch.servers import Handler, always, resets, serving, silent

SUCCESS = Notice(
    kind="success", campaign="c1", target="BaTiO3", experiment="e7", text="0.93 reached",
    details={"yield": 0.93, "token": "MARK"},
)  # fmt: skip
QUICK: dict[str, Any] = {"timeout_s": 0.5, "first_wait_s": 0.05}


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What the campaign's logger was told; on its way nothing may show the path or the query."""
    said: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    kept, root = Kept(), logging.getLogger()
    level = root.level
    LOGGER.addHandler(kept)
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield said
    root.setLevel(level)
    root.removeHandler(kept)
    LOGGER.removeHandler(kept)
    assert not [line for line in said if "SECRET" in line]


def sent(url: str, *notices: Notice, wait_s: float = 5.0, **settings: Any) -> Webhook:
    webhook = Webhook(url, **{**QUICK, **settings})
    for notice in notices:
        webhook.tell(notice)
    webhook.close(wait_s)
    return webhook


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_a_server_is_told(logged: list[str]) -> None:
    with serving(always(204)) as server:
        webhook = sent(server.url, SUCCESS)
    (post,) = server.posts
    assert post.pop("time").endswith("+00:00")
    assert post == {
        "campaign": "c1", "kind": "success", "target": "BaTiO3", "experiment": "e7",
        "text": "0.93 reached", "content": "c1: 0.93 reached",
        "details": {"yield": 0.93, "token": "(hidden)"},
    }  # fmt: skip
    assert server.headers[0]["Content-Type"] == "application/json"
    assert (webhook.delivered, webhook.dropped, logged) == (1, 0, [])


def test_only_the_kinds_asked_for_in_order() -> None:
    notices = [
        Notice(kind=kind, campaign="c", text=str(i))
        for i, kind in enumerate(("started", "fault", "result", "question", "fault"))
    ]
    with serving(always(200)) as server:
        sent(server.url, *notices, on=["fault", "started"])
    assert [post["text"] for post in server.posts] == ["0", "1", "4"]


def test_a_server_that_is_busy_is_asked_again_after_a_growing_wait(logged: list[str]) -> None:
    with serving(lambda number, _: 500 if number < 3 else 200) as server:
        webhook = Webhook(server.url, timeout_s=5, first_wait_s=0.2)
        webhook.tell(SUCCESS)
        until(lambda: webhook.delivered == 1)
        webhook.close()
    first, second, third = server.times
    assert second - first >= 0.2
    assert third - second >= 0.4
    assert logged == []
    assert server.posts[0] == server.posts[2]


@pytest.mark.parametrize(
    ("status", "posts", "why"),
    [(503, 3, "it answered 503, 3 times"), (429, 3, "429"), (404, 1, "it answered 404 (1 so far)"),
     (302, 1, "it redirects (302)"), (307, 1, "it redirects (307)")],
)  # fmt: skip
def test_a_server_that_refuses(status: int, posts: int, why: str, logged: list[str]) -> None:
    with serving(always(status)) as server:
        webhook = Webhook(server.url, **QUICK)
        webhook.tell(SUCCESS)
        until(lambda: webhook.dropped == 1)
        webhook.close()
    assert len(server.posts) == posts
    (line,) = logged
    assert why in line
    assert "http://127.0.0.1:" in line


def test_a_server_that_resets_then_none_at_all(logged: list[str]) -> None:
    with serving(resets) as server:
        webhook = Webhook(server.url, **QUICK)
        webhook.tell(SUCCESS)
        until(lambda: webhook.dropped == 1)
    assert len(server.posts) == 3
    webhook.tell(SUCCESS)
    until(lambda: webhook.dropped == 2)
    webhook.close()
    assert all("no connection, 3 times" in line for line in logged)


def test_a_server_that_never_answers_does_not_hold_the_campaign_up(logged: list[str]) -> None:
    with silent() as url:
        begun = time.monotonic()
        webhook = Webhook(url, timeout_s=30)
        for _ in range(3):
            webhook.tell(SUCCESS)
        assert time.monotonic() - begun < 0.5
        webhook.close(wait_s=0.3)
        assert 0.3 <= time.monotonic() - begun < 2
    assert webhook.dropped == 3
    assert ["the campaign ended first" in line for line in logged] == [True] * 3
    webhook.tell(SUCCESS)  # nothing is told after closing
    webhook.close()
    assert webhook.dropped == 3


def test_silence_is_given_up(logged: list[str]) -> None:
    with silent() as url:
        webhook = Webhook(url, timeout_s=0.1, first_wait_s=0.01)
        webhook.tell(SUCCESS)
        until(lambda: webhook.dropped == 1)
        webhook.close()
    assert "no answer in 0.1 s, 3 times" in logged[0]


def test_a_slow_server_is_waited_for() -> None:
    def slow(_number: int, _handler: Handler) -> int:
        time.sleep(0.3)
        return 200

    with serving(slow) as server:
        webhook = sent(server.url, SUCCESS, SUCCESS, timeout_s=5)
    assert (webhook.delivered, len(server.posts)) == (2, 2)


def test_of_a_long_queue_the_oldest_are_dropped() -> None:
    answer = threading.Event()

    def held(_number: int, _handler: Handler) -> int:
        answer.wait(10)
        return 200

    with serving(held) as server:
        webhook = Webhook(server.url, timeout_s=10)
        webhook.tell(SUCCESS)
        until(lambda: len(server.posts) == 1)  # it is being told, and no longer in the queue
        for number in range(QUEUED + 5):
            webhook.tell(Notice(kind="ended", campaign="c", text=str(number)))
        assert webhook.dropped == 5
        answer.set()
        webhook.close(20)
    told = [post["text"] for post in server.posts[1:]]
    assert told == [str(number) for number in range(5, QUEUED + 5)]
    assert webhook.delivered == QUEUED + 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but itself has signed, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", path,
         "-out", path.with_suffix(".crt"), "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def test_a_certificate_that_nobody_signed_is_refused(
    certificate: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(always(200), certificate) as server:
        webhook = Webhook(server.url, timeout_s=5, tries=1, insecure=True)
        webhook.tell(SUCCESS)
        until(lambda: webhook.dropped == 1)
        webhook.close()
        assert server.posts == []
        assert "certificate is not trusted" in logged[0]
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_suffix(".crt")))
        sent(server.url, SUCCESS, timeout_s=5)
        assert len(server.posts) == 1


def test_to_this_machine_no_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(always(200)) as proxy, serving(always(200)) as server:
        monkeypatch.setenv("http_proxy", proxy.url.partition("/hook")[0])
        sent(server.url, SUCCESS)
    assert (len(proxy.posts), len(server.posts)) == (0, 1)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.org/SECRET", "watch.webhook http://example.org would carry"),
        ("http://127.0.0.1.example.org/SECRET", "clear text"),
        ("http://localhost@example.org:80/SECRET", "http://example.org:80 would carry"),
        ("file:///etc/SECRET", "watch.webhook begins with file: give it as https://HOST/PATH"),
        ("ftp://h/SECRET", "begins with ftp"),
        ("SECRET", "begins with nothing"),
        ("https:///SECRET", "no address"),
        ("https://h:SECRET/", "no address"),
        ("https://h/SEC RET", "no address"),
        ("http://127.0.0.1\\@example.org/SECRET", "no address"),
    ],
)
def test_urls_that_are_refused(url: str, said: str) -> None:
    with pytest.raises(AthanorError, match=r"watch\.webhook") as refused:
        Webhook(url)
    assert said in str(refused.value)
    assert "SECRET" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_urls_and_kinds_that_are_taken(tmp_path: Path) -> None:
    for url in ("https://h/p", "http://localhost:1/p", "http://[::1]/p", "http://127.8.8.8/p"):
        Webhook(url).close()
    watches(tmp_path, log=False, webhook="http://example.org/p", insecure=True).close()
    watches(tmp_path, log=False, webhook=None).close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(AthanorError, match="no notice is a succes; allowed are started"):
        watches(tmp_path, webhook="https://h/p", webhook_on=["succes"])


def test_what_was_not_told_is_in_the_log(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/PATHSECRET"
    told = watches(tmp_path, webhook=url, webhook_on=["success"])
    told.tell(SUCCESS)
    told.close()
    log = (tmp_path / "log.jsonl").read_text()
    assert "was not told of success" in log
    assert "SECRET" not in log


def test_a_process_ends_though_the_server_hangs() -> None:
    code = (
        "import sys\nfrom agents.watch import Notice, Webhook\n"
        "hook = Webhook(sys.argv[1], timeout_s=60)\n"
        "hook.tell(Notice(kind='ended', campaign='c', text='t'))\n"
        "hook.close(0.5)\n"
    )
    with silent() as url:
        ended = subprocess.run(
            [sys.executable, "-c", code, url],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
