"""What a campaign is worth, in one number or along its experiments: pure functions.

All take the campaigns of a study and return an entry for each, in their order.
"""

from dataclasses import dataclass

import numpy as np

from experiments.summary.campaigns import Bools, Campaigns, Floats
from experiments.summary.replays import ORACLE
from knowledge.errors import AthanorError


@dataclass(frozen=True)
class Prices:
    """What experiments cost besides their precursors, in the currency of these.

    An experiment costs `per_experiment`, `per_furnace_hour` for each hour in a furnace, and its
    precursors; those of unknown price count nothing. Raises AthanorError for less than nothing.
    """

    per_experiment: float = 1.0
    per_furnace_hour: float = 0.1

    def __post_init__(self) -> None:
        for name in ("per_experiment", "per_furnace_hour"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                option = name.replace("_", "-")
                raise AthanorError(f"--{option} {value:g}: give a price of 0 or more")


def first_success(found: Campaigns) -> Floats:
    """Experiments until the yield asked for was reached, infinity where it never was."""
    reached = found.yields >= found.yield_asked
    seen = reached.any(axis=1)
    first = np.where(seen, reached.argmax(axis=1) + 1.0, found.experiments)
    return np.where(found.made, first, np.inf)


def capped(found: Campaigns, needed: Floats | None = None) -> Floats:
    """Experiments until the first success; one more than there might have been without any.

    `needed`: experiments until something else instead, infinity where it never came.
    """
    needed = first_success(found) if needed is None else needed
    return np.where(np.isinf(needed), found.budget + 1.0, needed)


def all_successes(found: Campaigns) -> Floats:
    """Experiments until every success there is was found, infinity where that never was.

    How many there are is known where campaigns go on after a success and one of them tried every
    candidate, as in a replay of a table. NaN where it is not known, or where there is none.
    """
    had = successes(found)
    whole = (found.candidates > 0) & (found.experiments >= found.candidates)
    tried_all = found.grid(np.where(whole, had[:, -1], np.nan))
    there_are = _in_same(found, np.fmax.reduce(tried_all, axis=0))
    known = (there_are > 0) & found.goes_on
    reached = had >= there_are[:, None]
    needed = np.where(reached.any(axis=1), reached.argmax(axis=1), np.inf)
    return np.where(known, needed, np.nan)


def _in_same(found: Campaigns, table: Floats) -> Floats:
    """A value of each campaign's target, world and seed. `table`: shape (targets, columns)."""
    values, there = np.full(len(found), np.nan), found.cell >= 0
    values[found.cell[there]] = np.broadcast_to(table, found.cell.shape)[there]
    return values


def furnace_hours(found: Campaigns) -> Floats:
    """Furnace hours of each experiment, 0 after the last. shape: (n, most)."""
    return np.nan_to_num(found.steps("furnace_h"))


def costs(found: Campaigns, prices: Prices) -> Floats:
    """What each experiment cost, 0 after the last. shape: (n, most)."""
    there = np.arange(found.yields.shape[1]) < found.experiments[:, None]
    fired = prices.per_furnace_hour * furnace_hours(found)
    bought = np.nan_to_num(found.steps("price"))
    return np.where(there, prices.per_experiment + fired + bought, 0.0)


def unpriced(found: Campaigns) -> int:
    """How many experiments have precursors of unknown price."""
    return int(np.isnan(found.of_step["price"][1]).sum())


def lab_days(found: Campaigns) -> Floats:
    """Days of the lab until the last result was there, NaN for a lab without a clock."""
    return np.asarray(found.lab_h / 24.0)


def spent_in_all(found: Campaigns, spent: Floats) -> Floats:
    """What was spent until the first success, or in all without any."""
    until = until_success(found, spent)
    return np.where(np.isfinite(until), until, spent.sum(axis=1))


def until_success(found: Campaigns, spent: Floats) -> Floats:
    """What was spent until the first success, infinity without any.

    `spent`: on each experiment. shape: (n, most).
    """
    first = first_success(found)
    total = np.concatenate([np.zeros((len(found), 1)), np.cumsum(spent, axis=1)], axis=1)
    last = np.where(np.isfinite(first), first, 0).astype(np.intp)
    return np.where(np.isfinite(first), total[np.arange(len(found)), last], np.inf)


def best_so_far(found: Campaigns) -> Floats:
    """Best yield after none, one, two ... experiments of the budget. shape: (n, budget + 1).

    What a campaign had when it ended it keeps, so that those that ended early stay comparable.
    """
    seen = np.nan_to_num(found.yields)
    return _carried(np.maximum.accumulate(seen, axis=1), found)


def successes(found: Campaigns) -> Floats:
    """Experiments that reached the yield asked for, after none, one, two ... of the budget."""
    return _carried(np.cumsum(found.yields >= found.yield_asked, axis=1, dtype=float), found)


def _carried(values: Floats, found: Campaigns) -> Floats:
    """Values after each experiment, with 0 before the first, and the last one to the end."""
    most = int(found.budget.max(initial=0))
    whole = np.zeros((len(found), max(most, values.shape[1]) + 1))
    whole[:, 1 : values.shape[1] + 1] = values
    whole[:, values.shape[1] + 1 :] = values[:, -1:]
    return whole[:, : most + 1]


@dataclass(frozen=True)
class Regret:
    """How far the best yield lies below what could be had, weight fraction.

    `after` by experiments done, NaN where nothing tells what could be had, as where the oracle
    failed; shape (n, budget + 1). `against` says in words what that is.
    """

    after: Floats
    against: str

    @property
    def mean(self) -> Floats:
        """Over the experiments of the budget: small where good recipes are found early."""
        return np.asarray(self.after[:, 1:].mean(axis=1))


def regret(found: Campaigns) -> Regret:
    """What each campaign lacks of the best yield that could be had for its target there.

    That is the best yield of the policy `oracle` for the same target, world and seed; in a study
    without that policy the best that any policy of the study had, which is less or equal.
    """
    best = found.grid(found.best)
    if ORACLE in found.policies:
        there = np.where(found.failed, np.nan, found.best)
        reference = found.grid(there)[found.policies.index(ORACLE)]
        against = "what the oracle had in the same campaign"
    else:
        reference = np.fmax.reduce(best, axis=0)
        against = "the best that any of these policies had in the same campaign"
    return Regret(_in_same(found, reference)[:, None] - best_so_far(found), against)


def beats(ours: Floats, theirs: Floats) -> Floats:
    """1 where ours is less, 0 where theirs is, 0.5 where both are equal; NaN where either is."""
    won = 0.5 * (1.0 + np.sign(theirs - ours))
    return np.where(np.isnan(ours) | np.isnan(theirs), np.nan, won)


def promises(found: Campaigns, policy: int) -> tuple[Floats, Bools]:
    """What a policy promised of its experiments, and whether that came true. shape: (k,) each.

    Promises are probabilities of success; experiments without one are left out, and lost samples
    did not come true. Copies of a campaign count once.
    """
    lengths = found.of_step["promised"][0]
    own = (found.policy == policy) & found.counted
    told = found.only(own & (lengths == found.experiments))
    said = told.of_step["promised"][1]
    came = told.of_step["yields"][1] >= found.yield_asked
    return said[np.isfinite(said)], came[np.isfinite(said)]
