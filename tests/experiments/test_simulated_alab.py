"""Many agents in one laboratory: nobody waits for another, time ends it, a killed run goes on."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from agents.candidates import Candidate, Candidates
from experiments import alab_world
from experiments.alab_world import Row, Rules, Trial, World, live
from experiments.simulated_alab import (
    TARGETS,
    as_table,
    knowledge_of,
    rows_in,
    run_id,
    summary,
    targets_in,
)
from knowledge.data_folder import dataset
from knowledge.errors import AthanorError, RecordError
from tests.commands import command as process

EASY = Rules("thermo", lab="easy", experiments=3, days=6)


@pytest.fixture(scope="module")
def candidates() -> list[Candidates]:
    """A few recipes for each of two targets: the agents are not what is tested."""
    return [few(found) for t in ("BaZrO3", "CaTiO3") if not isinstance(found := known(t), str)]


def known(target: str, rules: Rules = EASY) -> Candidates | str:
    return knowledge_of(target, rules)


def few(candidates: Candidates) -> Candidates:
    hot: Sequence[Candidate] = [
        c for c in candidates.items if c.recipe.hottest.temperature_c in (900, 1200)
    ]
    return candidates.model_copy(update={"items": tuple(hot)})


def row(seed: int = 0, target: str = "BaZrO3", ending: str = "made", **fields: object) -> Row:
    base = {
        "run": "r", "experiments": 2, "day": 3.0, "best_yield": 0.6, "precursors_left": 0.3,
        "other_compounds": 0.1, "not_named": 0.0, "lost": "", "cpu_s": 1.0,
    }  # fmt: skip
    return Row(**{**base, "seed": seed, "target": target, "ending": ending, **fields})


def test_agents_share_a_laboratory(candidates: list[Candidates]) -> None:
    rows = live(World("r", 0, candidates, EASY))
    assert [r.target for r in rows] == ["BaZrO3", "CaTiO3"]
    for found in rows:
        assert found.ending in ("made", "recipes spent", "no candidate left", "time over")
        assert (found.ending == "made") == (found.best_yield >= 0.5)
        assert 1 <= found.experiments <= 3
        assert 0 < found.day <= 6
        shares = (found.best_yield, found.precursors_left, found.other_compounds, found.not_named)
        assert sum(shares) == pytest.approx(1, abs=0.02)
    again = live(World("r", 0, candidates, EASY))
    timeless = [r.model_copy(update={"cpu_s": 0.0}) for r in rows]
    assert [r.model_copy(update={"cpu_s": 0.0}) for r in again] == timeless


def test_nothing_is_learned_after_the_last_day(candidates: list[Candidates]) -> None:
    rows = live(World("r", 0, candidates, Rules("thermo", lab="easy", days=0.1)))
    assert [(r.ending, r.experiments, r.day) for r in rows] == [("time over", 0, 0.0)] * 2
    assert rows[0].reason == "time over, no result"


def test_an_agent_keeps_as_many_waiting_as_it_may(candidates: list[Candidates]) -> None:
    rules = Rules("thermo", lab="easy", experiments=3, at_a_time=2, yield_asked=1.0)
    lab = rules.open_lab(0)
    policy = alab_world.instantiate(rules.config.policy)
    trial = Trial(candidates[0], policy(candidates=candidates[0], seed=0), rules)
    trial.fill(lab)
    assert len(trial.waiting) == 2
    trial.fill(lab)
    assert len(trial.waiting) == 2
    (first,) = lab.next_outcomes(list(trial.waiting))[:1]
    trial.learn(first)
    trial.fill(lab)
    assert (len(trial.waiting), len(trial.history.completed)) == (2, 1)
    assert len(trial.history.tried) == 3
    while trial.waiting:
        for outcome in lab.next_outcomes(list(trial.waiting)):
            trial.learn(outcome)
            trial.fill(lab)
    assert len(trial.history.completed) == 3
    with pytest.raises(AthanorError, match="nothing moves"):
        lab.next_outcomes([])


def test_what_cannot_be_tried_says_why() -> None:
    assert "nothing there brings U" in str(known("BaUO4"))
    assert "Xx2O3" in str(known("Xx2O3"))


def test_the_run_is_its_rules_and_its_knowledge(candidates: list[Candidates]) -> None:
    name = run_id(EASY, candidates)
    assert name == run_id(Rules("thermo", lab="easy", experiments=3, days=6), candidates)
    assert name != run_id(EASY, candidates[:1])
    assert name != run_id(Rules("thermo", lab="realistic", experiments=3, days=6), candidates)


def test_tables_are_read_as_they_were_written(tmp_path: Path) -> None:
    table = tmp_path / "out.csv"
    rows = [row(1, lost="spilled sample; failed scan"), row(0, target="CaMn(PO3)4")]
    assert rows_in(table, "r") == []
    table.write_text(as_table(rows), encoding="utf-8")
    assert rows_in(table, "r") == rows[::-1]
    with pytest.raises(RecordError, match="another run"):
        rows_in(table, "other")
    table.write_text("run,seed\nr,0\n", encoding="utf-8")
    with pytest.raises(RecordError):
        rows_in(table, "r")


def test_the_summary_by_hand() -> None:
    """Two worlds, two targets tried of three: one made in both, one in one."""
    rows = [
        row(0, best_yield=0.95),
        row(0, "CaTiO3", "time over", lost="failed scan; spilled sample", experiments=5),
        row(1, experiments=4, day=5.0),
        row(1, "CaTiO3", experiments=6, day=7.0),
    ]
    told = summary(rows, {"UO2": "forbidden"})
    assert (told["worlds"], told["targets"], told["cpu_s"]) == (2, 3, 2.0)
    assert told["share_made"]["mean"] == pytest.approx(0.5, abs=1e-4)  # 1/3 and 2/3
    assert told["share_made"]["low"] == pytest.approx(1 / 3, abs=1e-4)
    assert told["share_nearly_pure"]["mean"] == pytest.approx(1 / 6, abs=1e-4)
    assert told["experiments"]["mean"] == (7 + 10) / 2
    assert told["experiments_to_make"] == 4
    assert told["days_to_make"] == 5
    assert told["failures_per_world"] == {"time over, precursors did not react": 0.5}
    assert told["lost_per_world"] == {"failed scan": 0.5, "spilled sample": 0.5}
    assert told["by_target"]["CaTiO3"]["made"] == 1


def test_targets_come_from_a_column(tmp_path: Path) -> None:
    table = tmp_path / "targets.csv"
    table.write_text("target,reported\nKMn3O6,confirmed\nMg3NiO4,\nKMn3O6,\n")
    assert targets_in(table) == ["KMn3O6", "Mg3NiO4"]
    table.write_text("formula\nKMn3O6\n")
    with pytest.raises(RecordError, match="column `target`"):
        targets_in(table)


@pytest.mark.needs(TARGETS)
def test_the_targets_of_the_alab() -> None:
    assert len(targets_in(dataset(TARGETS))) == 42


command = partial(process, "experiments.simulated_alab")


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    targets, out = tmp_path / "targets.csv", tmp_path / "out.json"
    targets.write_text("target\nBaZrO3\nBaUO4\n")
    asked = (
        "--targets",
        targets,
        "--json",
        out,
        "--policy",
        "thermo",
        "--lab",
        "easy",
        "--experiments-per-target",
        1,
    )
    first = command(*asked, "--seeds", 1)
    assert first.returncode == 0, first.stderr
    table = out.with_suffix(".csv")
    before = table.read_text().splitlines()[1]  # with the time it took: never written twice
    second = command(*asked, "--seeds", 2)
    assert second.returncode == 0, second.stderr
    lines = table.read_text().splitlines()
    assert (len(lines), lines[1]) == (3, before)
    told = json.loads(out.read_text())
    assert (told["worlds"], told["targets"]) == (2, 2)
    assert list(told["untried"]) == ["BaUO4"]
    assert "not tried: BaUO4" in second.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--targets", "nowhere.csv"), "nowhere.csv"),
        (("--seeds", 0), "--seeds is 0"),
        (("--days", 0), "days is 0"),
        (("--yield-asked", 2), "yield_asked is 2"),
        (("--experiments-per-target", 0), "experiments is 0"),
    ],
)
def test_bad_input_is_one_line(more: tuple[object, ...], said: str) -> None:
    done = command(*more)
    assert done.returncode == 2
    assert said in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
