"""What figures show: curves against counting by hand, and which figures a study has."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.study.row import Row
from experiments.summary.campaigns import campaigns_of
from experiments.summary.drawing import Dots, Figure, Heat, Line, Panel, looks
from experiments.summary.notebook import figures
from experiments.summary.scores import summarize
from tests.experiments.summary.rows import BUDGET, frame, row

# Made after one, two and never; by the other after three, each time.
ROWS = [
    row("ours", [0.95], seed=0, promised=(0.5,)),
    row("ours", [0.1, 0.95], seed=1, promised=(0.2, 0.5)),
    row("ours", [0.1] * BUDGET, seed=2, promised=(0.2,) * BUDGET),
    *(row("oracle", [0.1, 0.2, 1.0], seed=s) for s in range(3)),
]


def line(figure: Figure, name: str) -> Line:
    (found,) = [m for p in figure.panels for m in p.marks if isinstance(m, Line) and m.name == name]
    return found


def test_shares_made_are_counted_after_each_experiment() -> None:
    drawn = figures(frame(*ROWS))["made_experiments"]
    assert line(drawn, "ours").x.tolist() == [0, 1, 2, 3, 4]
    assert line(drawn, "ours").y.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3, 2 / 3])
    assert line(drawn, "oracle").y.tolist() == [0, 0, 0, 1, 1]
    assert "n = 3 campaigns a policy: BaTiO3, world easy, 3 seeds" in drawn.caption


def test_limits_are_grey_and_without_a_band() -> None:
    drawn = figures(frame(*ROWS))["made_experiments"]
    assert line(drawn, "oracle").look.limit
    assert line(drawn, "oracle").band is None
    assert line(drawn, "ours").band is not None
    assert "oracle in grey, without band" in drawn.caption


def test_hours_and_cost_are_on_axes_of_their_own() -> None:
    """Each experiment takes ten hours and costs 1 + 1 + 2: two thirds are made within twenty."""
    drawn = figures(frame(*ROWS))
    for name, one in (("made_furnace_hours", 10.0), ("made_cost", 4.0)):
        curve = line(drawn[name], "ours")
        shares = np.interp([0.9 * one, 1.1 * one, 2.1 * one], curve.x, curve.y)
        assert shares.tolist() == pytest.approx([0, 1 / 3, 2 / 3])
    assert "An experiment costs 1, 0.1 for each furnace hour" in drawn["made_cost"].caption


def test_costs_without_any_price_say_so() -> None:
    unknown = [r.model_copy(update={"price": (None,) * len(r.yields)}) for r in ROWS]
    caption = figures(frame(*unknown))["made_cost"].caption
    assert "and its precursors (no precursor had a price)." in caption


def test_regret_tells_against_what_it_is() -> None:
    drawn = figures(frame(*ROWS))["regret"]
    assert line(drawn, "oracle").y[-1] == 0
    assert line(drawn, "ours").y[0] == 1
    assert "what the oracle had in the same campaign" in drawn.caption
    alone = figures(frame(*ROWS[:3]))["regret"]
    assert "the best that any of these policies had" in alone.caption


yields = st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=BUDGET)


@settings(max_examples=8, deadline=None)
@given(st.lists(yields, min_size=2, max_size=5))
def test_successes_only_grow_and_regret_only_falls(tried: list[list[float | None]]) -> None:
    drawn = figures(frame(*(row("ours", y, seed=s) for s, y in enumerate(tried))))
    for name, sign in (("made_experiments", 1), ("made_cost", 1), ("regret", -1)):
        curve = line(drawn[name], "ours")
        assert (sign * np.diff(curve.y) >= -1e-12).all()
        assert curve.band is not None
        assert (curve.band[0] <= curve.y + 1e-12).all()
        assert (curve.y <= curve.band[1] + 1e-12).all()


def test_campaigns_that_go_on_are_shown_by_their_successes_first() -> None:
    on = [
        row("ours", [0.95, 0.1, 0.95, 0.95], seed=s, ending="no candidate left") for s in range(2)
    ]
    drawn = figures(frame(*on))
    assert next(iter(drawn)) == "successes"
    assert line(drawn["successes"], "ours").y.tolist() == [0, 1, 1, 2, 3]
    assert "successes" not in figures(frame(*ROWS))


def several(worlds: int, targets: int) -> list[Row]:
    return [
        row(name, [0.95] if hard > t else [0.1] * BUDGET, f"T{t}", 0, f"w{w}")
        for name, hard in (("ours", 2), ("theirs", 1))
        for w in range(worlds)
        for t in range(targets)
    ]


def test_each_study_has_the_figures_that_it_has_something_to_show_in() -> None:
    assert set(figures(frame(*several(1, 1)))) == {
        "made_experiments", "made_furnace_hours", "made_cost", "regret",
    }  # fmt: skip
    more = set(figures(frame(*several(2, 3))))
    assert {"worlds", "targets", "differences"} <= more
    assert "calibration" not in more
    assert "calibration" in figures(frame(*ROWS))


def only(figure: Figure) -> Panel:
    (panel,) = figure.panels
    return panel


def test_targets_are_laid_out_hardest_last() -> None:
    panel = only(figures(frame(*several(2, 3)))["targets"])
    (heat,) = panel.marks
    assert isinstance(heat, Heat)
    assert panel.y.categories == ("T0", "T1", "T2")
    assert heat.values.tolist() == [[1, 1], [1, 0], [0, 0]]
    assert heat.texts == (("100", "100"), ("100", "0"), ("0", "0"))


def test_where_all_is_made_targets_tell_how_soon() -> None:
    rows = [row("ours", [0.1] * (n - 1) + [1.0], f"T{n}") for n in (3, 1, 2)]
    figure = figures(frame(*rows))["targets"]
    (heat,) = only(figure).marks
    assert isinstance(heat, Heat)
    assert heat.values.tolist() == [[1], [2], [3]]
    assert heat.low > heat.high  # few is bright
    assert "Median experiments until success" in figure.caption


def test_worlds_show_the_share_made_in_each() -> None:
    marks = only(figures(frame(*several(2, 3)))["worlds"]).marks
    shown = {m.name: m for m in marks if isinstance(m, Dots)}
    assert shown["ours"].y.tolist() == pytest.approx([2 / 3, 2 / 3])
    assert shown["theirs"].y.tolist() == pytest.approx([1 / 3, 1 / 3])


def test_calibration_sets_promises_against_what_came_of_them() -> None:
    """Of two promises of a half both came true, of five of a fifth none."""
    panel = only(figures(frame(*ROWS))["calibration"])
    (dots,) = panel.marks
    assert isinstance(dots, Dots)
    assert dots.counts == (5, 2)
    assert dots.x.tolist() == pytest.approx([0.2, 0.5])
    assert dots.y.tolist() == [0, 1]
    assert panel.guide == "equal"
    assert "n = 7, off by 28.6 %" in panel.title  # (5 x 0.2 + 2 x 0.5) / 7


def test_differences_are_shown_where_there_are_any() -> None:
    summary = summarize(campaigns_of(frame(*several(1, 3))))
    figure = figures(frame(*several(1, 3)))["differences"]
    (dots,) = figure.panels[0].marks
    assert isinstance(dots, Dots)
    assert dots.x[0] == pytest.approx(100 * summary.whole.differences[0].made.mean)
    assert figure.title == "Is ours better than the others?"
    assert "differences" not in figures(frame(*ROWS[:3]))


def test_policies_are_told_apart_in_grey() -> None:
    """Colours aside, any two of the first four differ, and looks keep to the order of policies."""
    names = ["a", "b", "oracle", "c", "random", "d"]
    found = looks(names)
    assert len({replace(look, colour="") for look in found.values()}) == len(names)
    assert looks(["a", "b"])["b"] == found["b"]
    many = looks([f"p{n}" for n in range(24)])
    assert len(set(many.values())) == 24
