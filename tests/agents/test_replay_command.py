"""`athanor replay` as a user runs it."""

import re
from collections.abc import Sequence
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from agents.candidates import Candidates
from agents.past.campaign import past_campaign
from agents.past.command import replay
from knowledge.errors import AthanorError
from tests.agents.replay_tables import PERCENT, write
from tests.agents.test_replay_campaign import made, rewrite
from tests.commands import command

NO_LITERATURE = "literature=none"


def shown(where: str | Path, *settings: str, status: int = 0) -> str:
    console = Console(file=StringIO(), width=200, soft_wrap=True)
    assert replay(str(where), settings, console) == status
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def yields(told: str) -> list[float]:
    """The yields of the experiments, in order."""
    return [float(y) for y in re.findall(r"^ \d+ .* in air +([01]\.\d+)", told, re.MULTILINE)]


def counts(told: str, policy: str) -> list[str]:
    """First, half, all and best of a policy."""
    line = next(s for s in told.splitlines() if s.strip().startswith(policy))
    return line.split()[-4:]


def test_a_table_from_first_to_last(tmp_path: Path) -> None:
    """The hottest first: 1200 C holds no success, 1100 C holds both."""
    path = write(tmp_path / "t.csv")
    told = shown(path, "target=BaTiO3", "policy=hottest", "seed=2", NO_LITERATURE)
    found = yields(told)
    assert sorted(found[:3]) == [0.6, 0.9, 0.95]
    assert found[-1] == 1.0
    assert sorted({0.85, *found[3:]}) == [0.85, 1.0]
    places = [str(n) for n, y in enumerate(found, 1) if y == 1.0]
    assert counts(told, "hottest, seed 2") == [places[0], places[0], places[1], places[0]]
    assert "12 recipes of t.csv, 2 of them" in told


def test_another_yield_counts_as_success(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv")
    told = shown(path, "target=BaTiO3", "success=90", "policy=random", NO_LITERATURE)
    assert "4 of them" in told
    assert sum(y >= 0.9 for y in yields(told)) == sum(y >= 90 for y in PERCENT.values()) == 4


def test_a_table_without_success_says_so(tmp_path: Path) -> None:
    worse = {c: y / 2 for c, y in PERCENT.items()}
    path = write(tmp_path / "t.csv", worse)
    told = shown(path, "target=BaTiO3", "policy=random", NO_LITERATURE)
    assert counts(told, "random")[:3] == ["-"] * 3
    assert "no result has 99.50%; the best has 50.00%" in told


def test_the_table_that_comes_with_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without data; all ten successes lie among the 47 recipes at 900 C."""
    monkeypatch.setenv("ATHANOR_DATA", "/nonexistent")
    told = shown("ybco", "policy=hottest")
    found = yields(told)
    assert len(found) <= 47
    assert sum(y == 1.0 for y in found) == 10
    assert counts(told, "hottest")[2] == str(len(found))


def test_a_replay_that_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATHANOR_DATA", "/nonexistent")
    told = shown("ybco", "policy=random", "experiments=3", NO_LITERATURE)
    assert len(yields(told)) == 3
    assert counts(told, "random")[2] == "-"


def test_a_campaign_derived_again(
    tmp_path: Path, candidates: Candidates, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = made(tmp_path, candidates)
    told = shown(folder)
    assert "7 of 7 decisions came out equal" in told
    done = past_campaign(folder).history.completed
    rows = [line for line in told.splitlines() if re.match(r" \d+ ", line)]
    for row, experiment in zip(rows, done, strict=True):
        assert str(experiment.recipe) in row
        assert f"{experiment.yield_fraction:.3f}" in row
        assert row.split()[-1] == "equal"
    recipes = [c.recipe for c in done]
    other = next(c.recipe for c in candidates.items if str(c.recipe) not in map(str, recipes))
    rewrite(folder, "decided", 3, {"suggestion": {"recipe": other.model_dump(mode="json")}})
    assert "3 of 7 decisions came out equal" in shown(folder, status=1)
    error = capsys.readouterr().err
    assert error == f"athanor: decision 3 differs: expected {other}, got {recipes[3]}\n"


def test_another_policy_among_what_was_measured(tmp_path: Path, candidates: Candidates) -> None:
    """Hottest first among the seven; each policy's counts are those of its own order."""
    folder = made(tmp_path, candidates)
    done = past_campaign(folder).history.completed
    told = shown(folder, "policy=hottest", "seed=1")
    fired = [float(t) for t in re.findall(r"^ \d+ .* at (\d+) C", told, re.MULTILINE)]
    assert fired == sorted(fired, reverse=True)
    assert (
        fired == sorted((c.recipe.hottest.temperature_c for c in done), reverse=True)[: len(fired)]
    )
    best = max(c.yield_fraction for c in done)
    at = next(n for n, c in enumerate(done, 1) if c.yield_fraction == best)
    assert counts(told, "random, in the campaign")[3] == str(at)
    assert counts(told, "hottest, seed 1")[3] != "-"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (["policy"], "'policy' is no setting: give KEY=VALUE"),
        (["policy=nobody"], "policy/nobody"),
        (["nothing=1"], "nothing"),
        (["success=0"], "success=0: give a number above 0, to 100"),
        (["success=high"], "success=high"),
        (["experiments=0"], "experiments=0"),
        (["seed=-1"], "seed is -1"),
        (["target=BaTiO3"], "ybco is a table of YBa2Cu3O7, not of BaTiO3"),
        (["target=Qq"], "Qq"),
    ],
)
def test_settings_that_are_none(settings: Sequence[str], told: str) -> None:
    with pytest.raises(AthanorError, match=re.escape(told)) as error:
        shown("ybco", *settings, NO_LITERATURE)
    assert "\n" not in str(error.value)


def test_places_that_hold_nothing(tmp_path: Path, candidates: Candidates) -> None:
    with pytest.raises(AthanorError, match=r"there is no .*or ybco"):
        shown(tmp_path / "nowhere")
    with pytest.raises(AthanorError, match="holds no campaign"):
        shown(tmp_path)
    with pytest.raises(AthanorError, match="Give target=FORMULA"):
        shown(write(tmp_path / "t.csv"))
    folder = made(tmp_path, candidates)
    with pytest.raises(AthanorError, match=r"candidates\.spacing_c cannot be changed"):
        shown(folder, "policy=random", "candidates.spacing_c=5")
    with pytest.raises(AthanorError, match="give policy=NAME beside"):
        shown(folder, "seed=5")


def test_at_the_command_line(tmp_path: Path) -> None:
    """Errors are one line and status 2; help is at hand."""

    bare = {"ATHANOR_DATA": "/nonexistent", "COLUMNS": "120"}
    run = partial(command, "agents.cli", "replay", env=bare)
    path = write(tmp_path / "t.csv")
    done = run(str(path), "target=BaTiO3", "policy=random", NO_LITERATURE)
    assert done.returncode == 0, done.stderr
    assert "all 2" in done.stdout
    wrong = run(str(path))
    assert wrong.returncode == 2
    assert len(wrong.stderr.splitlines()) == 1
    assert "KEY=VALUE" in run("--help").stdout
