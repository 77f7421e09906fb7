"""A proposer that has read nothing: every precursor set is as likely as the next.

What a study compares the literature with, and what a target without literature is left with.
"""

from collections.abc import Sequence

import numpy as np

from knowledge.literature.answers import ANSWERS, Spread
from knowledge.literature.proposer import Conditions, FiringEstimate, Proposal

# Mean and standard deviation of the hottest firing over the published recipes (athanor fetch
# literature), whatever the target.
_ANY_FIRING = FiringEstimate(mean_c=1105.0, sigma_c=285.0)


class UninformedProposer:
    """Implements Proposer, and proposes nothing: it only weighs the sets it is given, evenly."""

    name = "no literature"
    fingerprint = "uninformed-1"

    def propose(self, target: str, count: int) -> list[Proposal]:  # noqa: ARG002
        """None."""
        return []

    def probabilities(self, target: str, sets: Sequence[Sequence[str]]) -> list[float]:  # noqa: ARG002
        """The same for each."""
        return [1.0 / len(sets) for _ in sets]

    def firing(self, target: str) -> FiringEstimate:  # noqa: ARG002
        """What targets are fired at, whatever they are."""
        return _ANY_FIRING

    def conditions(self, target: str, precursors: Sequence[str]) -> Conditions:  # noqa: ARG002
        """The same wide distributions for every recipe."""
        grid = np.array(ANSWERS["temperature_c"], dtype=float)
        weight = np.exp(-(((grid - _ANY_FIRING.mean_c) / _ANY_FIRING.sigma_c) ** 2) / 2)
        hours = [float(h) for h in ANSWERS["hold_h"]]
        return Conditions(
            temperature_c=Spread(grid.tolist(), weight / weight.sum()),
            hold_h=Spread(hours, np.full(len(hours), 1 / len(hours))),
            atmosphere={"air": 1.0},
            firings={1: 1.0},
        )
