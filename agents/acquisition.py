"""Which candidates to try next: what an experiment is worth, and how a batch is put together.

All is on the probit scale of the yield, by member of the ensemble (agents.surrogate). A batch is
chosen one by one, each on the assumption that the ones before it, and those in the lab, fail: so
near copies of one recipe do not fill a furnace (the pessimistic oracle of Jiang et al., Efficient
nonmyopic batch active search, NeurIPS 2018).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp, ndtr
from scipy.stats import norm

from agents.goal import Wanted
from agents.predictions import NODE_WEIGHTS, NODES
from agents.surrogate import REPEATED, chance, mixed, threshold

Array = NDArray[np.float64]

# How much a purer product adds to a recipe that is as likely to succeed.
_PURITY = 0.1
# Firings that are tried for a furnace that is filled at once.
_FIRINGS = 6


def worth(mean: Array, variance: Array, log_weights: Array, wanted: Wanted) -> Array:
    """What trying each candidate next is worth; only the order means something. shape: (n,).

    `mean`, `variance`: of the probit, shape (members, n).
    """
    if wanted.objective == "information":
        return wanted.bits
    if wanted.objective == "tradeoff":
        gained = improvement(mean, variance, wanted.best + wanted.costs)
        return np.asarray(np.exp(log_weights) @ gained)
    success = mixed(chance(mean, variance, wanted.yield_asked), log_weights)
    if wanted.objective == "one":
        purer = np.exp(log_weights) @ improvement(
            mean, variance, np.full(mean.shape[1], wanted.best)
        )
        success = np.logaddexp(success, np.log(_PURITY * np.maximum(purer, 1e-300)))
    return np.asarray(success - np.log(wanted.costs))


def improvement(mean: Array, variance: Array, best: Array) -> Array:
    """Expected yield past a best one, of yields whose probit is normal (Gauss-Hermite).

    shapes: (members, n), (members, n), (n,) -> (members, n).
    """
    spread = np.sqrt(variance)
    gained = np.zeros_like(mean)
    for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
        gained += weight * np.maximum(ndtr(mean + node * spread) - best, 0.0)
    return gained


@dataclass
class Belief:
    """A joint normal belief over candidates by member, which outcomes that are assumed change.

    `mean` (members, n), `covariance` (members, n, n), `log_weights` (members,).
    """

    mean: Array
    covariance: Array
    log_weights: Array

    def copy(self) -> "Belief":
        """One that can be changed without changing this one: arrays are replaced, not written."""
        return Belief(self.mean, self.covariance, self.log_weights)

    @property
    def variance(self) -> Array:
        """shape: (members, n)."""
        return np.maximum(np.diagonal(self.covariance, axis1=1, axis2=2), 1e-9)

    def assume_failed(self, row: int, yield_asked: float) -> None:
        """Condition on one candidate falling short of a yield, to second order.

        Moments of a truncated normal: Rasmussen & Williams, 2006, section 3.6 (its equations
        3.58 and 3.82, one step of expectation propagation).
        """
        mean, variance = self.mean[:, row], self.variance[:, row]
        total = np.sqrt(variance + REPEATED**2)
        short = (threshold(yield_asked) - mean) / total
        log_failing = log_ndtr(short)
        ratio = np.exp(norm.logpdf(short) - log_failing)
        gain = self.covariance[:, :, row] / total[:, None]
        self.mean = self.mean - gain * ratio[:, None]
        shrink = ratio * (short + ratio)
        self.covariance = self.covariance - shrink[:, None, None] * (
            gain[:, :, None] * gain[:, None, :]
        )
        weights = self.log_weights + log_failing
        self.log_weights = weights - logsumexp(weights)


def best_batch(
    belief: Belief, wanted: Wanted, allowed: NDArray[np.bool_], count: int, pending: list[int]
) -> list[int]:
    """Rows to try, best first, at most `count` of those allowed. The belief is used up.

    `pending` rows are in the lab already: they are assumed to fail, as each one chosen is.
    """
    return _batch(belief, _assume(belief, wanted, pending), allowed, count)[0]


def one_firing(
    belief: Belief,
    wanted: Wanted,
    allowed: NDArray[np.bool_],
    count: int,
    pending: list[int],
    firings: list[str],
) -> list[int]:
    """Rows that share one furnace run: the firing whose batch is worth most. Else as `best_batch`.

    `firings` names the firing of each row. The firings of the most promising rows are tried.
    """
    wanted = _assume(belief, wanted, pending)
    value = worth(belief.mean, belief.variance, belief.log_weights, wanted)
    order = np.argsort(-np.where(allowed, value, -np.inf), kind="stable")
    promising = list(dict.fromkeys(firings[i] for i in order if allowed[i]))[:_FIRINGS]
    names = np.array(firings)
    batches = [_batch(belief.copy(), wanted, allowed & (names == f), count) for f in promising]
    return max(batches, key=lambda batch: batch[1])[0] if batches else []


def _batch(
    belief: Belief, wanted: Wanted, allowed: NDArray[np.bool_], count: int
) -> tuple[list[int], float]:
    """Rows chosen one by one, and what they are worth together.

    Together `one` and `all` are worth the chance of any success over the cost of a firing, the
    other objectives what each adds when it is chosen.
    """
    left, chosen = allowed.copy(), list[int]()
    added, log_failing = 0.0, 0.0
    while len(chosen) < count and left.any():
        value = worth(belief.mean, belief.variance, belief.log_weights, wanted)
        row = int(np.argmax(np.where(left, value, -np.inf)))
        added += float(value[row])
        log_failing += _log_failing(belief, row, wanted.yield_asked)
        wanted = _assume(belief, wanted, [row])
        chosen.append(row)
        left[row] = False
    if wanted.objective in ("one", "all") and chosen:
        return chosen, float(-np.expm1(log_failing) / wanted.costs[chosen[0]])
    return chosen, added


def _assume(belief: Belief, wanted: Wanted, rows: list[int]) -> Wanted:
    """Rows fail, and what is left to be wanted: nobody asks again what they will answer."""
    for row in rows:
        belief.assume_failed(row, wanted.yield_asked)
        wanted = wanted.answered(row)
    return wanted


def _log_failing(belief: Belief, row: int, yield_asked: float) -> float:
    """Log probability that a candidate falls short of a yield."""
    likely = chance(belief.mean[:, [row]], belief.variance[:, [row]], yield_asked)
    success = float(np.exp(mixed(likely, belief.log_weights))[0])
    return float(np.log1p(-min(success, 1 - 1e-12)))
