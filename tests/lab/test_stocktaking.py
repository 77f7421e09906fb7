"""A shelf put right: lots corrected, renamed and removed, and the books still balance."""

import math
from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from knowledge.errors import RecordError
from lab import Refused
from lab.inventory import Inventory, Lot

BOTTLES = [
    {"formula": "BaCO3", "grams": 5, "lot": "A1", "price_per_g": 0.2},
    {"formula": "BaCO3", "grams": 3, "lot": "A2"},
    {"formula": "TiO2", "grams": 2},
    "CuO",
]


def test_a_stocktake_counts_what_is_there_and_not_what_was_weighed() -> None:
    inventory = Inventory(BOTTLES)
    inventory.weigh("e1", "BaCO3", 1.5)
    change = inventory.correct("BaCO3", "A1", grams=3.25)
    assert str(change) == "corrected lot A1 of BaCO3: was 3.5 g, now 3.25 g"
    assert inventory.left_g("BaCO3", "A1") == 3.25
    assert inventory.weighed_g("BaCO3") == 1.5
    assert inventory.correct("BaCO3", "A1", grams=None).after.left_g is None
    assert inventory.left_g("BaCO3") == math.inf
    inventory.correct("BaCO3", "A1", grams=0)
    assert (inventory.left_g("BaCO3"), inventory.weighed_g("BaCO3")) == (3, 1.5)


def test_all_that_is_told_of_a_lot_can_be_put_right() -> None:
    inventory = Inventory(BOTTLES)
    told = {
        "purity": 0.999, "supplier": "a shop", "price_per_g": 0.3, "particle_size_um": 2,
    }  # fmt: skip
    change = inventory.correct("TiO2", name="B", **told)
    assert change.after.lot == Lot(formula="TiO2", lot="B", grams=2, **told)
    assert str(change) == (
        "corrected TiO2: was name unknown, purity unknown, supplier unknown, price per g unknown, "
        "particle size unknown, now name B, purity 0.999, supplier a shop, price per g 0.3 EUR, "
        "particle size 2 um"
    )
    assert str(inventory.correct("TiO2", purity=0.999)).startswith(
        "corrected lot B of TiO2: was an"
    )
    assert len(inventory.history) == len(BOTTLES) + 1  # what changes nothing is no change


def test_less_than_was_promised_is_refused_with_the_names_of_those_it_is_promised_to() -> None:
    inventory = Inventory(BOTTLES)
    inventory.reserve("e1", {"BaCO3": 4})
    inventory.reserve("e2", {"BaCO3": 2.5})
    inventory.weigh("e1", "BaCO3", 1)
    before = inventory.shelf
    with pytest.raises(RecordError, match=r"5 g of BaCO3 would .* e1 \(3 g\), e2 \(2.5 g\): weigh"):
        inventory.correct("BaCO3", "A1", grams=2)
    with pytest.raises(RecordError, match="4 g of BaCO3 would be left"):
        inventory.remove("BaCO3", "A2")
    assert inventory.shelf == before
    inventory.correct("BaCO3", "A1", grams=2.5)
    assert inventory.free_g("BaCO3") == 0
    assert [held.promised_g for held in inventory.shelf] == [2.5, 3, 0, 0]
    inventory.release("e2")
    inventory.release("e1")
    assert inventory.remove("BaCO3", "A2").before.left_g == 3
    with pytest.raises(
        RecordError, match=r"1 g of lot A1 of BaCO3 were weighed.*grams to 0 instead"
    ):
        inventory.remove("BaCO3")


def test_what_is_promised_of_all_lots_is_shown_with_the_oldest() -> None:
    inventory = Inventory(BOTTLES)
    inventory.reserve("e1", {"BaCO3": 6, "CuO": 7})
    assert [held.promised_g for held in inventory.shelf] == [5, 1, 0, 7]


@pytest.mark.parametrize(
    ("formula", "lot", "changes", "said"),
    [
        ("SrO", None, {"grams": 1}, "no SrO in the books: they have BaCO3, TiO2, CuO"),
        ("BaCO3", None, {"grams": 1}, "several lots of BaCO3: name one of A1, A2"),
        ("BaCO3", "A3", {"grams": 1}, "no lot A3 of BaCO3: name one of A1, A2"),
        ("BaCO3", "A1", {"name": "A2"}, "another lot of BaCO3 called A2"),
        ("BaCO3", "A1", {}, "nothing to correct: give any of grams, name"),
        ("BaCO3", "A1", {"colour": "white"}, "colour cannot be corrected"),
        ("BaCO3", "A1", {"grams": -1}, "grams is -1: give what is on the shelf, 0 to 1e"),
        ("BaCO3", "A1", {"grams": math.nan}, "grams is nan"),
        ("BaCO3", "A1", {"grams": 1e7}, "grams is 1e"),
        ("BaCO3", "A1", {"purity": 99.9}, "purity"),
        ("BaCO3", "A1", {"particle_size_um": 0}, "particle_size_um"),
        ("TiO2", None, {"price_per_g": 1, "currency": "USD"}, "priced in USD, others in EUR"),
    ],
)
def test_what_cannot_be_put_right(
    formula: str, lot: str | None, changes: dict[str, object], said: str
) -> None:
    inventory = Inventory(BOTTLES)
    before = inventory.shelf, inventory.history
    with pytest.raises(RecordError, match=said) as refusal:
        inventory.correct(formula, lot, **changes)
    assert "\n" not in str(refusal.value)
    assert (inventory.shelf, inventory.history) == before


