"""`athanor inventory`: the shelf at hand, changed line by line, and what is refused."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.cli import main
from lab.inventory import Inventory
from tests.commands import command

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `athanor inventory` in an empty folder; what it printed, or its error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATHANOR_BENCH", raising=False)

    def run(*words: str, status: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["athanor", "inventory", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert end.value.code == status, err
        return err if status else out

    return run


def listed(run: Run, *words: str) -> list[dict[str, object]]:
    return json.loads(run("list", "--json", *words))["lots"]


def test_a_shelf_from_its_first_bottle_to_its_last(run: Run) -> None:
    assert run("add", "BaCO₃", "--grams", "500", "--purity", "99.9 %", "--price", "0,2") == (
        "added lot 1 of BaCO3: was not there, now 500 g, purity 0.999, price per g 0.2 EUR\n"
    )
    run("add", "BaCO3", "--grams", "250", "--lot", "B", "--supplier", "a shop")
    run("add", "CoCl2", "--hydration", "6", "--grams", "10")
    run("add", "TiO2")
    assert run("correct", "BaCO3", "--lot", "1", "--grams", "480.12346", "--name", "A1") == (
        "corrected lot 1 of BaCO3: was 500 g, name 1, now 480.12346 g, name A1\n"
    )
    assert run("correct", "CoCl2", "--hydration", "6", "--grams", "0", "--purity", "0.98") == (
        "corrected lot 1 of CoCl2·6H2O: was 10 g, purity unknown, now 0 g, purity 0.98\n"
    )
    assert run("remove", "BaCO3", "--lot", "B") == (
        "removed lot B of BaCO3: was 250 g, supplier a shop, now not there\n"
    )
    shown = run()
    assert "480.1235" in shown  # to 0.1 mg
    assert "as needed" in shown
    assert "1 lot is used up: --all shows them" in shown
    assert "CoCl2·6H2O" not in shown
    assert "CoCl2·6H2O" in run("--all")
    lots = listed(run, "--all")
    assert [(lot["formula"], lot["lot"], lot["left_g"], lot["hydration"]) for lot in lots] == [
        ("BaCO3", "A1", 480.12346, 0), ("CoCl2·6H2O", "1", 0, 6), ("TiO2", "1", None, 0),
    ]  # fmt: skip
    told = json.loads(run("history", "--json"))
    assert [change["kind"] for change in told] == ["added"] * 4 + ["corrected"] * 2 + ["removed"]
    assert all("@" in change["who"] for change in told)
    assert run("history").count("BaCO3") == 4


def test_promises_are_shown_and_kept(run: Run) -> None:
    run("add", "BaCO3", "--grams", "5")
    with_promise = Inventory(file="bench/inventory.sqlite")
    with_promise.reserve("BaTiO3-athanor-1a2b3c4d-0003", {"BaCO3": 4.2312})
    assert listed(run)[0]["promised_g"] == 4.2312
    assert "4.2312" in run("list")
    for words in (("correct", "BaCO3", "--grams", "4"), ("remove", "BaCO3")):
        assert "promised to BaTiO3-athanor-1a2b3c4d-0003 (4.2312 g)" in run(*words, status=2)
    assert listed(run)[0]["left_g"] == 5
    run("correct", "BaCO3", "--grams", "as-needed")
    assert listed(run)[0]["left_g"] is None


def test_a_table_comes_in_once_and_goes_out_whole(run: Run) -> None:
    Path("shelf.csv").write_bytes(
        "Formula;Lot;mass (g);Purity;Price\r\nBaO₂;A;1,5;99,5 %;0,3\r\nZrO2;;;;\r\n".encode(
            "utf-8-sig"
        )
    )
    run("add", "TiO2", "--grams", "20", "--price", "0.1", "--currency", "usd")
    assert "shelf.csv, line 2: lot A of BaO2 is priced in EUR, others in USD" in run(
        "import", "shelf.csv", status=2
    )
    run("correct", "TiO2", "--currency", "EUR")
    assert run("import", "shelf.csv").splitlines() == [
        "added lot A of BaO2: was not there, now 1.5 g, purity 0.995, price per g 0.3 EUR",
        "added ZrO2: was not there, now bought as needed",
    ]
    assert run("import", "shelf.csv").splitlines() == [
        "skipped lot A of BaO2: it is there already", "skipped ZrO2: it is there already",
    ]  # fmt: skip
    assert run("export", "out.csv") == "Table: out.csv (3 lots)\n"
    run("import", "out.csv", "--file", "other.sqlite")
    assert listed(run, "--file", "other.sqlite") == listed(run)
    Path("shelf.csv").write_text("formula,lot,grams\nSrCO3,1,5\nBaO2,A,9\n")
    said = run("import", "shelf.csv", status=2)
    assert "shelf.csv, line 3: lot A of BaO2 is there, and is another (1.5 g, purity 0.995" in said
    assert len(listed(run)) == 3


def test_the_books_are_where_they_are_said_to_be(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("add", "BaO", "--bench", "here/there")
    monkeypatch.setenv("ATHANOR_BENCH", str(tmp_path / "named"))
    run("add", "SrO")
    run("--file", "mine.sqlite", "add", "CaO")
    books = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.sqlite")}
    assert books == {"here/there/inventory.sqlite", "named/inventory.sqlite", "mine.sqlite"}
    assert [lot["formula"] for lot in listed(run)] == ["SrO"]
    assert [
        lot["formula"] for lot in json.loads(run("--bench", "here/there", "--json"))["lots"]
    ] == ["BaO"]


def test_looking_where_there_is_nothing_makes_nothing(run: Run, tmp_path: Path) -> None:
    begin = "begin with `athanor inventory add BaCO3 --grams 500` or `athanor inventory import"
    for words in ((), ("list", "--all")):
        assert begin in run(*words)
    assert listed(run) == []
    for words in (
        ("history",), ("export", "x.csv"), ("remove", "BaCO3"), ("wanted", "BaTiO3"),
        ("correct", "BaCO3", "--grams", "1"),
    ):  # fmt: skip
        assert begin in run(*words, status=2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("add BaCO3 --grams -5", "grams: Input should be greater than or equal to 0"),
        ("add BaCO3 --grams 1,234.5", "--grams is '1,234.5': write one number"),
        ("add BaCO3 --grams heavy", "--grams is 'heavy'"),
        ("add BaCO3 --grams nan", "--grams is 'nan'"),
        ("add BaCO3 --grams 2e6", "less than or equal to 1000000"),
        ("add BaCO3 --purity 99.9", "it is a weight fraction"),
        ("add BaCO3 --lot 1", "another lot of BaCO3 called 1"),
        ("add Xx2", "no such element: Xx"),
        ("add CoCl2 --hydration 25", "hydration is 25.0: give moles of water"),
        ("add CoCl2·6H2O --hydration 2", "the formula says 6"),
        ("add SrO --price 1 --currency euros", "--currency is 'euros'"),
        ("add SrO --price 1 --currency USD", "others in EUR"),
        ("add SrO --particle-size 0", "particle_size_um"),
        ("add", "Missing argument 'FORMULA'"),
        ("correct SrO --grams 1", "no SrO in the books: they have BaCO3"),
        ("correct BaCO3", "nothing to correct"),
        ("correct BaCO3 --lot 9 --grams 1", "no lot 9 of BaCO3: name one of 1"),
        ("remove BaCO3 --lot 9", "no lot 9"),
        ("remove BaCO3", "were weighed out, which the books keep: correct its grams to 0"),
        ("import nowhere.csv", "cannot read the inventory nowhere.csv"),
        ("import bad.csv", "bad.csv, line 3: purity is 7"),
        ("import empty.csv", "empty.csv has no lots under its heading"),
        ("list --bench a --file b", "give one"),
        ("wanted Xx2", "no such element"),
        ("stock", "No such command 'stock'"),
    ],
)
def test_one_clear_line_and_books_as_they_were(run: Run, words: str, said: str) -> None:
    run("add", "BaCO3", "--grams", "5", "--price", "0.2")
    stock = Inventory(file="bench/inventory.sqlite")
    stock.weigh("e1", "BaCO3", 1)
    stock.close()
    Path("bad.csv").write_text("formula,purity\nTiO2,0.9\nZnO,7\n")
    Path("empty.csv").write_text("formula,grams\n")
    before = Path("bench/inventory.sqlite").read_bytes()
    error = run(*words.split(), status=2)
    assert said in error
    assert error.startswith("athanor: ")
    assert len(error.splitlines()) == 1
    assert Path("bench/inventory.sqlite").read_bytes() == before


def test_a_process_of_its_own_lists_what_another_added(tmp_path: Path) -> None:
    """As a user runs it."""
    words = ("inventory", "add", "BaCO3", "--grams", "0,5", "--file", "stock.sqlite")
    added = command("agents.cli", *words, cwd=tmp_path)
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout == "added lot 1 of BaCO3: was not there, now 0.5 g\n"
    assert [held.left_g for held in Inventory.look(tmp_path / "stock.sqlite").shelf] == [0.5]


def test_no_first_bottle_no_books(run: Run, tmp_path: Path) -> None:
    run("add", "BaCO3", "--grams", "-5", status=2)
    run("import", "nowhere.csv", status=2)
    assert not list(tmp_path.iterdir())


def test_what_is_wanted_is_told_with_its_gain(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any data but what comes with the project."""
    monkeypatch.setenv("ATHANOR_DATA", str(tmp_path))
    monkeypatch.delenv("ATHANOR_ENERGIES", raising=False)
    Inventory(["BaO2", "TiO2"], "stock.sqlite").close()
    found = json.loads(run("wanted", "BaTiO3", "--file", "stock.sqlite", "--json"))
    assert found["at_hand"]["precursors"] == ["BaO2", "TiO2"]
    gains = [purchase["gain"] for purchase in found["purchases"]]
    assert gains == sorted(gains, reverse=True)
    first = found["purchases"][0]
    assert first["gain"] == pytest.approx(first["best"]["chance"] - found["at_hand"]["chance"])
    assert first["worth_it"]
    assert any("batch of 2 g and the shelf in stock.sqlite" in said for said in found["assumes"])
