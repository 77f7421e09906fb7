"""Replays of a table by all policies and seeds: figures known from elsewhere, and the command."""

import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agents.policies.registry import policy_class, policy_names
from agents.replay import Truth, milestones
from experiments import replay_table
from experiments.contenders import contenders
from experiments.replay_scores import score, scores
from experiments.replay_setup import Setup, knowledge_of, table_of, with_settings
from experiments.replay_work import Replayed, Work, run
from knowledge.errors import AthanorError
from tests.agents.replay_tables import CELLS, PERCENT, write

RANDOM = ("random", "hottest")
CHEAP = "random,hottest,literature,thermo"


def setup(path: Path, policies: str = CHEAP, seeds: int = 3) -> Setup:
    return Setup(path, "BaTiO3", tuple(contenders(policies)), seeds=seeds, literature="none")


def figures(made: Setup) -> dict[str, dict[str, list[float]]]:
    table = table_of(made)
    told: dict[str, dict[str, list[float]]] = scores(made, table, run(made, table, 1))["policies"]
    return told


def test_chance_is_what_it_must_be(tmp_path: Path) -> None:
    """Of n recipes in random order the first of s successes comes at (n + 1) / (s + 1).

    All of them are found at s (n + 1) / (s + 1), and either has the variance
    s (n - s) (n + 1) / ((s + 1)^2 (s + 2)) (a negative hypergeometric distribution).
    """
    n, s, seeds = 12, 2, 80
    found = figures(setup(write(tmp_path / "t.csv"), "random", seeds))["random"]
    sigma = math.sqrt(s * (n - s) * (n + 1) / ((s + 1) ** 2 * (s + 2)) / seeds)
    # Four standard errors: one in 16,000 by chance, and seeds make it the same for ever.
    assert abs(found["first"][0] - (n + 1) / (s + 1)) < 4 * sigma
    assert abs(found["all"][0] - s * (n + 1) / (s + 1)) < 4 * sigma
    assert found["first"][1] == pytest.approx(sigma, rel=0.3)  # of 80 draws, itself uncertain
    assert found["best"] == found["first"] == found["half"]  # one of two equals


def test_names_permuted_are_no_help(tmp_path: Path) -> None:
    """A policy that has favourite names finds with permuted ones what chance finds: (n + 1) / 2.

    One temperature, so that heat is no help either, and one success among three.
    """
    path = write(tmp_path / "t.csv", {c: float(c == CELLS[0]) * 100 for c in CELLS[::4]})
    plain = figures(setup(path, "literature", 60))["literature"]["first"]
    assert plain[1] == 0
    permuted = figures(replace(setup(path, "literature", 60), permuted=True))["literature"]["first"]
    sigma = math.sqrt((3**2 - 1) / 12 / 60)  # of a uniform draw from 1, 2, 3
    assert abs(permuted[0] - 2) < 4 * sigma
    assert permuted[1] == pytest.approx(sigma, rel=0.3)


def test_the_hottest_first(tmp_path: Path) -> None:
    """Three recipes at each temperature: 1200 C has no success, and 1100 C has both.

    So they are two of three in random order, after three others.
    """
    seeds = 30
    found = figures(setup(write(tmp_path / "t.csv"), "hottest", seeds))["hottest"]
    sigma = math.sqrt(2 * 1 * 4 / (3**2 * 4) / seeds)
    assert abs(found["first"][0] - (3 + 4 / 3)) < 4 * sigma
    assert abs(found["all"][0] - (3 + 8 / 3)) < 4 * sigma


@pytest.mark.parametrize("name", [n for n in policy_names() if n != "language"])
def test_one_replay_of_a_deterministic_policy_stands_for_all(tmp_path: Path, name: str) -> None:
    """What says that it is deterministic is so, and what draws at random does not say it."""
    made = setup(write(tmp_path / "t.csv"), name)
    work = Work(made, table_of(made), knowledge_of(made, table_of(made)))
    replays = [work.replay(made.policies[0], seed).milestones for seed in range(3)]
    claimed = getattr(policy_class(name), "deterministic", False)
    assert (len(set(replays)) == 1) == claimed


def test_processes_change_nothing(tmp_path: Path) -> None:
    made = setup(write(tmp_path / "t.csv"))
    table = table_of(made)
    one, two = run(made, table, 1), run(made, table, 2)
    for label, replays in one.items():
        assert [r.seed for r in replays] == ([0, 1, 2] if label in RANDOM else [0])
        assert [r.milestones for r in replays] == [r.milestones for r in two[label]]


