"""Products as people write them down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.recording.result import phases_of, sigma_of
from agents.recording.terms import number_of
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
        "93% BaTiO3, 7% Ba2TiO4",
        "93%BaTiO3,7%Ba2TiO4",
        "0.93 BaTiO3, 0.07 Ba2TiO4",
        "0,93 BaTiO3; 0,07 Ba2TiO4",
        "93 BaTiO3\n7 Ba2TiO4\n",
        "93 wt% BaTiO3, 7 wt.-% Ba2TiO4",
        "BaTiO3 93 wt.%, Ba2TiO4 7 Gew.-%",
        "BaTiO3 (93 %), Ba2TiO4 (7 %)",
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
        ("BaTiO3=93±0.5,Ba2TiO4=7±1", [("BaTiO3", 0.93, 0.005), ("Ba2TiO4", 0.07, 0.01)], 0),
        ("BaTiO3=93% ± 0.5", [("BaTiO3", 0.93, 0.005)], 0.07),
        ("BaTiO3=0.93±2%", [("BaTiO3", 0.93, 0.02)], 0.07),
        ("BaTiO3 0.930(5)", [("BaTiO3", 0.93, 0.005)], 0.07),
        ("93.0(5)% BaTiO3", [("BaTiO3", 0.93, 0.005)], 0.07),
        ("BaTiO3 0,93(0,01)", [("BaTiO3", 0.93, 0.01)], 0.07),
        ("93(1) BaTiO3, 7(2) rest", [("BaTiO3", 0.93, 0.01)], 0.07),
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
        ("BaTiO3=0.9±-0.1", "standard deviation"),
        ("BaTiO3=0.9±2", "standard deviation"),
        ("BaTiO3=0.5±0.5", "is it 0.5 %? Write 0.005 or 0.5%"),
        ("BaTiO3=93±21,Ba2TiO4=7", "BaTiO3 ± 21 %"),
        ("BaTiO3=0.930(5)±0.01", "given twice"),
        ("BaTiO3=0.93(0)", "standard deviation"),
        ("93 mol% BaTiO3", "by weight"),
        ("93% BaTiO3, Ba2TiO4=7%", "cannot read 'Ba2TiO4=7%'"),
        ("0.9 La0,7Sr0,3MnO3, 0.1 TiO2", "cannot read"),
        ("BaTiO3=0.9 (5)", "cannot read '(5)'"),
        ("YBa2Cu3O7-x=1", "write it as YBa2Cu3O7"),
        ("YBa2Cu3O7\N{EN DASH}δ 93 %", "write it as YBa2Cu3O7"),
        ("YBa2Cu3O7-d: 0.9", "write it as YBa2Cu3O7"),
        ("YBa2Cu3O6+x: 0.9", "write the number"),
        ("TiO2 (rutile)=0.5,TiO2 [rutile]=0.5", "given twice"),
        ("TiO2 (rutile)=0.5,TiO2=0.5", "of two polymorphs name both"),
        ("BATiO3=1", "is it BaTiO3?"),
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
    ("text", "value"), [("0.02", 0.02), ("0,02", 0.02), ("2 %", 0.02), (" .15", 0.15), ("1%", 0.01)]
)
def test_a_sigma_as_people_write_it(text: str, value: float) -> None:
    assert sigma_of(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "0", "-0.02", "0.21", "0.6", "2", "nan", "1e-2", "about 0.02", "0.0.2"]
)
def test_a_sigma_that_is_none(text: str) -> None:
    with pytest.raises(AthanorError, match="--sigma"):
        sigma_of(text)


def test_numbers_are_named_in_what_is_refused() -> None:
    with pytest.raises(AthanorError, match="weight_fraction is 'much'"):
        number_of("much", "weight_fraction")


@pytest.mark.parametrize(
    ("text", "polymorphs"),
    [
        ("TiO2 (rutile) 5 %, BaTiO3 95 %", {"rutile": 0.05, None: 0.95}),
        ("95% BaTiO3, 5% TiO2 (rutile)", {"rutile": 0.05, None: 0.95}),
        ("TiO2[anatase]=0.05,BaTiO3=0.95", {"anatase": 0.05, None: 0.95}),
        ("TiO2 (rutile)=0.05, TiO2 (anatase)=0.95", {"rutile": 0.05, "anatase": 0.95}),
        ("BaTiO3 (P4mm) 1", {"P4mm": 1.0}),
        ("Ca(OH)2=0.6,Fe(OH)3=0.4", {None: 0.4}),
    ],
)
def test_polymorphs_stand_in_brackets(text: str, polymorphs: dict[str | None, float]) -> None:
    phases = phases_of(text, 0.02, KNOWN).phases
    assert {p.polymorph: p.weight_fraction for p in phases} == polymorphs
    assert all("rutile" not in p.formula for p in phases)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("LaCOO3=0.9", "LaCoO3"),
        ("LaCoO3=0.9,CO3O4=0.1", "Co3O4"),
        ("LaCoO3=0.9,COO=0.1", "CoO"),
        ("La2COO4=0.9", "La2CoO4"),
        ("HO2O3=0.9", "Ho2O3"),
    ],
)
def test_capitals_that_make_carbon_of_cobalt_are_a_slip(text: str, meant: str) -> None:
    with pytest.raises(AthanorError, match=rf"is it {meant}\?"):
        phases_of(text, 0.02, ["LaCoO3", "La2O3", "CoCO3", "Ho2O3"])


@pytest.mark.parametrize("text", ["LaCoO3=1", "La2O2CO3=1", "CoCO3=1", "LaCO3OH=1", "Co(OH)2=1"])
def test_carbonates_and_hydroxides_are_none(text: str) -> None:
    assert phases_of(text, 0.02, ["LaCoO3", "La2(CO3)3", "CoCO3"]).phases
    assert phases_of("COO=0.1 rest=0.9").phases  # where no cobalt can be meant
