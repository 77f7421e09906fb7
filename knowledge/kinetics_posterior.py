"""When a pair of solids reacts, given a prior and what was seen: Bayes on a grid of onsets.

Of a pair it is unknown whether it reacts at all and, if so, from which temperature (its onset).

1. The onset is normal about what the rule says, but rules fail: a tenth of the weight has a
   standard deviation wide enough for any furnace.
2. One firing shows a reaction by a temperature T with probability
   `doubt + (1 - 2 doubt) Phi((T - onset) / BOUND_SIGMA_C)`: furnaces and powders differ, and an
   observation may be wrong.
3. Much of a doubt is about how something was concluded, and the same conclusion drawn again is
   wrong for the same reason (the pathway was not as predicted, another phase has the same peaks).
   So observations of one verdict and about as doubtful share most of their doubt, and no number of
   repeats gives certainty.

2 and 3 are the usual contaminated likelihood: Box & Tiao, Biometrika 55, 119 (1968).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from knowledge.kinetics_observation import PairObservation
from knowledge.recipe import ABSOLUTE_ZERO_C

Vector = NDArray[np.float64]
# Whether a pair had reacted, the part of the doubt that is shared, the temperature, the doubt.
_Seen = tuple[bool, float, float, float]

# Furnace and thermocouple error, grain and hold time: how much the onset differs between firings.
BOUND_SIGMA_C = 25.0
# How often a rule of thumb is not off by a little but no use, and how far off it is then.
RULE_FAILS = 0.1
RULE_FAILED_SIGMA_C = 300.0
# What observations share of their doubt: all but what lies above the next lower of these steps.
# The first is for measurements: how often everything said of a pair is wrong for one reason.
SHARED_DOUBT = (0.002, 0.08, 0.16, 0.28)

_NEVER_SURE = 1e-6

# Solids react somewhere here, or never. The likelihood is smooth over BOUND_SIGMA_C.
EDGES_C: Vector = np.array([ABSOLUTE_ZERO_C, *np.arange(0.0, 2001.0, 10.0), 3000.0])
_CENTRES_C = (EDGES_C[1:] + EDGES_C[:-1]) / 2


def prior_cdf(
    temperature_c: Vector | float, mean_c: Vector | float, sigma_c: Vector | float
) -> Vector:
    """Probability that the onset lies at or below a temperature before anything was seen.

    The arguments broadcast; so does what is returned.
    """
    away = temperature_c - mean_c
    usual = ndtr(away / sigma_c)
    failed = ndtr(away / np.hypot(sigma_c, RULE_FAILED_SIGMA_C))
    return np.asarray((1 - RULE_FAILS) * usual + RULE_FAILS * failed)


@dataclass(frozen=True, eq=False)
class OnsetPosterior:
    """Probability that a pair reacts from a temperature on. `by_edge`: at EDGES_C, same shape.

    The last of `by_edge` is the probability that the pair reacts at all.
    """

    by_edge: Vector

    @property
    def reacts(self) -> float:
        """Probability that the pair reacts at any temperature, 0 to 1, both excluded."""
        return float(self.by_edge[-1])

    def at(self, temperature_c: float) -> float:
        """Probability that the pair has reacted by a temperature, 0 to 1."""
        return float(np.interp(temperature_c, EDGES_C, self.by_edge))

    def onset_c(self, share: float) -> float:
        """The temperature below which this share (0 to 1) of the possible onsets lies, Celsius.

        Given that the pair reacts at all; the median is at 0.5.
        """
        return float(np.interp(share * self.reacts, self.by_edge, EDGES_C))


def onset_posterior(
    mean_c: float, sigma_c: float, reacts: float, observations: Iterable[PairObservation]
) -> OnsetPosterior:
    """The posterior of one pair. `reacts`: prior probability that it reacts at all, 0 to 1.

    Takes time in proportion to the different temperatures and doubts, not to the observations;
    the order of these does not matter.
    """
    counts = Counter((o.reacted, _shared(o.doubt), o.temperature_c, o.doubt) for o in observations)
    return _folded(mean_c, sigma_c, reacts, tuple(sorted(counts.items())))


@lru_cache(maxsize=2048)
def _folded(
    mean_c: float, sigma_c: float, reacts: float, counts: tuple[tuple[_Seen, int], ...]
) -> OnsetPosterior:
    """Kept, since after an experiment all pairs are asked for again, and few have changed."""
    cdf = prior_cdf(EDGES_C, mean_c, sigma_c)
    cdf[0], cdf[-1] = 0.0, 1.0
    kinds: dict[tuple[bool, float], list[tuple[float, float, int]]] = {}
    for (verdict, shared, temperature_c, doubt), count in counts:
        kinds.setdefault((verdict, shared), []).append((temperature_c, doubt, count))
    # The last place stands for a pair that never reacts.
    weight = np.append(reacts * np.diff(cdf), 1 - reacts)
    for (verdict, shared), rows in kinds.items():
        weight *= _explained(np.array(rows), verdict, shared)
    weight /= weight.sum()
    by_edge = np.append(0.0, np.cumsum(weight[:-1]))
    by_edge.flags.writeable = False
    return OnsetPosterior(by_edge)


def interpolated(by_edge: Vector, rows: NDArray[np.intp], temperature_c: Vector) -> Vector:
    """`OnsetPosterior.at` for many at once.

    `by_edge`: one posterior a row, shape (posteriors, edges); `rows` and `temperature_c`: which
    one at which temperature, shape (n,). Returns shape (n,).
    """
    at = np.clip(temperature_c, EDGES_C[0], EDGES_C[-1])
    right = np.clip(np.searchsorted(EDGES_C, at), 1, len(EDGES_C) - 1)
    share = (at - EDGES_C[right - 1]) / (EDGES_C[right] - EDGES_C[right - 1])
    low, high = by_edge[rows, right - 1], by_edge[rows, right]
    return np.asarray(low + share * (high - low))


def _shared(doubt: float) -> float:
    """The part of a doubt that all observations about as doubtful share."""
    return max(step for step in SHARED_DOUBT if step <= max(doubt, SHARED_DOUBT[0]))


def _explained(rows: Vector, verdict: bool, shared: float) -> Vector:
    """How well each onset explains observations of one verdict, as a share of the best possible.

    `rows`: temperature, doubt and count of each kind. shape: (kinds, 3) -> (cells + 1,)
    """
    temperature_c, doubt, count = rows.T[:, :, None]
    by_then = np.append(ndtr((temperature_c - _CENTRES_C) / BOUND_SIGMA_C), 0 * doubt, axis=1)
    right = by_then if verdict else 1 - by_then
    # Relative to an onset that explains it, one that does not has doubt / (1 - doubt); what is
    # shared of that comes once, the rest with each observation.
    once = shared / (1 - shared)
    each = np.maximum((doubt / (1 - doubt) - once) / (1 - once), _NEVER_SURE)
    all_right = np.exp((count * np.log(each + (1 - each) * right)).sum(axis=0))
    return np.asarray(once + (1 - once) * all_right)
