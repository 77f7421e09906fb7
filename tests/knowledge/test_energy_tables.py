"""Tables of energies: what is wrong is told with its place, and a user's own come first."""

import gzip
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.energies import EnergyTable, energies_from, tables_in
from knowledge.energies.order import table_paths
from knowledge.errors import MissingDataError, NoEnergyError, RecordError
from tests.conformance.energy_source import EnergySourceConformance

HEADER = "formula,ev_per_atom,source\n"
ROWS = "BaTiO3,-3.5,me\nBaCO3,-2.6,me\nTiO2,-3.3,me\nBaO,-2.8,me\n"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ATHANOR_ENERGIES", raising=False)
    monkeypatch.setenv("ATHANOR_DATA", str(tmp_path / "data"))
    (tmp_path / "data" / "thermo").mkdir(parents=True)


class TestParquetConforms(EnergySourceConformance):
    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "mine.parquet"
        formulas = ["BaTiO3", "TiO2", "BaCO3", "C"]
        energies = [-3.5, -3.3, -2.6, 0.0]
        pq.write_table(pa.table({"Formula": formulas, "ev_per_atom": energies}), self.path)

    def make(self) -> EnergyTable:
        return EnergyTable.read(self.path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "BaO,-1,a\nhello,-1,a\n", r"line 3: 'hello': it is no formula"),
        (HEADER + "BaO,-1,a\nXx2O,-1,a\n", r"line 3: 'Xx2O': no such element: Xx"),
        (HEADER + "BaO,-1,a\n12,-1,a\n", "line 3: '12': it is no formula"),
        (HEADER + "BaO,-1,a\n\nTiO2,inf,a\n", "line 4: 'TiO2', 'inf' is not"),
        (HEADER + "BaO,-1,a\nTiO2,,a\n", "line 3"),
        (HEADER + "BaO,-548.1,a\n", r"line 2: .*is it in kJ/mol"),
        (HEADER + "BaO,-1\n", "line 2: 2 cells where the header has 3"),
        ('formula,ev_per_atom,source\nBaO,-1,"two\nlines"\nTiO2,x,a\n', "line 4: 'TiO2', 'x'"),
        ("compound,ev_per_atom\nBaO,-1\n", "columns compound, ev_per_atom: .*needs `formula`"),
        ("formula;ev_per_atom\nBaO;-1\n", "separate them by commas"),
        ("formula,ev_per_atom,ev_per_atom\nBaO,-1,-1\n", "ev_per_atom is there twice"),
        ("<html>\n<p>404</p>\n", "columns <html>"),
        ("formula,ev_per_atom,corrected\nBaO,-1,perhaps\n", "line 2: corrected is 'perhaps'"),
        ("formula,ev_per_atom,sigma_ev_per_atom\nBaO,-1,inf\n", "line 2: sigma"),
        ("formula,ev_per_atom,mp_id\nBaO,-1,mp-1\nBaO,-1.1,mp-1\n", "line 3: BaO mp-1.*line 2"),
        ("formula,ev_per_atom,polymorph\nBaO,-1,cubic\nBaO,-1.1,cubic\n", "delete one"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match=said) as refused:
        EnergyTable.read(path)
    assert str(refused.value).startswith("mine.csv")
    assert "\n" not in str(refused.value)


