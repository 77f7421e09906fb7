"""`athanor pathway` as a user runs it: the tree, the probabilities, the page, what it refuses."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from agents.cli import main
from agents.report.pathway_figures import amounts_along, likelihoods
from agents.report.pathway_tree import tree, weight_fractions
from agents.report.prediction import Prediction, Surroundings, predict, surroundings
from agents.report.surroundings_figures import interface_hull, stability
from knowledge.chemistry import molar_mass_g_per_mol
from knowledge.energies import EnergyStack
from knowledge.errors import RecordError
from knowledge.literature import frequency_proposer
from knowledge.recipe import AIR
from tests.agents.test_command_line import run

BATIO3 = ("pathway", "BaTiO3", "--precursors", "BaCO3,TiO2", "--temperature", "1000")


@pytest.fixture
def athanor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line in this process: exit status, what it printed, its errors."""

    def run_here(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["athanor", *arguments])
        monkeypatch.setenv("ATHANOR_DATA", str(tmp_path))
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capsys.readouterr())

    return run_here


@pytest.fixture(scope="module")
def predicted(energies: EnergyStack) -> tuple[Prediction, Surroundings]:
    firing = frequency_proposer().firing("BaTiO3")
    prediction, graph = predict(
        energies, "BaTiO3", ("BaCO3", "TiO2"), AIR, 1000.0, firing, samples=200
    )
    return prediction, surroundings(prediction, graph)


def printed(prediction: Prediction) -> str:
    console = Console(width=200, record=True, file=None, quiet=False, highlight=False)
    with console.capture() as capture:
        console.print(tree(prediction))
    return capture.get()


def test_the_tree_tells_each_step_and_what_it_leaves(
    predicted: tuple[Prediction, Surroundings],
) -> None:
    told = printed(predicted[0])
    assert "1. 2 BaCO3 + TiO2 -> Ba2TiO4 + 2 CO2" in told  # long known to form first
    assert "0.5 Ba2TiO4" in told
    assert "leaves 1 BaTiO3 (100 %)" in told.splitlines()[-1]


def test_the_command_and_its_page(
    tmp_path: Path, athanor: Callable[..., tuple[int, str, str]]
) -> None:
    page = tmp_path / "page.html"
    found = run(*BATIO3, "--html", str(page), "--samples", "200")
    assert found.returncode == 0, found.stderr
    for said in (
        "BaCO3 + TiO2 -> BaTiO3 + CO2", "meV/atom at 1000 C in air", "Ba2TiO4", "leaves",
        "ends with 1 BaTiO3", "Over 200 draws", "likeliest intermediates", "likeliest sequences",
        "is taken for stable", f"Page: {page}",
    ):  # fmt: skip
        assert said in found.stdout
    assert not [line for line in found.stdout.splitlines() if line != line.rstrip()]
    text = page.read_text(encoding="utf-8")
    assert text.count("Plotly.newPlot(") >= 4
    # Opens without a network: nothing is loaded from elsewhere, plotly stands in the page.
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)\s*=", text)
    assert not re.search(r"@import|url\(\s*['\"]?https?:", text.split("<body>")[0])
    for heading in ("What forms on the way", "How likely", "form where they touch", "stable?"):
        assert heading in text
    assert "BaTiO<sub>3</sub>" in text

    status, again, _ = athanor(*BATIO3, "--samples", "200", "--seed", "0")
    assert status == 0
    assert again == found.stdout.replace(f"Page: {page}\n", "")  # a seed is an answer


def test_a_pair_waits_on_the_way_up(
    tmp_path: Path, athanor: Callable[..., tuple[int, str, str]]
) -> None:
    status, told, _ = athanor(
        *BATIO3, "--from", "300", "--samples", "100", "--html", str(tmp_path / "p.html")
    )
    assert status == 0
    assert "300 C" in told
    assert "nothing reacts" in told  # carbonate and titania at 300 C are bottled together
    assert "and mobilities" in told
    assert "heated from 300 to" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_bars_weigh_what_was_weighed_in(predicted: tuple[Prediction, Surroundings]) -> None:
    """One mole each of BaCO3 and TiO2 lose one mole of CO2, all of it in the first step."""
    prediction, _ = predicted
    figure = json.loads(amounts_along(prediction).to_json())
    heights = {t["name"]: t["y"] for t in figure["data"]}
    totals = [sum(row) for row in zip(*heights.values(), strict=True)]
    assert totals == pytest.approx([100.0] * len(totals))
    weighed = molar_mass_g_per_mol("BaCO3") + molar_mass_g_per_mol("TiO2")
    lost = 100 * molar_mass_g_per_mol("CO2") / weighed
    assert heights["gas given off"][0] == pytest.approx(0.0, abs=1e-9)
    assert heights["gas given off"][1:] == pytest.approx([lost] * (len(totals) - 1))
    assert weight_fractions(prediction.final) == {"BaTiO3": pytest.approx(1.0)}


