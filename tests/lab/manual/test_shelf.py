"""The shelf of a bench follows the result that stands, whatever was said before and whenever."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from lab.manual import BenchBook, ManualLab, Record, SecondResult
from tests.conformance.lab import recipe
from tests.lab.manual.test_conforms import result

ASKED_G = recipe().masses_g(2)
STOCK: list[str | dict[str, object]] = [
    {"formula": "BaCO3", "grams": 10, "lot": "A"},
    {"formula": "TiO2", "grams": 10, "lot": "A"},
]
NOT_FIRED = Outcome(experiment_id="c-0001", status="cancelled")


@pytest.fixture
def lab(tmp_path: Path) -> ManualLab:
    made = ManualLab(tmp_path / "bench", STOCK)
    made.submit(recipe(), "c-0001")
    return made


def used_g(lab: ManualLab) -> dict[str, float]:
    """Grams off the shelf; what is promised to nobody is all that is left."""
    for formula in ASKED_G:
        assert lab.stock.free_g(formula) == lab.stock.left_g(formula)
    return {f: 10 - lab.stock.left_g(f) for f in ASKED_G}


def weighed(**grams: float) -> Any:
    return pytest.approx({**ASKED_G, **grams}, abs=1e-6)


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("second", [{"TiO2": 0.72}, {"TiO2": 0.65}, {}, {"BaCO3": 1.8}])
def test_masses_put_right_move_the_shelf_by_the_difference(
    lab: ManualLab, second: Mapping[str, float], told: bool
) -> None:
    lab.book.record(Record(result("c-0001"), "ada", {"TiO2": 0.7}))
    assert used_g(lab) == weighed(TiO2=0.7)
    if told:
        lab.poll("c-0001")
        lab.book.amended(result("c-0001"), "ada", "read again", second)
    else:
        with pytest.raises(SecondResult):
            lab.book.record(Record(result("c-0001"), "ada", second))
        lab.book.record(Record(result("c-0001"), "ada", second, why="read again"))
    assert used_g(lab) == weighed(**second)
    assert lab.poll("c-0001") == result("c-0001")


def test_not_fired_and_then_fired_takes_the_powders(lab: ManualLab) -> None:
    """Before the campaign heard; with hardly any powder left, what is there is taken."""
    lab.book.record(Record(NOT_FIRED, "ada"))
    assert used_g(lab) == {"BaCO3": 0, "TiO2": 0}
    lab.stock.correct("TiO2", grams=0.1)
    assert lab.book.record(Record(result("c-0001"), "ada", why="it was fired")) == [True]
    for _ in range(2):  # every poll answers
        assert lab.poll("c-0001") == result("c-0001")
    assert lab.stock.left_g("TiO2") == 0
    known = lab.book.get("c-0001")
    assert known is not None
    assert known.short_g == pytest.approx({"TiO2": ASKED_G["TiO2"] - 0.1}, abs=1e-6)


def test_withdrawn_told_and_amended_takes_the_powders_and_gives_them_back(lab: ManualLab) -> None:
    lab.cancel("c-0001")
    assert lab.poll("c-0001") == NOT_FIRED
    lab.book.amended(result("c-0001"), "ada", "it was fired")
    assert used_g(lab) == weighed()
    lab.book.amended(NOT_FIRED, "ada", "it was not, after all")
    assert used_g(lab) == {"BaCO3": 0, "TiO2": 0}
    assert lab.poll("c-0001") == NOT_FIRED  # what the campaign heard first, for ever


def test_what_the_campaign_was_told_first_is_recorded_and_no_longer_open(lab: ManualLab) -> None:
    lab.amended(result("c-0001"))
    assert lab.book.open() == []
    assert lab.poll("c-0001") == result("c-0001")
    assert used_g(lab) == weighed()
    entries = lab.book.log.entries()
    lab.amended(result("c-0001"))
    lab.amended(result("nobody knows it"))
    assert lab.book.log.entries() == entries
    with pytest.raises(SecondResult, match="heard"):
        lab.book.record(Record(result("c-0001", 0.5), "ada", why="a slip"))


def test_an_amendment_keeps_the_masses(lab: ManualLab) -> None:
    lab.book.record(Record(result("c-0001"), "ada", {"TiO2": 0.72}))
    lab.poll("c-0001")
    lab.amended(result("c-0001", 0.5))
    assert used_g(lab) == weighed(TiO2=0.72)


def test_more_than_the_books_have_is_all_that_no_other_was_promised(lab: ManualLab) -> None:
    lab.submit(recipe(1000), "c-0002")
    lab.stock.correct("TiO2", grams=1.5)
    lab.book.record(Record(result("c-0001"), "ada", {"TiO2": 0.9}))
    assert lab.stock.left_g("TiO2") == pytest.approx(ASKED_G["TiO2"], abs=1e-6)
    lab.book.record(Record(result("c-0002"), "ada"))
    assert lab.stock.left_g("TiO2") == pytest.approx(0, abs=1e-6)


def test_killed_between_result_and_shelf_whoever_comes_next_settles(lab: ManualLab) -> None:
    def opens(book: BenchBook) -> None:
        ManualLab(book.folder, STOCK).close()

    def records(book: BenchBook) -> None:
        book.record(Record(result("c-0001"), "ada", {"TiO2": 0.7}))

    for come_next in (opens, records):
        folder = lab.book.folder
        lab.book.log.append(
            "recorded", "c-0001", outcome=result("c-0001").model_dump(mode="json"),
            who="ada", why="", weighed_g={"TiO2": 0.7}, note="",
        )  # fmt: skip
        come_next(lab.book)
        assert used_g(lab) == weighed(TiO2=0.7)
        lab.close()
        lab = ManualLab(folder.with_name("another"), STOCK)
        lab.submit(recipe(), "c-0001")


def test_a_promise_of_a_killed_process_ends_when_nobody_comes(tmp_path: Path) -> None:
    """As a kill after the promise and before the entry leaves the files."""

    def cancels(lab: ManualLab) -> None:
        lab.cancel("c-0001")

    def opens(lab: ManualLab) -> None:
        ManualLab(lab.book.folder, STOCK).close()

    for end in (cancels, opens):
        lab = ManualLab(tmp_path / str(len(list(tmp_path.iterdir()))), STOCK)
        lab.book.log.append("wanted", "c-0001")
        lab.stock.reserve("c-0001", ASKED_G)
        lab.stock.reserve("of another lab", ASKED_G)
        assert lab.book.experiments() == []
        end(lab)
        assert lab.stock.promised == ("of another lab",)
        lab.submit(recipe(), "c-0001")
        assert [e.experiment_id for e in lab.book.open()] == ["c-0001"]


@pytest.mark.parametrize("grams", [0, -1, float("nan"), float("inf"), 2e6])
def test_masses_that_nobody_weighed_are_not_written_down(lab: ManualLab, grams: float) -> None:
    entries = lab.book.log.entries()
    with pytest.raises(AthanorError, match="give grams"):
        lab.book.record(Record(result("c-0001"), "ada", {"TiO2": grams}))
    with pytest.raises(AthanorError, match="give grams"):
        lab.book.record(Record(result("c-0001"), "ada", {"SrCO3": 1}))
    assert lab.book.log.entries() == entries


MASSES = st.fixed_dictionaries({"TiO2": st.floats(0.4, 1.3), "BaCO3": st.floats(1, 3)})


@given(
    said=st.lists(st.one_of(st.none(), MASSES), min_size=1, max_size=6),
    heard_after=st.integers(0, 6),
)
@settings(max_examples=25, deadline=None)
def test_the_shelf_depends_on_the_last_word_alone(
    said: list[dict[str, float] | None], heard_after: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Fired with some masses or not fired (none), any number of times, told at any moment."""
    lab = ManualLab(tmp_path_factory.mktemp("bench"), STOCK)
    lab.submit(recipe(), "c-0001")
    for number, masses in enumerate(said):
        outcome = NOT_FIRED if masses is None else result("c-0001")
        lab.book.amended(outcome, "ada", "so it was", masses or {})
        if number == heard_after:
            lab.poll("c-0001")
        expected = {"BaCO3": 0.0, "TiO2": 0.0} if masses is None else masses
        assert used_g(lab) == pytest.approx(expected, abs=1e-6)
    lab.close()


def test_a_note_is_kept_and_is_no_second_result(lab: ManualLab) -> None:
    lab.book.record(Record(result("c-0001"), "ada", note="a little sintered"))
    with pytest.raises(SecondResult):
        lab.book.record(Record(result("c-0001", 0.5), "ada", note="no reason to overwrite"))
    assert lab.book.record(Record(result("c-0001"), "ada")) == [False]
    assert lab.book.record(Record(result("c-0001"), "ada", note="white")) == [True]
    known = BenchBook(lab.book.folder).get("c-0001")
    assert known is not None
    assert (known.note, known.outcome) == ("white", result("c-0001"))
