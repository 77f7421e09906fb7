"""Products as people write them down."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.recording.result import number_of, phases_of, sigma_of
from agents.recording.result_file import products_in
from knowledge.errors import AthanorError

MADE = [("BaTiO3", 0.93, 0.02), ("Ba2TiO4", 0.07, 0.02)]
KNOWN = ["BaTiO3", "BaCO3", "TiO2"]


def read(text: str) -> tuple[list[tuple[str, float, float]], float]:
    product = phases_of(text, 0.02, KNOWN)
    return [(p.formula, p.weight_fraction, p.sigma) for p in product.phases], product.unidentified


@pytest.mark.parametrize(
    "text",
    [
        "BaTiO3=0.93,Ba2TiO4=0.07",
        "Ba2TiO4=.07, BaTiO3=.93",
        "BaTiO3=0,93,Ba2TiO4=0,07",
        "BaTiO3 = 0,93 ; Ba2TiO4 = 0,07 ;",
        "BaTiO3: 93 %\nBa2TiO4: 7 %\n",
        "BaTiO3 93 Ba2TiO4 7",
        "BaTiO3=93,Ba2TiO4=7",
        "BaTiO₃=0.93, Ba₂TiO₄=0.07",
        "BaTiO$_3$=0.93, Ba$_2$TiO$_{4}$=0.07",
        "BaTiO3=0.93\u00a0, Ba2TiO4\u00a0=\u00a00.07",
        "BaTiO3=0.93,Ba2TiO4=0.07,TiO2=0",
        "\ufeffBaTiO3=0.93|Ba2TiO4=0.07",
        "BaTiO3\t0.93\r\nBa2TiO4\t0.07",
        "BaTiO3＝0.93，Ba2TiO4＝0.07",  # noqa: RUF001  full-width signs
    ],
)
def test_many_ways_to_write_one_product(text: str) -> None:
    phases, unidentified = read(text)
    assert phases == MADE
    assert unidentified == 0


@pytest.mark.parametrize(
    ("text", "phases", "unidentified"),
    [
        ("BaTiO3=0.9", [("BaTiO3", 0.9, 0.02)], 0.1),
        ("BaTiO3=0.4 rest=0.6", [("BaTiO3", 0.4, 0.02)], 0.6),
        ("amorphous 95 %, TiO2 5%", [("TiO2", 0.05, 0.02)], 0.95),
        ("BaTiO3=0,90±0,01,rest=0,1", [("BaTiO3", 0.9, 0.01)], 0.1),
        ("BaTiO3=90%+-3%", [("BaTiO3", 0.9, 0.03)], 0.1),
        ("La0,7Sr0,3MnO3=0,9", [("La0.7Sr0.3MnO3", 0.9, 0.02)], 0.1),
        ("CoCl2·6H2O=0.5,TiO2=0.5", [("CoCl2·6H2O", 0.5, 0.02), ("TiO2", 0.5, 0.02)], 0),
        ("BaTiO3=1.01", None, 0),
        ("BaTiO3=0.95,TiO2=0.06", [("BaTiO3", 0.95, 0.02), ("TiO2", 0.06, 0.02)], 0),
    ],
)
def test_what_is_missing_to_one_is_unidentified(
    text: str, phases: list[tuple[str, float, float]] | None, unidentified: float
) -> None:
    if phases is None:
        with pytest.raises(AthanorError, match="at most 1"):
            read(text)
        return
    assert read(text) == (phases, unidentified)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no phase is given"),
        ("   \n,;", "no phase is given"),
        ("BaTiO3", "cannot read 'BaTiO3'"),
        ("=0.9", "cannot read"),
        ("0.9", "cannot read"),
        ("BaTiO30.93", "cannot read"),
        ("BaTiO3=nan", "cannot read"),
        ("BaTiO3=inf", "cannot read"),
        ("BaTiO3=1e-3", "cannot read"),
        ("BaTiO3=0.93.5", "cannot read"),
        ("BaTiO3=<0.1", "cannot read"),
        ("BaTiO3=-0.1,TiO2=1.1", "cannot be negative"),
        ("BaTiO3=\N{MINUS SIGN}0.5", "cannot be negative"),
        ("BaTiO3=1.7", "at most 1"),
        ("BaTiO3=0.9,TiO2=0.8", "add up to 1.7"),
        ("BaTiO3=90%,TiO2=80%", "add up to 1.7"),
        ("BaTiO3=93,TiO2=70", "neither to 1 nor to 100"),
        ("BaTiO3=93", "neither to 1 nor to 100"),
        ("BaTiO3=93%,TiO2=0.07", "some are not"),
        ("BaTiO3=0.5,BaTiO3=0.5", "BaTiO3 is given twice"),
        ("BaTiO3=0.5,Ba2Ti2O6=0.5", "Ba2Ti2O6 is given twice"),
        ("BaTiO3=0.3", "only 0.3"),
        ("BaTiO3=0.9 %", "only 0.009"),
        ("BaTiO3=0", "all fractions are 0"),
        ("batio3=0.9", "is it BaTiO3?"),
        ("BaTi03=0.9", "is it BaTiO3?"),
        ("Bariumtitanate=0.9", "no compound is called 'Bariumtitanate'"),
        ("Xx2O3=0.9", "no compound"),
        ("BaTiO3,TiO2=0.9", "no compound"),
        ("BaTiO3=0.9±-0.1", "--sigma"),
        ("BaTiO3=0.9±2", "--sigma"),
        ("BaTiO3=0.01," * 41, "41 phases"),
        ("x" * 2001, "2,001 letters"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(text: str, told: str) -> None:
    with pytest.raises(AthanorError) as error:
        read(text)
    assert told in str(error.value)
    assert "\n" not in str(error.value).strip()


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        product = phases_of(text, 0.02, KNOWN)
    except AthanorError:
        return
    total = sum(p.weight_fraction for p in product.phases) + product.unidentified
    assert 0.98 <= total <= 1.02


@pytest.mark.parametrize(
    ("text", "value"), [("0.02", 0.02), ("0,02", 0.02), ("2 %", 0.02), (" .5", 0.5), ("1%", 0.01)]
)
def test_a_sigma_as_people_write_it(text: str, value: float) -> None:
    assert sigma_of(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "0", "-0.02", "0.6", "2", "nan", "1e-2", "about 0.02", "0.0.2"]
)
def test_a_sigma_that_is_none(text: str) -> None:
    with pytest.raises(AthanorError, match="--sigma"):
        sigma_of(text)


def test_numbers_are_named_in_what_is_refused() -> None:
    with pytest.raises(AthanorError, match="weight_fraction is 'much'"):
        number_of("much", "weight_fraction")


@pytest.mark.parametrize(
    "text",
    [
        "experiment,phase,weight_fraction,sigma\nA,BaTiO3,0.93,0.01\nA,Ba2TiO4,0.07,\nB,TiO2,1,\n",
        "Experiment;Phase;Weight fraction\r\nA;BaTiO₃;0,93\r\nA;Ba2TiO4;0,07\r\n\r\nB;TiO2;1\r\n",
        "\ufeffexperiment\tphase\tweight_fraction\n"
        "A\tBaTiO3\t93 %\nA\tBa2TiO4\t7%\nB\tTiO2\t100%\n",
        "phase,weight_fraction,experiment\nBaTiO3,93,A\nTiO2,100,B\nBa2TiO4,7,A\n",
    ],
)
def test_files_as_spreadsheets_write_them(tmp_path: Path, text: str) -> None:
    file = tmp_path / "results.csv"
    file.write_bytes(text.encode())
    products = products_in(file)
    found = {n: [(p.formula, p.weight_fraction) for p in x.phases] for n, x in products.items()}
    assert found == {"A": [("BaTiO3", 0.93), ("Ba2TiO4", 0.07)], "B": [("TiO2", 1.0)]}
    assert products["A"].phases[0].sigma == (0.01 if ",0.01" in text else 0.02)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no column experiment"),
        ("experiment,phase\n", "no column weight_fraction"),
        ("experiment,phase,weight_fraction\n", "tells of no experiment"),
        ("experiment,phase,weight_fraction\nA,BaTiO3,0,93\n", "line 2: 4 cells"),
        ("experiment,phase,weight_fraction\nA,BaTiO3,much\n", "line 2: weight_fraction"),
        ("experiment,phase,weight_fraction\n,BaTiO3,1\n", "line 2: no experiment"),
        ("experiment,phase,weight_fraction\nA,BaTiO3,1.7\n", "experiment A: "),
        ("experiment,phase,weight_fraction,sigma\nA,BaTiO3,1,-1\n", "line 2: --sigma"),
        ('experiment,phase,weight_fraction\nA,"BaTiO3,1\n', "line 2"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "results.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AthanorError) as error:
        products_in(file)
    assert told in str(error.value)
    assert str(file) in str(error.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("experiment,phase\nA,Bé\n".encode("latin-1"))
    for file in (tmp_path / "nowhere.csv", tmp_path, tmp_path / "latin.csv"):
        with pytest.raises(AthanorError, match="cannot read"):
            products_in(file)
