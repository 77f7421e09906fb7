"""A bench keeps the contract of every lab: a person records what would come of it."""

from pathlib import Path

import pytest

from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome, PhaseFraction
from lab import Attended, Lab, Pending, Refused
from lab.manual import BenchBook, ManualLab, Record
from tests.conformance.lab import LabConformance, recipe

STOCK: list[str | dict[str, object]] = ["BaCO3", {"formula": "TiO2", "grams": 10, "lot": "A"}]


def result(experiment_id: str, share: float = 0.9) -> Outcome:
    phases = [PhaseFraction(formula="BaTiO3", weight_fraction=share, sigma=0.02)]
    phases.append(PhaseFraction(formula="TiO2", weight_fraction=round(1 - share, 6), sigma=0.02))
    return Outcome(experiment_id=experiment_id, phases=tuple(phases))


class TestManualLab(LabConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder, self.made = tmp_path, 0

    def make(self) -> Lab:
        self.made += 1
        return ManualLab(self.folder / f"bench {self.made}", STOCK)

    def finish(self, lab: Lab, experiment_id: str) -> Outcome:
        assert isinstance(lab, ManualLab)
        assert isinstance(lab.poll(experiment_id), Pending)
        elsewhere = BenchBook(lab.book.folder, must_exist=True)
        elsewhere.record(Record(result(experiment_id), who="ada"))
        elsewhere.close()
        outcome = lab.poll(experiment_id)
        assert isinstance(outcome, Outcome)
        return outcome

    def test_a_person_attends_it(self) -> None:
        lab = self.make()
        assert isinstance(lab, Attended)
        assert not lab.waits

    def test_weighing_out_consumes_once(self) -> None:
        """2 g of BaTiO3 take 2 x 79.866 / 233.192 = 0.68498 g of TiO2."""
        lab = self.make()
        assert isinstance(lab, ManualLab)
        for name in ("e1", "e2", "e3"):
            lab.submit(recipe(), name)
        assert lab.stock.left_g("TiO2") == 10
        assert lab.stock.free_g("TiO2") == pytest.approx(10 - 3 * 0.68498, abs=1e-4)
        self.finish(lab, "e1")
        lab.poll("e1")
        assert lab.stock.left_g("TiO2") == pytest.approx(10 - 0.68498, abs=1e-5)
        lab.cancel("e2")
        assert lab.stock.free_g("TiO2") == pytest.approx(10 - 2 * 0.68498, abs=1e-4)
        lab.book.record(Record(result("e3"), "ada", {"TiO2": 0.7, "BaCO3": 1.7}))
        assert lab.stock.left_g("TiO2") == pytest.approx(10 - 0.68498 - 0.7, abs=1e-5)
        assert lab.stock.promised == ()

    def test_a_powder_that_is_promised_away_is_refused(self) -> None:
        lab = self.make()
        for number in range(14):  # 14 x 0.685 g of 10 g
            lab.submit(recipe(), f"e{number}")
        with pytest.raises(Refused, match="TiO2"):
            lab.submit(recipe(), "one too many")
        lab.cancel("e3")
        lab.submit(recipe(), "one too many")


@pytest.fixture
def lab(tmp_path: Path) -> ManualLab:
    made = ManualLab(tmp_path / "bench", STOCK)
    made.submit(recipe(), "campaign-0001")
    made.submit(recipe(1000), "campaign-0002")
    return made


def test_another_process_finds_it_all_again(lab: ManualLab) -> None:
    first, second = lab.book.open()
    again = BenchBook(lab.book.folder, must_exist=True)
    assert again.open() == [first, second]
    assert again.find(first.code.lower()) == again.find("campaign-0001") == again.find("0001")
    assert first.procedure.target_g == 2
    assert first.recipe == recipe()


def test_a_result_is_put_right_until_the_campaign_has_heard_it(lab: ManualLab) -> None:
    book = lab.book
    assert book.record(Record(result("campaign-0001", 0.39), "ada")) == [True]
    assert book.record(Record(result("campaign-0001", 0.39), "bob")) == [False]
    with pytest.raises(AthanorError, match="has a result"):
        book.record(Record(result("campaign-0001", 0.93), "ada"))
    assert book.record(Record(result("campaign-0001", 0.93), "ada", why="a slip")) == [True]
    assert lab.poll("campaign-0001") == result("campaign-0001", 0.93)
    with pytest.raises(AthanorError, match="heard"):
        book.record(Record(result("campaign-0001", 0.5), "ada", why="another slip"))
    assert lab.poll("campaign-0001") == result("campaign-0001", 0.93)
    lost = Outcome(experiment_id="campaign-0002", status="failed")
    withdrawn = Outcome(experiment_id="campaign-0002", status="cancelled")
    book.record(Record(lost, "ada"))
    with pytest.raises(AthanorError, match="off the shelf"):
        book.record(Record(withdrawn, "ada", why="it was not fired"))


def test_of_several_records_all_are_written_or_none(lab: ManualLab) -> None:
    good = Record(result("campaign-0001"), "ada")
    with pytest.raises(AthanorError, match="nowhere"):
        lab.book.record(good, Record(result("nowhere"), "ada"))
    assert len(lab.book.open()) == 2
    assert lab.book.record(good, Record(result("campaign-0002"), "ada")) == [True, True]
    assert lab.book.open() == []


def test_killed_between_two_powders_each_comes_off_once(lab: ManualLab) -> None:
    """As a kill between the two writes leaves the files."""
    book = lab.book
    book.stock.restock({"formula": "BaCO3", "lot": "B", "grams": 10})
    book.log.append(
        "recorded", "campaign-0001", outcome=result("campaign-0001").model_dump(mode="json"),
        who="ada", why="", weighed_g={},
    )  # fmt: skip
    book.stock.weigh("campaign-0001", "TiO2", 0.684978)
    left = book.stock.left_g("TiO2")
    for _ in range(3):
        assert lab.poll("campaign-0001") == result("campaign-0001")
    assert book.stock.left_g("TiO2") == left
    assert book.stock.weighed_g("BaCO3") == pytest.approx(1.6925, abs=1e-4)


def test_what_is_no_bench_is_not_made_one(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no bench"):
        BenchBook(tmp_path / "nowhere", must_exist=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"folder": ""}, "lab.folder"),
        ({"folder": 7}, "lab.folder"),
        ({"inventory": "BaCO3"}, "give a list"),
        ({"waits": "yes"}, "lab.waits"),
        ({"inventory": ["Xx2O3"]}, "Xx"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, settings: dict[str, object], told: str) -> None:
    with pytest.raises(AthanorError, match=told):
        ManualLab(**{"folder": tmp_path, **settings})  # type: ignore[arg-type]
