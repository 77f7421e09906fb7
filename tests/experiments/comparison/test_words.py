"""Verdicts in words, from rows that are worked out by hand."""

import numpy as np

from experiments.comparison.betting import Bounds
from experiments.comparison.differences import MEASURES, Paired
from experiments.comparison.verdict import Rule, Verdict
from experiments.comparison.words import judged, notes, sentences
from experiments.study.row import Row
from tests.experiments.comparison.cases import compared
from tests.experiments.summary.rows import failed, row

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
    (note,) = notes(found)
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