def test_deliveries_are_numbered_by_formula() -> None:
    inventory = Inventory([{"formula": "BaCO3", "lot": "7"}, {"formula": "BaCO3", "lot": "A1"}])
    numbers = [
        inventory.restock({"formula": f}, numbered=True).after.lot.lot
        for f in ("BaCO3", "Ba(CO3)", "TiO2")
    ]
    assert numbers == ["8", "9", "1"]


def test_lots_are_taken_in_all_or_none() -> None:
    inventory = Inventory(BOTTLES)
    inventory.weigh("e1", "TiO2", 0.5)
    known = Lot(formula="Ba(CO3)", grams=5, lot="A1", price_per_g=0.2)
    zinc = Lot(formula="ZnO", grams=1)
    before = inventory.shelf
    for other, said in (
        (Lot(formula="BaCO3", grams=6, lot="A1"), r"line 3: .* is there, and is another \(5 g"),
        (Lot(formula="ZnO", grams=2), "line 3: ZnO is there, and is another"),
        (Lot(formula="SrO", price_per_g=1, currency="USD"), "line 3: SrO is priced in USD"),
    ):
        with pytest.raises(RecordError, match=said):
            inventory.restock_all([zinc, known, other], ["line 1", "line 2", "line 3"])
        assert inventory.shelf == before
    same = [known, Lot(formula="TiO2", grams=2), Lot(formula="TiO2", grams=1.5), zinc]
    new, there = inventory.restock_all([zinc, *same], [""] * 5)
    assert [change.after.lot for change in new] == [zinc]
    assert there == same


class Stocktaking(RuleBasedStateMachine):
    """Each lot holds what a plain sum says, to the microgram, in whatever order it is changed."""

    ids = st.sampled_from(["e1", "e2", "e3"])
    lots = st.sampled_from(["0", "1", "2"])
    masses_g = st.integers(1, 4_000_000).map(lambda ug: ug / 1e6)

    def __init__(self) -> None:
        super().__init__()
        self.inventory = Inventory()
        self.left_ug: dict[str, int] = {}
        self.weighed_ug: dict[str, int] = {}

    @rule(lot=lots, grams=masses_g)
    def add(self, lot: str, grams: float) -> None:
        try:
            self.inventory.restock({"formula": "BaCO3", "grams": grams, "lot": lot})
        except RecordError:
            assert lot in self.left_ug
            return
        assert lot not in self.left_ug
        self.left_ug[lot], self.weighed_ug[lot] = round(grams * 1e6), 0

    @rule(lot=lots, grams=masses_g, name=lots)
    def correct(self, lot: str, grams: float, name: str) -> None:
        others = sum(ug for other, ug in self.left_ug.items() if other != lot)
        try:
            self.inventory.correct("BaCO3", lot, grams=grams, name=name)
        except RecordError:
            too_little = others + round(grams * 1e6) < self.due_ug
            assert lot not in self.left_ug or (name != lot and name in self.left_ug) or too_little
            return
        assert others + round(grams * 1e6) >= self.due_ug
        del self.left_ug[lot]
        self.left_ug[name] = round(grams * 1e6)
        self.weighed_ug[name] = self.weighed_ug.pop(lot)

    @rule(lot=lots)
    def remove(self, lot: str) -> None:
        others = sum(ug for other, ug in self.left_ug.items() if other != lot)
        try:
            self.inventory.remove("BaCO3", lot)
        except RecordError:
            assert lot not in self.left_ug or self.weighed_ug[lot] or others < self.due_ug
            return
        assert not self.weighed_ug.pop(lot)
        assert self.left_ug.pop(lot) >= 0

    @rule(experiment=ids, grams=masses_g)
    def reserve(self, experiment: str, grams: float) -> None:
        with suppress(Refused):
            self.inventory.reserve(experiment, {"BaCO3": grams})

    @rule(experiment=ids, grams=masses_g)
    def weigh(self, experiment: str, grams: float) -> None:
        with suppress(Refused):
            for portion in self.inventory.weigh(experiment, "BaCO3", grams):
                self.left_ug[portion.lot.lot] -= round(portion.grams * 1e6)
                self.weighed_ug[portion.lot.lot] += round(portion.grams * 1e6)

    @rule(experiment=ids)
    def release(self, experiment: str) -> None:
        self.inventory.release(experiment)

    @property
    def due_ug(self) -> int:
        """What is promised, as free and left tell."""
        return round((self.inventory.left_g("BaCO3") - self.inventory.free_g("BaCO3")) * 1e6)

    @invariant()
    def books_balance(self) -> None:
        shelf = {held.lot.lot: held for held in self.inventory.shelf}
        assert {lot: round(held.left_g * 1e6) for lot, held in shelf.items()} == self.left_ug
        assert {lot: round(h.weighed_g * 1e6) for lot, h in shelf.items()} == self.weighed_ug
        assert round(sum(held.promised_g for held in shelf.values()) * 1e6) == self.due_ug
        for held in shelf.values():
            assert 0 <= held.promised_g <= held.left_g
            assert round(held.lot.grams * 1e6) == round((held.left_g + held.weighed_g) * 1e6)


TestStocktakingMachine = Stocktaking.TestCase
TestStocktakingMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
