"""Commands that are printed for a bench find it when they are typed."""

import shlex
from pathlib import Path

import pytest

from agents.bench.place import bench_option, usual_bench
from agents.bench.sheet import sheet
from agents.bench.sheets import sheets
from lab.manual import ManualLab
from tests.agents.bench.sheet_cases import ENDLESS, at_bench, barium_titanate


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATHANOR_BENCH", raising=False)


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("bench", ""),
        ("./bench", ""),
        ("mybench", " --bench mybench"),
        ("ada's bench; rm", " --bench 'ada'\"'\"'s bench; rm'"),
        ("/srv/bench", " --bench /srv/bench"),
    ],
)
def test_only_a_bench_elsewhere_is_named(folder: str, said: str) -> None:
    assert bench_option(Path(folder)) == said
    assert shlex.split(said) == (["--bench", folder] if said else [])


def test_the_environment_says_which_is_the_usual_bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATHANOR_BENCH", str(tmp_path / "mine"))
    assert usual_bench() == tmp_path / "mine"
    assert bench_option(Path("mine")) == ""
    assert bench_option(Path("bench")) == " --bench bench"
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    assert bench_option(Path("link")) == ""


def test_every_command_on_a_sheet_names_the_bench() -> None:
    lab = ManualLab("my bench", ["BaCO3", "TiO2"])
    lab.submit(barium_titanate(), "e-0001")
    [told] = sheets(lab.book, lab.book.open())
    lab.close()
    assert len(told.record) == 4
    for _, line in told.record:
        words = shlex.split(line)
        assert words[:2] == ["athanor", "record"]
        assert words[2] == told.code
        assert words[words.index("--bench") + 1] == "my bench"
    assert not any(
        "--bench" in line for _, line in sheet(at_bench(barium_titanate()), ENDLESS).record
    )
