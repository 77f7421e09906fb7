"""What is said of a comparison is what its intervals bear out."""

from dataclasses import replace

import pytest

from experiments.paired_statistics import Interval
from experiments.summary.campaigns import campaigns_of
from experiments.summary.scores import Difference, summarize
from experiments.summary.words import CAPPED, notes, sentences, verdict
from tests.experiments.summary.rows import failed, frame, row

NONE = Interval(float("nan"), float("nan"), float("nan"))
TOLD = Difference(
    reference="athanor", other="gp", pairs=100, targets=5, seeds=20,
    made=Interval(0.025, -0.02, 0.068), saved=Interval(0.4, 0.1, 0.7), wins=Interval(0.6, 0.5, 0.7),
    won=40, tied=40, lost=20, sure_of_made=0.9, sure_of_saved=0.99, only_reference=9, only_other=6,
    p_value=0.6, saved_to_all=NONE, unlike_to_all=0,
)  # fmt: skip


def test_what_the_interval_leaves_open_is_not_established() -> None:
    made, saved = sentences(TOLD)
    assert made == (
        "athanor makes its target in 2.5 points more of the campaigns than gp (-2.0 to 6.8): not "
        "established"
    )
    assert saved == (
        "athanor needs 0.4 fewer experiments than gp (0.1 to 0.7): athanor is better; it needs "
        "fewer with probability 0.60 (0.50 to 0.70), ties counted half"
    )


def test_where_the_reference_loses_that_is_said() -> None:
    lost = replace(TOLD, made=Interval(-0.05, -0.09, -0.01), saved=Interval(-1.0, -2.0, -0.5))
    made, saved = sentences(lost)
    assert "5.0 points less of the campaigns than gp (1.0 to 9.0): gp is better" in made
    assert "needs 1.0 more experiments than gp (0.5 to 2.0): gp is better" in saved


def test_few_that_came_out_differently_establish_nothing() -> None:
    few = replace(TOLD, made=Interval(0.05, 0.01, 0.09), only_reference=5, only_other=0)
    assert sentences(few)[0].endswith("not established, only 5 came out differently")


def test_alike_is_said_where_all_came_out_alike() -> None:
    same = replace(TOLD, only_reference=0, only_other=0, won=0, tied=100, lost=0)
    assert sentences(same) == (
        "athanor and gp make their target in the same campaigns",
        "athanor and gp need equally many experiments in every campaign",
    )


def test_of_replays_the_last_success_is_told_too() -> None:
    told = replace(TOLD, saved_to_all=Interval(-3.0, -4.0, -2.0), unlike_to_all=50)
    assert (
        "3.0 more experiments than gp to find all successes (2.0 to 4.0): gp is better"
        in (sentences(told)[2])
    )
    alike = replace(told, unlike_to_all=0)
    assert "equally many experiments to find all successes" in sentences(alike)[2]


def test_no_campaign_in_common_is_said() -> None:
    (only,) = sentences(replace(TOLD, pairs=0))
    assert only.startswith("athanor and gp have no campaign of the same target, world and seed")


@pytest.mark.parametrize(
    ("interval", "differing", "found"),
    [
        (Interval(1, 0.1, 2), 6, 1),
        (Interval(-1, -2, -0.1), 6, -1),
        (Interval(1, 0.0, 2), 6, 0),
        (Interval(1, 0.1, 2), 5, 0),
    ],
)
def test_a_verdict_needs_an_interval_without_zero_and_six_that_differ(
    interval: Interval, differing: int, found: int
) -> None:
    assert verdict(interval, differing) == found


def test_notes_tell_what_failed_what_lacks_and_what_has_no_price() -> None:
    rows = [row("ours", [0.1, 0.95], seed=s, price=(None, 1.0)) for s in range(3)]
    told = "\n".join(notes(summarize(campaigns_of(frame(*rows, failed("theirs"))))))
    assert "1 of 1 campaigns of theirs failed with an error" in told
    assert "unlike numbers of campaigns (ours 3, theirs 1)" in told
    assert "3 of 6 experiments have no price" in told
    assert "only 3 seeds: intervals tell of these, not of others" in told


@pytest.mark.parametrize(
    ("targets", "seeds", "told"),
    [
        (1, 6, []),
        (2, 6, ["only 2 targets"]),
        (5, 1, ["only 5 targets"]),
        (6, 3, ["only 3 seeds"]),
        (6, 6, []),
        (2, 2, ["only 2 targets", "only 2 seeds"]),
    ],
)
def test_what_is_few_is_named(targets: int, seeds: int, told: list[str]) -> None:
    """A single target is meant itself, and with 40 seeds two targets are still two."""
    rows = [row("ours", [1.0], f"T{t}", s) for t in range(targets) for s in range(seeds)]
    found = list(notes(summarize(campaigns_of(frame(*rows)))))
    assert found == [f"{few}: intervals tell of these, not of others" for few in told]


def test_a_value_without_an_interval_is_told_without_one() -> None:
    alone = replace(
        TOLD, saved=Interval(8.0, float("nan"), float("nan")), won=1, tied=0, lost=0,
        wins=Interval(1.0, float("nan"), float("nan")),
    )  # fmt: skip
    assert sentences(alone)[1] == (
        "athanor needs 8.0 fewer experiments than gp: not established, only 1 came out differently"
    )


def test_what_counts_without_success_is_told_where_there_is_any_without() -> None:
    two = [row("ours", [1.0]), row("theirs", [0.1] * 4)]
    assert CAPPED in list(notes(summarize(campaigns_of(frame(*two)))))
    assert CAPPED not in list(notes(summarize(campaigns_of(frame(two[0], row("theirs", [1.0]))))))


def test_an_oracle_that_failed_is_told() -> None:
    rows = [row("ours", [0.5]), failed("oracle"), row("ours", [0.5], seed=1)]
    told = list(notes(summarize(campaigns_of(frame(*rows)))))
    assert "1 of the oracle's campaigns failed: no regret is told where they did" in told
