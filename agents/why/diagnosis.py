"""What went wrong, as probabilities that add up to one.

Each cause alone may have done it. With P(c) the chance of a cause beforehand, its ways w with
weights P(w | c), and p(product | w) from the phases seen and the balance of elements,

    P(c | product)  ~  P(c) / (1 - P(c)) x sum over w of P(w | c) p(product | w)

which is what remains of independent causes given that one of them was at work and the others not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.why.case import Case
from agents.why.causes import Suspect, Way, suspects
from agents.why.records import Cause

# Nothing is certain, and nothing impossible.
_LEAST_CHANCE, _MOST_CHANCE = 0.005, 0.97


@dataclass(frozen=True)
class Finding:
    """A cause with its likeliest way: probability now, probability before the product was seen."""

    cause: Cause
    probability: float
    prior: float
    chance: float
    way: Way


def diagnose(case: Case) -> tuple[Finding, ...]:
    """The causes of an outcome, likeliest first; both columns of probabilities add up to 1."""
    found = suspects(case)
    odds = np.log([_odds(s.chance) for s in found])
    ways = [log_likelihoods(s, case) for s in found]
    fits = np.array([np.logaddexp.reduce(each) for each in ways])
    prior, now = _shares(odds), _shares(odds + fits)
    findings = [
        Finding(s.cause, float(p), float(q), s.chance, s.ways[int(np.argmax(each))])
        for s, p, q, each in zip(found, now, prior, ways, strict=True)
    ]
    return tuple(sorted(findings, key=lambda f: -f.probability))


def log_likelihoods(suspect: Suspect, case: Case) -> NDArray[np.float64]:
    """ln of P(w | c) p(product | w) for each way of a suspect. shape: (ways,)."""
    return np.array(
        [
            np.log(way.weight) + way.urn.log_likelihood(case.seen) + way.log_ratio
            for way in suspect.ways
        ]
    )


def _odds(chance: float) -> float:
    chance = min(max(chance, _LEAST_CHANCE), _MOST_CHANCE)
    return chance / (1 - chance)


def _shares(logs: NDArray[np.float64]) -> Sequence[float]:
    weights = np.exp(logs - logs.max())
    return list(weights / weights.sum())
