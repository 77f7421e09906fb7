"""Verdicts in words, from rows that are worked out by hand."""

from typing import Any

import numpy as np

from experiments.comparison.betting import Bounds
from experiments.comparison.differences import MEASURES, Paired
from experiments.comparison.picture import narrowing
from experiments.comparison.verdict import Rule, Verdict
from experiments.comparison.words import judged, notes, sentences
from experiments.study.row import Row
from experiments.summary.drawing import Line
from experiments.summary.words import CAPPED
from tests.experiments.comparison.cases import compared
from tests.experiments.summary.rows import failed, replayed, row

MADE, LATE, NEVER = [0.95], [0.1, 0.1, 0.1, 0.95], [0.1, 0.1, 0.1, 0.1]


def pairs(mine: list[float], other: list[float], seeds: int, name: str = "other") -> list[Row]:
    return [
        made
        for seed in range(seeds)
        for made in (row("mine", mine, seed=seed), row(name, other, seed=seed))
    ]


def test_a_policy_that_is_better_from_the_first_seeds_on_is_told_so() -> None:
    (said,) = sentences(compared(pairs(MADE, LATE, 30)))
    # (4 - 1) / 5 saved each time: each of ten parts of the capital, with k / 11 at stake, grows
    # to (1 + 0.6 k / 11)^n: to 35 times all of it after 11 seeds, 50 after 12; 40 rule 0 out
    assert said == (
        "mine saves 3.0 experiments of 4 (1.7 to 3.3) against other: better, decided after 12 of "
        "30 seeds (60 campaigns)"
    )


def test_a_policy_that_is_worse_is_told_so() -> None:
    (said,) = sentences(compared(pairs(LATE, MADE, 30)))
    assert said.startswith("mine needs 3.0 experiments of 4 more (1.7 to 3.3) than other: worse, ")


def test_what_is_undecided_is_told_with_what_to_do() -> None:
    found = compared(pairs(MADE, MADE, 20))
    (said,) = sentences(found)
    assert said.startswith("mine saves 0.0 experiments of 4 (-")
    assert said.endswith("against other: undecided, after 20 seeds (40 campaigns)")
    assert "--at-most 200" in next(iter(notes(found)))


def test_what_does_not_matter_is_told_with_how_much_would() -> None:
    (said,) = sentences(compared(pairs(MADE, MADE, 60), margin=0.2))
    assert ": no difference that matters (beyond 1), decided after " in said


def test_a_difference_that_is_there_and_does_not_matter_is_told_as_both() -> None:
    known = Bounds(*(np.array(side) for side in ([0.1, 0.007], [-0.3, 0.004], [0.4, 0.01])))
    verdict = Verdict("better", 2, Paired(np.zeros(2), 20), known)
    said = judged(verdict, Rule(0.02), MEASURES["experiments"])
    assert said == "better, though by no more than 0.42"


def test_targets_made_are_told_in_points_and_yields_as_fractions() -> None:
    (said,) = sentences(compared(pairs(MADE, NEVER, 20), measure="made"))
    assert said.startswith("mine makes its target in 100.0 points more of the campaigns (")
    (said,) = sentences(compared(pairs(NEVER, MADE, 20), measure="best_yield"))
    assert said.startswith("the best yield of mine is 0.850 lower (")
    assert ") than that of other: worse, decided after " in said


def test_campaigns_that_failed_are_counted_with_why() -> None:
    rows = [
        made
        for seed in range(20)
        for made in (failed("mine", seed=seed), row("other", MADE, seed=seed))
    ]
    found = compared(rows)
    (said,) = sentences(found)
    assert said.startswith("mine needs 4.0 experiments of 4 more (")
    note, capped = notes(found)
    assert capped == "a campaign without success counts as its budget and one more"
    assert note == (
        "20 of 20 campaigns of mine failed with an error and count as not made, such as for BaTiO3 "
        "in easy 0: ValueError: no"
    )


def test_verdicts_on_several_hold_together() -> None:
    rows = [*pairs(MADE, LATE, 30), *(row("third", NEVER, seed=seed) for seed in range(30))]
    found = compared(rows, ("other", "third"))
    assert [said.partition(" against ")[2].partition(":")[0] for said in sentences(found)] == [
        "other",
        "third",
    ]
    assert "all 2 verdicts hold together with 95 %: each interval has 97.5 %" in list(notes(found))


def replays(name: str, yields: list[float], seeds: int, **told: Any) -> list[Row]:
    return [replayed(name, yields, seed, world="easy", **told) for seed in range(seeds)]


def test_what_is_the_same_in_every_seed_is_never_decided() -> None:
    """Both replay a table in one way: 60 seeds would decide, were they drawn anew."""
    rows = [*replays("mine", MADE + NEVER[:3], 60), *replays("other", LATE, 60)]
    found = compared(rows)
    assert found.verdicts["other"].kind == "same"
    assert found.verdicts["other"].after is None
    (said,) = sentences(found)
    assert said == (
        "mine saves 3.0 experiments of 4 against other: the same in every seed: there is no chance "
        "in it, more seeds tell nothing, after 60 seeds (120 campaigns)"
    )
    assert not list(notes(found))
    (_, line) = narrowing(found).panels[0].marks
    assert isinstance(line, Line)
    assert line.band is None  # nothing is known of other tables
    # A seed that came out otherwise is chance.
    other = replays("other", NEVER, 61)[60]
    rows = [*rows, replays("mine", MADE + NEVER[:3], 61)[60], other]
    assert compared(rows).verdicts["other"].kind == "better"


def test_equal_differences_that_are_no_copies_are_decided() -> None:
    assert compared(pairs(MADE, LATE, 30)).verdicts["other"].kind == "better"


def test_parts_of_a_table_are_told_to_be_of_one() -> None:
    rows = [
        *(replayed("mine", [0.95 - 0.001 * s, 0.1], s, world="easy") for s in range(8)),
        *(replayed("other", [0.1, 0.95 - 0.001 * s], s, world="easy") for s in range(8)),
    ]
    told = "\n".join(notes(compared(rows)))
    assert "one table: seeds redraw parts of it; intervals tell how much hangs on single" in told
    assert "may be larger than the margin" in told
    assert "--at-most" not in told  # which is refused there


def test_what_counts_without_success_is_told_of_experiments_alone() -> None:
    assert CAPPED in list(notes(compared(pairs(MADE, NEVER, 20))))
    assert CAPPED not in list(notes(compared(pairs(MADE, LATE, 20))))
    assert CAPPED not in list(notes(compared(pairs(MADE, NEVER, 20), measure="made")))
