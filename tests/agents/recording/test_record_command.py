"""`athanor record`: one line for what cannot be, exit status 2, and nothing changed."""

import subprocess
from pathlib import Path

import pytest

from lab.manual import BenchBook
from tests.agents.recording.bench import all_of, at, bench
from tests.commands import command


def athanor(folder: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    return command("agents.cli", *words, cwd=folder, env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bench, on which one experiment of three has a result."""
    folder = tmp_path_factory.mktemp("room")
    book = bench(folder / "bench")
    code = at(book, "c-0002").code
    book.close()
    assert athanor(folder, "record", code, "--phases", "BaTiO3=0.5,TiO2=0.5").returncode == 0
    return folder


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["{1}", "--phases", "BaTiO3=0.9,TiO2=0.8"], "add up to 1.7"),
        (["{1}", "--phases", "PbO=1"], "no Pb was weighed in"),
        (["{1}", "--phases", "BaTiO3=1", "--sigma", "-0.02"], "--sigma"),
        (["{1}", "--phases", "BaTiO3=1", "--lost"], "say one thing"),
        (["{1}"], "say what came of it"),
        (["--phases", "BaTiO3=1"], "say which experiment"),
        (["{2}", "--phases", "BaTiO3=1"], '--correct "WHY"'),
        (["{2}", "--not-fired", "--correct", "a slip"], "off the shelf"),
        (["{1}", "--phases", "BaTiO3=1", "--correct", " "], "--correct"),
        (["{1}", "--phases", "BaTiO3=1", "--note", "x\x1b[31m"], "--note"),
        (["{1}", "--phases", "BaTiO3=1", "--who", ""], "--who"),
        (["{1}", "--phases", "BaTiO3=1", "--weighed", "TiO2=17"], "another experiment"),
        (["AAAAA", "--phases", "BaTiO3=1"], "no code"),
        (["0009", "--phases", "BaTiO3=1"], "no experiment of this bench"),
        (["--csv", "nowhere.csv"], "cannot read"),
        (["{1}", "--csv", "nowhere.csv"], "names experiments and phases itself"),
        (["{1}", "--phases", "BaTiO3=1", "--bench", "elsewhere"], "no bench in elsewhere"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(room: Path, words: list[str], told: str) -> None:
    book = BenchBook(room / "bench")
    codes = {str(n): at(book, f"c-000{n}").code for n in (1, 2, 3)}
    book.close()
    given = [codes[w[1]] if w.startswith("{") else w for w in words]
    before = sorted(room.rglob("*")), all_of(book)
    done = athanor(room, "record", *given)
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert told in line
    assert (sorted(room.rglob("*")), all_of(book)) == before


def test_a_file_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    book = bench(tmp_path / "bench")
    one, three = at(book, "c-0001").code, at(book, "c-0003").code
    file = tmp_path / "week.csv"
    heading = "experiment;phase;weight_fraction;sigma\n"
    good = f"{one};BaTiO₃;0,93;0,01\n{one};Ba2TiO4;0,07;\n"
    file.write_text(f"{heading}{good}{three};BaTiO3;1;\n", encoding="utf-8")
    done = athanor(tmp_path, "record", "--csv", file)
    assert done.returncode == 2
    assert three in done.stderr
    assert "nothing was taken" in done.stderr
    assert len(book.open()) == 3
    file.write_text(f"{heading}{good}{three};SrTiO3;1;\n", encoding="utf-8")
    done = athanor(tmp_path, "record", "--csv", file)
    assert done.returncode == 0, done.stderr
    assert "BaTiO3 0.93, Ba2TiO4 0.07" in done.stdout
    assert [e.experiment_id for e in book.open()] == ["c-0002"]
    again = athanor(tmp_path, "record", "--csv", file)
    assert again.stdout.count("nothing changed") == 2
    assert len(book.log.of("c-0001")) == 4  # wanted, taken on, recorded, weighed out


def test_a_slip_is_told_where_it_can_be_seen(tmp_path: Path) -> None:
    bench(tmp_path / "bench").close()
    done = athanor(tmp_path, "record", "c-0001", "--phases", "Ba2TiO4=0.5,BaO=0.5")
    assert "Ba is found 4.5 times as often as it was weighed in" in done.stdout
    done = athanor(
        tmp_path,
        "record",
        "c-0002",
        "--phases",
        "BaTiO3=1",
        "--weighed",
        "TiO2=0.72",
        "--sigma",
        "3%",
    )
    assert "+- 0.03" in done.stdout
    assert "0.7200 g of TiO2 were weighed, 0.6850 g asked" in done.stdout
