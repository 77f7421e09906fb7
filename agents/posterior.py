"""What is believed after a history: of pairs of solids, and of the yield of every candidate."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agents.candidates import Candidates
from agents.features import Featuriser
from agents.history import History
from agents.predictions import Prediction, predict
from agents.reactivity import learn
from agents.surrogate import Outcomes, Surrogate, chance, mixed

# Of the most promising candidates, how many are looked at with all outcomes.
_LOOKED_AT = 500


class Posterior:
    """Everything the default policy knows when it decides, folded from a history.

    `rows` are positions among `candidates.items`. A featuriser of the same candidates may be
    given, so that it is made once for many histories.
    """

    def __init__(
        self, candidates: Candidates, history: History, featuriser: Featuriser | None = None
    ) -> None:
        self.candidates, self.yield_asked = candidates, history.target.yield_asked
        featuriser = featuriser or Featuriser(candidates)
        self.reactivity = learn(history.completed, candidates.onset_priors)
        self.row = featuriser.row
        measured = [e for e in history.measured if e.recipe.content_id in self.row]
        rows = [self.row[e.recipe.content_id] for e in measured]
        formula = history.target.formula
        outcomes = Outcomes.of(
            rows,
            [e.yield_fraction for e in measured],
            [e.outcome.sigma(formula) for e in measured],
        )
        self._experiments: dict[int, str] = {
            row: e.experiment_id for row, e in zip(rows, measured, strict=True)
        }
        self.surrogate = Surrogate(featuriser.features(self.reactivity), outcomes)

    @cached_property
    def probability(self) -> NDArray[np.float64]:
        """Of reaching the yield asked for, of every candidate. shape: (n,)."""
        return self._chances(*self.surrogate.marginals())

    def best_chance(self, allowed: NDArray[np.bool_]) -> float:
        """The highest probability of success of those allowed, one at least."""
        screened = np.where(allowed, self._chances(*self.surrogate.screened), -1.0)
        best = np.argsort(-screened, kind="stable")[: min(_LOOKED_AT, int(allowed.sum()))]
        return float(self._chances(*self.surrogate.marginals(best)).max())

    def _chances(
        self, mean: NDArray[np.float64], variance: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        log_chance = chance(mean, variance, self.yield_asked)
        return np.exp(mixed(log_chance, self.surrogate.log_weights))

    def predictions(self, rows: Sequence[int] | None = None) -> list[Prediction]:
        """What firing each candidate would give, of all or of some rows."""
        mean, variance = self.surrogate.marginals(rows)
        weights = np.exp(self.surrogate.log_weights)
        each = zip(mean.T, variance.T, strict=True)
        return [predict(m, v, weights, self.yield_asked) for m, v in each]

    def nearest(self, rows: Sequence[int], count: int) -> list[list[str]]:
        """For each row the experiments whose yields go most with its own, closest first."""
        return [
            [self._experiments[seen] for seen in near]
            for near in self.surrogate.nearest(rows, count)
        ]
