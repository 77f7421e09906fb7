"""Tables of stock, as spreadsheets write them and people type them."""

from pathlib import Path

import pytest

from knowledge.errors import FormulaError, RecordError
from lab.hydrates import hydrated, hydration, plain_formula
from lab.inventory import Inventory, Lot
from lab.stock_table import read_stock
from lab.typed import number, purity

BARIUM = Lot(formula="BaCO3", lot="A1", grams=0.5, purity=0.999, supplier="S")


@pytest.mark.parametrize(
    "text",
    [
        "formula,lot,grams,purity,supplier\nBaCO3,A1,0.5,0.999,S\n",
        "\ufeffFormula;Lot;Mass (g);Purity;Supplier\r\nBaCO₃;A1;0,5;99,9 %;S\r\n",
        "sep=;\r\nFORMULA;BATCH;mass [mg];purity (%);vendor\r\nBaCO3;A1;500;99,9;S\r\n",
        "powder\tlot number\tmass / kg\tpurity\tmanufacturer\nBaCO3\tA1\t0.0005\t.999\tS\n",
        'formula, lot, grams, purity, supplier\n"BaCO3", "A1", "0,5", 99.9%, "S"\n',
        "supplier,formula,amount_g,lot no.,purity\n".replace("amount_g", "amount (g)")
        + "S,BaCO3,5e-1,A1,0.999\n",
        "formula;lot;grams;purity;supplier;\n\nBaCO3;A1;0,500;0,999;S;\n;;;;;\n",
        "formula;lot;grams;purity;supplier\rBaCO3;A1;+0.50;0.999;S\r",
    ],
    ids=["plain", "excel", "sep", "tabs", "quoted", "order", "empty cells", "old mac"],
)
def test_the_same_lot_in_every_dialect(text: str, tmp_path: Path) -> None:
    table = tmp_path / "stock.csv"
    table.write_bytes(text.encode())
    assert [row.lot for row in read_stock(table)] == [BARIUM]


@pytest.mark.parametrize(
    ("text", "lot"),
    [
        ("formula,hydration\nCoCl2,6\n", Lot(formula="CoCl2·6H2O")),
        ("formula,hydration\nCoCl2·6H2O,6\n", Lot(formula="CoCl2·6H2O")),
        ("formula\nCoCl₂ • 6 H₂O\n", Lot(formula="CoCl2·6H2O")),
        ("formula,water\nCaSO4,0.5\n", Lot(formula="CaSO4·0.5H2O")),
        ("formula,hydrate\nBaCO3,0\n", Lot(formula="BaCO3")),
        ("formula,price (USD/g)\nZnO,2\n", Lot(formula="ZnO", price_per_g=2, currency="USD")),
        ("formula;price [€/g]\nZnO;0,3\n", Lot(formula="ZnO", price_per_g=0.3)),
        ("formula,price per g,currency\nZnO,2,GBP\n",
         Lot(formula="ZnO", price_per_g=2, currency="GBP")),
        ("formula,particle size (µm)\nZnO,5\n", Lot(formula="ZnO", particle_size_um=5)),
        ("formula,d50\nZnO,5\n", Lot(formula="ZnO", particle_size_um=5)),
        # beside an amount that is clear, commas are decimal throughout
        ("formula;grams;price\nZnO;12,345;0,25\n",
         Lot(formula="ZnO", grams=12.345, price_per_g=0.25)),
        ("formula,grams\nZnO,12.345\n", Lot(formula="ZnO", grams=12.345)),
    ],
)  # fmt: skip
def test_what_columns_mean(text: str, lot: Lot, tmp_path: Path) -> None:
    table = tmp_path / "stock.csv"
    table.write_text(text, encoding="utf-8")
    assert [row.lot for row in read_stock(table)] == [lot]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("formula;grams\nBaCO3;5\nTiO2;1,234.5\n", "line 3: grams is '1,234.5'"),
        ("formula;grams\nBaCO3;1,234\n", "line 2: .*two ways: write 1234, or 1.2340"),
        ("formula;grams;price\nBaCO3;1.234;0,5\n", "line 2: .*two ways"),
        ("formula,grams\nBaCO3,500 g\n", "line 2: grams is '500 g'.*no unit"),
        ("formula,grams\nBaCO3,nan\n", "line 2: grams is 'nan'"),
        ("formula,grams\nBaCO3,1e9\n", "line 2: .*less than or equal to 1000000"),
        ("formula,purity\nBaCO3,99.9\n", "line 2: purity is 99.9.*0.999 or 99.9 %"),
        ("formula,purity\nBaCO3,0\n", "line 2: purity is 0"),
        ("formula,purity\nBaCO3,101 %\n", "line 2: purity is 101 %"),
        ("formula,hydration\nCoCl2·6H2O,2\n", "line 2: .*the formula says 6"),
        ("formula,hydration\nCoCl2,21\n", "line 2: hydration is 21.*0 to 20"),
        ("formula,grams\nXx2,1\n", "line 2: no such element"),
        ("formula,grams\nBaCO3,1\n,5\n", "line 3: it has no formula"),
        ("formula,mass,grams\nBaCO3,1,1\n", "two columns are grams"),
        ("formula,mass (lb)\nBaCO3,1\n", r"unit of 'mass \(lb\)' is unknown: allowed are g, kg"),
        ("formula,price (EUR)\nBaCO3,1\n", "allowed are EUR/g"),
        ("formula,price (EUR/g),currency\nBaCO3,1,USD\n", "line 2: the price is in EUR by its"),
        ("formula,,grams\nBaCO3,x,1\n", "line 2: 'x' stands under no heading"),
        ("formula,supplier\nBaCO3,\"two\nlines\"\n", "line 3: supplier is .*printable"),
        ("formula,supplier\nBaCO3,\x00\n", "line 2"),
        (f"formula,supplier\nBaCO3,{'x' * 201}\n", "line 2: supplier is .*at most 200"),
        (f"formula,supplier\nBaCO3,{'x' * 200_000}\n", "line 2: field larger"),
    ],
)  # fmt: skip
def test_lines_that_are_no_lot_are_named(text: str, said: str, tmp_path: Path) -> None:
    table = tmp_path / "stock.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises((RecordError, FormulaError), match=said) as refusal:
        Inventory.from_csv(table)
    assert len(str(refusal.value).splitlines()) == 1
    assert str(table) in str(refusal.value)


