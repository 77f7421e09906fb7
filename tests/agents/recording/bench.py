"""A bench with three experiments on it, and how to tell whether anything of it changed."""

from pathlib import Path

from knowledge.recipe import HeatingStep, Recipe, Target
from lab.manual import AtBench, BenchBook, ManualLab

STOCK: list[str | dict[str, object]] = [
    {"formula": "BaCO3", "grams": 100, "lot": "A"},
    {"formula": "TiO2", "grams": 100, "lot": "A"},
    "SrCO3",
]


def recipe(target: str, *precursors: str, temperature_c: float = 1100) -> Recipe:
    step = HeatingStep(temperature_c=temperature_c, hold_h=4)
    return Recipe.balanced(Target(formula=target), precursors, (step,))


def bench(folder: Path) -> BenchBook:
    """`c-0001` and `c-0002` make BaTiO3, `c-0003` SrTiO3."""
    lab = ManualLab(folder, STOCK)
    lab.submit(recipe("BaTiO3", "BaCO3", "TiO2"), "c-0001")
    lab.submit(recipe("BaTiO3", "BaCO3", "TiO2", temperature_c=1000), "c-0002")
    lab.submit(recipe("SrTiO3", "SrCO3", "TiO2"), "c-0003")
    return lab.book


def all_of(book: BenchBook) -> dict[str, bytes]:
    """Everything that a bench holds, byte for byte."""
    names = ("bench.sqlite", "inventory.sqlite")
    return {
        f"{name}{log}": (book.folder / f"{name}{log}").read_bytes()
        for name in names
        for log in ("", "-wal")
        if (book.folder / f"{name}{log}").exists()
    }


def at(book: BenchBook, experiment_id: str) -> AtBench:
    """An experiment that is there."""
    found = book.get(experiment_id)
    assert found is not None
    return found
