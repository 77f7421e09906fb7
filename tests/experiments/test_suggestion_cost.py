"""The made-up tables are of real recipes, and what suggestions cost is kept and not asked twice."""

import json
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.suggestion_cost import cost, peer_cost, sizes_in
from experiments.synthetic_table import MOST_SETS, PRECURSORS, grid, synthetic_table
from knowledge.errors import AthanorError
from knowledge.recipe import Recipe
from tests.commands import command as process


def test_records_are_what_they_would_be_had_they_been_checked() -> None:
    table = synthetic_table(300, 20)
    assert len(table.candidates.items) == 300
    assert len({c.recipe.content_id for c in table.candidates.items}) == 300
    for candidate in table.candidates.items[::17]:
        recipe = candidate.recipe
        again = Recipe.balanced(recipe.target, tuple(recipe.precursors), recipe.steps)
        assert recipe == again
        assert recipe.content_id == again.content_id
        assert type(candidate)(**dict(candidate)) == candidate
        assert candidate.pathway.temperature_c == recipe.hottest.temperature_c
        assert candidate.pathway.start.keys() == recipe.precursors.keys()


def test_the_experiments_are_on_its_candidates() -> None:
    table = synthetic_table(188, 150)
    ids = [e.recipe.content_id for e in table.experiments]
    assert len(set(ids)) == 150
    assert set(ids) <= {c.recipe.content_id for c in table.candidates.items}
    yields = [e.yield_fraction for e in table.experiments]
    assert min(yields) == 0
    assert max(yields) > 0.5
    assert synthetic_table(188, 150).experiments == table.experiments
    assert synthetic_table(188, 150, seed=1).experiments != table.experiments


def test_188_are_47_sets_at_four_temperatures() -> None:
    """As many of each as the published table of YBa2Cu3O7 has."""
    table = synthetic_table(188, 1)
    sets = {tuple(c.recipe.precursors) for c in table.candidates.items}
    assert len(sets) == MOST_SETS == 47
    assert {p for s in sets for p in s} <= set(PRECURSORS)
    assert len({c.recipe.hottest.temperature_c for c in table.candidates.items}) == 4


@given(st.integers(1, 200_000), st.integers(1, 60))
@settings(max_examples=50)
def test_a_grid_is_large_enough_and_not_much_larger(candidates: int, sets: int) -> None:
    temperatures, holds = grid(candidates, sets)
    cells = len(temperatures) * len(holds) * sets
    assert candidates <= cells < candidates + sets * (len(holds) + 1)
    assert len(set(temperatures)) == len(temperatures)
    assert len(set(holds)) == len(holds)


def test_sizes() -> None:
    assert sizes_in("150/188,2000/100000") == [(150, 188), (2000, 100_000)]
    for wrong in ("150", "a/b", "150/", "0/188", "186/188", "-1/5", ""):
        with pytest.raises(AthanorError, match="--sizes"):
            sizes_in(wrong)


def test_a_policy_is_measured() -> None:
    found = cost("hottest", (20, 60), limit_s=100)
    assert found.note == ""
    assert found.median_s is not None
    assert found.worst_s is not None
    assert 0 < found.median_s <= found.worst_s < 1  # it sorts 60 numbers
    assert found.records_mb is not None
    assert found.peak_mb is not None
    # An interpreter with numpy and pydantic takes some 100 MiB; torch, which it does not need, 400.
    assert 50 < found.records_mb <= found.peak_mb < 350


def test_what_takes_too_long_is_stopped() -> None:
    """Loading the modules alone takes more than a CPU second."""
    found = cost("gp", (50, 188), limit_s=1)
    assert found.median_s is None
    assert "more than 1 CPU s" in found.note


def test_a_peer_that_is_not_installed_is_told() -> None:
    for peer in ("baybe", "bofire"):
        found = peer_cost(peer, Path(sys.executable), (20, 60), limit_s=100)
        assert (found.median_s, found.note) == (None, "not installed")


command = partial(process, "experiments.suggestion_cost")


def test_nothing_is_measured_twice(tmp_path: Path) -> None:
    out = tmp_path / "cost.json"
    asked = ("--sizes", "20/60", "--json", out, "--policies")
    first = command(*asked, "hottest")
    assert first.returncode == 0, first.stderr
    before = out.with_suffix(".csv").read_text()
    second = command(*asked, "hottest,random")
    assert second.returncode == 0, second.stderr
    after = out.with_suffix(".csv").read_text()
    assert after.startswith(before)
    assert [c["policy"] for c in json.loads(out.read_text())] == ["hottest", "random"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--sizes", "188"), "--sizes 188"),
        (("--limit-s", 0), "--limit-s 0"),
        (("--policies", "nobody"), "no policy is called 'nobody'"),
        (("--json", "nowhere/out.json"), "there is no folder nowhere"),
        (("--peer-python", "nowhere/python"), "there is no such interpreter"),
    ],
)
def test_bad_input_is_one_line(more: tuple[object, ...], said: str) -> None:
    done = command("--policies", "hottest", *more)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
