"""A comparison as pictures: how the doubt narrows with seeds, and what both policies do."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from experiments.comparison.comparing import Comparison
from experiments.comparison.verdict import Verdict
from experiments.comparison.words import sentences, unit_of
from experiments.summary.campaigns import campaigns_of
from experiments.summary.curves import made_by_experiments
from experiments.summary.drawing import LIMITS, Axis, Figure, Line, Look, Panel, looks
from experiments.summary.in_print import printed
from experiments.summary.resampling import Resampling
from knowledge.errors import RecordError

_NOTHING = Look("#8A8A8A", "dot", limit=True)
_DOUBT = (
    "Band: the true mean lies in it at all numbers of seeds at once, with 95 % for all verdicts "
    "together (betting, Waudby-Smith and Ramdas 2024); grey: no difference that matters"
)


def figures_of(comparison: Comparison) -> list[Figure]:
    """How the doubt narrows; and the share made against experiments, with the limits."""
    return [narrowing(comparison), made(comparison)]


def write_print(comparison: Comparison, path: Path) -> Path:
    """Write both as one picture, .svg, .pdf or .png; returns its path.

    Raises RecordError where it cannot be written.
    """
    part = path.with_suffix(f"{path.suffix}.part")
    try:
        part.write_bytes(printed(print_of(comparison), path.suffix[1:]))
        part.replace(path)
    except OSError as error:
        raise RecordError(
            f"{path} cannot be written ({error.strerror}): name a file in a folder that is there"
        ) from error
    return path


def print_of(comparison: Comparison) -> Figure:
    """Both in one figure, for print."""
    doubt, share = figures_of(comparison)
    said = ". ".join(sentences(comparison))
    caption = f"Above: {doubt.caption} Below: {share.caption}"
    return replace(
        doubt,
        panels=(*doubt.panels, *share.panels),
        caption=caption if said in caption else f"{said}. {caption}",
    )


def narrowing(comparison: Comparison) -> Figure:
    """What is known of the mean difference to each opponent, after each seed."""
    contest, verdicts = comparison.contest, comparison.verdicts
    # A limit is grey where policies are drawn; held against ours it is an opponent like others.
    name = {other: f"against {other}" if other in LIMITS else other for other in verdicts}
    coloured = sorted(name.values(), key=lambda other: other not in verdicts)
    look = looks((contest.ours, *coloured))
    # Of one budget for all, or the picture has no one unit.
    budgets = {verdict.found.budget for verdict in verdicts.values()}
    unit = unit_of(comparison.measure, budgets.pop() if len(budgets) == 1 else None)
    most = max(verdict.seeds for verdict in verdicts.values())
    margin, ends = unit.factor * comparison.rule.margin, np.array([1.0, most])
    nothing = Line(
        "no difference that matters", ends, np.zeros(2), _NOTHING,
        band=(np.full(2, -margin), np.full(2, margin)),
    )  # fmt: skip
    lines = [
        Line(
            name[other], np.arange(1.0, v.seeds + 1), unit.factor * v.known.mean,
            look[name[other]],
            band=None
            if v.kind == "same"
            else (unit.factor * v.known.low, unit.factor * v.known.high),
        )
        for other, v in verdicts.items()
    ]  # fmt: skip
    low, high = (unit.factor * each for each in _seen(tuple(verdicts.values())))
    panel = Panel(
        Axis("seeds", 1, max(most, 2), whole=True),
        Axis(unit.label, min(low, -2 * margin), max(high, 2 * margin)),
        (nothing, *lines),
    )
    return Figure(
        "comparison",
        f"Is {contest.ours} better than {' or '.join(contest.others)}?",
        f"{contest.ours} less {'each other' if len(verdicts) > 1 else contest.others[0]} in the "
        f"same campaigns: above zero it is better. {'. '.join(sentences(comparison))}. {_DOUBT}.",
        (panel,),
    )


def _seen(verdicts: tuple[Verdict, ...]) -> tuple[float, float]:
    """What of the bounds is worth a picture: not the first few seeds, when all is possible."""
    first = [min(v.seeds - 1, max(4, v.seeds // 8)) for v in verdicts]
    low = min(float(v.known.low[n]) for v, n in zip(verdicts, first, strict=True))
    high = max(float(v.known.high[n]) for v, n in zip(verdicts, first, strict=True))
    return low, high


def made(comparison: Comparison) -> Figure:
    """The share of campaigns that made their target, against experiments."""
    contest = comparison.contest
    there = (contest.ours, *contest.others, *contest.limits)
    found = campaigns_of(comparison.rows, there)
    return made_by_experiments(found, Resampling(found))
