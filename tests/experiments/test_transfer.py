"""Who learns on whom, and that untaught is what it is without a campaign before."""

import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.candidates import Candidates
from agents.pairs.evidence import observations_of
from experiments.contenders import contender
from experiments.paired_campaigns import Meeting, Step, Terms, World, hold, knowledge_of
from experiments.transfer import Succession, related, run_ids, succeed, taught
from knowledge.chemistry import framework, parse
from tests.commands import command as process

EASY = Terms(lab="easy", experiments=2, yield_asked=1.0)
THERMO = contender("thermo")


def few(formula: str) -> Candidates:
    found = knowledge_of(formula, EASY)
    assert isinstance(found, Candidates)
    hot = tuple(c for c in found.items if c.recipe.hottest.temperature_c in (900, 1200))
    return found.model_copy(update={"items": hot})


@pytest.fixture(scope="module")
def succession() -> Succession:
    return Succession(few("BaZrO3"), few("Ba2ZrSnO6"), 3, THERMO, EASY)


def timeless(steps: list[Step]) -> list[Step]:
    return [s.model_copy(update={"cpu_s": 0.0}) for s in steps]


def test_relations_by_hand() -> None:
    found = related(["BaZrO3", "Ba2ZrSnO6", "CaNi(PO3)4", "CaCo(PO3)4", "CaMn(PO3)4", "ZnO"])
    assert found == {
        "BaZrO3": "Ba2ZrSnO6",
        "Ba2ZrSnO6": "BaZrO3",
        "CaNi(PO3)4": "CaCo(PO3)4",  # as like as CaMn(PO3)4: the first by name
        "CaCo(PO3)4": "CaMn(PO3)4",
        "CaMn(PO3)4": "CaCo(PO3)4",
    }
    assert related(["BaTiO3", "Ba2TiO4", "BaTi2O5"])["BaTiO3"] == "Ba2TiO4"
    assert related(["BaTiO3"]) == {}


@given(st.lists(st.sampled_from(["BaTiO3", "BaTi2O5", "CaNi(PO3)4", "KBaPrWO6", "K2TiCr(PO4)3"])))
def test_who_is_related_shares_two_elements(formulas: list[str]) -> None:
    for formula, other in related(formulas).items():
        shared = set(framework(parse(formula))) & set(framework(parse(other))) - {"O"}
        assert len(shared) >= 2
        assert other != formula


def test_untaught_is_the_campaign_alone(succession: Succession) -> None:
    alone = hold(Meeting(succession.second, 3, [THERMO], EASY))
    steps = succeed(succession)
    assert timeless([s for s in steps if s.policy == "thermo"]) == timeless(alone)


def test_taught_knows_what_the_first_showed_and_nothing_else(succession: Succession) -> None:
    first, second, seed, _, _ = succession
    world = World(seed, EASY)
    shown = observations_of(world.campaign(first, THERMO).experiments)
    assert shown
    knowing = hold(Meeting(second.with_observations(shown), seed, [THERMO], EASY))
    steps = [s for s in succeed(succession) if s.policy == taught("thermo")]
    anonymous = [s.model_copy(update={"run": "", "policy": ""}) for s in timeless(steps)]
    assert anonymous == [s.model_copy(update={"run": "", "policy": ""}) for s in timeless(knowing)]


def test_the_run_hangs_on_both_targets(succession: Succession) -> None:
    alone, after = run_ids(succession)
    other = succession._replace(first=few("CaTiO3"))
    assert run_ids(other)[0] == alone
    assert len({alone, after, run_ids(other)[1]}) == 3


command = partial(process, "experiments.transfer")


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    targets, out = tmp_path / "targets.csv", tmp_path / "out.json"
    targets.write_text("target\nBaZrO3\nBa2ZrSnO6\nMgO\n")
    asked = ("--targets", targets, "--json", out, "--lab", "easy", "--policies", "thermo")
    first = command(*asked, "--experiments-per-target", 1, "--seeds", 1)
    assert first.returncode == 0, first.stderr
    table = out.with_suffix(".csv")
    lines = table.read_text().splitlines()
    assert len(lines) == 5
    table.write_text("\n".join(lines[:3]) + "\n" + lines[3][:20])
    second = command(*asked, "--experiments-per-target", 1, "--seeds", 1)
    assert second.returncode == 0, second.stderr
    assert table.read_text().splitlines()[:3] == lines[:3]
    assert len(table.read_text().splitlines()) == 5
    told = json.loads(out.read_text())
    assert told["learned_on"] == {"BaZrO3": "Ba2ZrSnO6", "Ba2ZrSnO6": "BaZrO3"}
    assert set(told["policies"]["thermo"]) == {"untaught", "taught", "difference"}


def test_targets_that_have_nothing_in_common_are_told(tmp_path: Path) -> None:
    targets = tmp_path / "targets.csv"
    targets.write_text("target\nBaZrO3\n")
    done = command("--targets", targets, "--lab", "easy", "--policies", "thermo")
    assert done.returncode == 2
    assert done.stderr.startswith("transfer: no two of the 1 targets")
    assert len(done.stderr.splitlines()) == 1
