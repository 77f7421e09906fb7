"""Tables that cannot be read say which row and column, in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from agents.past.tables import read_table
from knowledge.errors import AthanorError, RecordError, UnbalancedError
from tests.agents.replay_tables import TARGET

HEADER = "precursors,temperature_c,target_weight_percent"
GOOD = "BaCO3;TiO2,1000,50"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["precursors,temperature_c", "BaCO3;TiO2,1000"], "no column target_weight_percent"),
        ([], "no column precursors, temperature_c"),
        ([HEADER], "holds no results"),
        ([HEADER, "", "  "], "holds no results"),
        ([HEADER, GOOD, "BaCO3;TiO2,nan,50"], "row 2, column temperature_c: 'nan'"),
        ([HEADER, GOOD, "BaCO3;TiO2,,50"], "row 2, column temperature_c: nothing"),
        ([HEADER, GOOD, "BaCO3;TiO2,-5,50"], "row 2, column temperature_c: '-5'"),
        ([HEADER, GOOD, "BaCO3;TiO2,1000 C,50"], "row 2, column temperature_c: '1000 C'"),
        ([HEADER, GOOD, "BaCO3;TiO2,inf,50"], "row 2, column temperature_c: 'inf'"),
        ([HEADER, GOOD, "BaCO3;TiO2,1000,NaN"], "row 2, column target_weight_percent: 'NaN'"),
        ([HEADER, GOOD, "BaCO3;TiO2,1000,-0.1"], "row 2, column target_weight_percent: '-0.1'"),
        ([HEADER, GOOD, "BaCO3;TiO2,1000,100.1"], "row 2, column target_weight_percent: '100.1'"),
        ([HEADER, GOOD, "BaCO3;TiO2,1000,"], "row 2, column target_weight_percent: nothing"),
        ([HEADER, GOOD, ",1000,50"], "row 2, column precursors: it is empty"),
        ([HEADER, GOOD, "BaCO3;Xx2O3,1000,50"], "row 2, column precursors: .*Xx"),
        ([HEADER, GOOD, "BaCO3;;TiO2,1000,50"], "row 2, column precursors: the formula is empty"),
        ([HEADER, GOOD, "BaCO3,TiO2,1000,50"], "row 2: it has more fields"),
        ([HEADER, GOOD, "BaCO3;TiO2,1000"], "row 2: it has fewer fields"),
        ([HEADER, '"BaCO3;TiO2,1000,50'], "not a CSV table"),
        ([HEADER + ",temperature_c", GOOD + ",1"], "two columns temperature_c"),
        ([HEADER + ",hold_h", GOOD + ",-1"], "row 1, column hold_h: '-1'"),
        ([HEADER + ",atmosphere", GOOD + ",xenon"], "row 1, column atmosphere: 'xenon'"),
        ([HEADER + ",products", GOOD + ",BaTiO3"], "row 1, column weight_fractions: 0 for 1"),
        (
            [HEADER + ",products,weight_fractions", GOOD + ",BaTiO3;BaO,1"],
            "row 1, column weight_fractions: 1 for 2",
        ),
        (
            [HEADER + ",products,weight_fractions", GOOD + ",BaTiO3;Zz,0.5;0.5"],
            "row 1, column products: .*Zz",
        ),
        (
            [HEADER + ",products,weight_fractions", GOOD + ",BaTiO3;BaO,0.5;-0.5"],
            "row 1, column weight_fractions: '-0.5'",
        ),
        (
            [HEADER + ",products,weight_fractions", GOOD + ",BaTiO3;BaO,0;0"],
            "row 1, column weight_fractions: they add up to 0",
        ),
    ],
)
def test_malformed(tmp_path: Path, lines: list[str], told: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(RecordError, match=told) as error:
        read_table(path, TARGET)
    assert "\n" not in str(error.value)


def test_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(HEADER.encode() + b"\nBaCO3;TiO2,1000,\xff\n")
    with pytest.raises(RecordError, match="not UTF-8"):
        read_table(path, TARGET)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot read the table"):
        read_table(tmp_path / "none.csv", TARGET)
    with pytest.raises(RecordError, match="cannot read the table"):
        read_table(tmp_path, TARGET)


def test_nothing_left(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{HEADER}\nBaCO3;SiO2,1000,50\n", encoding="utf-8")
    with pytest.raises(UnbalancedError, match=r"no row .* is left: t.csv row 1"):
        read_table(path, TARGET)


def test_a_table_as_a_spreadsheet_saves_it(tmp_path: Path) -> None:
    """With a byte order mark, carriage returns, spaces and a comment above."""
    path = tmp_path / "t.csv"
    text = "# from a paper\r\nprecursors, temperature_c, target_weight_percent\r\n"
    path.write_text("\ufeff" + text + "BaCO3; TiO2, 1000 ,50\r\n", encoding="utf-8", newline="")
    (only,) = read_table(path, TARGET).results
    assert tuple(only.recipe.precursors) == ("BaCO3", "TiO2")


SETS: dict[str, Any] = {
    "not JSON": ("{", "not JSON"),
    "a list": ("[]", "holds no results"),
    "nothing": ("{}", "holds no results"),
    "a number": ('{"a": 1}', "a: it holds no precursor sets"),
    "numbers": ('{"a": {"b": 1}}', "b: it holds no results"),
    "no temperatures": ('{"a": {"BaCO3, TiO2": {}}}', "`Temperatures` is missing"),
    "not a temperature": ({"hot": {"products": ["BaO"], "product weight fractions": [1]}}, "'hot'"),
    "no lists": ({"9 C": {"products": "BaO", "product weight fractions": 1}}, "have to be lists"),
    "lengths": ({"9 C": {"products": ["BaO"], "product weight fractions": [1, 2]}}, "2 for 1"),
    "a fraction": ({"9 C": {"products": ["BaO"], "product weight fractions": ["x"]}}, "'x'"),
    "no result": ({"9 C": 7}, "it is no result"),
    "a product": ({"9 C": {"products": ["Qq_1"], "product weight fractions": [1]}}, "Qq"),
    "nobody looked": ({"9 C": {}}, "holds no results"),
}


@pytest.mark.parametrize(("content", "told"), SETS.values(), ids=SETS)
def test_malformed_json(tmp_path: Path, content: str | dict[str, Any], told: str) -> None:
    path = tmp_path / "Exp.json"
    if isinstance(content, dict):
        content = json.dumps({"Universal File": {"BaCO3, TiO2": {"Temperatures": content}}})
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AthanorError, match=told) as error:
        read_table(path, TARGET)
    assert "\n" not in str(error.value)
