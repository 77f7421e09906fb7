"""A random forest, greedily: the recipe whose predicted yield is highest.

The forest (Breiman, Machine Learning 45, 5 (2001); scikit-learn) learns the yield from which
precursors a recipe has, how hot and how long, and from the energy of the whole reaction. It
explores only by what it does not know yet: equals are drawn, and the first experiments are random.
"""

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.policies.onehot import OneHot, Rows, whole
from agents.policies.protocol import Choice, generator, suggestions

# Trees see the same outcomes in samples; more of them change the mean by less than repeats do.
_TREES = 100


class ForestPolicy:
    """Implements Policy. The first `random_first` experiments are drawn at random."""

    name = "forest"

    def __init__(self, candidates: Candidates, seed: int, random_first: int = 3) -> None:
        self._candidates, self._seed = candidates, seed
        self._random_first = whole("random_first", random_first)
        self._table = OneHot(candidates)
        energies = [c.pathway.driving_force_ev_per_atom for c in candidates.items]
        self._x = np.column_stack([self._table.x, energies])

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """The highest predicted yield first."""
        chance = generator(self._seed, history)
        shuffled = chance.permutation(self._table.left(history))
        if len(self._table.observed(history)) < self._random_first:
            choices = self._table.drawn(shuffled, count, self._random_first)
        elif count > 0 and len(shuffled):
            choices = self._highest(history, shuffled, count, int(chance.integers(2**31)))
        else:
            choices = []
        return suggestions(self.name, self._candidates, history, choices)

    def _highest(self, history: History, left: Rows, count: int, seed: int) -> list[Choice]:
        seen = self._table.observed(history)
        forest = RandomForestRegressor(n_estimators=_TREES, n_jobs=1, random_state=seed)
        forest.fit(self._x[seen.rows], seen.yields)
        each = np.array([tree.predict(self._x[left]) for tree in forest.estimators_])
        mean, sigma = each.mean(axis=0), each.std(axis=0)
        order = np.argsort(-mean.round(9), kind="stable")[:count]
        return [
            self._table.choice(
                int(left[i]),
                f"the highest yield a random forest predicts, {mean[i]:.2f} +- {sigma[i]:.2f}",
                float(mean[i]),
                float(sigma[i]),
                history.target.yield_asked,
            )
            for i in order
        ]
