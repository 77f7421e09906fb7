"""`athanor next` as a person at the bench runs it, and the files that campaigns write for them."""

import contextlib
import csv
import io
import json
import sys
from pathlib import Path

import pytest

from agents import cli
from agents.bench.sheet import Sheet
from agents.bench.sheets import sheets, write_sheets
from agents.campaign import Budget, Campaign
from agents.candidate_files import write_candidates
from agents.candidates import Candidates
from agents.journal import Journal
from agents.policies.hottest import HottestPolicy
from agents.pursuit import Pursuit
from knowledge.outcome import Outcome
from lab.manual import AtBench, BenchBook, ManualLab
from lab.manual import Record as Recorded
from tests.agents.bench.sheet_cases import Read, barium_titanate

NAME = "BaTiO3-hottest-12345678"


def run(*words: object) -> tuple[int, str, str]:
    """Exit status, and what was printed on each stream."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "argv", ["athanor", "next", *map(str, words)])
        patch.setenv("COLUMNS", "160")
        with pytest.raises(SystemExit) as caught:
            cli.main()
    return int(caught.value.code or 0), out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATHANOR_BENCH", raising=False)


@pytest.fixture
def two(tmp_path: Path, candidates: Candidates) -> list[AtBench]:
    """Two experiments of a campaign that left them with a person."""
    lab = ManualLab(tmp_path / "bench", ["BaCO3", "BaO", "BaO2", "TiO2"])
    folder = tmp_path / "campaigns" / NAME
    folder.mkdir(parents=True)
    write_candidates(folder, 1, candidates)
    journal = Journal.in_folder(folder, NAME)
    pursuit = Pursuit.with_policy(candidates, HottestPolicy(candidates, 0))
    Campaign([pursuit], lab, journal, Budget(5, parallel=2)).run()
    journal.close()
    given = lab.book.open()
    lab.close()
    assert len(given) == 2
    return given


def test_without_a_bench_it_says_how_to_begin_and_makes_none(tmp_path: Path) -> None:
    status, out, err = run()
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "athanor run lab=manual" in err
    assert list(tmp_path.iterdir()) == []


def test_with_nothing_to_do_it_says_how_to_get_something(tmp_path: Path) -> None:
    BenchBook(tmp_path / "bench").close()
    status, out, err = run()
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 1
    assert "athanor run lab=manual target=BaTiO3" in out
    assert run("--json")[1] == "[]\n"
    BenchBook(tmp_path / "my bench").close()
    said = "athanor run lab=manual 'lab.folder=my bench' target=BaTiO3"
    assert said in run("--bench", "my bench")[1]


def test_every_open_experiment_once(two: list[AtBench]) -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    for at in two:
        assert out.count(f"{at.code}  2 g BaTiO3") == 1
        assert f"athanor record {at.code} --phases" in out
        assert f"heat to {at.recipe.hottest.temperature_c:g} C" in out
    assert out.count("what may go wrong") == 2
    one, other = two
    status, out, _ = run(one.code.lower(), one.experiment_id)  # by code and by id: still one
    assert status == 0
    assert out.count("2 g BaTiO3 ──") == 1
    assert other.code not in out


def test_pages_and_tables(two: list[AtBench], tmp_path: Path) -> None:
    status, out, _ = run("--html", "made/all.html", "--csv", "made")
    assert status == 0
    read = Read((tmp_path / "made/all.html").read_text(encoding="utf-8"))
    assert read.count("section", "sheet") == 2
    assert out.count("written: ") == 3
    assert "──" not in out  # what is in files is not printed, too
    for at in two:
        table = (tmp_path / f"made/{at.code}.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(table)))
        masses = {r["step"]: float(r["value"]) for r in rows if r["what"] == "mass"}
        assert list(masses.values()) == list(at.procedure.masses_g.values())
    # Into a folder a page each, also where the folder's name has an ending.
    (tmp_path / "of.2026").mkdir()
    assert run(two[0].code, "--html", "of.2026")[0] == 0
    assert [p.name for p in (tmp_path / "of.2026").iterdir()] == [f"{two[0].code}.html"]


def test_json_is_the_sheets(two: list[AtBench]) -> None:
    status, out, _ = run("--json")
    assert status == 0
    told = [Sheet.from_json(json.dumps(each)) for each in json.loads(out)]
    assert [s.code for s in told] == [at.code for at in two]
    assert [tuple(x.action for x in s.steps) for s in told] == [at.procedure.actions for at in two]
    assert all(s.expectation is not None and s.expectation.failures for s in told)


def test_a_bench_elsewhere_and_a_campaign_that_is_not_found(
    two: list[AtBench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "campaigns").rename(tmp_path / "moved")
    (tmp_path / "bench").rename(tmp_path / "mine")
    monkeypatch.setenv("ATHANOR_BENCH", str(tmp_path / "mine"))
    status, out, _ = run(two[0].code)
    assert status == 0
    assert "weigh " in out
    assert "what may go wrong" not in out
    assert "what to expect is not known here: no campaign BaTiO3-hottest-12345678" in out
    status, out, _ = run(two[0].code, "--bench", "mine", "--folder", f"moved/{NAME}")
    assert status == 0
    assert "what may go wrong" in out
    assert not (tmp_path / "bench").exists()


def test_what_has_a_result_is_left_out(two: list[AtBench], tmp_path: Path) -> None:
    one, other = two
    book = BenchBook(tmp_path / "bench")
    lost = Outcome(experiment_id=one.experiment_id, status="failed")
    book.record(Recorded(lost, who="ada"))
    book.close()
    assert f"{one.code}  2 g" not in run()[1]
    assert f"{other.code}  2 g" in run()[1]
    every = run("--all")[1]
    assert f"{one.code}  2 g" in every
    assert "a result of this experiment is recorded already" in every


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no-such-thing"], "no experiment of this bench is called 'no-such-thing'"),
        (["--html", "sheet.pdf"], "neither a folder nor a file that ends in .html"),
        (["--csv", "sheet.html"], "neither a folder nor a file that ends in .csv"),
        (["--bench", "nowhere"], "there is no bench in nowhere"),
    ],
)
def test_refused_in_one_line(two: list[AtBench], words: list[str], said: str) -> None:
    del two
    status, _, err = run(*words)
    assert status == 2
    assert len(err.splitlines()) == 1
    assert said in err


def test_sheets_for_a_campaign_lie_in_the_bench(tmp_path: Path) -> None:
    """Also of experiments that no campaign knows: without expectations."""
    lab = ManualLab(tmp_path / "bench", ["BaCO3", "TiO2"])
    lab.submit(barium_titanate(), "e-0001")
    made = sheets(lab.book, lab.book.open())
    written = write_sheets(lab.book, made)
    code = lab.book.find("e-0001").code
    folder = tmp_path / "bench" / "sheets"
    assert written == [folder / f"{code}.html", folder / f"{code}.csv"]
    assert sorted(folder.iterdir()) == sorted(written)
    assert code in written[0].read_text(encoding="utf-8")
    assert write_sheets(lab.book, made) == written  # again, over what is there
    [told] = sheets(lab.book, [lab.book.find(code)] * 2)
    assert told.expectation is None
    assert "no campaign e " in told.notes[0]
    lab.close()
