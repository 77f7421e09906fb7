"""Parts of a table, replays that go on, and what switching a source off costs, by hand."""

import json
from functools import partial
from pathlib import Path

import pytest

from agents.past.tables import Table, candidates_of, read_table
from experiments.ablation import on_the_table
from experiments.contenders import contender
from experiments.side_by_side import workers
from experiments.subset_replays import Parts, Replay, part_of, replays
from knowledge.energies import EnergyStack, embedded_table
from knowledge.errors import AthanorError
from knowledge.literature import UninformedProposer
from knowledge.recipe import Target
from tests.commands import command as process

ROWS = """precursors,temperature_c,target_weight_percent
BaCO3;TiO2,900,10
BaCO3;TiO2,1200,100
BaO;TiO2,900,20
BaO;TiO2,1200,30
BaO2;TiO2,900,100
BaO2;TiO2,1200,40
BaO;Ti2O3,900,0
BaO2;Ti2O3,900,0
"""


def table(folder: Path, success: float = 0.995) -> Table:
    path = folder / "results.csv"
    path.write_text(ROWS)
    return read_table(path, Target(formula="BaTiO3", yield_asked=success))


def replay(policy: str, part: int, *numbers: int) -> Replay:
    first, half, every = numbers
    return Replay(
        run="r", policy=policy, part=part, cells=8, successes=2, first=first, half=half, all=every,
        cpu_s=0.5,
    )  # fmt: skip


def test_parts_keep_whole_sets_and_a_success(tmp_path: Path) -> None:
    whole = table(tmp_path)
    assert part_of(whole, 0) == whole
    sets = {tuple(r.recipe.precursors) for r in whole.results}
    for number in range(1, 12):
        part = part_of(whole, number)
        kept = {tuple(r.recipe.precursors) for r in part.results}
        assert len(kept) == 4  # four fifths of five
        assert part.results == tuple(r for r in whole.results if tuple(r.recipe.precursors) in kept)
        assert max(part.yields().values()) == 1
        assert part == part_of(whole, number)
    parts = [{tuple(r.recipe.precursors) for r in part_of(whole, n).results} for n in range(1, 40)]
    assert all(any(s not in kept for kept in parts) for s in sets)  # every set is left out once


def test_a_table_without_success_is_told(tmp_path: Path) -> None:
    poor = table(tmp_path)
    results = tuple(r for r in poor.results if r.outcome.weight_fraction("BaTiO3") < 0.9)
    with pytest.raises(AthanorError, match="no row of the table reaches"):
        part_of(poor.model_copy(update={"results": results}), 0)


def test_replays_go_on_and_end_with_the_last_success(tmp_path: Path) -> None:
    whole, path = table(tmp_path), tmp_path / "replays.csv"
    known = candidates_of(whole, EnergyStack([embedded_table()]), UninformedProposer())
    parts = Parts(whole, known, 2)
    with workers() as pool:
        first = replays(pool, parts, [contender("hottest")], path)
        before = path.read_text()
        both = replays(pool, parts, [contender("hottest"), contender("random")], path)
    assert path.read_text().startswith(before)
    assert {k: v for k, v in both.items() if k[0] == "hottest"} == first
    assert set(both) == {(p, n) for p in ("hottest", "random") for n in range(3)}
    for found in both.values():
        assert 1 <= found.first <= found.half <= found.all <= found.cells
    # Hottest first: of the three at 1200 C one succeeds; the other success is at 900 C.
    assert both["hottest", 0].first <= 3 < both["hottest", 0].all


def test_savings_by_hand() -> None:
    done = [
        replay("full", 0, 1, 2, 3), replay("full", 1, 2, 3, 4), replay("full", 2, 2, 2, 6),
        replay("less", 0, 5, 5, 5), replay("less", 1, 4, 4, 4), replay("less", 2, 6, 6, 6),
    ]  # fmt: skip
    found = {(r.policy, r.part): r for r in done}
    policies = [contender("thermo"), contender("random")]
    named = [type(p)(label, p.name) for p, label in zip(policies, ("full", "less"), strict=True)]
    told = on_the_table(found, named)
    assert told["whole"]["less"] == {"first": 5, "half": 5, "all": 5}
    assert told["saved"]["less"]["first"] == {"mean": 3.0, "low": 2.0, "high": 4.0}
    assert told["saved"]["less"]["all"]["mean"] == 0
    assert (told["parts"], told["successes"], told["cpu_s"]) == (2, 2, 3.0)
    whole = {k: v for k, v in found.items() if k[1] == 0}
    assert on_the_table(whole, named)["saved"] == {}


command = partial(process, "experiments.ablation")


def test_the_command(tmp_path: Path) -> None:
    table(tmp_path)
    targets, out = tmp_path / "targets.csv", tmp_path / "out.json"
    targets.write_text("target\nBaZrO3\n")
    done = command(
        "--results", tmp_path / "results.csv", "--results-target", "BaTiO3", "--results-parts", 1,
        "--targets", targets, "--lab", "easy", "--seeds", 1, "--experiments-per-target", 1,
        "--policies", "thermo,hottest", "--json", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(out.read_text())
    assert told["table"]["successes"] == 2
    assert list(told["worlds"]["differences"]) == ["hottest"]
    assert out.with_suffix(".csv").exists()
    assert (tmp_path / "out_replays.csv").exists()
    assert "8 tabled recipes, 2 successes" in done.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--results", "nowhere.csv"), "name what it makes"),
        (("--results", "nowhere.csv", "--results-target", "BaTiO3"), "nowhere.csv"),
        (("--results-success", 0), "--results-success 0"),
        (("--results-parts", -1), "--results-parts -1"),
        (("--policies", "athanor:without=[luck]"), "luck"),
    ],
)
def test_bad_input_is_one_line(more: tuple[object, ...], said: str) -> None:
    done = command("--skip-worlds", "--policies", "thermo", *more)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