def test_figures_show_what_was_computed(predicted: tuple[Prediction, Surroundings]) -> None:
    prediction, around = predicted
    odds = prediction.distribution
    bars = likelihoods(prediction).data[0]
    assert bars.x[0] == pytest.approx(100 * odds.probability_of_target)
    assert len(bars.x) == 1 + min(12, len(odds.intermediates))

    (hull,) = around.interfaces
    assert hull.strongest is not None
    assert hull.strongest.equation == prediction.stages[0].steps[0].reaction.equation
    line, *points = interface_hull(hull, "BaTiO3").data
    assert len(line.x) == len(hull.kinks)
    (target,) = [p for p in points if p.name.startswith("makes")]
    assert [round(x, 6) for x in target.x] == [37.5]  # 3 of 8 atoms
    assert "BaTiO<sub>3</sub> + CO<sub>2</sub>" in target.customdata[0]

    drawn = stability(around, prediction.conditions.temperature_c).data
    heat, mark = drawn[0], drawn[-1]
    assert heat.z.shape == (len(heat.y), len(heat.x))
    assert (min(heat.x), max(heat.x), min(heat.y), max(heat.y)) == (300, 1700, -6, 0)
    assert (mark.x[0], mark.y[0]) == (1000.0, pytest.approx(-0.678, abs=1e-3))  # air


def test_estimates_are_named_on_the_page(
    tmp_path: Path, athanor: Callable[..., tuple[int, str, str]]
) -> None:
    page = tmp_path / "page.html"
    status, told, _ = athanor(
        "pathway", "La0.7Sr0.3MnO3", "--precursors", "La2O3,SrCO3,MnO2", "--temperature", "1200",
        "--samples", "50", "--html", str(page),
    )  # fmt: skip
    assert status == 0
    assert "interpolated" in told
    notes = page.read_text(encoding="utf-8").split("not tabulated facts?")[1]
    assert "interpolated" in notes


def test_one_precursor_has_no_pair(
    tmp_path: Path, athanor: Callable[..., tuple[int, str, str]]
) -> None:
    page = tmp_path / "page.html"
    status, told, _ = athanor(
        "pathway", "BaO", "--precursors", "BaCO3", "--temperature", "1300", "--html", str(page),
        "--samples", "20",
    )  # fmt: skip
    assert status == 0
    assert "BaCO3 -> BaO + CO2" in told
    assert "form where they touch" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--html", "/nonexistent/page.html"], "/nonexistent/page.html cannot be written"),
        (["--html", "/"], "cannot be written"),
        (["--from", "1000"], "does not go up"),
        (["--from", "1200"], "does not go up"),
        (["--from", "-400"], "greater than -273.15"),
        (["--from", "nan"], "finite"),
        (["--temperature", "1900"], "at most 1727 C"),
        (["--temperature", "-300"], "greater than -273.15"),
        (["--samples", "0"], "allowed are 1 to"),
        (["--samples", "1000000000"], "allowed are 1 to"),
        (["--seed", "-1"], "seed is -1"),
        (["--precursors", "BaCO3,Xx"], "no such element: Xx"),
        (["--precursors", "BaCO3,CuO"], "no amounts"),
        (["--precursors", ","], "no amounts"),
        (["--precursors", "BaCO3,TiO2,TiO2"], "no amounts"),
        (["--atmosphere", "moon"], "allowed are air"),
        (["--energies", "nowhere.csv"], "nowhere.csv"),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_is_one_line_and_status_2(
    extra: list[str], said: str, athanor: Callable[..., tuple[int, str, str]]
) -> None:
    status, _, told = athanor(*BATIO3, "--samples", "20", *extra)
    assert status == 2
    assert said in told
    assert told.startswith("athanor: ")
    assert len(told.strip().splitlines()) == 1


def test_numbers_out_of_range_are_refused(energies: EnergyStack) -> None:
    firing = frequency_proposer().firing("BaTiO3")
    with pytest.raises(RecordError, match="does not go up"):
        predict(energies, "BaTiO3", ("BaCO3", "TiO2"), AIR, 900.0, firing, from_c=900.0)
