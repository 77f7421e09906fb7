"""`athanor summarize` as it is run: its files, and one line for what is bad."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.study.row import ROW_SCHEMA, Row, as_table
from tests.commands import command
from tests.experiments.summary.rows import failed, row

ROWS = [
    *(row("athanor", [0.1, 0.95], t, s) for t in ("BaTiO3", "SrTiO3") for s in range(4)),
    *(row("athanor:without=[a,b]", [0.95], t, s) for t in ("BaTiO3", "SrTiO3") for s in range(4)),
    failed("athanor", seed=4),
]


def results(path: Path, rows: list[Row]) -> Path:
    pq.write_table(as_table([r.model_dump() for r in rows], ROW_SCHEMA), path)
    return path


def test_the_table_the_words_and_the_files(tmp_path: Path) -> None:
    done = command(
        "agents.cli", "summarize", results(tmp_path / "r.parquet", ROWS), "--by", "target",
        "--policies", "athanor:without=[a,b],athanor", "--reference", "athanor",
        "--per-experiment", "0", "--csv", tmp_path / "t.csv", "--latex", tmp_path / "t.tex",
        "--json", tmp_path / "t.json", "--figures", tmp_path / "pictures",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "17 campaigns: 2 policies, 2 targets, 1 world, 5 seeds" in done.stdout
    assert (
        "athanor needs 1.0 more experiments than athanor:without=[a,b] (1.0 to 1.0): "
        "athanor:without=[a,b] is better"
    ) in done.stdout
    assert "note: 1 of 9 campaigns of athanor failed with an error" in done.stdout
    told = json.loads((tmp_path / "t.json").read_text())
    assert told["prices"] == {"per_experiment": 0.0, "per_furnace_hour": 0.1}
    assert told["policies"] == ["athanor:without=[a,b]", "athanor"]
    assert (tmp_path / "t.csv").read_text().startswith("of,name,policy,campaigns")
    assert r"\toprule" in (tmp_path / "t.tex").read_text()
    made = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert {"page.html", "made_cost.svg", "targets.pdf"} <= made


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--policies", "gp"], "no campaign is of policy gp: there are athanor, "),
        (["--reference", "gp"], "no campaign is of policy gp, the reference: there are "),
        (["--policies", " , "], "names no policy"),
        (["--per-furnace-hour", "-1"], "--per-furnace-hour -1: give a price of 0 or more"),
        (["--by", "colour"], "--by"),
        (["--csv", "no/such/t.csv"], "no/such/t.csv cannot be written"),
        (["--figures", "r.parquet"], "choose a folder that can be written"),
    ],
)
def test_bad_options_are_one_line(tmp_path: Path, options: list[str], words: str) -> None:
    results(tmp_path / "r.parquet", ROWS)
    done = command("agents.cli", "summarize", "r.parquet", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = command("agents.cli", "summarize", tmp_path / "none")
    assert done.returncode == 2
    assert "there is no such folder" in done.stderr
    assert len(done.stderr.splitlines()) == 1
