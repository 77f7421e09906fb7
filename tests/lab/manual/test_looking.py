"""The book of a bench, only looked at: also where nothing can be written, and leaving no trace."""

import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.errors import RecordError
from knowledge.recipe import HeatingStep, Recipe, Target
from lab.manual import BenchBook, ManualLab
from lab.manual.looking import look

NOBODY = 65534


@pytest.fixture
def bench() -> Iterator[Path]:
    """A bench with one experiment, in a folder that every user may come to."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    lab = ManualLab(made / "bench", ["BaCO3", "TiO2"])
    step = HeatingStep(temperature_c=1000, hold_h=4)
    recipe = Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), (step,))
    lab.submit(recipe, "e-0001")
    lab.close()
    yield made / "bench"
    (made / "bench").chmod(0o755)
    shutil.rmtree(made)


def seen(folder: Path) -> None:
    """Exit status 0 where all that a sheet needs can be read."""
    if os.getuid() == 0:  # whom no permission holds back
        os.setuid(NOBODY)
    assert not os.access(folder, os.W_OK)
    book = look(folder)
    assert [e.experiment_id for e in book.open()] == ["e-0001"]
    assert book.stock.formulas == ("BaCO3", "TiO2")


def test_a_bench_that_cannot_be_written_can_be_read(bench: Path) -> None:
    for file in bench.iterdir():
        file.chmod(0o444)
    bench.chmod(0o555)
    process = multiprocessing.get_context("fork").Process(target=seen, args=(bench,))
    process.start()
    process.join(60)
    assert process.exitcode == 0


def test_looking_leaves_a_bench_as_it_was(bench: Path) -> None:
    before = {file: file.read_bytes() for file in bench.iterdir()}
    book = look(bench)
    assert len(book.experiments()) == 1
    with pytest.raises(RecordError, match="readonly"):
        book.withdraw("e-0001", "ada")
    book.close()
    assert {file: file.read_bytes() for file in bench.iterdir()} == before


def test_what_is_written_meanwhile_is_seen(bench: Path) -> None:
    looked, book = look(bench), BenchBook(bench)
    with book.log.writing():
        assert len(looked.open()) == 1  # nobody is waited for
    book.withdraw("e-0001", "ada")
    assert looked.open() == []
    looked.close()
    book.close()


def test_what_is_no_bench_is_told_and_none_is_made(bench: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no bench in"):
        look(tmp_path / "bench")
    assert not any(tmp_path.iterdir())
    (bench / "bench.sqlite").write_bytes((bench / "inventory.sqlite").read_bytes())
    with pytest.raises(RecordError, match="is a database of something else"):
        look(bench)
    (bench / "bench.sqlite").write_text("no database at all" * 100)
    with pytest.raises(RecordError, match="cannot use"):
        look(bench)


def test_a_bench_whose_beginning_was_killed_has_an_empty_shelf(bench: Path) -> None:
    (bench / "inventory.sqlite").unlink()
    book = look(bench)
    assert len(book.open()) == 1
    assert book.stock.formulas == ()
    book.close()
    assert not (bench / "inventory.sqlite").exists()


def test_a_lab_that_is_only_asked_makes_no_bench(tmp_path: Path) -> None:
    lab = ManualLab(tmp_path / "bench", ["BaCO3", {"formula": "TiO2", "grams": 1, "lot": "A"}])
    step = HeatingStep(temperature_c=1000, hold_h=4)
    recipe = Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), (step,))
    lab.check(recipe)
    assert lab.inventory == ("BaCO3", "TiO2")
    assert lab.stock.free_g("TiO2") == 1
    assert not any(tmp_path.iterdir())
    lab.submit(recipe, "e-0001")
    assert lab.stock.free_g("TiO2") < 1
    assert len(BenchBook(tmp_path / "bench", must_exist=True).open()) == 1
    lab.close()
    with pytest.raises(RecordError, match="called A"):
        ManualLab(tmp_path / "other", [{"formula": "TiO2", "lot": "A", "grams": g} for g in (1, 2)])
    assert not (tmp_path / "other").exists()
