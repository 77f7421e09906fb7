"""Tables of observations: nothing is lost on the way, and every mistake is told with its line."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.pairs.tables import read_table, write_table
from knowledge.errors import RecordError
from knowledge.kinetics import PairObservation, distinct
from knowledge.recipe import ATMOSPHERES

HEADER = "pair,atmosphere,temperature_c,reacted,products"
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


@st.composite
def observations(draw: st.DrawFn) -> PairObservation:
    reacted = draw(st.booleans())
    return PairObservation(
        pair=draw(st.sampled_from([("BaCO3",), ("BaCO3", "La0.7Sr0.3MnO3"), ("CuO", "Y2O3")])),
        atmosphere=draw(st.sampled_from(sorted(ATMOSPHERES))),
        temperature_c=draw(st.floats(-200, 3000)),
        reacted=reacted,
        products=draw(st.sampled_from([(), ("BaO",), ("Y2Cu2O5", "Ca(OH)2")])) if reacted else (),
        source=draw(TEXT.filter(lambda s: s.strip() and s == s.strip())),
        campaign=draw(TEXT.map(str.strip)),
        lab=draw(TEXT.map(str.strip)),
        doubt=draw(st.floats(1e-6, 0.5)),
    )


@given(st.lists(observations(), min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost(tmp_path: Path, told: list[PairObservation]) -> None:
    path = tmp_path / "table.csv"
    write_table(path, told)
    assert read_table(path) == distinct(told)
    # Read again, cited otherwise: what names its source keeps it.
    assert read_table(path, source="somebody") == distinct(told)


def test_a_table_by_hand_needs_five_columns(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}\nTiO2 + BaCO3, air, 900, Yes, BaTiO3 + CO2\nBaCO3,air,700,no,\n")
    first, second = read_table(path)
    assert second.pair == ("BaCO3", "TiO2")
    assert second.products == ("BaTiO3",)
    assert (first.source, first.reacted, first.doubt) == ("mine", False, 0.02)
    assert {o.source for o in read_table(path, source="Smith 1999")} == {"Smith 1999"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no column pair"),
        ("pair,atmosphere\n", "has no column temperature_c, reacted, products"),
        (f"{HEADER}\n", "holds no observation"),
        (f"{HEADER}\nBaCO3 + Xx,air,900,yes,\n", r"line 2: no such element: Xx"),
        (f"{HEADER}\nBaCO3,air,hot,yes,\n", "line 2: temperature_c is 'hot': give a number"),
        (f"{HEADER}\nBaCO3,air,900,perhaps,\n", "line 2: reacted is 'perhaps': allowed are yes"),
        (f"{HEADER}\nBaCO3,air,900,no,BaO\n", "line 2: .*one of the two is wrong"),
        (f"{HEADER}\nBaCO3,moon,900,no,\n", "line 2: .*allowed are air"),
        (f"{HEADER}\n,air,900,no,\n", "line 2: .*pair"),
        (f"{HEADER}\nBaCO3 + TiO2 + CuO,air,900,no,\n", "line 2: .*at most 2"),
        (f"{HEADER}\nBaCO3,air,nan,no,\n", "line 2: .*finite"),
        (f"{HEADER}\nBaCO3,air,900,no,,more\n", "line 2 has more cells than the header"),
        (f"{HEADER}\nBaCO3,air\n", "line 2 has fewer cells than the header"),
        (f"{HEADER},doubt\nBaCO3,air,900,no,,7\n", "line 2: .*doubt"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(RecordError, match=said) as told:
        read_table(path)
    assert "\n" not in str(told.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="No such file"):
        read_table(tmp_path / "nowhere.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00pair")
    with pytest.raises(RecordError, match="no text in UTF-8"):
        read_table(tmp_path / "b.csv")
    with pytest.raises(RecordError, match="cannot be written"):
        write_table(tmp_path / "no" / "t.csv", [])
