"""One campaign as a row: the same as a campaign by hand, and its own failure if it fails."""

from pathlib import Path

import pytest

from agents.campaign import Budget, Campaign
from agents.candidates import Candidates
from agents.journal import Journal
from agents.policies.thermo import ThermoPolicy
from agents.pursuit import Pursuit
from experiments.study.parts import Parts, parts_of
from experiments.study.plan import Cell
from experiments.study.single import run
from experiments.study.study import study_of
from knowledge.outcome import Outcome
from lab.simulated import SimulatedLab
from tests.experiments.study.cases import words


def cells(*more: str) -> list[Cell]:
    return list(study_of(words("nowhere", *more)).plan.cells)


def parts(policy: str, *more: str) -> Parts:
    return parts_of(cells(f"study.policies=[{policy}]", *more)[0])


def test_a_row_tells_what_the_campaign_did() -> None:
    given = parts("thermo", "budget.stop_at_success=false")
    row, timing = run(given, 5)
    known = given.setting.candidates("BaTiO3", 5)
    lab = given.setting.lab(5)
    assert isinstance(lab, SimulatedLab)
    by_hand = Campaign(
        [Pursuit.with_policy(known, ThermoPolicy(known, 0))],
        lab,
        Journal("sqlite://", "BaTiO3"),
        Budget(3, stop_at_success=False),
    )
    ending = by_hand.run()
    done = by_hand.history().completed
    assert row.ending == ending.reason == "budget spent"
    assert row.experiments == 3
    assert list(row.recipes) == [str(d.recipe) for d in done]
    assert list(row.yields) == [pytest.approx(d.yield_fraction, abs=1e-6) for d in done]
    assert row.best_yield == max(y for y in row.yields if y is not None)
    assert row.lab_h == pytest.approx(lab.now_h)
    assert timing.key == row.key
    assert timing.cpu_s > 0


def test_the_same_seed_gives_the_same_row_and_another_seed_another_world() -> None:
    given = parts("random", "study.worlds=[hostile]", "budget.stop_at_success=false")
    assert run(given, 1)[0] == run(given, 1)[0]
    first, other = run(given, 1)[0], run(given, 2)[0]
    assert first.key != other.key
    assert first.recipes != other.recipes


def test_the_same_recipe_in_the_same_world_gives_the_same_whoever_asks() -> None:
    """What a lab draws for an experiment does not hang on the policy: differences are paired."""
    of = ("study.worlds=[hostile]", "budget.stop_at_success=false")
    one, other = parts("hottest", *of), parts("tests.experiments.study.cases.Copies", *of)
    for seed in range(4):
        row, copy = run(one, seed)[0], run(other, seed)[0]
        assert row.key != copy.key
        assert (row.recipes, row.yields) == (copy.recipes, copy.yields)
    assert len({run(one, seed)[0].yields for seed in range(4)}) > 1


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("Nowhere", "ZeroDivisionError: division by zero"),
        ("Wordy", "gives 2 suggestions: 1 to 1 were asked for"),
        ("Leaves", "SystemExit: 3"),
    ],
)
def test_what_a_policy_raises_is_the_error_of_its_row(policy: str, told: str) -> None:
    row, _ = run(parts(f"tests.experiments.study.cases.{policy}"), 0)
    assert row.ending == "failed"
    assert told in row.error
    assert "\n" not in row.error
    assert not row.made
    assert row.experiments == 0


def test_an_error_is_told_the_same_on_every_machine() -> None:
    given = parts("tests.experiments.study.cases.Raises")
    errors = {run(given, seed)[0].error for seed in range(6)}
    assert "RuntimeError: no idea about <object object> at all" in errors


def test_the_oracle_has_the_best_of_all_recipes_fired_by_hand() -> None:
    given = parts("oracle", "budget.stop_at_success=false", "study.worlds=[hostile]")
    row, _ = run(given, 4)
    known = given.setting.candidates("BaTiO3", 4)
    lab = given.setting.lab(4)
    reported, lost = [], 0
    for number, candidate in enumerate(known.items):
        lab.submit(candidate.recipe, f"BaTiO3-{number:05d}")
        outcome = lab.poll(f"BaTiO3-{number:05d}")
        assert isinstance(outcome, Outcome)
        lost += outcome.status != "measured"
        if outcome.status == "measured":
            reported.append(outcome.weight_fraction("BaTiO3"))
    assert list(row.yields) == [pytest.approx(y, abs=1e-6) for y in sorted(reported)[::-1][:3]]
    assert row.candidates == len(known.items) == len(reported) + lost
    assert row.lab_h is None


def test_the_oracle_stops_where_a_campaign_would() -> None:
    row, _ = run(parts("oracle"), 0)
    assert row.ending == "yield reached"
    assert row.experiments == 1
    assert row.promised == (1.0,)


def test_a_journal_is_kept_where_there_is_a_folder(tmp_path: Path) -> None:
    given = parts("thermo")
    row, _ = run(given, 0, tmp_path)
    kept = tmp_path / f"{row.key}.sqlite"
    journal = Journal(f"sqlite:///{kept}", "BaTiO3")
    kinds = [event.kind for event in journal.events()]
    journal.close()
    assert kinds.count("finished") == row.experiments
    assert run(given, 0, tmp_path)[0] == row  # one that was cut off is run from the start


def test_a_table_is_replayed_in_its_own_candidates() -> None:
    given = parts(
        "thermo",
        "study.targets=[YBa2Cu3O7]",
        "study.worlds=[{table:['study.table=ybco','yield_asked=0.995']}]",
    )
    row, _ = run(given, 0)
    assert row.candidates == 188  # syntheses that the paper has
    assert given.same_for_all_seeds
    parted = parts(
        "thermo",
        "study.targets=[YBa2Cu3O7]",
        "study.worlds=[{parts:['study.table=ybco','study.vary=parts','yield_asked=0.995']}]",
    )
    counts = {run(parted, seed)[0].candidates for seed in range(3)}
    assert all(count < 188 for count in counts)
    assert not parted.same_for_all_seeds


def test_an_agent_that_made_another_target_first_remembers_it() -> None:
    policy = "policy._target_=tests.experiments.study.cases.Remembers"
    of = "study.targets=[SrTiO3,BaTiO3]"
    alone = f"study.policies=[{{alone:['policy=random','{policy}']}}]"
    after = "study.after={SrTiO3:BaTiO3,BaTiO3:SrTiO3}"
    taught = f"study.policies=[{{taught:['policy=random','{policy}','{after}']}}]"
    assert "knows 0 results" in run(parts_of(cells(of, alone)[0]), 0)[0].error
    given = parts_of(cells(of, taught)[0])
    assert given.learns_on == "BaTiO3"
    error = run(given, 0)[0].error
    assert "knows" in error
    assert "knows 0 results" not in error


def test_candidates_are_gathered_once_for_all_seeds_and_worlds() -> None:
    easy, hostile = parts("thermo"), parts("thermo", "study.worlds=[hostile]")
    known: Candidates = easy.setting.candidates("BaTiO3", 0)
    assert easy.setting.candidates("BaTiO3", 9) is known
    assert hostile.setting.candidates("BaTiO3", 0) is known
