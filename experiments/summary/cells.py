"""Numbers as they stand in a table, at the terminal, on the page and in print."""

import math
from collections.abc import Callable

from experiments.paired_statistics import Interval
from experiments.summary.scores import Difference, Score, Summary

_SCORE_HEADS = (
    "policy", "campaigns", "failed", "made, %", "experiments to success",
    "furnace hours to success", "cost to success", "best yield", "experiments",
)  # fmt: skip
_DIFFERENCE_HEADS = (
    "less", "pairs", "made, points", "experiments saved", "needs fewer, probability",
    "fewer / equal / more", "resamples better: made", "saved",
)  # fmt: skip
_LAB_DAYS = "lab days to the end"
_TO_ALL, _SAVED_TO_ALL = "experiments to all successes", "experiments saved to all"
CAPTION = (
    "Made: share of campaigns that reached the yield asked for. To success, and to the end: "
    "medians. In brackets: 95 % intervals, targets and seeds drawn anew. Experiments: "
    "all together. Resamples better: share of draws in which the reference has the better mean"
)


def score_heads(summary: Summary) -> tuple[str, ...]:
    """What `score_cells` shows."""
    days = [_LAB_DAYS] if summary.knows_time else []
    return (*_SCORE_HEADS, *days, *([_TO_ALL] if summary.knows_all else []))


def difference_heads(summary: Summary) -> tuple[str, ...]:
    """What `difference_cells` shows."""
    return (*_DIFFERENCE_HEADS, *([_SAVED_TO_ALL] if summary.knows_all else []))


def score_cells(score: Score, summary: Summary) -> tuple[str, ...]:
    """A policy under the heads of its summary."""
    days = [ranged(score.lab_days, "{:.1f}".format)] if summary.knows_time else []
    to_all = [_to_success(score.to_all, _count)] if summary.knows_all else []
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
        *days,
        *to_all,
    )


def difference_cells(told: Difference, summary: Summary) -> tuple[str, ...]:
    """A difference under the heads of its summary: the reference less the policy named first."""
    to_all = [ranged(told.saved_to_all, "{:+.1f}".format)] if summary.knows_all else []
    return (
        told.other,
        f"{told.pairs:,}",
        ranged(told.made, lambda share: f"{100 * share:+.1f}"),
        ranged(told.saved, "{:+.1f}".format),
        ranged(told.wins, "{:.2f}".format),
        f"{told.won:,} / {told.tied:,} / {told.lost:,}",
        _number(told.sure_of_made, "{:.3f}".format),
        _number(told.sure_of_saved, "{:.3f}".format),
        *to_all,
    )


def ranged(interval: Interval, shown: Callable[[float], str]) -> str:
    """A value with its interval, `12.5 (10.0 to 15.0)`; a dash where there is none.

    A value alone where it has no interval.
    """
    if math.isnan(interval.mean):
        return "-"
    if math.isnan(interval.low):
        return _number(interval.mean, shown)
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
