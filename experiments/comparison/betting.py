"""A confidence sequence for the mean of bounded numbers: an interval that may be watched.

It holds the mean at all times at once with the confidence asked for, so looking after every number
and stopping at will does no harm. The numbers need be neither normal nor alike, only within -1 and
1 and, each given those before it, of one mean.

Who holds that the mean is `m` must find the bet on a number `x` fair that turns each unit of
capital into 1 + f (x - m) / (1 + m): it loses the share f at worst, and wins if the mean is larger.
By Ville's inequality, capital that begins with 1 reaches K with probability 1 / K at most, so an m
at which it did is ruled out. Capital is spread evenly over shares f, and over bets on a larger and
on a smaller mean: the hedged grid-Kelly of Waudby-Smith and Ramdas, J. R. Stat. Soc. B 86, 1
(2024), with each side by itself. Bets do not follow what came before, so the order of what has come
does not matter to what it says.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import AthanorError

Floats = NDArray[np.float64]

# Shares of the capital that are at stake. All in between gain almost as much as the best of them.
_SHARES = np.arange(1, 11) / 11
# Means that are asked about. 0 is one of them.
_MEANS = np.arange(-500, 501) / 500
_PARTS = 20  # asked about one after the other, to stay small in memory


@dataclass(frozen=True)
class Bounds:
    """What is known of the mean after each number. shape: (n,) each.

    `mean` is that of the numbers so far; the true one lies within `low` and `high` at all times at
    once, with the confidence asked for. Bounds never widen again. Where `low` is at or above a
    value, or `high` at or below it, that value is ruled out as a mean. They are rounded outward
    to 0.002.
    """

    mean: Floats
    low: Floats
    high: Floats


def bounds(values: Floats, error: float) -> Bounds:
    """What is known of a mean after each of some values, from -1 to 1, in the order they came.

    `error`: the probability that the mean is ever left out, at most. Raises AthanorError for values
    that are out of bounds.
    """
    values = np.asarray(values, dtype=np.float64)
    if not np.all(np.abs(values) <= 1):  # also NaN
        raise AthanorError(
            "a confidence sequence is of numbers from -1 to 1: divide by the largest"
        )
    low = np.maximum.accumulate(_ruled_out(values, error))
    high = np.minimum.accumulate(-_ruled_out(-values, error))
    # With the probability of an error both may pass each other: then what was last known stays.
    crossed = low >= high
    if crossed.any():
        first = int(crossed.argmax())
        low[first:], high[first:] = (side[first - 1] if first else 0.0 for side in (low, high))
    return Bounds(np.cumsum(values) / np.arange(1, len(values) + 1), low, high)


def _ruled_out(values: Floats, error: float) -> Floats:
    """The largest mean that is ruled out as too small, after each value; -1 where none is."""
    out = np.zeros(len(values), dtype=np.intp)
    for means in np.array_split(_MEANS[1:], _PARTS):  # -1 itself leaves nothing to win
        ruled = log_capital(values[:, None], means) >= np.log(2 / error)
        # What a mean gives falls with it, so those that are ruled out are the first so many.
        out += ruled.sum(axis=1)
        if not ruled.any():
            break
    return np.asarray(_MEANS[out])


def log_capital(values: Floats, mean: float | Floats) -> Floats:
    """Logarithm of what 1 has become by bets that the mean is larger, after each value.

    `values` run along the first axis, and are broadcast with `mean`, above -1.
    """
    gain = (values - mean) / (1 + mean)
    capital = np.full(gain.shape, -np.inf)
    for share in _SHARES:
        np.logaddexp(capital, np.cumsum(np.log1p(share * gain), axis=0), out=capital)
    return np.asarray(capital - np.log(len(_SHARES)))
