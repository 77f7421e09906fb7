"""Repairs: the cheapest recipe that mends a cause, and what it would cost."""

import pytest

from agents.candidates import Candidate
from agents.history import CompletedExperiment
from agents.why.diagnosis import Finding, diagnose
from agents.why.explanation import case_of
from agents.why.market import Market, cost_h, hours
from agents.why.records import Cause, Repair
from agents.why.repair import repairs
from knowledge.recipe import Recipe
from tests.agents.why_cases import (
    candidates,
    experiment,
    history,
    reaction,
    recipe,
    written,
)

CARBONATE, PEROXIDE = ("BaCO3", "TiO2"), ("BaO2", "TiO2")


def straight(fired: Recipe, force_mev: float = 200) -> Candidate:
    """A candidate whose precursors make the target at once."""
    made = reaction(dict.fromkeys(fired.precursors, 1.0), {fired.target.identity: 1}, force_mev)
    pathway = written(fired, (made, {fired.target.identity: 1}))
    return Candidate(
        recipe=fired, pathway=pathway, literature_probability=0.5, firing_z=0.0, price=1.5
    )


def ybco(temperature_c: float) -> Candidate:
    """A candidate that makes barium cuprate first."""
    fired = recipe("YBa2Cu3O7", ("Y2O3", "BaCO3", "CuO"), temperature_c)
    first = reaction({"BaCO3": 2, "CuO": 3}, {"Ba2Cu3O6": 1}, 170)
    last = reaction({"Ba2Cu3O6": 1, "Y2O3": 0.5}, {"YBa2Cu3O7": 1}, 90)
    steps = ((first, {"Ba2Cu3O6": 1, "Y2O3": 0.5}), (last, {"YBa2Cu3O7": 1}))
    return Candidate(
        recipe=fired, pathway=written(fired, *steps), literature_probability=0.5, firing_z=0.0
    )


def market(*items: Candidate, tried: Recipe, chance: float = 0.5) -> Market:
    return Market(
        items, frozenset({tried.content_id}), {c.recipe.content_id: chance for c in items}
    )


def cold(temperature_c: float = 600) -> CompletedExperiment:
    fired = recipe("BaTiO3", CARBONATE, temperature_c)
    return experiment(fired, straight(fired).pathway, {"BaCO3": 0.712, "TiO2": 0.288})


def mended(done: CompletedExperiment, sold: Market, cause: Cause) -> list[Repair]:
    """What is offered if a cause is taken for certain."""
    known = candidates(done.recipe.target.formula)
    case = case_of(done, history(done), known)
    found = next(f for f in diagnose(case) if f.cause == cause)
    sure = Finding(cause, 1.0, found.prior, found.chance, found.way)
    told = repairs([sure], case, sold)
    assert {r.cause for r in told} <= {cause}
    return list(told)


def test_furnace_hours_by_hand() -> None:
    """Up 875 C and down again at 5 C/min, and 12 h in between."""
    assert hours(recipe("BaTiO3", CARBONATE, 900)) == pytest.approx(12 + 2 * 875 / 5 / 60, abs=0.01)
    assert cost_h(10, 0.5) == 20
    assert cost_h(10, None) == 10
    assert cost_h(10, 0.0) == cost_h(10, 0.01)


def test_a_stalled_pair_is_fired_hotter_at_the_least_cost() -> None:
    done = cold()
    hot = [straight(recipe("BaTiO3", CARBONATE, t)) for t in (650, 1100, 1200, 1300)]
    first = mended(done, market(*hot, tried=done.recipe), "kinetics")[0]
    # 650 C is below where the pair is likelier to react than not; 1100 C costs least of the rest.
    assert first.candidate
    assert first.recipe == hot[1].recipe
    assert first.what == "500 C hotter"
    assert first.probability_of_success == 0.5
    assert first.furnace_h == hours(hot[1].recipe)
    assert first.price == 1.5


def test_a_likelier_success_is_worth_more_hours() -> None:
    done = cold()
    hot = [straight(recipe("BaTiO3", CARBONATE, t)) for t in (1100, 1300)]
    chance = {hot[0].recipe.content_id: 0.1, hot[1].recipe.content_id: 0.9}
    sold = Market(hot, frozenset(), chance)
    assert mended(done, sold, "kinetics")[0].recipe == hot[1].recipe


def test_other_precursors_instead_of_those_that_stalled() -> None:
    done = cold()
    other = straight(recipe("BaTiO3", PEROXIDE, 1000))
    told = mended(done, market(other, tried=done.recipe), "kinetics")
    (swap,) = [r for r in told if r.candidate]
    assert swap.recipe == other.recipe
    assert swap.what == "BaO2 instead of BaCO3"


def test_without_candidates_a_recipe_is_made_up() -> None:
    done = cold()
    told = mended(done, market(tried=done.recipe), "kinetics")
    assert not any(r.candidate for r in told)
    hotter = next(r for r in told if "hotter" in r.what)
    assert hotter.recipe is not None
    assert hotter.recipe.hottest.temperature_c > 700
    again = next(r for r in told if "grind" in r.what)
    assert again.recipe is not None
    assert [s.regrind_before for s in again.recipe.steps] == [False, True]
    assert again.furnace_h == pytest.approx(2 * hours(done.recipe), abs=0.02)
    assert again.probability_of_success is None


