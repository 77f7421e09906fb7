"""`athanor lab` as a person at the bench runs it."""

import json
from functools import partial
from pathlib import Path

import pytest

from agents.report.timeline import clock, duration, minutes_after_midnight, segments
from knowledge.errors import AthanorError
from knowledge.recipe import AIR, HeatingStep, Recipe, Target
from lab.procedure import Cool, Heat, Procedure, procedure
from tests.commands import command

BARE = {"ATHANOR_DATA": "/nonexistent", "COLUMNS": "120"}
run = partial(command, "agents.cli", "lab", env=BARE)


def recipe(*temperatures_c: float, **fields: object) -> Recipe:
    """BaTiO3 from carbonate, ground again before each firing but the first."""
    steps = tuple(
        HeatingStep(**{"temperature_c": t, "hold_h": 4, "regrind_before": n > 0, **fields})
        for n, t in enumerate(temperatures_c)
    )
    return Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), steps)


@pytest.fixture
def one(tmp_path: Path) -> str:
    file = tmp_path / "recipe.json"
    file.write_text(recipe(1025).to_json())
    return str(file)


@pytest.fixture
def several(tmp_path: Path) -> str:
    """A file such as `athanor propose --json` writes."""
    listed = [
        {"rank": n, "recipe": json.loads(recipe(t).to_json())} for n, t in ((1, 925), (2, 1025))
    ]
    file = tmp_path / "recipes.json"
    file.write_text(json.dumps({"target": "BaTiO3", "recipes": listed}))
    return str(file)


def test_describe_tells_stations_limits_and_stock() -> None:
    told = run("describe")
    assert told.returncode == 0, told.stderr
    for said in ("simulated lab", "a batch is 2 g", "box furnace", "heat, cool", "diffractometer",
                 "BaCO3", "1400"):  # fmt: skip
        assert said in told.stdout
    fewer = run("describe", "--set", "inventory=[BaCO3,TiO2]", "--set",
                "envelope.max_temperature_c=1111")  # fmt: skip
    assert "1111" in fewer.stdout
    assert "CuO" not in fewer.stdout


def test_check_passes_with_margins(one: str) -> None:
    told = run("check", one)
    assert told.returncode == 0, told.stderr
    assert "passes" in told.stdout
    rows = {" ".join(line.split()) for line in told.stdout.splitlines()}
    assert "furnace temperature 1025 C 100 to 1400 C 375 C" in rows
    assert "furnace time hold 4 h at most 100 h 96 h" in rows
    assert "inventory 1.6925 g BaCO3 bought as needed" in rows


def test_dry_run_by_hand(one: str) -> None:
    """2 g of BaTiO3 (8.577 mmol) give off 0.3775 g of CO2; 1000 C at 5 C/min are 200 min."""
    told = run("dry-run", one, "--at", "22:00")
    assert told.returncode == 0, told.stderr
    rows = {" ".join(line.split()) for line in told.stdout.splitlines()}
    for said in (
        "2 g BaTiO3 in the simulated lab",
        "25 1025 5 3 h 20 min air",
        "1025 1025 hold 4 h air",
        "1025 25 5 3 h 20 min air",
        "day 1 22:00 10 min doser weigh 1.6925 g BaCO3",
        "day 1 22:10 18 min mixer mix 15 min",
        "day 1 22:28 10 h 50 min box furnace heat to 1025 C at 5 C/min, hold 4 h in air",
        "day 2 09:18 8 min grinder take out of the crucible",
        "day 2 09:26 10 min diffractometer scan 10 to 80 degrees in 8 min",
        "day 2 09:36 11 h 36 min done",
        "gas given off, at most: 0.3775 g CO2 (210 ml at 25 C)",
    ):
        assert said in rows, told.stdout
    assert "hazards" in told.stdout


def test_firing_twice_and_another_batch() -> None:
    told = run("dry-run", "-", "--grams", "4", stdin=recipe(900, 1100).to_json())
    assert told.returncode == 0, told.stderr
    assert "firing 2 of 2" in told.stdout
    assert "weigh 3.3849 g BaCO3" in told.stdout
    assert "recipe 1 of 1 in standard input" in told.stdout


def test_one_of_several(several: str) -> None:
    assert "recipe 1 of 2" in (first := run("dry-run", several).stdout)
    assert "heat to 925 C" in first
    second = run("dry-run", several, "--number", "2").stdout
    assert "recipe 2 of 2" in second
    assert "heat to 1025 C" in second
    bare = [json.loads(recipe(t).to_json()) for t in (925, 1025)]
    assert "1025 C" in run("check", "-", "--number", "2", stdin=json.dumps(bare)).stdout


def test_json_is_the_procedure(one: str) -> None:
    told = run("dry-run", one, "--json")
    assert Procedure.from_json(told.stdout) == procedure(recipe(1025))


def test_a_lab_of_ones_own(one: str, tmp_path: Path) -> None:
    conf = Path(__file__).parents[2] / "conf" / "lab" / "simulated.yaml"
    mine = tmp_path / "mine.yaml"
    text = conf.read_text()
    mine.write_text(text.replace("\nbench:", "\nenvelope:\n  max_temperature_c: 1000\n\nbench:"))
    refused = run("check", one, "--lab", str(mine))
    assert refused.returncode == 2
    assert "1025 C in firing 1; allowed are 100 to 1000 C" in refused.stderr
    built = tmp_path / "built.yaml"
    built.write_text("defaults: [simulated]\nenvelope: {max_temperature_c: 900}\n")
    refused = run("check", one, "--lab", str(built))
    assert "allowed are 100 to 900 C" in refused.stderr
    hotter = run("check", one, "--lab", str(mine), "--set", "envelope.max_temperature_c=1100")
    assert hotter.returncode == 0, hotter.stderr


