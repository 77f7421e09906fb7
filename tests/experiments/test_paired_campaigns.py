"""Campaigns that share a world are those that they would be alone, and their table survives."""

from pathlib import Path

import pytest

from agents.candidates import Candidates
from experiments.alab_world import agent_seed
from experiments.campaign_table import CampaignTable, campaigns_in
from experiments.contenders import contenders
from experiments.paired_campaigns import (
    Meeting,
    Step,
    Terms,
    hold,
    knowledge_of,
    lab_parts,
    run_id,
)
from experiments.record_table import as_text
from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from lab.simulated import SimulatedLab

EASY = Terms(lab="easy", experiments=3)
BOTH = contenders("thermo,hottest")


@pytest.fixture(scope="module")
def zirconate() -> Candidates:
    """Barium zirconate at two temperatures."""
    found = knowledge_of("BaZrO3", EASY)
    assert isinstance(found, Candidates)
    few = tuple(c for c in found.items if c.recipe.hottest.temperature_c in (900, 1200))
    return found.model_copy(update={"items": few})


def timeless(steps: list[Step]) -> list[Step]:
    return [s.model_copy(update={"cpu_s": 0.0}) for s in steps]


def step(seed: int = 0, policy: str = "thermo", number: int = 0, **fields: object) -> Step:
    base = {
        "run": "r", "target": "BaZrO3", "recipe": "BaCO3 + ZrO2, hot", "probability": 0.5,
        "low": 0.1, "high": 0.9, "weight_fraction": 0.2, "ending": "recipes spent", "cpu_s": 0.1,
    }  # fmt: skip
    return Step(**{**base, "seed": seed, "policy": policy, "number": number, **fields})


def test_a_shared_world_is_the_same_world(zirconate: Candidates) -> None:
    together = hold(Meeting(zirconate, 3, BOTH, EASY))
    apart = [s for one in BOTH for s in hold(Meeting(zirconate, 3, [one], EASY))]
    assert timeless(together) == timeless(apart)
    reverse = hold(Meeting(zirconate, 3, BOTH[::-1], EASY))
    assert sorted(map(str, timeless(reverse))) == sorted(map(str, timeless(together)))


def test_it_is_the_world_of_the_configured_lab(zirconate: Candidates) -> None:
    first = hold(Meeting(zirconate, 3, BOTH[:1], EASY))[0]
    recipe = next(c.recipe for c in zirconate.items if str(c.recipe) == first.recipe)
    lab = SimulatedLab(3, **lab_parts("easy"))
    lab.submit(recipe, "alone")
    outcome = lab.poll("alone")
    assert isinstance(outcome, Outcome)
    assert first.weight_fraction == pytest.approx(outcome.weight_fraction("BaZrO3"), abs=1e-4)


def test_a_campaign_stops_when_it_may(zirconate: Candidates) -> None:
    for experiments in (1, 3, 100):
        terms = Terms(lab="easy", experiments=experiments, yield_asked=1.0)
        steps = hold(Meeting(zirconate, 0, BOTH[:1], terms))
        assert [s.number for s in steps] == list(range(len(steps)))
        assert [s.ending for s in steps[:-1]] == [None] * (len(steps) - 1)
        made = steps[-1].weight_fraction == 1
        assert made or len(steps) == min(experiments, len(zirconate.items))
        spent = "no candidate left" if len(steps) == len(zirconate.items) else "recipes spent"
        assert steps[-1].ending == ("made" if made else spent)


def test_no_agent_has_the_seed_of_its_world() -> None:
    seeds = [agent_seed(world) for world in range(200)]
    assert len(set(seeds)) == 200
    assert not [s for world, s in enumerate(seeds) if s == world]


def test_the_run_is_what_it_depends_on(zirconate: Candidates) -> None:
    name = run_id(zirconate, BOTH[0], EASY)
    assert name == run_id(zirconate, BOTH[0], Terms(lab="easy", experiments=3))
    pure = zirconate.model_copy(
        update={"target": zirconate.target.model_copy(update={"yield_asked": 0.9})}
    )
    fewer = zirconate.model_copy(update={"items": zirconate.items[:2]})
    others = [
        run_id(zirconate, BOTH[1], EASY),
        run_id(zirconate, BOTH[0], Terms(lab="easy", experiments=4)),
        run_id(zirconate, BOTH[0], Terms(lab="realistic", experiments=3)),
        run_id(fewer, BOTH[0], EASY),
        run_id(pure, BOTH[0], EASY),
    ]
    assert len({name, *others}) == 6


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    first = (step(ending=None, predicted_yield=0.3, sigma=0.1), step(number=1, ending="made"))
    table = CampaignTable(path)
    table.add(first)
    table.add([step(1, weight_fraction=None), step(1, "hottest")])
    read = CampaignTable(path).campaigns
    assert read == table.campaigns
    assert read["r", "thermo", 0] == first
    assert read["r", "thermo", 1][0].weight_fraction is None
    assert set(CampaignTable(path, again=["thermo"]).campaigns) == {("r", "hottest", 1)}
    assert set(campaigns_in(path)) == {("r", "hottest", 1)}


def test_what_is_torn_is_run_again(tmp_path: Path) -> None:
    """Wherever a write is cut, what is whole before it stays and nothing else is believed."""
    path = tmp_path / "out.csv"
    whole = as_text([step(0)], Step)
    last = as_text([step(1, ending=None), step(1, number=1, ending="made")], Step, header=False)
    for cut in range(len(last)):
        path.write_text(whole + last[:cut], encoding="utf-8")
        table = CampaignTable(path)
        assert set(table.campaigns) == {("r", "thermo", 0)}
        table.add([step(1, ending=None), step(1, number=1, ending="made")])
        assert path.read_text(encoding="utf-8") == whole + last


def test_another_file_is_not_taken_for_a_table(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("target,reported\nBaZrO3,confirmed\n")
    with pytest.raises(RecordError, match="no table of this study"):
        CampaignTable(path)
    assert path.read_text() == "target,reported\nBaZrO3,confirmed\n"


@pytest.mark.parametrize("wrong", [{"experiments": 0}, {"yield_asked": 0.0}, {"yield_asked": 1.1}])
def test_terms_that_make_no_campaign(wrong: dict[str, float]) -> None:
    with pytest.raises(RecordError, match=str(next(iter(wrong)))):
        Terms(**wrong)  # type: ignore[arg-type]
