"""`athanor record`: one line for what cannot be, exit status 2, and nothing changed."""

import subprocess
from pathlib import Path

import pytest

from agents.recording.handing_in import Options, hand_in
from knowledge.errors import AthanorError
from lab.manual import BenchBook, ManualLab, Record
from tests.agents.recording.bench import STOCK, all_of, at, bench, recipe
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
        (["{2}", "--phases", "BaTiO3=1", "--note", "read again"], '--correct "WHY"'),
        (["{1}", "--phases", "BaTiO3=1", "--folder", "nowhere"], "nowhere holds no campaign"),
        (["{1}", "--phases", "BaTiO3=1", "--sigma", "0.5"], "is it 0.5 %?"),
        (["{1}", "--phases", "BaTiO3=1", "--weighed", "mg"], "as masses"),
        (["{1}", "--phases", "BATiO3=1"], "is it BaTiO3?"),
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


def recorded(folder: Path, code: str, *words: object) -> str:
    done = athanor(folder, "record", code, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_masses_that_are_not_said_again_are_kept_and_what_the_shelf_lacks_is_told(
    tmp_path: Path,
) -> None:
    bench(tmp_path / "bench").close()
    recorded(tmp_path, "c-0001", "--phases", "BaTiO3=0.9,TiO2=0.1", "--weighed", "TiO2=720 mg")
    told = recorded(tmp_path, "c-0001", "--phases", "BaTiO3=1", "--correct", "read again")
    assert "0.7200 g of TiO2 were weighed" in told
    book = BenchBook(tmp_path / "bench")
    assert book.stock.left_g("TiO2") == pytest.approx(100 - 0.72)
    told = recorded(
        tmp_path,
        "c-0001",
        "--phases",
        "BaTiO3=1",
        "--weighed",
        "TiO2=0.75",
        "--correct",
        "typed wrongly",
    )
    assert book.stock.left_g("TiO2") == pytest.approx(100 - 0.75)
    book.stock.correct("BaCO3", grams=2)
    told = recorded(tmp_path, "c-0002", "--lost", "--weighed", "BaCO3=2.5")
    assert "2.5000 g of BaCO3 were used, 0.5000 g more than the books had" in told
    assert book.stock.left_g("BaCO3") == 0


def test_a_note_is_kept_and_another_spelling_is_no_other_result(tmp_path: Path) -> None:
    book = bench(tmp_path / "bench")
    recorded(tmp_path, "c-0001", "--phases", "BaTiO3=0.9,TiO2=0.1", "--note", "white")
    assert at(book, "c-0001").note == "white"
    told = recorded(tmp_path, "c-0001", "--phases", "10% TiO2, 90% Ba2Ti2O6")
    assert "nothing changed" in told
    told = recorded(tmp_path, "c-0001", "--phases", "TiO2=10,BaTiO3=90", "--note", "grey")
    assert "the note was kept" in told
    assert at(book, "c-0001").note == "grey"


def test_several_that_are_meant_are_all_told(tmp_path: Path) -> None:
    lab = ManualLab(tmp_path / "bench", STOCK)
    for number, name in enumerate(("a-0001", "b-0001", "c-0002")):
        made = recipe("BaTiO3", "BaCO3", "TiO2", temperature_c=1000 + 10 * number)
        lab.submit(made, name)
    codes = [at(lab.book, name).code for name in ("a-0001", "b-0001", "c-0002")]
    recorded(tmp_path, codes[0], "--lost")
    done = athanor(tmp_path, "record", "0001", "--lost")
    assert done.returncode == 2
    assert [code in done.stderr for code in codes] == [True, True, False]


def test_of_two_at_once_the_slower_is_told_how_to_put_it_right(tmp_path: Path) -> None:
    bench(tmp_path / "bench").close()
    other = BenchBook(tmp_path / "bench")

    class Slow(BenchBook):
        """Somebody else records between its look at the book and its writing."""

        def record(self, *records: Record) -> list[bool]:
            hand_in(other, Options("c-0001", phases="BaTiO3=0.9,TiO2=0.1"))
            return super().record(*records)

    with pytest.raises(AthanorError, match=r'has a result already: .*--correct "WHY"'):
        hand_in(Slow(tmp_path / "bench"), Options("c-0001", phases="BaTiO3=1"))
    outcome = at(other, "c-0001").outcome
    assert outcome is not None
    assert outcome.weight_fraction("BaTiO3") == 0.9