def test_the_nearest_answers_for_what_was_not_measured(tmp_path: Path) -> None:
    """Two sets, at 900 and at 1100 C: either answers for the other's firing with its own."""
    path = write(tmp_path / "t.csv", {("BaO;TiO2", 900): 100.0, ("BaO2;TiO2", 1100): 50.0})
    made = replace(setup(path, "hottest", 10), missing="nearest")
    found = figures(made)["hottest"]
    assert 1 <= found["first"][0] <= 2
    assert found["all"] == found["first"]
    assert scores(made, table_of(made), run(made, table_of(made), 1))["cells"] == 2


def test_mean_and_standard_error() -> None:
    """Of 1, 2 and 6: mean 3, deviation sqrt(7), error sqrt(7 / 3)."""
    truth = replay_truth()
    runs = [
        Replayed("p", seed, milestones(["x"] * (n - 1) + ["a"], truth), 0.5)
        for seed, n in enumerate((1, 2, 6))
    ]
    told = score(runs, 3)
    assert told["first"] == pytest.approx([3, math.sqrt(7 / 3)])
    assert told["found_at"] == {"10": 1, "20": 1, "47": 1}
    assert told["cpu_s_per_suggestion"] == 0.5
    assert score(runs[1:2], 50)["first"] == [2, 0]


def replay_truth() -> Truth:
    return Truth({"x": 0.1, "a": 1.0}, 0.9)


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["replay_table", *arguments, "--processes", "1"])
    replay_table.main()


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = write(tmp_path / "t.csv"), tmp_path / "out.json"
    path.write_text(path.read_text() + "BaCO3;SiO2,900,100\nBaO;TiO2,1200,62\n")
    command(
        monkeypatch,
        *("--table", str(path), "--target", "BaTiO3", "--policies", "random,thermo"),
        *("--seeds", "2", "--json", str(out), "--literature", "none"),
    )
    told = json.loads(out.read_text())
    assert (told["cells"], told["successes"], told["left_out"]) == (12, 2, 1)
    assert list(told["policies"]) == ["random", "thermo"]
    for name, found in told["policies"].items():
        assert list(found) == ["first", "half", "all", "best", "found_at", "cpu_s_per_suggestion"]
        assert all(len(found[k]) == 2 for k in ("first", "half", "all", "best"))
        assert set(found["found_at"]) == {"10", "20", "47"}
        assert found["found_at"]["20"] == found["found_at"]["47"] == 2
        assert found["cpu_s_per_suggestion"] > 0
        assert name == "random" or found["first"][1] == 0
    shown = capsys.readouterr()
    assert "1 rows left out" in shown.err
    assert "1 recipes have several rows" in shown.err
    assert "12 recipes, 2 of them with 99.5 % or more" in shown.out


def test_a_table_without_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = (
        write(tmp_path / "t.csv", {c: y / 2 for c, y in PERCENT.items()}),
        tmp_path / "o.json",
    )
    command(
        monkeypatch,
        *("--table", str(path), "--target", "BaTiO3", "--policies", "random", "--seeds", "2"),
        *("--json", str(out), "--literature", "none"),
    )
    found = json.loads(out.read_text())["policies"]["random"]
    assert [found[k] for k in ("first", "half", "all")] == [None, None, None]
    assert 1 <= found["best"][0] <= 12
    assert found["found_at"] == {"10": 0, "20": 0, "47": 0}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--success", "0"], "--success is 0"),
        (["--success", "nan"], "--success is nan"),
        (["--seeds", "0"], "--seeds is 0"),
        (["--batch", "0"], "--batch is 0"),
        (["--policies", "nobody"], "no policy is called 'nobody'"),
        (["--policies", ""], "no policy is named"),
        (["--json", "/nonexistent/out.json"], "there is no folder /nonexistent"),
        (["--objective", "all", "--policies", "random"], "--objective: none of random takes it"),
        (["--without", "literature", "--policies", "random"], "--without: none of random takes it"),
        (["--table", "/nonexistent.csv"], "cannot read the table /nonexistent.csv"),
        (["--target", "Qq"], "Qq"),
    ],
)
def test_one_line_and_status_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    path = str(write(tmp_path / "t.csv"))
    with pytest.raises(SystemExit) as end:
        command(
            monkeypatch,
            *("--table", path, "--target", "BaTiO3", "--policies", "random", *arguments),
        )
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) == 1


def test_settings_go_to_those_that_take_them() -> None:
    """The GP has a number of random first recipes; it is a setting of its own in the list."""
    (one, other) = with_settings(contenders("gp:random_first=5,random"), None, ())
    assert dict(one.settings) == {"random_first": 5}
    assert other.settings == ()
    (own,) = with_settings(contenders("athanor:objective=one"), "all", ("literature",))
    assert dict(own.settings) == {"objective": "one", "without": ("literature",)}
    with pytest.raises(AthanorError, match="none of gp, random takes it"):
        with_settings(contenders("gp,random"), "all", ())
