"""Tables of pairs and ranges of temperature, as published with ARROWS3."""

import csv
from pathlib import Path

import pytest

from agents.pairs.deduction import Powder, conclude
from agents.pairs.ranges import ranges_text
from agents.pairs.tables import read_table
from knowledge.chemistry import framework, parse
from knowledge.data_folder import data_folder
from knowledge.errors import RecordError
from knowledge.kinetics import PairObservation

HEADER = "Pairwise reactants,Pairwise Products,Temperature Range\n"
PUBLISHED = "campaigns/ybco_pairwise.csv"


def read(tmp_path: Path, *rows: str) -> list[PairObservation]:
    path = tmp_path / "pairs.csv"
    path.write_text(HEADER + "\n".join(rows))
    return read_table(path)


def bounds(found: list[PairObservation]) -> set[tuple[float, bool]]:
    return {(o.temperature_c, o.reacted) for o in found}


def test_each_range_stands_for_its_bounds(tmp_path: Path) -> None:
    (below,) = read(tmp_path, "CuCO3, CO2 + CuO, Reacts below 600 C")
    assert below == PairObservation(
        pair=("CuCO3",), atmosphere="air", temperature_c=600, reacted=True, products=("CuO",),
        source="pairs",
    )  # fmt: skip
    (inert,) = read(tmp_path, "Y2O3 + BaCO3, None, Does not react at or below 700 C")
    assert (inert.pair, inert.reacted, inert.temperature_c) == (("BaCO3", "Y2O3"), False, 700)
    between = read(tmp_path, "Y2O3 + BaCuO2, BaY2CuO5, Reacts between 800-900 C")
    assert bounds(between) == {(800, False), (900, True)}
    assert [o.products for o in between] == [(), ("BaY2CuO5",)]


def test_a_second_row_of_a_pair_tells_other_products_not_another_bound(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "Y2O3 + Ba2(CuO2)3, O2 + CuO + BaY2CuO5, Reacts between 600-700 C",
        "Y2O3 + Ba2(CuO2)3, O2 + Ba2YCu3O7, Reacts between 800-900 C",
    )
    assert bounds(found) == {(600, False), (700, True), (900, True)}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["CuCO3, CO2 + CuO, Melts at 600 C"], "line 2: cannot read 'Melts at 600 C'"),
        (["CuCO3, None, Reacts below 600 C"], "line 2: .*None stands for no reaction"),
        (["CuCO3, CuO, Does not react at or below 600 C"], "line 2: .*None stands for"),
        (["CuCO3, CuO, Reacts between 900-800 C"], "line 2: .*must be below the second"),
        (["CuXo3, CuO, Reacts below 600 C"], "line 2: .*"),
        (
            ["CuO + Y2O3, None, Does not react at or below 900 C",
             "Y2O3 + CuO, Y2Cu2O5, Reacts below 800 C"],
            "line 2 says that CuO . Y2O3 does not react at 900 C, .*line 3 that it has by 800 C",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_told(tmp_path: Path, rows: list[str], said: str) -> None:
    with pytest.raises(RecordError, match=said) as told:
        read(tmp_path, *rows)
    assert "\n" not in str(told.value)


def test_what_an_export_holds_is_read_back(tmp_path: Path) -> None:
    rows = [
        "BaCO3 + CuO,None,Does not react at or below 900 C",
        "BaCO3 + Cu2O,CO2 + BaCuO2,Reacts below 800 C",
        "Ba2(CuO2)3 + Y2O3,O2 + BaY2CuO5 + CuO,Reacts between 600-700 C",
        "Ba2(CuO2)3 + Y2O3,O2 + Ba2YCu3O7,Reacts between 700-900 C",
    ]
    text = ranges_text(read(tmp_path, *rows))
    assert sorted(text.splitlines()) == sorted([HEADER.strip(), *rows])


def test_one_gas_at_a_time(tmp_path: Path) -> None:
    found = read(tmp_path, "CuCO3, CO2 + CuO, Reacts below 600 C")
    other = found[0].model_copy(update={"atmosphere": "argon"})
    with pytest.raises(RecordError, match="air, argon: choose one with --atmosphere"):
        ranges_text([*found, other])


@pytest.mark.needs(PUBLISHED)
def test_the_published_table_comes_back_gases_and_all() -> None:
    """But for one row, whose lower bound is that of other products."""
    path = data_folder() / PUBLISHED

    def rows(text: str) -> set[tuple[frozenset[str], frozenset[str], str]]:
        table = list(csv.reader(text.splitlines(), skipinitialspace=True))[1:]
        return {(frozenset(p.split(" + ")), frozenset(q.split(" + ")), r) for p, q, r in table}

    published = rows(path.read_text(encoding="utf-8"))
    assert len(published) == 27
    missing = published - rows(ranges_text(read_table(path)))
    assert [r for *_, r in missing] == ["Reacts between 800-900 C"]


@pytest.mark.needs(PUBLISHED)
def test_each_published_row_follows_from_a_powder_of_its_pair_alone() -> None:
    """Weighed in the pair, found its products or itself: that is what is concluded."""
    for each in read_table(data_folder() / PUBLISHED):
        left = frozenset(each.products if each.reacted else each.pair)
        found = conclude(Powder(frozenset(each.pair), frozenset(each.pair), left, left))
        mine = next((c for c in found if c.pair == each.pair), None)
        assert mine is not None, each
        assert mine.reacted is each.reacted
        assert set(mine.products) == {f for f in each.products if framework(parse(f))}
