"""Replays of a table: copies count once, and what intervals tell of is told."""

import io

import numpy as np
import pandas as pd

from experiments.study.row import Row
from experiments.summary.campaigns import Campaigns, campaigns_of
from experiments.summary.drawing import Line
from experiments.summary.figures import figures_of
from experiments.summary.in_print import printed
from experiments.summary.measures import promises
from experiments.summary.page import render
from experiments.summary.scores import Summary, summarize
from experiments.summary.tables import as_csv
from experiments.summary.words import notes, sentences
from tests.experiments.summary.rows import frame, replayed, row

# Of a table of four recipes, two of them good, one policy finds both at once, one at the end.
EARLY, LATE = (0.95, 0.92, 0.3, 0.1), (0.1, 0.3, 0.92, 0.95)
SEEDS = 12


def of(*rows: Row) -> Summary:
    return summarize(campaigns_of(frame(*rows)))


def copies(world: str = "table", **told: object) -> list[Row]:
    return [
        replayed(name, yields, seed, world=world, **told)
        for name, yields in (("early", EARLY), ("late", LATE))
        for seed in range(SEEDS)
    ]


def random(world: str = "table") -> list[Row]:
    """The same table in another order with each seed."""
    rng = np.random.default_rng(0)
    return [
        replayed("random", rng.permutation(EARLY).tolist(), s, world=world) for s in range(SEEDS)
    ]


def test_a_policy_that_replays_a_table_in_one_way_is_one_observation() -> None:
    told = of(*copies())
    (difference,) = told.whole.differences
    assert (difference.pairs, difference.targets, difference.seeds) == (1, 1, 1)
    assert (difference.won, difference.tied, difference.lost) == (1, 0, 0)
    assert difference.saved.mean == 2
    assert np.isnan([difference.saved.low, difference.saved.high, difference.sure_of_saved]).all()
    assert sentences(difference)[1] == (
        "early needs 2.0 fewer experiments than late: not established, only 1 came out differently"
    )
    for score in told.whole.scores:
        assert np.isnan([score.to_success.low, score.regret.low, score.best_yield.high]).all()
        assert score.made.low < 0.03  # of one campaign that was made: Clopper and Pearson
    (note,) = notes(told)
    assert note == (
        "campaigns of early and late for BaTiO3 in world table are the same with every seed: "
        "nothing is drawn anew there, so each counts once and 22 copies do not"
    )


def test_chance_in_one_of_two_policies_is_drawn_anew() -> None:
    told = of(*copies(), *random())
    against = {d.other: d for d in told.whole.differences}
    assert (against["late"].pairs, against["random"].pairs) == (1, SEEDS)
    assert against["random"].saved.low < against["random"].saved.mean
    assert np.isnan(told.whole.scores[0].to_success.low)
    assert not np.isnan(told.whole.scores[2].to_all.low)
    said = list(notes(told))
    assert "campaigns of early and late for BaTiO3 in world table" in said[0]
    assert said[1].startswith("one table, whole in every seed: intervals tell of the chance in")


def test_rows_that_differ_anywhere_are_no_copies() -> None:
    rows = copies()
    other = rows[3].model_copy(update={"recipes": ("another", *rows[3].recipes[1:])})
    assert campaigns_of(frame(*rows)).copied.all()
    found = campaigns_of(frame(*rows[:3], other, *rows[4:]))
    assert found.copied[found.policy == 1].all()
    assert not found.copied[found.policy == 0].any()
    assert not campaigns_of(frame(*rows[:1])).copied.any()  # with a single seed nothing shows it


def test_worlds_of_a_simulated_lab_may_come_out_alike() -> None:
    """A lab with a clock draws a world for each seed: that all were pure at once is an answer."""
    rows = [
        row("early", [1.0], seed=s, recipes=("first",)) for s in range(SEEDS)
    ] + [row("oracle", [1.0], seed=s, recipes=("first",)) for s in range(SEEDS)]  # fmt: skip
    found = campaigns_of(frame(*rows))
    assert not found.copied.any()
    assert not found.replayed.any()
    assert not campaigns_of(frame(*rows[SEEDS:])).replayed.any()  # the oracle has no clock


def test_beside_another_world_copies_weigh_as_one() -> None:
    easy = [
        row(name, [0.1] * (n - 1) + [0.95], seed=s, world="easy")
        for name, n in (("early", 2), ("late", 3))
        for s in range(SEEDS)
    ]
    whole, _, table = of(*easy, *copies()).blocks
    assert whole.differences[0].pairs == SEEDS + 1
    assert whole.differences[0].saved.mean == (SEEDS * 1 + 2) / (SEEDS + 1)
    assert table.differences[0].pairs == 1
    # The first seed that both have, wherever a policy began.
    late = [r for r in copies() if r.policy == "early" or r.seed > 4]
    assert of(*late).whole.differences[0].pairs == 1


def test_parts_of_a_table_are_told_to_overlap() -> None:
    """Each seed lacks another row of the same table."""
    table = (0.95, 0.92, 0.5, 0.3, 0.1)
    rows = [
        replayed(name, [y for n, y in enumerate(order) if n != seed % 5], seed)
        for name, order in (("early", table), ("late", table[::-1]))
        for seed in range(SEEDS)
    ]
    assert list(notes(of(*rows))) == [
        "one table: seeds redraw parts of it; intervals tell how much hangs on single rows of this "
        "table, not what another table would show"
    ]
    short = [replayed("early", [0.1], s, recipes=(f"r{s}",), candidates=4) for s in range(SEEDS)]
    assert list(notes(of(*short))) == [
        "one table: intervals tell of this table, not what another table would show"
    ]


def test_promises_of_copies_are_counted_once() -> None:
    rows = copies(promised=(0.5, 0.5, 0.2, 0.2))
    said, came = promises(campaigns_of(frame(*rows)), 0)
    assert said.tolist() == [0.5, 0.5, 0.2, 0.2]
    assert came.tolist() == [True, True, False, False]


def test_copies_are_drawn_without_a_band_and_the_page_says_why() -> None:
    told = of(*copies())
    figures = {figure.name: figure for figure in figures_of(told)}
    for mark in figures["made_experiments"].panels[0].marks:
        assert isinstance(mark, Line)
        assert mark.band is None
    assert "n = 1 campaigns a policy" in figures["made_experiments"].caption
    assert b"</svg>" in printed(figures["differences"], "svg")
    page = render(told, list(figures.values()))
    assert "are the same with every seed: nothing is drawn anew there" in page
    assert "nan" not in page.partition("<script")[0]
    read = pd.read_csv(io.StringIO(as_csv(told)))
    assert np.isnan(read.than_saved_low[1])


def test_part_of_the_campaigns_is_marked_as_the_whole() -> None:
    found: Campaigns = campaigns_of(frame(*copies(), *random()))
    own = found.only(found.policy == 1)
    assert own.copied.all()
    assert own.counted.sum() == 1
    assert found.counted.sum() == 2 + SEEDS
