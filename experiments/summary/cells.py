"""Numbers as they stand in a table, at the terminal, on the page and in print."""

import math
from collections.abc import Callable

from experiments.paired_statistics import Interval
from experiments.summary.scores import Difference, Score

SCORE_HEADS = (
    "policy", "campaigns", "failed", "made, %", "experiments to success",
    "furnace hours to success", "cost to success", "best yield", "experiments",
)  # fmt: skip
DIFFERENCE_HEADS = (
    "less", "pairs", "made, points", "experiments saved", "needs fewer, probability",
    "fewer / equal / more", "resamples better: made", "saved",
)  # fmt: skip
CAPTION = (
    "Made: share of campaigns that reached the yield asked for. To success: medians. In brackets: "
    "95 % intervals, targets and seeds drawn anew"
)


def score_cells(score: Score) -> tuple[str, ...]:
    """A policy under SCORE_HEADS."""
    return (
        score.policy,
        f"{score.campaigns:,}",
        f"{score.failed:,}",
        ranged(score.made, _percent),
        _to_success(score.to_success, _count),
        _to_success(score.furnace_h, _whole),
        _to_success(score.cost, _figures),
        _number(score.best_yield.mean, "{:.2f}".format),
        f"{score.experiments:,}",
    )


def difference_cells(told: Difference) -> tuple[str, ...]:
    """A difference under DIFFERENCE_HEADS, of the reference less the policy it begins with."""
    return (
        told.other,
        f"{told.pairs:,}",
        ranged(told.made, lambda share: f"{100 * share:+.1f}"),
        ranged(told.saved, "{:+.1f}".format),
        ranged(told.wins, "{:.2f}".format),
        f"{told.won:,} / {told.tied:,} / {told.lost:,}",
        _number(told.sure_of_made, "{:.3f}".format),
        _number(told.sure_of_saved, "{:.3f}".format),
    )


def ranged(interval: Interval, shown: Callable[[float], str]) -> str:
    """A value with its interval, `12.5 (10.0 to 15.0)`; a dash where there is none."""
    if math.isnan(interval.mean):
        return "-"
    low, high = (_number(v, shown) for v in (interval.low, interval.high))
    return f"{shown(interval.mean)} ({low} to {high})"


def _to_success(median: Interval, shown: Callable[[float], str]) -> str:
    return "not by half" if math.isinf(median.mean) else ranged(median, shown)


def _number(value: float, shown: Callable[[float], str]) -> str:
    if math.isnan(value):
        return "-"
    return "never" if math.isinf(value) else shown(value)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _count(value: float) -> str:
    return f"{value:g}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _figures(value: float) -> str:
    """Three figures or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
