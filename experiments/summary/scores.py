"""What each policy of a study did, and how a reference differs from each other one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from experiments.paired_statistics import Interval, mcnemar
from experiments.summary.campaigns import Campaigns, Floats
from experiments.summary.measures import (
    Prices,
    all_successes,
    beats,
    capped,
    costs,
    first_success,
    furnace_hours,
    lab_days,
    regret,
    until_success,
)
from experiments.summary.resampling import Resampling, interval_of, mean_of, share_interval
from knowledge.errors import AthanorError

By = Literal["world", "target"]
EVERYTHING = "all"


@dataclass(frozen=True)
class Score:
    """What one policy did in some campaigns.

    `made` is the share that made their target; `to_success`, `furnace_h` and `cost` are medians of
    what that took, infinite where fewer than half did; `best_yield` is a median too, `regret` a
    mean (see measures.regret), both weight fractions. `experiments` were done in all. `to_all` is
    the median of experiments until every success was found, NaN where it is not known how many
    there are. `lab_days` is the median of the lab's days until the last result was there, NaN for
    labs without a clock: batches do not save experiments, they save days. Copies of a campaign (see
    replays.py) count once in all but `campaigns`, `failed` and `experiments`.
    """

    policy: str
    campaigns: int
    failed: int
    experiments: int
    made: Interval
    to_success: Interval
    furnace_h: Interval
    cost: Interval
    best_yield: Interval
    regret: Interval
    to_all: Interval
    lab_days: Interval


@dataclass(frozen=True)
class Difference:
    """How a reference differs from another policy in the campaigns that both had.

    Where campaigns of both are copies (see replays.py) they are one pair.

    `made`: share that made their target, reference less other. `saved`: experiments that the
    reference did less until success, where one without success counts one more than its budget.
    `wins`: how probable it is that the reference needs fewer in a campaign drawn at random, ties
    counted half; `won`, `tied` and `lost` are their numbers. `sure_of_made` and `sure_of_saved` are
    the shares of resamples in which the reference is better. `only_reference` and `only_other`
    campaigns were made by one alone; `p_value` is McNemar's, exact, and takes campaigns for
    independent. `targets` and `seeds` are how many of each were drawn anew.
    `saved_to_all` is as `saved`, until all successes were found (see Score), and `unlike_to_all` in
    how many campaigns that was not the same.
    """

    reference: str
    other: str
    pairs: int
    targets: int
    seeds: int
    made: Interval
    saved: Interval
    wins: Interval
    won: int
    tied: int
    lost: int
    sure_of_made: float
    sure_of_saved: float
    only_reference: int
    only_other: int
    p_value: float
    saved_to_all: Interval
    unlike_to_all: int


@dataclass(frozen=True)
class Block:
    """Scores and differences in some of the campaigns: in all, in a world, or for a target."""

    of: str
    name: str
    scores: tuple[Score, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Summary:
    """A study in numbers: all of it first, then by world or by target."""

    found: Campaigns = field(repr=False)
    prices: Prices
    reference: str
    blocks: tuple[Block, ...]

    @property
    def knows_all(self) -> bool:
        """Whether it is known how many successes there are, see measures.all_successes."""
        return not all(np.isnan(score.to_all.mean) for score in self.whole.scores)

    @property
    def knows_time(self) -> bool:
        """Whether labs had a clock."""
        return not all(np.isnan(score.lab_days.mean) for score in self.whole.scores)

    @property
    def whole(self) -> Block:
        """All campaigns together."""
        return self.blocks[0]


def summarize(
    found: Campaigns,
    reference: str | None = None,
    by: By | None = None,
    prices: Prices | None = None,
) -> Summary:
    """The scores of all policies, and how the reference (the first, if none) differs from each.

    With `by` also in each world or for each target; without it in each world if there are several.
    Raises AthanorError for a reference that is not there.
    """
    prices = prices or Prices()
    named = reference or found.policies[0]
    if named not in found.policies:
        raise AthanorError(
            f"no campaign is of policy {named}, the reference: there are "
            f"{', '.join(found.policies)}"
        )
    blocks = [block_of(found, named, prices)]
    if by == "target" and len(found.targets) > 1:
        for number, name in enumerate(found.targets):
            part = found.only(found.target == number)
            blocks.append(block_of(part, named, prices, "target", name))
    elif by != "target" and len(found.worlds) > 1:
        for number, name in enumerate(found.worlds):
            part = found.only(found.world == number)
            blocks.append(block_of(part, named, prices, "world", name))
    return Summary(found, prices, named, tuple(blocks))


def block_of(
    found: Campaigns, reference: str, prices: Prices, of: str = EVERYTHING, name: str = EVERYTHING
) -> Block:
    """Scores and differences in some campaigns, all intervals from the same draws."""
    drawn, every = Resampling(found), all_successes(found)
    spent = {
        "made": found.made.astype(float),
        "capped": capped(found),
        "to_success": first_success(found),
        "furnace_h": until_success(found, furnace_hours(found)),
        "cost": until_success(found, costs(found, prices)),
        "best": found.best,
        "regret": regret(found).mean,
        "to_all": every,
        "lab_days": lab_days(found),
        "all_capped": capped(found, every),
    }
    laid = {key: found.grid(values) for key, values in spent.items()}
    return Block(
        of,
        name,
        tuple(_scores(found, laid, drawn)),
        tuple(_differences(found, laid, drawn, found.policies.index(reference))),
    )


def _scores(found: Campaigns, laid: dict[str, Floats], drawn: Resampling) -> list[Score]:
    numbers = range(len(found.policies))
    once = {key: np.stack([found.once(v[n], n) for n in numbers]) for key, v in laid.items()}
    made, lacking = drawn.means(once["made"]), drawn.means(once["regret"])
    scores = []
    for number, policy in enumerate(found.policies):
        own = found.policy == number
        medians = {
            key: drawn.median(once[key][number])
            for key in ("to_success", "furnace_h", "cost", "best", "to_all", "lab_days")
        }
        scores.append(
            Score(
                policy=policy,
                campaigns=int(own.sum()),
                failed=int(found.failed[own].sum()),
                experiments=int(found.experiments[own].sum()),
                made=share_interval(made[number], int((own & found.counted).sum())),
                to_success=medians["to_success"],
                furnace_h=medians["furnace_h"],
                cost=medians["cost"],
                best_yield=medians["best"],
                regret=lacking[number],
                to_all=medians["to_all"],
                lab_days=medians["lab_days"],
            )
        )
    return scores


# What a reference has more, from what is laid out for it and for another policy.
_HELD: dict[str, tuple[str, Callable[[Floats, Floats], Floats]]] = {
    "made": ("made", lambda ours, theirs: ours - theirs),
    "saved": ("capped", lambda ours, theirs: theirs - ours),
    "wins": ("capped", beats),
    "saved_to_all": ("all_capped", lambda ours, theirs: theirs - ours),
}


def _differences(
    found: Campaigns, laid: dict[str, Floats], drawn: Resampling, ours: int
) -> list[Difference]:
    others = [n for n in range(len(found.policies)) if n != ours]
    if not others:
        return []
    measured: dict[str, Floats] = {
        key: np.stack([found.once(of(laid[name][ours], laid[name][n]), ours, n) for n in others])
        for key, (name, of) in _HELD.items()
    }
    resampled = {key: drawn.resampled_means(values) for key, values in measured.items()}
    found_out = []
    for k, n in enumerate(others):
        means = {
            key: interval_of(mean_of(values[k]), resampled[key][:, k])
            for key, values in measured.items()
        }
        won, made = measured["wins"][k], laid["made"]
        there = np.isfinite(won)
        alone = mcnemar(*(np.where(there, made[p], np.nan) for p in (ours, n)))
        found_out.append(
            Difference(
                reference=found.policies[ours],
                other=found.policies[n],
                pairs=int(there.sum()),
                targets=int(there.any(axis=1).sum()),
                seeds=drawn.seeds_of(there),
                **means,
                won=int((won == 1).sum()),
                tied=int((won == 0.5).sum()),
                lost=int((won == 0).sum()),
                sure_of_made=_sure(resampled["made"][:, k]),
                sure_of_saved=_sure(resampled["saved"][:, k]),
                only_reference=alone.only_ours,
                only_other=alone.only_theirs,
                p_value=alone.p_value,
                unlike_to_all=int((np.abs(measured["saved_to_all"][k]) > 0).sum()),
            )
        )
    return found_out


def _sure(resampled: Floats) -> float:
    """The share of resamples above nothing, those at nothing counted half."""
    return mean_of(0.5 * (1.0 + np.sign(resampled)))