def test_other_encodings_are_told(tmp_path: Path) -> None:
    table = tmp_path / "stock.csv"
    table.write_bytes("formula,supplier\nBaCO3,Müller\n".encode("cp1252"))
    with pytest.raises(RecordError, match="it is not UTF-8; save it as CSV UTF-8"):
        read_stock(table)


@pytest.mark.parametrize(
    ("text", "comma", "value"),
    [("0,5", False, 0.5), ("1,5", False, 1.5), ("1234,567", False, 1234.567), (",5", False, 0.5),
     ("1.234", False, 1.234), ("1,234", True, 1.234), ("-0,5", False, -0.5), ("12", True, 12),
     ("1.5", True, 1.5), ("1e3", False, 1000), ("00,123", False, 0.123)],
)  # fmt: skip
def test_numbers_that_mean_one_thing(text: str, comma: bool, value: float) -> None:
    assert float(number(f" {text} ", "grams", comma)) == value


@pytest.mark.parametrize(
    "text",
    ["", ",", "1,2,3", "1.2.3", "1 000", "1'000", "1,234.5", "1.234,5", "inf", "1e9999", "١٢",
     "1_0", "0x10", "1,234", "--1", "9" * 50],
)  # fmt: skip
def test_numbers_that_are_none_or_two(text: str) -> None:
    with pytest.raises(RecordError, match="grams is"):
        number(text, "grams")


def test_purities_are_exact() -> None:
    """99.9 / 100 is not 0.999 in binary."""
    assert [purity(t) for t in ("99.9 %", "99,99%", "0.5", "100 %")] == [0.999, 0.9999, 0.5, 1.0]
    assert purity("99.5", percent=True) == 0.995


def test_water_in_formulas() -> None:
    assert plain_formula(" Co(NO₃)₂ ∙ 6 H₂O ") == "Co(NO3)2·6H2O"
    assert hydrated("CoCl2", None) == hydrated("CoCl2", 0) == "CoCl2"
    assert hydration(hydrated("CoCl2", "6")) == 6
    assert (hydration("CoCl2·H2O"), hydration("Ba(OH)2")) == (1, 0)
    for water in (-1, 20.5, "six", True, float("nan")):
        with pytest.raises(RecordError, match="moles of water in a formula unit, 0 to 20"):
            hydrated("CoCl2", water)
    with pytest.raises(FormulaError):
        hydrated("", 6)
