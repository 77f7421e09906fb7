"""The inventory: the books balance, and running short is refused."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from knowledge.errors import AthanorError, FormulaError, RecordError
from lab import Refused
from lab.inventory import Inventory, Lot

BOTTLES = [
    {"formula": "BaCO3", "grams": 5, "lot": "A1", "price_per_g": 0.2, "particle_size_um": 1},
    {"formula": "BaCO3", "grams": 3, "lot": "A2", "price_per_g": 0.5},
    {"formula": "TiO2", "grams": 2},
    "CuO",
]


def test_weighing_consumes_the_oldest_lot_first() -> None:
    inventory = Inventory(BOTTLES)
    inventory.reserve("e1", {"BaCO3": 6})
    assert inventory.left_g("BaCO3") == 8
    assert inventory.free_g("BaCO3") == 2
    portions = inventory.weigh("e1", "BaCO3", 5.5)
    assert [(p.lot.lot, p.grams) for p in portions] == [("A1", 5.0), ("A2", 0.5)]
    assert inventory.left_g("BaCO3") == 2.5
    assert inventory.left_g("BaCO3", "A1") == 0
    assert inventory.free_g("BaCO3") == 2  # half a gram is still promised
    inventory.release("e1")
    assert inventory.free_g("BaCO3") == inventory.left_g("BaCO3") == 2.5
    assert inventory.weighed_g("BaCO3") == 5.5


def test_running_short_says_what_is_left() -> None:
    inventory = Inventory([{"formula": "BaCO3", "grams": 1.1}])
    with pytest.raises(Refused) as refusal:
        inventory.reserve("e1", {"BaCO3": 3.2})
    assert str(refusal.value) == (
        "refused by the lab (inventory): BaCO3: 3.2 g asked; "
        "1.1 g are left; buy more or make a smaller batch"
    )
    inventory.reserve("e1", {"BaCO3": 1})
    with pytest.raises(Refused, match="1 g of it promised to others"):
        inventory.check({"BaCO3": 0.2})
    with pytest.raises(Refused, match="in stock: BaCO3"):
        inventory.reserve("e2", {"SrO": 1})


def test_reserving_is_all_or_nothing_and_idempotent() -> None:
    inventory = Inventory(BOTTLES)
    with pytest.raises(Refused, match="TiO2"):
        inventory.reserve("e1", {"BaCO3": 1, "TiO2": 5})
    assert inventory.free_g("BaCO3") == 8
    inventory.reserve("e1", {"BaCO3": 6, "TiO2": 1})
    inventory.weigh("e1", "BaCO3", 2)
    inventory.reserve("e1", {"Ba(CO3)": 6, "TiO2": 1})  # the same again
    assert inventory.free_g("BaCO3") == 2
    with pytest.raises(Refused, match="e1 was promised 6 g BaCO3, 1 g TiO2"):
        inventory.reserve("e1", {"BaCO3": 6})


def test_a_hand_that_weighs_a_little_more_or_less() -> None:
    inventory = Inventory([{"formula": "BaCO3", "grams": 10}])
    inventory.reserve("e1", {"BaCO3": 4})
    inventory.reserve("e2", {"BaCO3": 5})
    inventory.weigh("e1", "BaCO3", 4.2)  # 0.2 g of the gram that is free
    assert inventory.free_g("BaCO3") == 0.8
    with pytest.raises(Refused, match="BaCO3"):
        inventory.weigh("e1", "BaCO3", 0.9)  # nothing of what e2 was promised
    inventory.weigh("e2", "BaCO3", 4.5)
    inventory.release("e2")
    inventory.release("nobody")
    assert inventory.free_g("BaCO3") == 1.3


def test_spelling_does_not_matter_and_water_does() -> None:
    inventory = Inventory(["Co(NO3)2·6H2O", {"formula": "La0.7Sr0.3MnO3", "grams": 1}])
    inventory.weigh("e1", "La7Sr3Mn10O30", 0.25)
    assert inventory.left_g("La0.7Sr0.3MnO3") == 0.75
    assert inventory.formulas == ("Co(NO3)2·6H2O", "La0.7Sr0.3MnO3")
    with pytest.raises(Refused, match=r"Co\(NO3\)2: 1 g asked"):
        inventory.weigh("e1", "Co(NO3)2", 1)
    assert inventory.left_g("CoH12(NO6)2") == math.inf


def test_what_is_bought_as_needed_never_runs_short() -> None:
    inventory = Inventory(["CuO", "CuO"])
    inventory.weigh("e1", "CuO", 1e5)
    assert inventory.left_g("CuO") == inventory.free_g("CuO") == math.inf
    assert inventory.weighed_g("CuO") == 1e5
    assert inventory.left_g("ZnO") == 0


def test_prices_by_hand() -> None:
    """5 g at 0.2 and 1 g at 0.5; beyond the last lot, at its price."""
    inventory = Inventory(BOTTLES)
    price = inventory.price({"BaCO3": 6, "TiO2": 1})
    assert price.amount == pytest.approx(1.5)
    assert price.currency == "EUR"
    assert price.unpriced == ("TiO2",)
    assert inventory.price({"BaCO3": 9}).amount == pytest.approx(1 + 1.5 + 0.5)
    with pytest.raises(RecordError, match="priced in USD, others in EUR"):
        inventory.restock(Lot(formula="ZnO", price_per_g=1, currency="USD"))


def test_restocking() -> None:
    inventory = Inventory(BOTTLES)
    inventory.weigh("e1", "TiO2", 2)
    assert "TiO2" not in inventory.formulas
    inventory.restock({"formula": "TiO2", "grams": 100, "lot": "B"})
    assert inventory.left_g("TiO2") == 100
    assert [lot.lot for lot in inventory.lots] == ["A1", "A2", "", "", "B"]
    with pytest.raises(RecordError, match="another lot of TiO2 called B"):
        inventory.restock({"formula": "TiO2", "grams": 100, "lot": "B"})


@pytest.mark.parametrize("grams", [0, -1, math.nan, math.inf, -math.inf, 1e7, 1e-9, "1", None])
def test_masses_that_are_none(grams: float) -> None:
    inventory = Inventory(BOTTLES)
    for attempt in (
        lambda: inventory.reserve("e1", {"BaCO3": grams}),
        lambda: inventory.weigh("e1", "CuO", grams),
        lambda: inventory.check({"CuO": grams}),
        lambda: inventory.price({"CuO": grams}),
    ):
        with pytest.raises(Refused, match=r"mass.*a mass is 0.000001 to 1e\+06 g"):
            attempt()
    assert inventory.free_g("BaCO3") == 8


def test_numbers_from_numpy() -> None:
    inventory = Inventory(BOTTLES)
    inventory.weigh("e1", "BaCO3", np.float64(1.5))
    inventory.weigh("e1", "BaCO3", np.int64(2))
    assert inventory.left_g("BaCO3") == 4.5


@pytest.mark.parametrize(
    ("stock", "said"),
    [
        ([{"formula": "BaCO3", "grams": -1}], "greater than or equal to 0"),
        ([{"formula": "BaCO3", "grams": math.nan}], "finite number"),
        ([{"formula": "BaCO3", "grams": math.inf}], "finite number"),
        ([{"formula": "BaCO3", "grams": 1e9}], "less than or equal to 1000000"),
        ([{"formula": "BaCO3", "price_per_g": -1}], "price_per_g"),
        ([{"formula": "BaCO3", "purity": 99}], "less than or equal to 1"),
        ([{"formula": "BaCO3", "colour": "white"}], "no colour: allowed are formula, lot, grams"),
        ([{"grams": 1}], "give a formula such as BaCO3"),
        ([7], "give a formula such as BaCO3"),
        (["Xx2"], "no such element"),
        ([{"formula": "Xx2"}], "no such element"),
        ([{"formula": "BaCO3", "grams": 1}, "BaCO3"], "a lot name of its own"),
    ],
)
def test_stock_that_does_not_hold_together(stock: list[object], said: str) -> None:
    with pytest.raises((RecordError, FormulaError), match=said) as refusal:
        Inventory(stock)  # type: ignore[arg-type]
    assert "\n" not in str(refusal.value)


def test_from_csv(tmp_path: Path) -> None:
    table = tmp_path / "stock.csv"
    table.write_text(
        "formula,lot,grams,price_per_g,currency,particle_size_um,purity,supplier\n"
        "BaCO3,A1,500,0.2,USD,1,0.999,a shop\nTiO2,7,,,,,,\n"
    )
    inventory = Inventory.from_csv(table)
    assert inventory.lots == (
        Lot(formula="BaCO3", lot="A1", grams=500, price_per_g=0.2, currency="USD",
            particle_size_um=1, purity=0.999, supplier="a shop"),
        Lot(formula="TiO2", lot="7"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("BaCO3\n", "no column formula"),
        ("", "no column formula"),
        ("formula,grams\nBaCO3,5\nTiO2,heavy\n", "line 3: .*heavy"),
        ("formula,grams\n,5\n", "line 2"),
        ("formula,grams\nBaCO3,5,6\n", "line 2: more cells"),
        ("formula,colour\nBaCO3,white\n", "no colour: allowed are"),
    ],
)
def test_csv_files_that_are_none(text: str, said: str, tmp_path: Path) -> None:
    table = tmp_path / "stock.csv"
    table.write_text(text)
    with pytest.raises(RecordError, match=said):
        Inventory.from_csv(table)
    with pytest.raises(RecordError, match="nowhere"):
        Inventory.from_csv(tmp_path / "nowhere.csv")


class Bookkeeping(RuleBasedStateMachine):
    """Whatever is asked in whatever order, delivered = left + weighed out, to the microgram."""

    ids = st.sampled_from(["e1", "e2", "e3"])
    masses_g = st.floats(1e-6, 4)

    def __init__(self) -> None:
        super().__init__()
        self.inventory = Inventory([{"formula": "BaCO3", "grams": 3.3, "lot": "0"}])
        self.delivered_ug, self.weighed_ug = 3_300_000, 0

    @rule(grams=st.floats(0, 2))
    def restock(self, grams: float) -> None:
        number = len(self.inventory.lots)
        self.inventory.restock({"formula": "BaCO3", "grams": grams, "lot": number})
        self.delivered_ug += round(grams * 1e6)

    @rule(experiment=ids, grams=masses_g)
    def reserve(self, experiment: str, grams: float) -> None:
        free_g = self.inventory.free_g("BaCO3")
        try:
            self.inventory.reserve(experiment, {"BaCO3": grams})
        except AthanorError:
            assert self.inventory.free_g("BaCO3") == free_g

    @rule(experiment=ids, grams=masses_g)
    def weigh(self, experiment: str, grams: float) -> None:
        try:
            portions = self.inventory.weigh(experiment, "BaCO3", grams)
        except Refused:
            return
        taken_ug = sum(round(p.grams * 1e6) for p in portions)
        assert taken_ug == round(grams * 1e6)
        self.weighed_ug += taken_ug

    @rule(experiment=ids)
    def release(self, experiment: str) -> None:
        self.inventory.release(experiment)

    @invariant()
    def books_balance(self) -> None:
        left_ug = round(self.inventory.left_g("BaCO3") * 1e6)
        assert self.delivered_ug == left_ug + self.weighed_ug
        assert self.weighed_ug == round(self.inventory.weighed_g("BaCO3") * 1e6)
        assert 0 <= self.inventory.free_g("BaCO3") <= self.inventory.left_g("BaCO3")

    def teardown(self) -> None:
        for experiment in ("e1", "e2", "e3"):
            self.inventory.release(experiment)
        assert self.inventory.free_g("BaCO3") == self.inventory.left_g("BaCO3")


TestBookkeeping = Bookkeeping.TestCase
TestBookkeeping.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=30))
@settings(max_examples=20, deadline=None)
def test_a_promise_can_always_be_kept(masses_g: list[float]) -> None:
    """Once reserved, it can be weighed, whatever others took meanwhile."""
    inventory = Inventory([{"formula": "BaCO3", "grams": 10}])
    inventory.reserve("e1", {"BaCO3": masses_g[0]})
    for number, grams in enumerate(masses_g[1:]):
        try:
            inventory.weigh(f"other{number}", "BaCO3", grams)
        except Refused:
            break
    inventory.weigh("e1", "BaCO3", masses_g[0])


def test_released_experiments_are_forgotten() -> None:
    inventory = Inventory(BOTTLES)
    for number in range(1000):
        inventory.reserve(f"e{number}", {"CuO": 1})
        inventory.weigh(f"e{number}", "CuO", 1)
        inventory.release(f"e{number}")
    with inventory._keeper.reading() as books:
        assert not books.promises
        assert len(books.bottles) == len(BOTTLES)
