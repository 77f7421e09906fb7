"""What is told of a policy's forecasts, by hand, and the command with its page."""

import json
from pathlib import Path

import pytest

from experiments.calibration import interval, said_and_seen, scores
from experiments.calibration_figure import as_page
from experiments.paired_campaigns import Step
from experiments.paired_study import Found
from tests.commands import command


def step(probability: float, measured: float | None, number: int = 0, **fields: object) -> Step:
    base = {
        "run": "r", "target": "A", "seed": 0, "policy": "p", "recipe": "", "low": 0.0, "high": 1.0,
        "cpu_s": 0.0, "probability": probability, "weight_fraction": measured, "number": number,
    }  # fmt: skip
    return Step(**{**base, **fields})


def test_intervals() -> None:
    assert interval(step(0.5, 0.3)) is None
    assert interval(step(0.5, 0.3, yield_low=0.1, yield_high=0.4)) == (0.1, 0.4)
    low, high = interval(step(0.5, 0.3, predicted_yield=0.5, sigma=0.1)) or (0, 0)
    assert (low, high) == pytest.approx((0.5 - 0.1645, 0.5 + 0.1645), abs=1e-4)
    assert interval(step(0.5, 0.3, predicted_yield=0.5, sigma=1.0)) == (0.0, 1.0)


def test_scores_by_hand() -> None:
    """Two said 0.9, of which one was lost; two said 0.1, of which none succeeded."""
    steps = [
        step(0.9, 0.8, yield_low=0.5, yield_high=0.7), step(0.9, None),
        step(0.1, 0.2, 1, yield_low=0.1, yield_high=0.3), step(0.1, 0.4, 1),
    ]  # fmt: skip
    told = said_and_seen(steps, 0.5)
    assert (told["suggestions"], told["lost"]) == (4, 1)
    assert (told["mean_probability"], told["base_rate"]) == (0.5, 0.25)
    assert told["calibration_error"] == pytest.approx(0.5 * 0.4 + 0.5 * 0.1)
    brier = (0.1**2 + 0.9**2 + 2 * 0.1**2) / 4
    assert told["brier_skill"] == pytest.approx(1 - brier / (0.25 * 0.75), abs=1e-4)
    assert told["coverage_90"] == 0.5
    assert told["width_90"] == 0.2
    assert told["too_high"] == 0
    assert said_and_seen(steps[1:2], 0.5)["coverage_90"] is None


def test_a_policy_by_hand() -> None:
    first = (step(0.9, 0.1), step(0.6, 0.7, 1, ending="made"))
    second = (step(0.7, 0.9, ending="made"),)
    found = Found({("p", "A", 0): first, ("p", "A", 1): second}, ["A"], [0, 1], {})
    told = scores(found, "p", 0.5)
    assert told["suggestions"] == 3
    assert [p["suggestions"] for p in told["by_experiments_before"].values()] == [2, 1]
    assert told["too_hopeful"]["mean"] == pytest.approx((0.9 + 0.7 - 1) / 2)
    assert sum(b["count"] for b in told["reliability"]) == 3
    page = as_page({"<b>": told, "q": told})
    assert page.count('class="plotly-graph-div"') == 2
    assert "said %{x:.0%}" in page
    assert "<title>Calibration: &lt;b&gt;, q</title>" in page
    assert "src=" not in page.split("<script")[1].split(">")[0]  # opens without a network


def test_the_table_of_a_comparison_is_read(tmp_path: Path) -> None:
    targets, out = tmp_path / "targets.csv", tmp_path / "out.json"
    targets.write_text("target\nBaZrO3\n")
    asked = ("--targets", targets, "--lab", "easy", "--experiments-per-target", 2, "--seeds", 2)
    first = command("experiments.compare_policies", *asked, "--policies", "thermo", "--json", out)
    assert first.returncode == 0, first.stderr
    table = out.with_suffix(".csv")
    before = table.read_text()
    page, told = tmp_path / "page.html", tmp_path / "told.json"
    second = command(
        "experiments.calibration", *asked, "--policies", "thermo", "--table", table, "--html", page,
        "--json", told,
    )  # fmt: skip
    assert second.returncode == 0, second.stderr
    assert table.read_text() == before
    assert not told.with_suffix(".csv").exists()
    score = json.loads(told.read_text())["policies"]["thermo"]
    assert score["suggestions"] == len(before.splitlines()) - 1
    assert "Plotly.newPlot" in page.read_text()
    bad = command(
        "experiments.calibration", *asked, "--html", "nowhere/a.html", "--policies", "thermo"
    )
    assert bad.returncode == 2
    assert bad.stderr.strip() == "calibration: --html nowhere/a.html: there is no folder nowhere"
