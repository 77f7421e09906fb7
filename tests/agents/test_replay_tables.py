"""Published tables, read: outcomes by hand, rows left out, what comes with the project."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from agents.past.published import embedded_table
from agents.past.table_files import MAX_ROWS
from agents.past.tables import permuted, read_table
from knowledge.data_folder import data_folder
from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Target
from tests.agents.replay_tables import CELLS, PERCENT, table

TARGET = Target(formula="YBa2Cu3O7", yield_asked=0.995)
HEADER = "precursors,temperature_c,target_weight_percent,products,weight_fractions"


def outcome(path: Path, *rows: str, header: str = HEADER) -> Outcome:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (only,) = read_table(path, TARGET).results
    return only.outcome


def phases(found: Outcome) -> dict[str, float]:
    return {p.formula: round(p.weight_fraction, 9) for p in found.phases}


def test_products_share_what_the_target_leaves(tmp_path: Path) -> None:
    """48.5 % of target and 0.48 : 0.52 beside it: the rest, 51.5 %, is CuO."""
    row = "BaO;CuCO3;Y2O3,900,48.5,Ba2YCu3O7;CuO,0.48;0.52"
    found = outcome(tmp_path / "t.csv", row)
    assert phases(found) == {"YBa2Cu3O7": 0.485, "CuO": 0.515}
    assert found.unidentified_weight_fraction == 0
    assert {p.sigma for p in found.phases} == {0.02}


def test_one_solid_is_written_one_way(tmp_path: Path) -> None:
    """Whatever the order of the rows: the shortest spelling there is."""
    rows = ["BaO;Ti2O4,900,50", "BaO;TiO2,1000,60", "Ba(CO3);TiO2,900,10", "BaCO3;TiO2,800,5"]
    for order in (rows, rows[::-1]):
        path = tmp_path / "t.csv"
        path.write_text("\n".join(["precursors,temperature_c,target_weight_percent", *order]))
        results = read_table(path, Target(formula="BaTiO3")).results
        assert {tuple(sorted(r.recipe.precursors)) for r in results} == {
            ("BaCO3", "TiO2"),
            ("BaO", "TiO2"),
        }


def test_fractions_are_normalised(tmp_path: Path) -> None:
    """0.3 : 0.3 : 0.6 adds up to 1.2."""
    row = "BaO;CuCO3;Y2O3,600,0,Y2O3;BaCO3;CuO,0.3;0.3;0.6"
    found = outcome(tmp_path / "t.csv", row)
    assert phases(found) == {"Y2O3": 0.25, "BaCO3": 0.25, "CuO": 0.5}


def test_without_products_the_rest_is_unidentified(tmp_path: Path) -> None:
    found = outcome(tmp_path / "t.csv", "BaO;CuCO3;Y2O3,800,29,,")
    assert phases(found) == {"YBa2Cu3O7": 0.29}
    assert found.unidentified_weight_fraction == pytest.approx(0.71)


def test_a_product_without_a_name_is_unidentified(tmp_path: Path) -> None:
    found = outcome(tmp_path / "t.csv", "BaO;CuCO3;Y2O3,800,50,CuO;amorphous,0.2;0.3")
    assert phases(found) == {"YBa2Cu3O7": 0.5, "CuO": 0.2}
    assert found.unidentified_weight_fraction == pytest.approx(0.3)


def test_the_target_in_any_spelling_and_with_its_space_group(tmp_path: Path) -> None:
    row = "BaO;CuCO3;Y2O3,900,90,Y2Ba4Cu6O13_47;CuO_15,90;10"
    assert phases(outcome(tmp_path / "t.csv", row)) == {"YBa2Cu3O7": 0.9, "CuO": 0.1}


def test_rows_of_one_experiment_have_their_mean(tmp_path: Path) -> None:
    """However the precursors are written; the mean is surer by the root of two."""
    path = tmp_path / "t.csv"
    rows = "BaO;CuCO3;Y2(CO3)3,900,90,,", "Y2C3O9;CuCO3;BaO,900.0,100,,"
    found = outcome(path, *rows)
    assert phases(found) == {"YBa2Cu3O7": 0.95}
    assert found.phases[0].sigma == pytest.approx(0.02 / 2**0.5)
    assert "1 recipes have several rows" in read_table(path, TARGET).notes[0]


def test_a_column_of_its_own_says_how_sure_it_is(tmp_path: Path) -> None:
    header = "precursors,temperature_c,target_weight_percent,sigma_weight_percent"
    found = outcome(tmp_path / "t.csv", "BaO;CuCO3;Y2O3,800,29,5", header=header)
    assert found.phases[0].sigma == 0.05


def test_firings_differ_by_hold_and_gas(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    header = "precursors,temperature_c,target_weight_percent,hold_h,atmosphere,who"
    rows = [f"BaO;CuCO3;Y2O3,900,50,{h},{g},me" for h, g in (("", ""), (8, "O2"), (12, "air"))]
    path.write_text("\n".join([header, *rows]))
    steps = [r.recipe.hottest for r in read_table(path, TARGET).results]
    assert [(s.hold_h, s.atmosphere.name) for s in steps] == [
        (4, "air"), (8, "oxygen"), (12, "air"),
    ]  # fmt: skip


def test_products_and_column_that_disagree_are_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    found = outcome(path, "BaO;CuCO3;Y2O3,900,10,Ba2YCu3O7;CuO,0.9;0.1")
    assert phases(found)["YBa2Cu3O7"] == 0.1
    assert "90% of the products and 10%" in read_table(path, TARGET).notes[0]


def test_what_cannot_be_balanced_is_left_out_and_a_spare_precursor_is_not(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = ["BaO;CuO,900,0", "BaO;BaO2;CuO;Y2O3,900,5", "YBa2Cu3O6.9,900,100", "CuO;KCl;Y2O3,1,1"]
    path.write_text("\n".join(["precursors,temperature_c,target_weight_percent", *rows]))
    read = read_table(path, TARGET)
    assert [tuple(r.recipe.precursors) for r in read.results] == [("BaO", "BaO2", "CuO", "Y2O3")]
    assert [told.split(":")[0] for told in read.left_out] == [
        "t.csv row 1", "t.csv row 3", "t.csv row 4",
    ]  # fmt: skip


def test_gases_among_the_precursors_are_not_weighed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "precursors,temperature_c,target_weight_percent\nBaO;Cu2O;O2;Y2O3,900,5\n", "utf-8"
    )
    (only,) = read_table(path, TARGET).results
    assert tuple(only.recipe.precursors) == ("BaO", "Cu2O", "Y2O3")


def _arrows(inner: dict[str, object]) -> str:
    entry = {"Experimentally Verified": True, **inner}
    return json.dumps({"Precursors": ["BaO2", "CuCO3", "Y2O3"], "Temperatures": {"800 C": entry}})


PRODUCTS = {"products": ["Ba2YCu3O7_47", "CuO_15"], "product weight fractions": [75, 25]}


@pytest.mark.parametrize("top", ['{"Universal File": {"BaO2, CuCO3, Y2O3": %s}}', '{"any": %s}'])
@pytest.mark.parametrize("scale", [1, 100])
def test_what_arrows_keeps(tmp_path: Path, top: str, scale: int) -> None:
    """Under the name of a file or not; fractions add up to 1 or to 100."""
    path = tmp_path / "Exp.json"
    given = {**PRODUCTS, "product weight fractions": [0.75 * scale, 0.25 * scale]}
    path.write_text(top % _arrows(given))
    (only,) = read_table(path, TARGET).results
    assert only.recipe.hottest.temperature_c == 800
    assert phases(only.outcome) == {"YBa2Cu3O7": 0.75, "CuO": 0.25}


def test_results_that_nobody_verified_are_left_out(tmp_path: Path) -> None:
    content = json.loads(_arrows(PRODUCTS))
    content["Temperatures"]["900 C"] = {**PRODUCTS, "Experimentally Verified": False}
    content["Temperatures"]["950 C"] = {"products": [], "product weight fractions": []}
    path = tmp_path / "Exp.json"
    path.write_text(json.dumps({"Universal File": {"BaO2,CuCO3,Y2O3": content}}))
    read = read_table(path, TARGET)
    assert len(read.results) == 1
    assert [n.split(" ")[0] for n in read.notes] == ["1", "1"]


def test_the_table_that_comes_with_the_project() -> None:
    """188 syntheses from 47 precursor sets at four temperatures; all ten pure ones at 900 C."""
    read = embedded_table("ybco", 0.995)
    assert not read.left_out
    assert len(read.results) == 188
    assert len({tuple(r.recipe.precursors) for r in read.results}) == 47
    fired = Counter(r.recipe.hottest.temperature_c for r in read.results)
    assert fired == dict.fromkeys([600.0, 700.0, 800.0, 900.0], 47)
    yields = read.yields()
    pure = [r.recipe for r in read.results if yields[r.recipe.content_id] >= 0.995]
    assert [r.hottest.temperature_c for r in pure] == [900.0] * 10


@pytest.mark.needs("campaigns/ybco.csv")
def test_it_is_the_published_one() -> None:
    path = data_folder() / "campaigns/ybco.csv"
    with path.open(encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == 188
    ours, theirs = embedded_table("ybco", 0.995), read_table(path, TARGET)
    for one, other in zip(ours.results, theirs.results, strict=True):
        assert one.recipe == other.recipe
        assert phases(one.outcome) == phases(other.outcome)


def test_permuted_names_keep_firings_and_results(tmp_path: Path) -> None:
    """Every set gets all results of one set, at the temperatures where they were measured."""
    read = table(tmp_path / "t.csv")
    orders = set()
    for seed in range(12):
        other = permuted(read, seed)
        assert permuted(read, seed) == other
        by_set: dict[str, list[tuple[float, float]]] = {}
        yields = other.yields()
        for result in other.results:
            recipe = result.recipe
            percent = round(100 * yields[recipe.content_id], 9)
            by_set.setdefault(";".join(recipe.precursors), []).append(
                (recipe.hottest.temperature_c, percent)
            )
        given = {s: [(t, y) for (name, t), y in PERCENT.items() if name == s] for s, _ in CELLS}
        assert sorted(by_set.values()) == sorted(given.values())
        orders.add(tuple(tuple(by_set[s]) for s in sorted(by_set)))
    assert len(orders) > 3  # of 3! = 6


def test_ten_thousand_rows_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    row = "BaCO3;CuO;Y2O3,900,50\n"
    path.write_text("precursors,temperature_c,target_weight_percent\n" + row * MAX_ROWS)
    assert len(read_table(path, TARGET).results) == 1
    path.write_text(path.read_text() + row)
    with pytest.raises(RecordError, match="more than 10,000"):
        read_table(path, TARGET)
