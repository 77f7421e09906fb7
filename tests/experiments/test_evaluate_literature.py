"""The scores of the literature model: each measure by hand, then the whole command."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.evaluate_literature import evaluate, scored
from experiments.literature_baselines import NearestNeighbours
from experiments.literature_dataset import read_recipes
from experiments.literature_metrics import (
    brier_skill,
    expected_calibration_error,
    hits,
    interval_scores,
    paired_gain,
    shares,
)
from knowledge.literature import literature_model
from tests.commands import command as process

ROWS = [
    ("BaTiO3", ["BaCO3", "TiO2"], 1200.0),
    ("SrTiO3", ["SrCO3", "TiO2"], 1250.0),
    ("LiMn2O4", ["Li2CO3", "MnO2"], 800.0),
    ("YBa2Cu3O7", ["Y2O3", "BaCO3", "CuO"], 930.0),
    ("CaTiO3", ["CaO", "Ti2O3"], float("nan")),
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "recipes.parquet"
    pd.DataFrame(ROWS, columns=["target", "precursors", "temperature_c"]).to_parquet(path)
    return path


def test_hits_by_hand() -> None:
    a, b, c = ("A",), ("B",), ("C",)
    found = hits([[a, b], [c], [], [b, c, a]], [{b}, {c, a}, {a}, {a}])
    assert found.tolist() == [
        [False, True, True, True],
        [True, True, True, True],
        [False, False, False, False],
        [False, True, True, True],
    ]
    assert shares(found) == {"1": 0.25, "3": 0.75, "5": 0.75, "10": 0.75}


def test_calibration_error_by_hand() -> None:
    """Two bins: 0.25 said and half happened, 0.95 said and all happened."""
    said = np.array([0.25, 0.25, 0.95, 0.95])
    happened = np.array([True, False, True, True])
    assert expected_calibration_error(said, happened) == pytest.approx((0.25 + 0.05) / 2)


def test_brier_skill_by_hand() -> None:
    happened = np.array([True, True, False, False])
    assert brier_skill(np.full(4, 0.5), happened) == pytest.approx(0)
    assert brier_skill(happened.astype(float), happened) == 1
    assert brier_skill(np.array([0.8, 0.8, 0.2, 0.2]), happened) == pytest.approx(1 - 0.04 / 0.25)
    assert brier_skill(np.ones(3), np.ones(3, dtype=bool)) == 0


def test_intervals_by_hand() -> None:
    told = interval_scores(
        np.array([0.0, 0.0, 0.0]), np.array([1.0, 2.0, 3.0]), np.array([0.5, 5.0, 3.0])
    )
    assert told["coverage_90"] == pytest.approx(2 / 3, abs=1e-4)
    assert told["width_90_c"] == 2.0
    assert told["coverage_90_by_third"] == [1.0, 0.0, 1.0]


def test_gains_are_drawn_by_cluster() -> None:
    """All the difference is in one of two clusters: nothing is certain. Spread evenly, all is."""
    ours = np.array([1.0] * 10 + [0.0] * 10)
    lumped = paired_gain(ours, np.zeros(20), ["a"] * 10 + ["b"] * 10)
    assert lumped["mean"] == 0.5
    assert (lumped["low"], lumped["high"]) == (0, 1)
    even = paired_gain(np.ones(20), np.zeros(20), [str(i) for i in range(20)])
    assert even == {"mean": 1, "low": 1, "high": 1}


def test_the_nearest_neighbour_is_the_nearest(table: Path) -> None:
    recipes = read_recipes([table])
    (sets,), (degrees,) = NearestNeighbours(recipes).answer(["Ba0.9Sr0.1TiO3"], 1)
    assert sets[0] == ("BaCO3", "SrCO3", "TiO2")
    assert abs(degrees - 1225) < abs(degrees - 1045)  # of the two titanates, of all that say


def test_a_table_is_scored_and_everything_proposed_balances(table: Path) -> None:
    report, more = evaluate(literature_model(), scored(read_recipes([table])), None)
    assert report["targets"] == 5
    assert report["top"]["1"] == 0.8  # nobody makes CaTiO3 from Ti2O3
    assert report["balanced"] == 1
    assert report["temperature"]["n"] == 4
    assert report["temperature"]["mae_c"] < 250
    assert set(report["baselines"]) == {"frequency given the anion class"}
    assert more["gains"]["frequency given the anion class"]["top_1"]["low"] >= 0


command = partial(process, "experiments.evaluate_literature")


def test_the_command(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.json"
    done = command("--recipes", table, "--train", table, "--json", out)
    assert done.returncode == 0, done.stderr
    told = json.loads(out.read_text())
    assert set(told) - {"more"} == {
        "targets", "top", "temperature", "ece", "brier_skill", "balanced", "targets_per_s",
        "baselines",
    }  # fmt: skip
    assert {"n", "mae_c", "mae_proposed_c", "median_c", "coverage_90", "width_90_c"} <= set(
        told["temperature"]
    )
    assert told["baselines"]["nearest neighbours"]["top"]["1"] == 1
    assert "temperature" in told["baselines"]["gradient-boosted trees"]


def test_two_columns_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "sets.parquet"
    pd.DataFrame(
        [("BaTiO3", ["BaCO3", "TiO2"]), ("Fe", ["Fe2O3"]), ("NeTiO3", ["TiO2"])],
        columns=["target", "precursors"],
    ).to_parquet(path)
    report, more = evaluate(literature_model(), scored(read_recipes([path])), None)
    assert report["targets"] == 3
    assert report["temperature"] == {"n": 0}
    assert report["top"]["1"] == pytest.approx(1 / 3, abs=1e-4)
    assert more["without_proposal"] == 2


@pytest.mark.parametrize("targets", [["BaTiO3", "Fe"], ["Fe"], ["XeTiO3"]])
def test_temperatures_of_what_nobody_can_fire(targets: list[str], tmp_path: Path) -> None:
    """An element, or one without a source, beside a compound or alone: scored, never a crash."""
    path = tmp_path / "odd.parquet"
    rows = [(t, ["BaCO3", "TiO2"], 1200.0) for t in targets]
    pd.DataFrame(rows, columns=["target", "precursors", "temperature_c"]).to_parquet(path)
    report, _ = evaluate(literature_model(), scored(read_recipes([path])), None)
    assert report["targets"] == len(targets)
    assert report["temperature"]["n"] == len(set(targets) - {"Fe"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--recipes", "nowhere.parquet"], "cannot read nowhere.parquet"),
        (["--recipes", "README.md"], "cannot read README.md"),
        (["--recipes", "{table}", "--weights", "/nonexistent"], "is missing"),
        (["--recipes", "{table}", "--held-out", "year"], "no row is held out"),
        (["--recipes", "{table}", "--json", "/nonexistent/out.json"], "/nonexistent/out.json"),
        (["--recipes", "{table}", "--train", "nowhere.parquet"], "nowhere.parquet"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], said: str, table: Path) -> None:
    filled = [a.format(table=table) for a in arguments]
    done = command(*filled)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
