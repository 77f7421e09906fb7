"""The log of a campaign: lines that a program reads, whatever becomes of the disk."""

import json
import logging
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.watch import JsonLog, Notice
from agents.watch.notice import KINDS, LOGGER
from knowledge.errors import AthanorError

BEGIN = "import sys\nfrom pathlib import Path\nfrom agents.watch import JsonLog, Notice\n"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def told(path: Path, *notices: Notice, **settings: Any) -> list[dict[str, Any]]:
    log = JsonLog(path, **settings)
    for notice in notices:
        log.tell(notice)
    log.close()
    return lines(path) if path.is_file() else []


def in_a_process(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BEGIN + code, *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_line_holds_all_of_a_notice(tmp_path: Path) -> None:
    notice = Notice(
        kind="fault", campaign="c", target="BaTiO3", experiment="e1", text="the furnace\n  is cold",
        details={"stage": "firing", "temperature_c": 900.5, "nan": float("nan"), "lot": ["A1"]},
    )  # fmt: skip
    (line,) = told(tmp_path / "log.jsonl", notice)
    age = datetime.now(UTC) - datetime.fromisoformat(line.pop("time"))
    assert timedelta(0) <= age < timedelta(minutes=1)
    assert line == {
        "level": "WARNING", "kind": "fault", "campaign": "c", "target": "BaTiO3",
        "experiment": "e1", "text": "the furnace is cold", "pid": os.getpid(),
        "details": {"stage": "firing", "temperature_c": 900.5, "nan": None, "lot": ["A1"]},
    }  # fmt: skip


@given(st.text(), st.dictionaries(st.text(), st.text() | st.floats() | st.none()))
def test_any_text_is_one_line(text: str, details: dict[str, Any]) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"athanor-log-{os.getpid()}.jsonl"
    notice = Notice(kind="result", campaign=text, text=text, details=details)
    try:
        (line,) = told(path, notice)
    finally:
        path.unlink(missing_ok=True)
    assert line["campaign"] == text


def test_secrets_stay_out(tmp_path: Path) -> None:
    told(
        tmp_path / "log",
        Notice(kind="started", campaign="c", text="to postgresql://u:MARK@h/db",
               details={"password": "MARK", "lab": {"url": "https://u:MARK@h/"}}),
    )  # fmt: skip
    assert "MARK" not in (tmp_path / "log").read_text()


def test_nothing_is_printed_and_root_loggers_hear_nothing(tmp_path: Path) -> None:
    code = (
        "import logging\nlogging.basicConfig(level=0, stream=sys.stdout)\n"
        "log = JsonLog(Path(sys.argv[1]))\n"
        "log.tell(Notice(kind='fault', campaign='c', text='t'))\nlog.close()\n"
        "log.tell(Notice(kind='fault', campaign='c', text='late'))\n"
    )
    ended = in_a_process(code, str(tmp_path / "log"))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert [line["text"] for line in lines(tmp_path / "log")] == ["t"]


def test_logging_set_up_by_others_takes_no_line_away(tmp_path: Path) -> None:
    """As Hydra does before each job: loggers that are there are disabled unless they are named."""
    code = (
        "import logging.config\n"
        "logging.config.dictConfig({'version': 1, 'disable_existing_loggers': True})\n"
        "JsonLog(Path(sys.argv[1])).tell(Notice(kind='fault', campaign='c', text='t'))\n"
    )
    assert in_a_process(code, str(tmp_path / "log")).returncode == 0
    assert [line["text"] for line in lines(tmp_path / "log")] == ["t"]


def test_others_may_listen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    LOGGER.addHandler(caplog.handler)
    try:
        told(tmp_path / "log", Notice(kind="success", campaign="c", experiment="e", text="pure"))
    finally:
        LOGGER.removeHandler(caplog.handler)
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname) == ("pure", "INFO")
    assert vars(record)["experiment"] == "e"


def test_a_listener_that_breaks_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError(record.getMessage())

    broken = Broken()
    LOGGER.addHandler(broken)
    try:
        told(tmp_path / "log", *[Notice(kind="result", campaign="c", text="t")] * 3)
    finally:
        LOGGER.removeHandler(broken)
    assert capsys.readouterr().err.count("\n") == 1


