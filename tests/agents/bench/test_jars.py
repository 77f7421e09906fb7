"""Which jar each of several open sheets takes a powder from: nothing is promised twice."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.bench.jars import earlier_g, from_lots
from agents.bench.sheets import sheets
from agents.recording.result import phases_of
from agents.recording.said import Said, outcome_of
from knowledge.outcome import Outcome
from knowledge.recipe import HeatingStep
from lab.inventory import Inventory
from lab.manual import BenchBook, ManualLab, Record
from tests.agents.bench.sheet_cases import barium_titanate

LOTS = [
    {"formula": "BaCO3", "grams": 50},
    {"formula": "TiO2", "lot": "a", "grams": 0.5},
    {"formula": "TiO2", "lot": "b", "grams": 20},
]


def of_titania(book: BenchBook, name: str) -> list[tuple[str, float]]:
    """Lot and grams on the sheet of an experiment; 2 g of BaTiO3 take 0.6850 g TiO2."""
    [told] = sheets(book, [book.find(name)])
    [step] = [s for s in told.steps if getattr(s.action, "formula", "") == "TiO2"]
    return [(portion.lot, round(portion.grams, 4)) for portion in step.lots]


def test_each_gram_is_on_one_sheet(tmp_path: Path) -> None:
    lab = ManualLab(tmp_path / "bench", LOTS)
    for number in range(3):
        step = HeatingStep(temperature_c=1000 + number, hold_h=4)
        lab.submit(barium_titanate(step), f"e-000{number}")
    book = lab.book
    assert of_titania(book, "e-0000") == [("a", 0.5), ("b", 0.185)]
    assert of_titania(book, "e-0001") == [("b", 0.685)]
    [told] = sheets(book, [book.find("e-0001")])
    assert not any("more than one lot" in note for s in told.steps for note in s.notes)

    # One that has a result took its powder, and one that was not fired leaves it to the next.
    book.record(Record(Outcome(experiment_id="e-0000", status="failed"), "ada"))
    assert of_titania(book, "e-0001") == [("b", 0.685)]
    assert of_titania(book, "e-0002") == [("b", 0.685)]
    lab.close()


def test_what_is_not_fired_is_left_for_those_after_it(tmp_path: Path) -> None:
    lab = ManualLab(tmp_path / "bench", LOTS)
    for number in range(2):
        lab.submit(barium_titanate(), f"e-000{number}")
    lab.cancel("e-0000")
    assert of_titania(lab.book, "e-0001") == [("a", 0.5), ("b", 0.185)]
    assert earlier_g(lab.book.find("e-0001"), lab.book.experiments()) == {}
    lab.close()


@given(
    st.lists(st.floats(0.001, 3), min_size=1, max_size=4),
    st.lists(st.floats(0.001, 1), min_size=1, max_size=5),
    st.booleans(),
)
def test_all_together_take_what_the_books_give_in_that_order(
    jars_g: list[float], asked_g: list[float], endless: bool
) -> None:
    lots = [{"formula": "TiO2", "lot": f"jar {n}", "grams": g} for n, g in enumerate(jars_g)]
    lots += [{"formula": "TiO2", "lot": "last", "grams": None if endless else 10}]
    stock = Inventory(lots)
    told = [
        {p.lot: p.grams for p in from_lots(stock, "TiO2", mass_g, sum(asked_g[:number]))}
        for number, mass_g in enumerate(asked_g)
    ]
    for number, mass_g in enumerate(asked_g):
        weighed = {p.lot.lot: p.grams for p in stock.weigh(f"e{number}", "TiO2", mass_g)}
        for lot in weighed.keys() | told[number].keys():
            # The books count whole micrograms, and have rounded each mass by half of one.
            assert told[number].get(lot, 0) == pytest.approx(weighed.get(lot, 0), abs=1e-5)


def test_what_is_recorded_is_judged_by_the_jar_that_its_sheet_named(tmp_path: Path) -> None:
    """The second of two takes TiO2 of 97 % and weighs 0.7062 g for 0.6850 g, as it was advised."""
    lots = [LOTS[0], {**LOTS[1], "purity": 0.999}, {**LOTS[2], "purity": 0.97}]
    lab = ManualLab(tmp_path / "bench", lots)
    for number in range(2):
        lab.submit(barium_titanate(), f"e-000{number}")
    second, every = lab.book.find("e-0001"), lab.book.experiments()
    said = Said(phases_of("BaTiO3=1"), weighed_g={"TiO2": 0.7062})
    assert outcome_of(second, said, every, lab.stock).faults == ()
    [fault] = outcome_of(every[0], said, every, lab.stock).faults  # mostly of the pure jar
    assert fault.kind == "wrong_mass"
    lab.close()