def test_what_was_tried_is_not_offered() -> None:
    done = cold()
    hot = straight(recipe("BaTiO3", CARBONATE, 1200))
    sold = Market((hot,), frozenset({hot.recipe.content_id}), {})
    assert not any(r.candidate for r in mended(done, sold, "kinetics"))


def test_hotter_than_it_melts_is_no_repair() -> None:
    """YBa2Cu3O7 melts at 1015 C: 1150 C is never offered, and for a melt 900 C is."""
    hot, cool, here, above = (ybco(t) for t in (1150, 900, 950, 1100))
    fired = here.recipe
    slow = experiment(fired, here.pathway, {"BaCO3": 0.5, "CuO": 0.3, "Y2O3": 0.2})
    told = mended(slow, market(hot, cool, tried=fired), "kinetics")
    assert hot.recipe not in [r.recipe for r in told]
    molten = above.recipe
    melt = experiment(molten, above.pathway, {"Y2BaCuO5": 0.4}, 0.6)
    (first, *_) = mended(melt, market(hot, cool, tried=molten), "melting")
    assert first.recipe == cool.recipe
    assert first.what == "200 C cooler"


def test_a_loss_is_mended_cooler_with_more_or_closed() -> None:
    """A fifth of the lead is gone: a quarter more makes up for it."""
    fired = recipe("PbTiO3", ("PbO", "TiO2"), 1100)
    done = experiment(fired, straight(fired).pathway, {"PbTiO3": 0.9382, "TiO2": 0.0618})
    (told,) = [
        b for b in case_of(done, history(done), candidates("PbTiO3")).balance if b.element == "Pb"
    ]
    assert told.missing == pytest.approx(0.2, abs=0.01)
    cool = straight(recipe("PbTiO3", ("PbO", "TiO2"), 700))
    first, more, closed = mended(done, market(cool, tried=fired), "volatility")
    assert first.recipe == cool.recipe
    assert first.what == "400 C cooler"
    assert more.what == "weigh in 25% more PbO"
    assert "closed crucible" in closed.what
    assert more.recipe is None
    assert more.price == 1.5  # of the same powders


def test_a_way_without_the_intermediate() -> None:
    fired = recipe("BaTiO3", CARBONATE, 1200)
    first = reaction({"BaCO3": 2, "TiO2": 1}, {"Ba2TiO4": 1}, 270)
    last = reaction({"Ba2TiO4": 0.5, "TiO2": 0.5}, {"BaTiO3": 1}, 15)
    halfway = {"Ba2TiO4": 0.5, "TiO2": 0.5}
    trapped = written(fired, (first, halfway), (last, {"BaTiO3": 1}))
    done = experiment(fired, trapped, {"Ba2TiO4": 0.8, "TiO2": 0.2})
    same = Candidate(
        recipe=recipe("BaTiO3", CARBONATE, 1250), pathway=trapped, literature_probability=0.5,
        firing_z=0.0,
    )  # fmt: skip
    free = straight(recipe("BaTiO3", PEROXIDE, 900), force_mev=180)
    told = mended(done, market(same, free, tried=fired), "intermediate")
    offered = {r.recipe: r.what for r in told if r.candidate}
    assert offered[free.recipe] == (
        "a way without Ba2TiO4, 180 meV/atom left for the target instead of 15"
    )


def test_energies_in_doubt_are_looked_up_or_gone_around() -> None:
    fired = recipe("BaTiO3", CARBONATE, 1200)
    done = experiment(fired, straight(fired, force_mev=5).pathway, {"Ba6Ti17O40": 1.0})
    sure = straight(recipe("BaTiO3", PEROXIDE, 900), force_mev=150)
    first, last = mended(done, market(sure, tried=fired), "energies")
    assert first.recipe == sure.recipe
    assert "energies.tables" in last.what


@pytest.mark.parametrize(
    ("cause", "what"), [("fault", "fire it"), ("weighing", "weigh and fire it")]
)
def test_what_was_no_fault_of_the_recipe_is_fired_again(cause: Cause, what: str) -> None:
    done = cold()
    (again,) = mended(done, market(straight(done.recipe), tried=done.recipe), cause)
    assert again.recipe == done.recipe
    assert again.what == f"{what} again"
    assert again.probability_of_success == 0.5


def test_glass_gets_time() -> None:
    done = cold()
    told = mended(done, market(tried=done.recipe), "amorphous")
    slow = next(r for r in told if r.what == "cool at 1 C/min")
    assert slow.recipe is not None
    assert slow.furnace_h == pytest.approx(12 + 575 / 5 / 60 + 575 / 1 / 60, abs=0.01)


def test_only_likely_causes_are_mended_likeliest_first() -> None:
    done = cold()
    case = case_of(done, history(done), candidates("BaTiO3"))
    found = {f.cause: f for f in diagnose(case)}
    given = [
        Finding(c, p, p, p, found[c].way)
        for c, p in (("fault", 0.6), ("kinetics", 0.3), ("weighing", 0.1))
    ]
    told = repairs(given, case, market(tried=done.recipe))
    assert told[0].cause == "fault"
    assert {r.cause for r in told} == {"fault", "kinetics"}
