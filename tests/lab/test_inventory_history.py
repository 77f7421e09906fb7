"""The history of a shelf in a file, and readers that are in nobody's way."""

import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import RecordError
from lab.inventory import Inventory
from lab.stock_table import as_csv, read_stock

CONFIGURED = [{"formula": "BaCO3", "grams": 8, "lot": "A1"}, {"formula": "TiO2", "grams": 2}, "CuO"]


def test_every_change_is_kept_with_who_and_survives(tmp_path: Path) -> None:
    file = tmp_path / "stock.sqlite"
    Inventory(CONFIGURED, file).close()
    ada = Inventory(file=file, who="ada@bench")
    ada.restock({"formula": "ZnO", "grams": 1}, numbered=True)
    ada.correct("ZnO", grams=0.5)
    ada.remove("ZnO")
    with pytest.raises(RecordError):
        ada.remove("ZnO")
    ada.weigh("e1", "BaCO3", 1)  # the lab's own log tells what was weighed
    ada.close()
    told = Inventory.look(file).history
    assert [(c.who, c.kind) for c in told] == [
        *[("", "added")] * 3, ("ada@bench", "added"), ("ada@bench", "corrected"),
        ("ada@bench", "removed"),
    ]  # fmt: skip
    assert [str(c) for c in told[3:]] == [
        "added lot 1 of ZnO: was not there, now 1 g",
        "corrected lot 1 of ZnO: was 1 g, now 0.5 g",
        "removed lot 1 of ZnO: was 0.5 g, now not there",
    ]
    assert [c.time for c in told] == sorted(c.time for c in told)


def test_a_configuration_does_not_bring_back_what_was_put_right(tmp_path: Path) -> None:
    """The same settings start the lab again after its lots were corrected, renamed and removed."""
    file = tmp_path / "stock.sqlite"
    first = Inventory(CONFIGURED, file)
    first.correct("BaCO3", grams=3, name="B7")
    first.correct("TiO2", grams=1.5)
    first.remove("CuO")
    shelf = first.shelf
    first.close()
    again = Inventory(CONFIGURED, file)
    assert again.shelf == shelf
    with pytest.raises(RecordError, match="another lot of TiO2 without a name"):
        Inventory([{"formula": "TiO2", "grams": 9}], file)
    assert len(Inventory(["ZnO"], file).lots) == 3


def test_books_from_before_there_was_a_history(tmp_path: Path) -> None:
    file = tmp_path / "stock.sqlite"
    Inventory(CONFIGURED, file).close()
    with sqlite3.connect(file) as old:
        old.execute("DROP TABLE changes")
    old.close()
    looked = Inventory.look(file)
    assert (looked.left_g("BaCO3"), looked.history) == (8, ())
    looked.close()
    again = Inventory(CONFIGURED, file)
    again.correct("BaCO3", grams=7)
    assert [change.kind for change in again.history] == ["corrected"]
    again.close()
    assert Inventory(CONFIGURED, file).left_g("BaCO3") == 7


def test_who_looks_waits_for_nobody_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    file = tmp_path / "stock.sqlite"
    writer = Inventory(CONFIGURED, file)
    with writer._keeper.changing() as books:  # the file is locked for writing
        looked = Inventory.look(file)
        assert looked.left_g("BaCO3") == 8
        books.shelf("BaCO3")[0].weighed_ug = 1_000_000
    assert looked.left_g("BaCO3") == 7
    with looked._keeper.reading():
        done = threading.Thread(target=writer.weigh, args=("e1", "BaCO3", 1))
        done.start()
        done.join(timeout=10)
        assert not done.is_alive()
    assert looked.left_g("BaCO3") == 6


def test_looking_changes_nothing_and_makes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "stock.sqlite"
    with pytest.raises(RecordError, match=r"cannot use .*stock\.sqlite"):
        Inventory.look(file)
    assert not file.exists()
    Inventory(CONFIGURED, file).close()
    before = file.read_bytes()
    looked = Inventory.look(file)
    with pytest.raises(RecordError, match="readonly"):
        looked.restock("ZnO")
    assert len(looked.shelf) == 3
    looked.close()
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["stock.sqlite"]
    (tmp_path / "empty").touch()
    with pytest.raises(RecordError, match="is a database but no inventory"):
        Inventory.look(tmp_path / "empty")
    assert not (tmp_path / "empty").read_bytes()


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=8)
bottles = st.fixed_dictionaries(
    {
        "formula": st.sampled_from(["BaCO3", "La0.7Sr0.3MnO3", "CoCl2·6H2O", "CaSO4·0.5H2O"]),
        "lot": names,
        "supplier": names,
        "grams": st.none() | st.integers(0, 10**12).map(lambda ug: ug / 1e6),
        "price_per_g": st.none() | st.floats(0, 1e6),
        "purity": st.none() | st.floats(1e-6, 1),
        "particle_size_um": st.none() | st.floats(1e-3, 1e4),
    }
)


@given(st.lists(bottles, max_size=4, unique_by=lambda b: (b["formula"], b["lot"])))
@settings(max_examples=40, deadline=None)
def test_what_is_exported_is_imported_again(
    tmp_path_factory: pytest.TempPathFactory, stock: list[dict[str, object]]
) -> None:
    table = tmp_path_factory.mktemp("tables") / "shelf.csv"
    shelf = Inventory(stock).shelf
    table.write_text("\ufeff" + as_csv(shelf), encoding="utf-8")
    rows = read_stock(table)
    assert [row.lot for row in rows] == [held.lot for held in shelf]
    new, there = Inventory(stock).restock_all([row.lot for row in rows], [""] * len(rows))
    assert (len(new), len(there)) == (0, len(stock))
