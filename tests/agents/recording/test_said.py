"""From what a person says to an outcome: masses, faults, and what cannot be."""

from pathlib import Path

import pytest

from agents.recording.result import phases_of
from agents.recording.said import Said, doubts, outcome_of, weighed_of
from knowledge.errors import AthanorError
from lab.manual import BenchBook, ManualLab
from tests.agents.recording.bench import at, bench, recipe


@pytest.fixture
def book(tmp_path: Path) -> BenchBook:
    return bench(tmp_path)


def test_what_was_measured(book: BenchBook) -> None:
    one = at(book, "c-0001")
    outcome = outcome_of(one, Said(phases_of("BaTiO3=0.9,TiO2=0.1")))
    assert outcome.status == "measured"
    assert outcome.profile == one.recipe.steps
    assert outcome.faults == ()
    assert 0 <= outcome.lab_time_h < 1


def test_lost_and_not_fired(book: BenchBook) -> None:
    one = at(book, "c-0001")
    lost = outcome_of(one, Said(lost=True, note="the crucible fell"))
    assert (lost.status, lost.faults[0].sample_lost) == ("failed", True)
    assert lost.faults[0].message == "the crucible fell"
    assert outcome_of(one, Said(not_fired=True)).status == "cancelled"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Said(), "say one thing"),
        (Said(lost=True, not_fired=True), "say one thing"),
        (Said(not_fired=True, weighed_g={"TiO2": 0.7}), "not weighed"),
        (Said(phases_of("PbO=1")), "no Pb was weighed in"),
        (Said(phases_of("SrTiO3=0.9,TiO2=0.1")), r"it would fit \w{5} \(SrTiO3\)"),
    ],
)
def test_what_cannot_be(book: BenchBook, said: Said, told: str) -> None:
    with pytest.raises(AthanorError, match=told):
        outcome_of(at(book, "c-0001"), said, book.experiments())


def test_the_crucible_comes_into_a_sample(book: BenchBook) -> None:
    outcome = outcome_of(at(book, "c-0001"), Said(phases_of("BaTiO3=0.8,BaAl2O4=0.2")))
    assert outcome.weight_fraction("BaAl2O4") == 0.2


def test_an_element_that_is_not_found_as_it_went_in_is_told(book: BenchBook) -> None:
    """By weight, 0.5 Ba2TiO4 and 0.5 BaO: per Ti 2 + 386.5 / 153.3 = 4.52 Ba, and 1 went in."""
    one = at(book, "c-0001")
    for text in ("BaTiO3=1", "BaTiO3=0.93,Ba2TiO4=0.07", "BaCO3=0.712,TiO2=0.288"):
        assert doubts(one, outcome_of(one, Said(phases_of(text)))) == []
    off = outcome_of(one, Said(phases_of("Ba2TiO4=0.5,BaO=0.5")))
    barium, titanium = doubts(one, off)
    assert "Ba is found 4.5 times" in barium
    assert "Ti is found 0.22 times" in titanium


@pytest.mark.parametrize(
    ("text", "weighed"),
    [
        ("TiO2=0.6849", {"TiO2": 0.6849}),
        ("TiO2=684.9 mg", {"TiO2": 0.6849}),
        ("684,9 mg TiO2, 1.7 g BaCO3", {"TiO2": 0.6849, "BaCO3": 1.7}),
        ("TiO₂ 0,6849 g; BaCO3 1.7 g", {"TiO2": 0.6849, "BaCO3": 1.7}),
    ],
)
def test_masses_as_people_write_them(book: BenchBook, text: str, weighed: dict[str, float]) -> None:
    assert weighed_of(text, at(book, "c-0001")) == weighed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no mass"),
        ("TiO2", "cannot read"),
        ("TiO2=-0.7", "above 0"),
        ("TiO2=0", "above 0"),
        ("TiO2=70%", "cannot read 'TiO2=70%' as masses: give grams"),
        ("mg", "as masses"),
        ("TiO2=684.9", "write 684.9 mg"),
        ("BaTiO3=0.6849", "takes BaCO3, TiO2 and no other"),
        ("SrCO3=0.7", "takes BaCO3, TiO2 and no other"),
        ("TiO2=6.849", "is that of another experiment"),
        ("TiO2=0.6849,TiO2=0.6849", "given twice"),
    ],
)
def test_masses_that_cannot_be(book: BenchBook, text: str, told: str) -> None:
    with pytest.raises(AthanorError, match=told):
        weighed_of(text, at(book, "c-0001"))


def test_a_mass_that_is_off_is_a_fault_unless_the_powder_is_impure(tmp_path: Path) -> None:
    """0.68498 g of TiO2 are asked: 0.7062 g of one of 97 % hold as much."""
    stock = ["BaCO3", {"formula": "TiO2", "grams": 50, "lot": "A", "purity": 0.97}]
    lab = ManualLab(tmp_path, stock)  # type: ignore[arg-type]
    lab.submit(recipe("BaTiO3", "BaCO3", "TiO2"), "c-0001")
    one = at(lab.book, "c-0001")

    def kinds(grams: float) -> list[str]:
        said = Said(phases_of("BaTiO3=1"), weighed_g={"TiO2": grams})
        return [f.kind for f in outcome_of(one, said, stock=lab.stock).faults]

    assert kinds(0.6849) == kinds(0.7062) == []
    assert kinds(0.6955) == kinds(0.7200) == kinds(0.6600) == ["wrong_mass"]