def test_campaigns_side_by_side_keep_apart(tmp_path: Path) -> None:
    one, two = JsonLog(tmp_path / "1"), JsonLog(tmp_path / "2")
    one.tell(Notice(kind="started", campaign="a", text="first"))
    two.tell(Notice(kind="started", campaign="b", text="second"))
    LOGGER.warning("a server slept", extra={"campaign": "b"})
    one.close()
    two.close()
    assert [line["text"] for line in lines(tmp_path / "1")] == ["first"]
    assert [line["text"] for line in lines(tmp_path / "2")] == ["second", "a server slept"]


def test_levels(tmp_path: Path) -> None:
    all_kinds = [Notice(kind=kind, campaign="c", text=kind) for kind in KINDS]
    kept = told(tmp_path / "log", *all_kinds, level="WARNING")
    assert {line["kind"] for line in kept} == {"fault", "question", "unreachable", "dropped"}
    assert len(told(tmp_path / "all", *all_kinds)) == len(KINDS)
    with pytest.raises(AthanorError, match="log level LOUD: allowed are CRITICAL"):
        JsonLog(tmp_path / "log", level="LOUD")


def test_two_processes_never_mix_their_lines(tmp_path: Path) -> None:
    """With lines far longer than any buffer, and a file that is begun again by either of them."""
    path = tmp_path / "log"
    code = (
        "log = JsonLog(Path(sys.argv[1]), max_bytes=6_000_000)\n"
        "for i in range(200):\n"
        "    log.tell(Notice(kind='result', campaign=sys.argv[2], text=f'{i} ' + 'x' * 20000))\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", BEGIN + code, str(path), name]) for name in "ab"
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert (tmp_path / "log.1").is_file()
    found = [line for part in tmp_path.iterdir() for line in lines(part)]
    for name in "ab":
        texts = [line["text"].split()[0] for line in found if line["campaign"] == name]
        assert sorted(map(int, texts)) == list(range(200))


def test_a_long_log_is_begun_again_and_three_are_kept(tmp_path: Path) -> None:
    notices = [Notice(kind="result", campaign="c", text=f"{i:06}" + "x" * 800) for i in range(60)]
    told(tmp_path / "log", *notices, max_bytes=10_000)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["log", "log.1", "log.2", "log.3"]
    assert all((tmp_path / name).stat().st_size <= 10_000 for name in files)
    latest = [int(line["text"][:6]) for name in reversed(files) for line in lines(tmp_path / name)]
    assert latest == list(range(latest[0], 60))


def test_a_folder_removed_is_told_once_and_found_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "campaign"
    folder.mkdir()
    log = JsonLog(folder / "log")
    log.tell(Notice(kind="started", campaign="c", text="1"))
    shutil.rmtree(folder)
    log.tell(Notice(kind="result", campaign="c", text="2"))
    log.tell(Notice(kind="result", campaign="c", text="3"))
    folder.mkdir()
    log.tell(Notice(kind="ended", campaign="c", text="4"))
    log.close()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "cannot be written (No such file or directory); the campaign goes on" in said
    assert [line["text"] for line in lines(folder / "log")] == ["4"]


@pytest.mark.parametrize("place", ["a file/log", "a folder", "/dev/full"])
def test_a_place_that_takes_no_log(
    tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "a folder").mkdir()
    log = JsonLog(tmp_path / place)
    for _ in range(3):
        log.tell(Notice(kind="result", campaign="c", text="t"))
    log.close()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_a_line_cut_off_by_a_full_disk_spoils_no_other(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: it fills within a line, then is cleared."""
    code = (
        "import resource\n"
        "log = JsonLog(Path(sys.argv[1]))\n"
        "def tell(text): log.tell(Notice(kind='result', campaign='c', text=text))\n"
        "tell('first')\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (Path(sys.argv[1]).stat().st_size + 30, hard))\n"
        "tell('torn'); tell('lost')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
        "tell('last')\n"
    )
    ended = in_a_process(code, str(tmp_path / "log"))
    assert ended.returncode == 0
    assert ended.stderr.count("\n") == 1
    first, torn, last = (tmp_path / "log").read_bytes().splitlines()
    assert len(torn) == 30
    (tmp_path / "later").write_bytes(torn)  # the disk was cleared after the process had ended
    log = JsonLog(tmp_path / "later")
    log.tell(Notice(kind="started", campaign="c", text="again"))
    log.close()
    assert json.loads((tmp_path / "later").read_bytes().splitlines()[1])["text"] == "again"
    assert [json.loads(line)["text"] for line in (first, last)] == ["first", "last"]
