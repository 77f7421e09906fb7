"""Bayesian optimisation over literature and pathway features (BoTorch)."""

import numpy as np
import torch

from agents.acquisition import best_batch, probability_of_success
from agents.candidates import Candidate, Candidates
from agents.history import History, Suggestion
from agents.policies.protocol import Choice, generator, remaining, suggestions
from agents.reactivity import learn
from agents.surrogate import Features, Featuriser, fit, predict


class BayesPolicy:
    """A GP whose prior mean is what knowledge expects, and qLogEI over the candidates.

    Implements Policy.
    """

    name = "bayes"

    def __init__(self, candidates: Candidates, seed: int) -> None:
        self._candidates, self._seed = candidates, seed
        self._featuriser = Featuriser(candidates)
        self._by_recipe = {c.recipe.content_id: c for c in candidates.items}

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """The largest expected improvement past the best yield so far, pending ones fantasised."""
        left = remaining(self._candidates, history)
        if not left or count < 1:
            return []
        reactivity = learn(history.completed, self._candidates.onset_priors)
        seed = int(generator(self._seed, history).integers(2**31))
        measured = [e for e in history.measured if e.recipe.content_id in self._by_recipe]
        untried = self._featuriser.features(left, reactivity)
        seen = [self._by_recipe[e.recipe.content_id] for e in measured]
        training = self._featuriser.features(seen, reactivity) if seen else Features(untried.x[:1])
        waiting = self._pending(history)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = fit(training, measured)
            rows = best_batch(
                model,
                untried,
                self._featuriser.features(waiting, reactivity) if waiting else None,
                best_yield=max((e.yield_fraction for e in measured), default=0.0),
                count=count,
                seed=seed,
            )
        mean, sigma = predict(model, untried)
        shown = np.clip(mean, 0.0, 1.0)  # a Gaussian knows no bounds, a yield does
        low, middle, high = probability_of_success(mean, sigma, history.target.yield_asked)
        choices = [
            Choice(
                left[i],
                why=self._why(left[i], float(shown[i]), float(untried.prior_mean[i])),
                probability=round(float(middle[i]), 6),
                interval=(round(float(low[i]), 6), round(float(high[i]), 6)),
                predicted_yield=round(float(shown[i]), 6),
                predicted_yield_sigma=round(float(sigma[i]), 6),
                evidence=_nearest(untried.x[i], training, [e.experiment_id for e in measured]),
            )
            for i in rows
        ]
        return suggestions(self.name, self._candidates, history, choices)

    def _pending(self, history: History) -> list[Candidate]:
        ids = [p.suggestion.recipe.content_id for p in history.pending]
        return [self._by_recipe[i] for i in ids if i in self._by_recipe]

    def _why(self, candidate: Candidate, mean: float, expected: float) -> str:
        learned = mean - expected
        verdict = "as knowledge alone expects"
        if abs(learned) >= 0.01:
            verdict = (
                f"{'raised' if learned > 0 else 'lowered'} by {abs(learned):.2f} by what was seen"
            )
        return (
            f"largest expected improvement: yield {mean:.2f} predicted, {verdict}; literature "
            f"gives these precursors {candidate.literature_probability:.0%} of the choice"
        )


def _nearest(row: np.ndarray, training: Features, ids: list[str]) -> tuple[str, ...]:
    """The up to three experiments whose features lie nearest."""
    if not ids:
        return ()
    distance = np.linalg.norm(training.x[:, :-1] - row[:-1], axis=1)
    return tuple(ids[i] for i in np.argsort(distance, kind="stable")[:3])
