"""What one policy had more than another, one number a seed: what a comparison is decided by.

A seed is a world for each target and kind of world, the same for both policies, and from it both
draw their chance. Seeds are independent; targets and worlds of one seed are not, so the difference
is averaged over them first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.summary.campaigns import Campaigns, Floats, campaigns_of
from experiments.summary.measures import capped
from knowledge.errors import AthanorError


@dataclass(frozen=True)
class Measure:
    """What a campaign is worth: a number from 0 to 1 for each, where more is better."""

    name: str
    worth: Callable[[Campaigns], Floats]


def _saved(found: Campaigns) -> Floats:
    """The share of experiments that success left over; none of them without success."""
    return np.asarray(1.0 - capped(found) / (found.budget + 1.0))


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("experiments", _saved),
        Measure("made", lambda found: found.made.astype(np.float64)),
        Measure("best_yield", lambda found: np.clip(found.best, 0.0, 1.0)),
    )
}


@dataclass(frozen=True)
class Paired:
    """Differences of two policies: `values`, one a seed, from -1 to 1, in the order of the seeds.

    `budget` is how many experiments each campaign might have had; none where they were unlike.
    `copies`: each is the same, as both policies replay a table in one way, see summary/replays.py.
    """

    values: Floats
    budget: int | None
    copies: bool = False


def paired(
    rows: pd.DataFrame, ours: str, other: str, seeds: Sequence[int], measure: Measure
) -> Paired:
    """What our policy had more than the other with each of some seeds.

    Ends before the first seed that lacks a campaign. Raises AthanorError for rows that hold none of
    either.
    """
    pair = [ours, other]
    found = campaigns_of(rows[rows["policy"].isin(pair) & rows["seed"].isin(seeds)], pair)
    ours_, theirs = found.grid(measure.worth(found))
    place = {seed: number for number, seed in enumerate(found.seeds)}
    if any(seed not in place for seed in seeds):
        seeds = seeds[: next(n for n, seed in enumerate(seeds) if seed not in place)]
    if not len(seeds):
        raise AthanorError(f"{ours} and {other} have no campaign of the same seed")
    of_seed = found.columns[:, 1]
    means = np.array(
        [np.mean((ours_ - theirs)[:, of_seed == place[seed]]) for seed in seeds], dtype=np.float64
    )
    lacking = np.isnan(means)
    end = int(lacking.argmax()) if lacking.any() else len(means)
    budgets = np.unique(found.budget)
    copies = bool(found.copied.all()) and bool((means[:end] == means[0]).all())
    return Paired(means[:end], int(budgets[0]) if len(budgets) == 1 else None, copies)
