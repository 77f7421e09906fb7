"""What a comparison comes to, in words that its intervals bear out: also when the reference loses.

A difference is called established where its 95 % interval leaves out zero, and where at least
`FEWEST` campaigns came out differently: with fewer, a sign test could not tell it from chance
either (2 / 2^6 is the first below 5 %), and the bootstrap of so few is narrower than it should be.
"""

import math
from collections.abc import Iterator

import numpy as np

from experiments.paired_statistics import Interval
from experiments.summary.campaigns import Campaigns
from experiments.summary.measures import unpriced
from experiments.summary.replays import ORACLE, of_copies, of_tables
from experiments.summary.scores import Difference, Summary

FEWEST = 6
CAPPED = "a campaign without success counts as its budget and one more"


def verdict(interval: Interval, differing: int) -> int:
    """1 where the reference is better, -1 where the other is, 0 where neither is established."""
    if differing < FEWEST:
        return 0
    return int(interval.low > 0) - int(interval.high < 0)


def sentences(difference: Difference) -> tuple[str, ...]:
    """What a comparison says of targets made, and of experiments saved."""
    ours, theirs = difference.reference, difference.other
    if not difference.pairs:
        return (
            f"{ours} and {theirs} have no campaign of the same target, world and seed: nothing "
            "can be said",
        )
    to_all = [] if math.isnan(difference.saved_to_all.mean) else [_of_all(difference)]
    return (_of_made(difference), _of_saved(difference), *to_all)


def _of_made(told: Difference) -> str:
    ours, theirs = told.reference, told.other
    differing = told.only_reference + told.only_other
    if not differing:
        return f"{ours} and {theirs} make their target in the same campaigns"
    points = Interval(*(100 * v for v in (told.made.mean, told.made.low, told.made.high)))
    said = "{} makes its target in {} points {} of the campaigns than {}"
    return _said(said, points, ours, theirs, differing, ("more", "less"))


def _of_saved(told: Difference) -> str:
    ours, theirs = told.reference, told.other
    differing = told.won + told.lost
    if not differing:
        return f"{ours} and {theirs} need equally many experiments in every campaign"
    said = _said(
        "{} needs {} {} experiments than {}", told.saved, ours, theirs, differing, ("fewer", "more")
    )
    chance = told.wins
    if math.isnan(chance.low):
        return said
    return (
        f"{said}; it needs fewer with probability {chance.mean:.2f} "
        f"({chance.low:.2f} to {chance.high:.2f}), ties counted half"
    )


def _of_all(told: Difference) -> str:
    ours, theirs = told.reference, told.other
    if not told.unlike_to_all:
        return f"{ours} and {theirs} need equally many experiments to find all successes"
    said = "{} needs {} {} experiments than {} to find all successes"
    return _said(said, told.saved_to_all, ours, theirs, told.unlike_to_all, ("fewer", "more"))


def _said(
    said: str, interval: Interval, ours: str, theirs: str, differing: int, words: tuple[str, str]
) -> str:
    """A difference and what follows. `words`: for a reference that is better, and for one not."""
    word = words[0] if interval.mean >= 0 else words[1]
    sign = 1 if interval.mean >= 0 else -1
    low, high = sorted((sign * interval.low + 0.0, sign * interval.high + 0.0))
    told = said.format(ours, f"{abs(interval.mean):.1f}", word, theirs)
    if not math.isnan(low):  # nothing is drawn anew without
        told += f" ({low:.1f} to {high:.1f})"
    found = verdict(interval, differing)
    if found:
        return f"{told}: {ours if found > 0 else theirs} is better"
    few = f", only {differing} came out differently" if differing < FEWEST else ""
    return f"{told}: not established{few}"


def notes(summary: Summary) -> Iterator[str]:
    """What a reader must know of these campaigns, besides the numbers."""
    found, whole = summary.found, summary.whole
    for score in whole.scores:
        if score.failed:
            yield (
                f"{score.failed:,} of {score.campaigns:,} campaigns of {score.policy} failed with "
                "an error: they count as not made"
            )
    if len({score.campaigns for score in whole.scores}) > 1:
        counts = ", ".join(f"{s.policy} {s.campaigns}" for s in whole.scores)
        yield (
            f"policies have unlike numbers of campaigns ({counts}): a row tells of what its policy "
            "has, a difference of the campaigns that both have"
        )
    budgets = np.unique(found.budget)
    if len(budgets) > 1:
        yield (
            f"campaigns had {budgets[0]} to {budgets[-1]} experiments: what was made of them, and "
            "in how many, is not alike; summarize those with one budget"
        )
    lacking = unpriced(found)
    if lacking:
        total = int(found.experiments.sum())
        which = (
            f"{lacking:,} of {total:,} experiments have" if lacking < total else "experiments have"
        )
        yield f"{which} no price for precursors: cost is of experiments and furnace hours alone"
    lost = int((found.failed & (found.policy == _number_of(found, ORACLE))).sum())
    if lost:
        yield f"{lost:,} of the oracle's campaigns failed: no regret is told where they did"
    if whole.differences and not found.made.all():
        yield CAPPED
    yield from _few(found)
    yield from of_copies(found)
    yield from of_tables(found)
    if len(whole.differences) > 1:
        yield "each interval is of one comparison: of twenty such, one misses by chance"


def _number_of(found: Campaigns, policy: str) -> int:
    return found.policies.index(policy) if policy in found.policies else -1


def _few(found: Campaigns) -> Iterator[str]:
    """Which of what is drawn anew are too few to tell of others, though not a single one."""
    for what, of in (("targets", found.target), ("seeds", found.seed)):
        many = len(np.unique(of[found.counted]))
        if 1 < many < FEWEST:
            yield f"only {many} {what}: intervals tell of these, not of others"
