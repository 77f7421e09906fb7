"""`athanor propose` as a user runs it."""

import csv
import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from knowledge.recipe import Recipe
from tests.commands import command
from tests.knowledge.literature.small import table


def run(*arguments: str, data: str = "/nonexistent") -> "CompletedProcess[str]":
    bare = {"ATHANOR_DATA": data, "COLUMNS": "120"}
    return command("agents.cli", "propose", *arguments, env=bare)


def test_a_table_of_recipes_with_grams() -> None:
    """5 g of BaTiO3 (233.19 g/mol) take 4.2312 g of BaCO3 and 1.7124 g of TiO2."""
    told = run("BaTiO3", "--count", "3")
    assert told.returncode == 0, told.stderr
    for shown in ("BaCO3 + TiO2", "likely", "%", "air", "BaCO3 + TiO2 -> BaTiO3 + CO2",
                  "4.2312 g BaCO3", "1.7124 g TiO2", "published recipes up to"):  # fmt: skip
        assert shown in told.stdout
    double = run("BaTiO3", "--count", "1", "--grams", "10")
    assert "8.4624 g BaCO3" in double.stdout


def test_json_and_csv(tmp_path: Path) -> None:
    made = tmp_path / "r.json", tmp_path / "r.csv"
    told = run("LiMn2O4", "--count", "4", "--json", str(made[0]), "--csv", str(made[1]))
    assert told.returncode == 0, told.stderr
    answer = json.loads(made[0].read_text())
    assert [r["rank"] for r in answer["recipes"]] == [1, 2, 3, 4]
    first = answer["recipes"][0]
    assert first["temperature_90_c"][0] <= first["temperature_c"] <= first["temperature_90_c"][1]
    assert sum(first["atmosphere"].values()) == pytest.approx(1, abs=1e-3)
    recipe = Recipe.from_json(json.dumps(first["recipe"]))  # what a lab would take
    masses = recipe.masses_g(answer["batch_g"])
    assert {p: x["grams"] for p, x in first["precursors"].items()} == pytest.approx(
        masses, abs=1e-5
    )
    rows = list(csv.DictReader(made[1].read_text().splitlines()))
    assert [float(r["probability"]) for r in rows] == sorted(
        (float(r["probability"]) for r in rows), reverse=True
    )
    assert rows[0]["equation"] == first["equation"]


def test_why_names_papers(tmp_path: Path) -> None:
    (tmp_path / "literature").mkdir()
    table(tmp_path / "literature")
    told = run("BaTiO3", "--count", "2", "--why", data=str(tmp_path))
    assert told.returncode == 0, told.stderr
    assert "doi:10.1/a" in told.stdout
    assert "100% alike" in told.stdout
    without = run("BaTiO3", "--why")
    assert without.returncode == 0
    assert "athanor fetch literature" in without.stdout


def test_conditions_for_given_precursors_and_an_inventory() -> None:
    given = run("BaTiO3", "--precursors", "BaO2,TiO2")
    assert "BaO2 + TiO2 -> BaTiO3" in given.stdout
    held = run("BaTiO3", "--inventory", "BaO2,TiO2,CuO")
    assert "BaO2 + TiO2" in held.stdout
    assert "BaCO3" not in held.stdout


def test_other_proposers() -> None:
    counted = run("BaTiO3", "--proposer", "frequency")
    assert counted.returncode == 0
    assert "BaCO3 + TiO2" in counted.stdout


def test_a_bottle_that_cannot_be_is_doubted() -> None:
    """Barium peroxide exists, whatever charges say; PbO3 is a slip of a text miner."""
    told = run("PbTiO3", "--precursors", "PbO3,TiO2").stdout
    assert "PbO3: no common oxidation states" in told
    assert "is there such a bottle" not in run("BaTiO3", "--precursors", "BaO2,TiO2").stdout


def test_far_from_what_was_read_is_said() -> None:
    assert "no paper read has Cs and Rh in one target" in run("CsRhO2").stdout
    assert "far from" not in run("BaTiO3").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "the formula is empty"),
        (["Xx2"], "no such element"),
        (["CO2"], "besides O, C, H and N"),
        (["Fe"], "Fe is an element"),
        (["XeF2"], "no published precursor is known for Xe"),
        (["BaTiO3", "--precursors", "BaCO3"], "no amounts"),
        (["BaTiO3", "--precursors", "BaTiO3"], "its own precursors"),
        (["BaTiO3", "--precursors", ""], "no amounts"),
        (["BaTiO3", "--precursors", "Zz"], "no such element: Zz"),
        (["BaTiO3", "--inventory", "BaCO3"], "nothing in the inventory"),
        (["BaTiO3", "--inventory", ""], "nothing in the inventory"),
        (["BaTiO3", "--inventory", "BaO", "--precursors", "BaO,TiO2"], "exclude each other"),
        (["BaTiO3", "--inventory", "BaO", "--proposer", "frequency"], "--proposer model"),
        (["BaTiO3", "--grams", "0"], "above zero"),
        (["BaTiO3", "--grams", "nan"], "above zero"),
        (["BaTiO3", "--proposer", "oracle"], "allowed are model, frequency"),
        (["BaTiO3", "--proposer", "/tmp"], "holds no model"),
        (["BaTiO3", "--count", "0"], "greater than or equal to 1"),
        (["BaTiO3", "--json", "/nonexistent/r.json"], "can be written"),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_is_one_line_and_status_2(arguments: list[str], said: str) -> None:
    refused = run(*arguments)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert said in refused.stderr
    assert refused.stderr.startswith("athanor: ")
    assert len(refused.stderr.strip().splitlines()) == 1
