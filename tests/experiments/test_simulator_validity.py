"""The simulated lab's report card: tables and pairs are read as written, and scored as defined."""

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.bench_pairs import Pair, Verdict, read_pairs, verdicts
from experiments.bench_table import rank_correlation, read_table, scores, simulated_yields
from experiments.simulator_constants import CONSTANTS
from experiments.textbook import CASES, check
from knowledge.energies import EnergyStack
from knowledge.errors import RecordError
from lab.simulated import motion, network
from tests.commands import command

TABLE = """precursors,temperature_c,target_weight_percent
BaCO3;TiO2,300,0
BaCO3;TiO2,1000,40
BaCO3;TiO2,1300,95
BaO2;TiO2,300,0
BaO2;TiO2,1000,60
BaO2;TiO2,1300,97
"""
PAIRS = """Pairwise reactants,Pairwise Products,Temperature Range
CuCO3, CO2 + CuO, Reacts below 600 C
BaCO3 + TiO2, CO2 + BaTiO3, Reacts between 900-1300 C
BaCO3 + TiO2, None, Does not react at or below 300 C
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_cells_are_the_rows(table: Path) -> None:
    cells = read_table(table, "BaTiO3", 4)
    assert [c.temperature_c for c in cells] == [300, 1000, 1300] * 2
    assert [c.measured for c in cells] == [0, 0.4, 0.95, 0, 0.6, 0.97]
    assert {c.recipe.steps[0].hold_h for c in cells} == {4}
    assert cells[0].recipe.equation == "BaCO3 + TiO2 -> BaTiO3 + CO2"


def test_precursors_that_bring_the_same_share(tmp_path: Path) -> None:
    """BaO beside BaO2: no amounts are unique, so each brings as much as the other."""
    path = tmp_path / "table.csv"
    path.write_text(TABLE.splitlines()[0] + "\nBaO;BaO2;TiO2,1000,40\n", encoding="utf-8")
    [cell] = read_table(path, "BaTiO3", 4)
    assert cell.recipe.precursors == pytest.approx({"BaO": 0.5, "BaO2": 0.5, "TiO2": 1.0})


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("BaCO3;TiO2,-300,0", "line 2: .*temperature_c"),
        ("BaCO3;TiO2,nan,0", "line 2: .*temperature_c"),
        ("BaCO3,1000,0", "line 2: no amounts of BaCO3"),
        ("Xx;TiO2,1000,0", "line 2: .*Xx"),
        ("BaCO3;TiO2,1000,much", "line 2: .*much"),
    ],
)
def test_rows_that_cannot_be(tmp_path: Path, row: str, told: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{TABLE.splitlines()[0]}\n{row}\n", encoding="utf-8")
    with pytest.raises(RecordError, match=told):
        read_table(path, "BaTiO3", 4)


def test_a_table_has_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("recipe,yield\nx,1\n", encoding="utf-8")
    with pytest.raises(RecordError, match="lacks the columns precursors, temperature_c"):
        read_table(path, "BaTiO3", 4)


def test_rank_correlation_by_hand() -> None:
    """One of five neighbours swapped: 1 - 6 (1 + 1) / (5 (25 - 1)) = 0.9."""
    assert rank_correlation(np.arange(5.0), np.array([0.0, 1, 2, 4, 3])) == pytest.approx(0.9)
    assert rank_correlation(np.zeros(5), np.arange(5.0)) is None


def test_scores_within_each_temperature(table: Path) -> None:
    cells = read_table(table, "BaTiO3", 4)
    scored = scores(cells, np.array([0, 0.4, 0.95, 0, 0.6, 0.97]))
    assert scored["spearman"] == pytest.approx(1)
    assert scored["yield_1300"] == pytest.approx(0.96)
    assert scored["spearman_300"] is None


def test_heat_makes_the_target_in_worlds_as_on_the_bench(
    table: Path, energies: EnergyStack
) -> None:
    cells = read_table(table, "BaTiO3", 12)
    for yields in simulated_yields(cells, energies, 2):
        assert (yields[[0, 3]] < 0.01).all()
        assert (yields[[2, 5]] > 0.8).all()


def test_pairs_are_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(PAIRS, encoding="utf-8")
    assert read_pairs(path) == [
        Pair(("BaCO3", "TiO2"), ("BaTiO3",), 1300.0),
        Pair(("BaCO3", "TiO2"), (), 300.0),
    ]


def test_pairs_in_worlds(tmp_path: Path, energies: EnergyStack) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(PAIRS, encoding="utf-8")
    judged = verdicts(read_pairs(path), "BaTiO3", ("BaCO3", "TiO2"), energies, 2, 24)
    assert [v.right for v in judged] == [True, True]
    assert judged[1].reacted == 0


def test_a_wrong_product_and_a_false_reaction_are_wrong() -> None:
    pair = Pair(("BaCO3", "TiO2"), ("BaTiO3",), 1300.0)
    assert not Verdict(pair, 0.9, "Ba2TiO4").right
    assert not Verdict(pair, 0.9, "unknown").right
    assert Verdict(pair, 0.9, "Ti2Ba2O6").right
    assert not Verdict(Pair(("BaCO3", "TiO2"), (), 300.0), 0.2, "BaTiO3").right


@pytest.mark.parametrize("name", ["BaTiO3 through Ba2TiO4"])
def test_textbook(name: str, energies: EnergyStack) -> None:
    holds, (warm, hot) = check(CASES[name], energies, 3)
    assert holds
    assert warm["Ba2TiO4"] > 0.02
    assert hot.get("Ba2TiO4", 0) < 0.02


def test_a_textbook_case_can_fail(energies: EnergyStack) -> None:
    case = CASES["BaTiO3 through Ba2TiO4"]
    cold = type(case)(case.target, case.precursors, ((300, 1), (400, 1)), case.holds, "")
    assert check(cold, energies, 1)[0] is False


def test_every_constant_is_listed() -> None:
    """No number of the kinetics goes without a reason."""
    listed = {c.name for c in CONSTANTS}
    for module in (motion, network):
        short = module.__name__.rsplit(".", 1)[-1]
        for name, value in vars(module).items():
            own = name.isupper() and not name.startswith("_") and isinstance(value, float)
            if own and f"motion.{name}" not in listed and name not in _IMPORTED:
                assert f"{short}.{name}" in listed
    assert all(c.why for c in CONSTANTS)


# Constants of nature and of other modules that these two import.
_IMPORTED = {"BOLTZMANN_EV_PER_K", "TRACE_ATM", "ZERO_CELSIUS_K", "VAPOUR_ATM"}


def test_the_command_scores_any_table(table: Path, tmp_path: Path) -> None:
    out, rows = tmp_path / "out.json", tmp_path / "rows.csv"
    done = command(
        "experiments.simulator_validity", "--table", table, "--target", "BaTiO3", "--worlds", 2,
        "--json", out, "--rows", rows,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    assert found["spearman"] > 0.7
    assert len(rows.read_text().splitlines()) == 1 + 2 * 6
    refused = command("experiments.simulator_validity", "--table", table)
    assert refused.returncode == 2
    assert "go together" in refused.stderr
