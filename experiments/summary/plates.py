"""Figures that are no curves: differences, targets by policies, worlds, and promises kept."""

import numpy as np

from experiments.reliability import calibration_error, reliability
from experiments.summary.campaigns import Campaigns, Floats
from experiments.summary.curves import number_of
from experiments.summary.drawing import Axis, Dots, Figure, Heat, Panel, looks
from experiments.summary.measures import first_success, promises
from experiments.summary.resampling import Resampling, share_interval
from experiments.summary.scores import Summary

_BARS = "Bars: 95 % intervals, targets and seeds drawn anew"
_DODGE = 0.09  # policies of a world stand side by side
_EASY = 0.95  # where this share is made, what tells policies apart is how soon
_MOST_PANELS = 9


def differences(summary: Summary) -> Figure | None:
    """How the reference differs from each other policy; none where nothing does."""
    told = [d for d in summary.whole.differences if d.pairs]
    if not told:
        return None
    look, names = looks(summary.found.policies), tuple(d.other for d in told)
    panels: list[Panel] = []
    for measure, factor, label in (
        ("made", 100.0, "made more often, points"),
        ("saved", 1.0, "experiments saved"),
        ("saved_to_all", 1.0, "saved until all found"),
    ):
        values = factor * np.array(
            [(i.mean, i.low, i.high) for i in (getattr(d, measure) for d in told)]
        )
        if not np.nan_to_num(values).any():
            continue  # not known, or nowhere any difference: the words say so
        marks = tuple(
            Dots(name, v[:1], np.array([float(n)]), v[1:2], v[2:], look[name], across=True)
            for n, (name, v) in enumerate(zip(names, values, strict=True))
        )
        rows = Axis("", len(names) - 0.5, -0.5, categories=("",) * len(names) if panels else names)
        panels.append(Panel(Axis(label), rows, marks, guide="zero"))
    if not panels:
        return None
    pairs = sorted({d.pairs for d in told})
    each = f"{pairs[0]:,}" if len(pairs) == 1 else f"{pairs[0]:,} to {pairs[-1]:,}"
    return Figure(
        "differences",
        f"Is {summary.reference} better than the others?",
        f"{summary.reference} less each other policy in the same campaigns: right of zero it is "
        "better. One without success counts one experiment more than its budget. "
        f"{_BARS}. n = {each} pairs.",
        tuple(panels),
        columns=len(panels),
        legend=False,
    )


def targets(found: Campaigns) -> Figure | None:
    """What each policy did with each target, those that are hardest last; none for a single one."""
    if len(found.targets) < 2:
        return None
    with np.errstate(all="ignore"):
        made = _means(found.grid(found.made))
        easy = found.made.mean() > _EASY
        values = _medians(found.grid(first_success(found))) if easy else made
    order = np.lexsort((np.nanmean(values, axis=0) * (1 if easy else -1),))
    values = values[:, order].T
    texts = tuple(tuple(_text(v, easy) for v in row) for row in values)
    worst = float(np.max(values[np.isfinite(values)], initial=1.0))
    low, high = (worst, 1.0) if easy else (0.0, 1.0)
    names = tuple(found.targets[t] for t in order)
    what = "Median experiments until success" if easy else "Campaigns that made their target, %"
    panel = Panel(
        Axis("", categories=found.policies),
        Axis("", categories=names, formulas=True),
        (Heat(np.where(np.isfinite(values), values, np.nan), texts, low, high, what),),
    )
    never = "; -: not reached by half" if easy else ""
    return Figure(
        "targets",
        "Which targets are hard, and for whom?",
        f"{what}{never}. Hardest last. {number_of(found)}",
        (panel,),
        legend=False,
    )


def _means(values: Floats) -> Floats:
    there = np.isfinite(values)
    return np.asarray(np.where(there, values, 0).sum(axis=2) / there.sum(axis=2))


def _medians(values: Floats) -> Floats:
    """Medians over columns; infinite where half never did, NaN where there is none."""
    found = np.full(values.shape[:2], np.nan)
    for p, t in np.ndindex(*found.shape):
        there = np.sort(values[p, t][~np.isnan(values[p, t])])
        if len(there):
            half = len(there) // 2
            found[p, t] = (there[half] + there[(len(there) - 1) // 2]) / 2
    return found


def _text(value: float, easy: bool) -> str:
    if not np.isfinite(value):
        return "-" if np.isinf(value) else ""
    return f"{value:g}" if easy else f"{100 * value:.0f}"


def worlds(found: Campaigns) -> Figure | None:
    """The share made in each world; none where there is but one."""
    if len(found.worlds) < 2:
        return None
    look, made = looks(found.policies), found.made.astype(float)
    shares: dict[str, list[tuple[float, ...]]] = {p: [] for p in found.policies}
    for number in range(len(found.worlds)):
        part = found.only(found.world == number)
        laid = part.grid(made[found.world == number])
        means = Resampling(part).means(np.stack([part.once(v, p) for p, v in enumerate(laid)]))
        for p, policy in enumerate(found.policies):
            count = int(((part.policy == p) & part.counted).sum())
            if count:
                i = share_interval(means[p], count)
                place = number + _DODGE * (p - (len(found.policies) - 1) / 2)
                shares[policy].append((place, i.mean, i.low, i.high))
    tables = {name: np.array(shares[name]).T for name in found.policies if shares[name]}
    marks = tuple(
        Dots(name, table[0], table[1], table[2], table[3], look[name], joined=True)
        for name, table in tables.items()
    )
    panel = Panel(
        Axis("world", -0.5, len(found.worlds) - 0.5, categories=found.worlds),
        Axis("campaigns that made their target", 0, 1, percent=True),
        marks,
    )
    return Figure(
        "worlds",
        "What does each policy stand?",
        f"Share of campaigns that made their target, by world. {_BARS}. {number_of(found)}",
        (panel,),
    )


def calibration(found: Campaigns) -> Figure | None:
    """What policies promised against what came of it; none where no policy promises anything."""
    look = looks(found.policies)
    told = {p: promises(found, n) for n, p in enumerate(found.policies)}
    shown = [(p, *pair) for p, pair in told.items() if len(pair[0])][:_MOST_PANELS]
    if not shown:
        return None
    bins = {policy: reliability(said, came) for policy, said, came in shown}
    most = max(max(b.probability, b.high) for found_bins in bins.values() for b in found_bins)
    end = min(np.ceil(10 * most) / 10, 1.0)
    panels = []
    for policy, said, came in shown:
        of = bins[policy]
        x, y, low, high = np.array([(b.probability, b.frequency, b.low, b.high) for b in of]).T
        dots = Dots(policy, x, y, low, high, look[policy], counts=tuple(b.count for b in of))
        off = 100 * calibration_error(said, came)
        panels.append(
            Panel(
                Axis("success promised", 0, end, percent=True),
                Axis("came true", 0, end, percent=True),
                (dots,),
                f"{policy}\nn = {len(said):,}, off by {off:.1f} %",
                guide="equal",
            )
        )
    return Figure(
        "calibration",
        "Do policies know how likely they succeed?",
        "Experiments by the probability of success that they were suggested with, in ten groups of "
        "about equal number. Bars hold the frequency with 90 % probability if experiments are "
        "independent; areas go with numbers; off by: mean distance from the line.",
        tuple(panels),
        columns=min(2, len(panels)),
        legend=False,
    )