def changed(**fields: object) -> str:
    return json.dumps({**json.loads(recipe(1025).to_json()), **fields})


def fired(**fields: object) -> str:
    step = json.loads(recipe(1025).to_json())["steps"][0]
    return changed(steps=[{**step, **fields}])


MOON = {"name": "moon", "partial_pressures_atm": {"Ar": 1e-9}, "flowing": True}


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["check", "nowhere.json"], "", "cannot read nowhere.json"),
        (["check", "/tmp"], "", "cannot read /tmp"),
        (["check", "-"], "no json", "is no JSON"),
        (["check", "-"], "{}", "holds no recipe"),
        (["check", "-"], "[]", "holds no recipe"),
        (["check", "-"], "7", "holds no recipe"),
        (["check", "-"], changed(steps=[]), "steps"),
        (["check", "-"], changed(precursors={"BaCO3": -1, "TiO2": 1}), "BaCO3"),
        (["check", "-"], changed(precursors={"Xx": 1}), "no such element: Xx"),
        (["check", "-"], fired(temperature_c=-300), "greater than -273.15"),
        (["check", "-"], fired(temperature_c=50_000), "refused by the lab (furnace temperature)"),
        (["check", "-"], fired(temperature_c=float("nan")), "finite number"),
        (["check", "-"], fired(hold_h=-1), "greater than or equal to 0"),
        (["check", "-"], fired(atmosphere=MOON), "this furnace has air, oxygen"),
        (["check", "-"], fired(atmosphere="moon"), "atmosphere"),
        (["dry-run", "-"], fired(temperature_c=1600), "allowed are 100 to 1400 C"),
        (["dry-run", "-", "--json"], fired(temperature_c=1600), "allowed are 100 to 1400 C"),
        (["dry-run", "-", "--at", "25:00"], fired(), "such as 09:00"),
        (["check", "-", "--number", "2"], fired(), "choose another --number"),
        (["check", "-", "--grams", "-2"], fired(), "above zero"),
        (["check", "-", "--grams", "nan"], fired(), "above zero"),
        (["check", "-", "--grams", "500"], fired(), "at most 20 g"),
        (["check", "-", "--grams", "0.001"], fired(), "the doser weighs 0.001 to 50 g"),
        (["check", "-", "--lab", "nowhere"], fired(), "allowed are "),
        (["check", "-", "--lab", "nowhere.yaml"], fired(), "cannot read the lab nowhere.yaml"),
        (["describe", "--set", "colour=red"], "", "this lab has the keys"),
        (["describe", "--set", "world_seed=-1"], "", "whole number"),
        (["describe", "--set", "envelope.max_temperature_c=hot"], "", "must be a number"),
        (["nonsense"], "", "nonsense"),
        (["check"], "", "RECIPE.json"),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], stdin: str, said: str, tmp_path: Path
) -> None:
    refused = run(*arguments, stdin=stdin, cwd=tmp_path)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert said in refused.stderr
    assert refused.stderr.startswith("athanor: ")
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not refused.stdout


def test_running_short_is_refused() -> None:
    little = "inventory=[{formula: BaCO3, grams: 1.1, lot: A1}, TiO2]"
    refused = run("check", "-", "--set", little, stdin=recipe(1025).to_json())
    assert refused.returncode == 2
    assert "BaCO3: 1.692" in refused.stderr
    assert "1.1 g are left" in refused.stderr


def test_help_of_the_group() -> None:
    for told in (run(), run("--help")):
        assert told.returncode == 0
        assert "describe" in told.stdout
        assert "dry-run" in told.stdout


def test_clock_and_durations() -> None:
    assert minutes_after_midnight("09:30") == 570
    assert clock(570, 0) == "day 1 09:30"
    assert clock(23 * 60, 1.5) == "day 2 00:30"
    assert clock(0, 48) == "day 3 00:00"
    assert duration(0) == "0 min"
    assert duration(1.0) == "1 h"
    assert duration(1.9999) == "2 h"
    assert duration(0.75) == "45 min"
    for wrong in ("24:00", "9", "nine", "-1:00", ""):
        with pytest.raises(AthanorError, match="such as 09:00"):
            minutes_after_midnight(wrong)


def test_segments_of_a_stay_with_two_heats() -> None:
    up = Heat(temperature_c=525, hold_h=2, ramp_c_per_min=5, atmosphere=AIR)
    higher = Heat(temperature_c=1025, hold_h=0, ramp_c_per_min=10, atmosphere=AIR)
    lines = segments([up, higher, Cool(rate_c_per_min=2, atmosphere=AIR)])
    assert [(x.from_c, x.to_c, x.rate_c_per_min) for x in lines] == [
        (25, 525, 5), (525, 525, None), (525, 1025, 10), (1025, 25, 2)
    ]  # fmt: skip
    assert [x.hours for x in lines] == pytest.approx([100 / 60, 2, 50 / 60, 500 / 60])