def test_a_bracket_too_few_is_told_where_the_phase_is_asked_for() -> None:
    table = EnergyTable(HEADER + "BaO,-1,a\nBa(OH2,-1,a\n", "mine.csv")
    with pytest.raises(RecordError, match=r"mine\.csv, line 3"):
        table.system({"Ba", "O", "H"})


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"\xff\xfe\x00\x01", "not UTF-8"),
        ("a.csv", b"", "columns none"),
        ("a.csv.gz", b"formula,ev_per_atom\n", "cannot read"),
        ("a.csv.gz", gzip.compress(HEADER.encode() * 99, mtime=0)[:-9], "cannot read"),
        ("a.parquet", b"formula,ev_per_atom\n", "cannot read"),
        ("a.parquet", b"", "cannot read"),
        ("a.xlsx", b"PK", "allowed are files that end in"),
    ],
)
def test_what_is_no_table_at_all(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordError, match=said) as refused:
        EnergyTable.read(tmp_path / name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_rows_of_parquet_are_named(missing: float | None, tmp_path: Path) -> None:
    columns = {"formula": ["BaO", "TiO2"], "ev_per_atom": [-1.0, missing]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(RecordError, match=r"a\.parquet, row 2"):
        EnergyTable.read(tmp_path / "a.parquet")


def test_polymorphs_are_no_contradiction() -> None:
    text = "formula,ev_per_atom,polymorph\nTiO2,-3.30,rutile\nTiO2,-3.31,anatase\nTiO2,-3.2,\n"
    (lowest,) = EnergyTable(text, "mine").system({"Ti", "O"})
    assert lowest.ev_per_atom == -3.31
    assert len(EnergyTable(HEADER + "TiO2,-3.3,a\nTiO2,-3.1,a\n", "mine")) == 2


def test_csv_of_a_spreadsheet(tmp_path: Path) -> None:
    """A byte-order mark, capitals, spaces, trailing blank lines."""
    text = "\ufeffFormula , EV_per_atom,corrected\r\n BaO ,-2.8,Yes\r\n\r\n"
    (tmp_path / "a.csv").write_bytes(text.encode())
    (entry,) = EnergyTable.read(tmp_path / "a.csv").system({"Ba", "O"})
    assert (entry.formula, entry.ev_per_atom, entry.corrected) == ("BaO", -2.8, True)


@given(st.text(max_size=60))
def test_any_text_is_a_table_or_an_error_of_ours(text: str) -> None:
    for content in (text, HEADER + text):
        try:
            rows = len(EnergyTable(content, "any.csv"))
        except RecordError as error:
            told = str(error)
        else:
            told = f"any.csv has {rows} rows" if rows else ""
        assert told.startswith("any.csv")


def test_order_of_preference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thermo = tmp_path / "data" / "thermo"
    energies = {
        tmp_path / "named.csv": -3.1,
        tmp_path / "variable.csv": -3.2,
        thermo / "my_table.csv": -3.3,
        thermo / "formation_energies.csv": -3.4,
    }
    (tmp_path / "variable.csv").write_text("x")
    monkeypatch.setenv("ATHANOR_ENERGIES", f"{tmp_path / 'variable.csv'}{os.pathsep}")
    for path, energy in energies.items():
        path.write_text(HEADER + f"BaTiO3,{energy},{path.stem}\n")
    while energies:
        path, energy = next(iter(energies.items()))
        named = [tmp_path / "named.csv"] if len(energies) == 4 else []
        found = energies_from(named).energy("BaTiO3")
        assert found.ev_per_atom == energy
        assert found.source == f"{path.name}: {path.stem}"
        energies.pop(path)
        path.unlink()
        if path.stem == "variable":
            monkeypatch.delenv("ATHANOR_ENERGIES")
    assert energies_from().energy("BaTiO3").source.startswith("embedded")


def test_a_file_is_read_once_and_again_when_it_changes(tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text(HEADER + "BaTiO3,-3.1,me\n")
    first = energies_from(str(mine))
    assert energies_from([mine]) is energies_from([mine])
    assert first.energy("BaTiO3").ev_per_atom == -3.1
    mine.write_text(HEADER + "BaTiO3,-3.25,me\n")
    second = energies_from([mine])
    assert second.energy("BaTiO3").ev_per_atom == -3.25
    assert second.fingerprint != first.fingerprint


def test_own_tables_of_the_folder(tmp_path: Path) -> None:
    thermo = tmp_path / "data" / "thermo"
    for name in ("my_b.csv", "my_formation_energies.csv", "a_formation_energies.csv"):
        (thermo / name).write_text(HEADER + ROWS)
    (thermo / "my_a.csv.gz").write_bytes(gzip.compress((HEADER + ROWS).encode()))
    (thermo / "formation_energies.csv.gz.origin.json").write_text("{}")
    (thermo / "other.csv").write_text("not a table")
    assert [t.name for t in tables_in(tmp_path / "data")] == [
        "my_a.csv.gz", "my_b.csv", "my_formation_energies.csv", "a_formation_energies.csv",
    ]  # fmt: skip
    named = table_paths([thermo / "a_formation_energies.csv"], tmp_path / "data")
    assert named[0].name == "a_formation_energies.csv"
    assert len(named) == 4


def test_a_named_table_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingDataError, match=r"nowhere\.csv"):
        energies_from(["nowhere.csv"])
    monkeypatch.setenv("ATHANOR_ENERGIES", "nothing.csv")
    with pytest.raises(MissingDataError, match=r"ATHANOR_ENERGIES names nothing\.csv"):
        energies_from()


def test_a_table_of_ones_own_opens_a_system(tmp_path: Path) -> None:
    with pytest.raises(NoEnergyError, match="athanor fetch energies"):
        energies_from().require("LiNbO3")
    mine = tmp_path / "mine.csv"
    mine.write_text(HEADER + "LiNbO3,-2.8,me\nNb2O5,-2.7,me\n")
    energies_from([mine]).require("LiNbO3")
