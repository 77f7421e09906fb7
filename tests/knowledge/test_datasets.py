"""Public datasets as they are published become the tables that are read."""

import gzip
import hashlib
import json
import lzma
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from knowledge.data_folder import data_folder
from knowledge.datasets import DATASETS, Dataset, fetch
from knowledge.energies import EnergyTable
from knowledge.errors import FetchError
from knowledge.fetch import Patience, file_sha256
from tests.knowledge.origin import Origin, serving

HASTE = Patience(timeout_s=0.5, attempts=2, pause_s=0.01)


def left(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def site(*species: tuple[str, float]) -> dict[str, object]:
    return {"species": [{"element": e, "occu": n} for e, n in species], "label": "?"}


def structure(*symbols: str) -> dict[str, object]:
    return {"@class": "Structure", "lattice": {"a": 1}, "sites": [site((s, 1)) for s in symbols]}


ROWS = [
    [structure("Ba", "Ti", "O", "O", "O"), -3.4],
    [structure("O", "O", "O", "Ti", "Ba"), -3.5],  # another polymorph, lower
    [structure("Na", "Na", "Na", "N"), 0.1],
    [structure("Ti", "Ti"), 0.02],
    [{"sites": [site(("La", 0.5), ("Sr", 0.5)), site(("O", 1))]}, -2.25],
]


def matbench(rows: list[list[object]]) -> bytes:
    index = [f"mb-{n}" for n in range(len(rows))]
    text = json.dumps({"index": index, "columns": ["structure", "e_form"], "data": rows})
    return gzip.compress(text.encode(), mtime=0)


def energies_at(origin: Origin, sha256: str | None = None) -> Dataset:
    return replace(DATASETS["energies"], url=origin.url, sha256=sha256)


def test_energies_become_the_table_that_is_read(tmp_path: Path) -> None:
    raw = matbench(ROWS)
    with serving(Origin(raw)) as origin:
        dataset = energies_at(origin, hashlib.sha256(raw).hexdigest())
        done = fetch(dataset, tmp_path, patience=HASTE)
        again = fetch(dataset, tmp_path, patience=HASTE)
        assert len(origin.asked) == 1
    assert again.already_there
    assert again.rows == done.rows
    assert left(tmp_path / "thermo") == {
        "formation_energies.csv.gz", "formation_energies.csv.gz.origin.json",
    }  # fmt: skip
    table = EnergyTable.read(done.place)
    elements = {"Ba", "Ti", "O", "Na", "N", "La", "Sr"}
    found = {e.formula: e.ev_per_atom for e in table.system(elements)}
    assert found["BaTiO3"] == -3.5
    assert found["Na3N"] == 0.1
    assert found["SrLaO2"] == -2.25
    assert found["Ti"] == 0.02  # what the origin says stays; others are zero
    assert found["Ba"] == 0.0
    assert "matbench_mp_e_form" in table.system({"Ba", "Ti", "O"})[-1].source


def test_what_is_there_is_guarded(tmp_path: Path) -> None:
    with serving(Origin(matbench(ROWS))) as origin:
        dataset = energies_at(origin)
        place = fetch(dataset, tmp_path, patience=HASTE).place
        place.write_bytes(b"changed")
        with pytest.raises(FetchError, match="has changed since"):
            fetch(dataset, tmp_path, patience=HASTE)
        fetch(dataset, tmp_path, force=True, patience=HASTE)
        assert len(EnergyTable.read(place)) > 3
        place.with_name(place.name + ".origin.json").unlink()
        with pytest.raises(FetchError, match="not from a fetch"):
            fetch(dataset, tmp_path, patience=HASTE)


def test_without_a_published_hash_the_first_one_counts(tmp_path: Path) -> None:
    with serving(Origin(matbench(ROWS))) as origin:
        dataset = energies_at(origin)
        first = fetch(dataset, tmp_path, patience=HASTE)
        before = first.place.read_bytes()
        origin.content, origin.etag = matbench(ROWS[:2]), '"two"'
        with pytest.raises(FetchError, match="another version"):
            fetch(dataset, tmp_path, force=True, patience=HASTE)
        assert first.place.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (matbench(ROWS)[:-20], "damaged|cut off"),
        (b"<html>sorry</html>", "no JSON"),
        (gzip.compress(b'{"data": [[1, 2', mtime=0), "cut off"),
        (gzip.compress(b'{"index": []}', mtime=0), "no list called data"),
        (gzip.compress(b'{"data": [[1, 2]]}', mtime=0), "row 1: no structure"),
        (matbench([[structure("O"), float("nan")]]), "no energy"),
        (matbench([]), "no structure"),
        (gzip.compress(b"\xff\xfe\x00", mtime=0), "damaged"),
    ],
)
def test_a_file_that_is_no_dataset(content: bytes, said: str, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_bytes(content)
    dataset = replace(DATASETS["energies"], sha256=None)
    with pytest.raises(FetchError, match=said) as refused:
        fetch(dataset, tmp_path, str(given))
    assert "--from" in str(refused.value)
    assert left(tmp_path / "thermo") == set()
    assert given.read_bytes() == content


def test_a_file_at_hand_is_held_to_the_published_hash(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_bytes(matbench(ROWS))
    with pytest.raises(FetchError, match="SHA-256"):
        fetch(DATASETS["energies"], tmp_path, str(given))
    with pytest.raises(FetchError, match="no file and no http"):
        fetch(DATASETS["energies"], tmp_path, str(tmp_path / "nowhere"))


def test_hashes_are_whole_or_said_to_be_missing() -> None:
    for dataset in DATASETS.values():
        assert dataset.sha256 is None or len(bytes.fromhex(dataset.sha256)) == 32
        assert dataset.sha256 or "none" in dataset.hash_source


def material(formula: str, elements: dict[str, str], **more: object) -> dict[str, object]:
    part = {"formula": formula, "amount": "1.0", "elements": elements}
    return {"material_formula": formula, "composition": [part], "additives": [], **more}


def test_literature_becomes_recipes(tmp_path: Path) -> None:
    value = {"min_value": 900.0, "max_value": 1000.0, "values": [900.0, 1000.0], "units": "°C"}
    kelvin = {"min_value": None, "max_value": 1273.15, "values": [1273.15], "units": "K"}
    time = {"min_value": None, "max_value": 90.0, "values": [90.0], "units": "min"}
    conditions = {"heating_temperature": [value], "heating_time": None, "heating_atmosphere": []}
    hot = {"heating_temperature": [kelvin | {"max_value": 1573.15, "values": [1573.15]}],
           "heating_time": [time], "heating_atmosphere": ["Air"]}  # fmt: skip
    operations = [
        {"type": "MixingOperation", "conditions": {}},
        {"type": "HeatingOperation", "conditions": conditions},
        {"type": "HeatingOperation", "conditions": hot},
    ]
    carbonates = [
        material("SrCO3", {"Sr": "1.0", "C": "1.0", "O": "3.0"}),
        material("La2O3", {"La": "2", "O": "3"}),
        material("MnO2", {"Mn": "1", "O": "2"}),
    ]
    series = material(
        "La1-xSrxMnO3",
        {"La": "-x + 1", "Sr": "x", "Mn": "1.0", "O": "3.0"},
        amounts_vars={"x": {"values": [0.3, 0.5], "min_value": 0.3, "max_value": 0.5}},
    )
    barium = [
        material("BaCO3", {"Ba": "1", "C": "1", "O": "3"}),
        material("TiO2", {"Ti": "1", "O": "2"}),
    ]
    open_series = series | {"amounts_vars": {"x": {"values": []}}}
    reactions = [
        {"doi": "10.1016/j.matlet.2012.08.011", "reaction_string": "a == b", "target": series,
         "precursors": carbonates, "operations": operations, "reaction": {}},
        {"doi": "10.1/b", "target": material("MTiO3", {"M": "1", "Ti": "1", "O": "3"}),
         "reaction": {"element_substitution": {"M": "Ba"}}, "precursors": barium, "operations": []},
        {"doi": "10.1/c", "target": open_series, "precursors": carbonates, "operations": []},
        {"doi": "10.1/d", "target": material("__import__", {"Ba": "__import__('os')"}),
         "precursors": barium, "operations": []},
    ]  # fmt: skip
    given = tmp_path / "given.json.xz"
    given.write_bytes(lzma.compress(json.dumps({"release": "x", "reactions": reactions}).encode()))
    done = fetch(DATASETS["literature"], tmp_path, str(given))
    table = pd.read_parquet(done.place)
    assert done.rows == len(table) == 3
    first, second, third = (row for _, row in table.iterrows())
    assert (first.target, second.target) == ("Sr3La7Mn10O30", "SrLaMn2O6")
    assert list(first.precursors) == ["La2O3", "MnO2", "SrCO3"]
    assert first.temperature_c == pytest.approx(1300)
    assert first.time_h == pytest.approx(1.5)
    assert (first.atmosphere, first.n_heating_steps, first.year) == ("air", 2, 2012)
    assert first.kind == "x_values"
    assert (third.target, third.kind, third.n_heating_steps) == ("BaTiO3", "elem_sub", 0)
    assert pd.isna(third.temperature_c)
    assert pd.isna(third.year)
    bare = tmp_path / "bare.json"  # the release at figshare is a bare list
    bare.write_text(json.dumps(reactions))
    assert fetch(DATASETS["literature"], tmp_path, str(bare), force=True).rows == 3


@pytest.mark.needs("literature/recipes.parquet")
def test_columns_are_those_of_the_table_in_use() -> None:
    import pyarrow.parquet as pq

    from knowledge.literature.textmined import COLUMNS

    used = pq.read_schema(data_folder() / "literature" / "recipes.parquet").names
    assert tuple(used) == COLUMNS


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer
    from typer.testing import CliRunner

    from agents.commands.fetch import fetch as command

    application = typer.Typer(rich_markup_mode=None)
    application.command()(command)
    given = tmp_path / "given"
    given.write_bytes(matbench(ROWS))
    runner = CliRunner()
    monkeypatch.setitem(DATASETS, "energies", replace(DATASETS["energies"], sha256=None))
    monkeypatch.setenv("ATHANOR_DATA", str(tmp_path / "data"))
    done = runner.invoke(application, ["energies", "--from", str(given)])
    assert done.exit_code == 0, done.output
    assert "rows" in done.output
    assert "CC BY 4.0" in done.output
    assert "nothing to do" in runner.invoke(application, ["energies"]).output
    into = tmp_path / "other"
    elsewhere = runner.invoke(
        application, ["energies", "--from", str(given), "--into", str(into), "--force"]
    )
    assert elsewhere.exit_code == 0
    assert file_sha256(into / "thermo" / "formation_energies.csv.gz")
    refused = runner.invoke(application, ["nonsense"])
    assert isinstance(refused.exception, FetchError)
    assert "energies, literature" in str(refused.exception)
