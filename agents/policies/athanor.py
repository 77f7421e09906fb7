"""The default policy: literature, thermodynamics and all this lab has seen, in one posterior.

Each decision folds the outcomes into beliefs about pairs of solids (agents.reactivity), the
features of all candidates with those into a posterior over yields (agents.surrogate), and picks
what is worth most (agents.acquisition). `objective` says to whom:

    one          a recipe that reaches the yield asked for, in the fewest experiments
    all          every such recipe among the candidates (active search)
    tradeoff     yield, furnace hours and price of precursors against each other
    information  what pairs of solids do
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from agents.acquisition import Belief, best_batch, one_firing, worth
from agents.candidates import Candidate, Candidates
from agents.features import Featuriser
from agents.goal import Costs, Goal, Objective
from agents.history import History, Suggestion
from agents.policies.protocol import Choice, suggestions
from agents.posterior import Posterior
from agents.predictions import Prediction
from knowledge.errors import AthanorError

# Candidates looked at together; the most promising by themselves where there are more.
_SHORTLIST = 500
_NEAREST = 3


class AthanorPolicy:
    """Implements Policy and Quitter. Deterministic: the seed is not used.

    `without` switches sources of knowledge off, for studies. `same_firing` fills a furnace: all
    of a batch are fired alike. `worth_experiments`: a success is worth so many experiments; when
    more are to be expected, the policy advises to stop.
    """

    name = "athanor"
    deterministic = True  # every seed gives the same: once is enough

    def __init__(
        self,
        candidates: Candidates,
        seed: int = 0,
        objective: Objective = "one",
        without: Collection[str] = (),
        costs: Costs | None = None,
        same_firing: bool = False,
        worth_experiments: float | None = None,
    ) -> None:
        del seed
        if worth_experiments is not None and not worth_experiments >= 1:
            raise AthanorError(f"worth_experiments is {worth_experiments}: give 1 or more, or null")
        if worth_experiments is not None and objective not in ("one", "all"):
            raise AthanorError(
                f"worth_experiments counts experiments to a success, which objective {objective} "
                "does not look for: leave it out, or take objective one or all"
            )
        self._candidates, self._same_firing = candidates, same_firing
        self._worth_experiments = worth_experiments
        self._goal = Goal(candidates, objective, costs or Costs())
        self._featuriser = Featuriser(candidates, without)
        self._row = self._featuriser.row

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """The candidates worth most, those in the lab and in the batch assumed to fail."""
        allowed = self._untried(history)
        if count < 1 or not allowed.any():
            return []
        believed = Posterior(self._candidates, history, self._featuriser)
        rows = self._choose(history, believed, allowed, count)
        told, near = believed.predictions(rows), believed.nearest(rows, _NEAREST)
        choices = [self._choice(*each) for each in zip(rows, told, near, strict=True)]
        return suggestions(self.name, self._candidates, history, choices, believed.reactivity)

    def verdict(self, history: History) -> str | None:
        """Why going on is not worth its cost, where a price for it is set."""
        allowed = self._untried(history)
        if self._worth_experiments is None or not allowed.any():
            return None
        believed = Posterior(self._candidates, history, self._featuriser)
        best = believed.best_chance(allowed)
        if best * self._worth_experiments >= 1:
            return None
        return (
            f"the best recipe left succeeds with {best:.2%}: some {1 / max(best, 1e-9):.0f} "
            f"experiments to a success, and one is worth {self._worth_experiments:g}"
        )

    def _untried(self, history: History) -> NDArray[np.bool_]:
        allowed = np.ones(len(self._candidates.items), dtype=bool)
        allowed[[self._row[i] for i in history.tried if i in self._row]] = False
        return allowed

    def _choose(
        self, history: History, believed: Posterior, allowed: NDArray[np.bool_], count: int
    ) -> list[int]:
        """Rows to try: jointly among the most promising, by themselves after those."""
        surrogate = believed.surrogate
        wanted = self._goal.wanted(history, believed.reactivity)
        value = worth(*surrogate.screened, surrogate.log_weights, wanted)
        order = np.argsort(-np.where(allowed, value, -np.inf), kind="stable")[: allowed.sum()]
        ids = [p.suggestion.recipe.content_id for p in history.pending]
        waiting = [self._row[i] for i in ids if i in self._row]
        short = np.array([*order[:_SHORTLIST].tolist(), *waiting], dtype=np.intp)
        belief = Belief(*surrogate.joint(short), surrogate.log_weights)
        pending = list(range(len(short) - len(waiting), len(short)))
        free = np.arange(len(short)) < len(short) - len(waiting)
        arguments = (belief, wanted.rows(short), free, count, pending)
        if self._same_firing:
            firings = [_firing(self._candidates.items[i]) for i in short]
            return [int(short[i]) for i in one_firing(*arguments, firings)]
        rows = [int(short[i]) for i in best_batch(*arguments)]
        return rows + [int(i) for i in order[_SHORTLIST:][: count - len(rows)]]

    def _choice(self, row: int, told: Prediction, evidence: list[str]) -> Choice:
        candidate = self._candidates.items[row]
        return Choice(
            candidate,
            why="; ".join(filter(None, (_why(candidate, told), self._goal.label(row)))),
            probability=told.probability,
            interval=told.probability_interval,
            predicted_yield=told.expected_yield,
            predicted_yield_sigma=told.yield_sigma,
            yield_interval=told.yield_interval,
            evidence=tuple(evidence),
        )


def _firing(candidate: Candidate) -> str:
    """What samples must share to be fired together."""
    return "; ".join(step.to_json() for step in candidate.recipe.steps)


def _why(candidate: Candidate, told: Prediction) -> str:
    low, high = told.yield_interval
    return (
        f"succeeds with {told.probability:.0%}, yield {told.expected_yield:.2f} "
        f"({low:.2f} to {high:.2f}); literature gives these precursors "
        f"{candidate.literature_probability:.0%} of the choice"
    )
