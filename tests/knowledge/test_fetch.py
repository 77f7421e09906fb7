"""Downloads from a server that misbehaves: the file is whole and verified, or not there."""

import hashlib
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.errors import FetchError
from knowledge.fetch import Patience, download
from tests.knowledge.origin import Origin, serving

CONTENT = random.Random(0).randbytes(1_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HASTE = Patience(timeout_s=0.5, attempts=2, pause_s=0.01)


def get(origin: Origin, place: Path, sha256: str | None = SHA256, attempts: int = 2) -> str:
    return download(origin.url, place, sha256, patience=replace(HASTE, attempts=attempts))


def left(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_a_good_server(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    with serving(Origin(CONTENT)) as origin:
        digest = download(
            origin.url, tmp_path / "x", SHA256, lambda at, of: seen.append((at, of)), HASTE
        )
    assert digest == SHA256
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert left(tmp_path) == {"x"}
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_a_broken_line_is_gone_on_with_within_one_call(tmp_path: Path) -> None:
    with serving(Origin(CONTENT, cut_at=[300_000])) as origin:
        get(origin, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert origin.asked == [("", 300_000), ("bytes=300000-", 700_000)]
    assert left(tmp_path) == {"x"}


def test_the_next_call_asks_only_for_the_rest(tmp_path: Path) -> None:
    with serving(Origin(CONTENT, cut_at=[400_000])) as origin:
        with pytest.raises(FetchError, match=r"ended at 400000 of 1000000 bytes.*goes on"):
            get(origin, tmp_path / "x", attempts=1)
        assert left(tmp_path) == {"x.part", "x.part.json"}
        get(origin, tmp_path / "x", attempts=1)
    assert sum(served for _, served in origin.asked) == len(CONTENT)  # not one byte twice
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert left(tmp_path) == {"x"}


def test_a_part_that_was_whole_is_not_fetched_again(tmp_path: Path) -> None:
    """Killed between the last byte and the move."""
    with serving(Origin(CONTENT)) as origin:
        (tmp_path / "x.part").write_bytes(CONTENT)
        noted = {"url": origin.url, "validator": origin.etag}
        (tmp_path / "x.part.json").write_text(json.dumps(noted))
        get(origin, tmp_path / "x")
    assert origin.asked == []
    assert left(tmp_path) == {"x"}


def test_a_stalling_server(tmp_path: Path) -> None:
    with serving(Origin(CONTENT, stall_at=[200_000])) as origin:
        with pytest.raises(FetchError, match=r"nothing came for 0\.5 s.*200000 bytes are kept"):
            get(origin, tmp_path / "x", attempts=1)
        assert not (tmp_path / "x").exists()
        get(origin, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == CONTENT


@pytest.mark.parametrize("old", [CONTENT[:300_000], CONTENT[::-1][:300_000]])
def test_a_server_that_ignores_range_sends_all(old: bytes, tmp_path: Path) -> None:
    with serving(Origin(CONTENT, ignores_range=True)) as origin:
        (tmp_path / "x.part").write_bytes(old)
        noted = {"url": origin.url, "validator": origin.etag}
        (tmp_path / "x.part.json").write_text(json.dumps(noted))
        get(origin, tmp_path / "x")
    assert origin.asked == [("bytes=300000-", len(CONTENT))]
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_a_file_that_changes_between_attempts(tmp_path: Path) -> None:
    newer = CONTENT[::-1]
    with serving(Origin(CONTENT, cut_at=[500_000])) as origin:
        with pytest.raises(FetchError):
            get(origin, tmp_path / "x", None, attempts=1)
        origin.content, origin.etag = newer, '"two"'
        assert get(origin, tmp_path / "x", None) == hashlib.sha256(newer).hexdigest()
    assert (tmp_path / "x").read_bytes() == newer


def test_a_part_that_is_damaged_costs_one_more_download(tmp_path: Path) -> None:
    with serving(Origin(CONTENT)) as origin:
        (tmp_path / "x.part").write_bytes(b"?" * 300_000)
        noted = {"url": origin.url, "validator": origin.etag}
        (tmp_path / "x.part.json").write_text(json.dumps(noted))
        get(origin, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == CONTENT


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_what_cannot_be_resumed_is_not_kept(etag: str, tmp_path: Path) -> None:
    with (
        serving(Origin(CONTENT, etag=etag, cut_at=[400_000])) as origin,
        pytest.raises(FetchError, match="ended at 400000"),
    ):
        get(origin, tmp_path / "x", attempts=1)
    assert left(tmp_path) == set()


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (Origin(CONTENT, statuses=[404] * 9), "404 Not Found"),
        (Origin(CONTENT, statuses=[403] * 9), "403 Forbidden"),
        (Origin(CONTENT, statuses=[500] * 9), "500 .*after 2 attempts"),
        (Origin(CONTENT[:-1] + b"?"), "damaged or another version"),
        (Origin(CONTENT, wrong_length=-10), "damaged or another version"),
        (Origin(CONTENT[:-9], wrong_length=10), "damaged or another version"),
        (Origin(b""), "damaged or another version"),
    ],
    ids=["404", "403", "500", "corrupted", "length-too-small", "length-too-large", "empty"],
)
def test_faults_leave_nothing_broken(origin: Origin, said: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"as before")
    with serving(origin), pytest.raises(FetchError, match=said) as refused:
        get(origin, tmp_path / "x")
    assert "\n" not in str(refused.value)
    assert (tmp_path / "x").read_bytes() == b"as before"
    assert left(tmp_path) == {"x"}
    tries = 1 if "40" in said else 2
    assert len(origin.asked) == tries or "damaged" in said


def test_a_server_that_recovers(tmp_path: Path) -> None:
    with serving(Origin(CONTENT, statuses=[503, 200])) as origin:
        assert get(origin, tmp_path / "x") == SHA256


def test_no_server_and_no_address(tmp_path: Path) -> None:
    with serving(Origin(CONTENT)) as origin:
        pass
    with pytest.raises(FetchError, match="no connection"):
        get(origin, tmp_path / "x")
    with pytest.raises(FetchError, match="allowed are http"):
        download("ftp://example.org/x", tmp_path / "x")


def test_a_full_disk(tmp_path: Path) -> None:
    """A process that may write no file above 200 kB stands for it: the write fails alike."""
    code = (
        "import resource, sys; from pathlib import Path; from knowledge.fetch import download\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try: download(sys.argv[1], Path(sys.argv[2]))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    with serving(Origin(CONTENT)) as origin:
        done = subprocess.run(
            [sys.executable, "-c", code, origin.url, str(tmp_path / "x")],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    assert done.stdout.startswith("FetchError cannot write")
    assert "--into" in done.stdout
    assert not (tmp_path / "x").exists()
