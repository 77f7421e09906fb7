"""The GP against the closed form, and what success probabilities mean."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from agents.acquisition import best_batch, probability_of_success
from agents.candidates import Candidates
from agents.history import CompletedExperiment, History
from agents.policies.random import RandomPolicy
from agents.reactivity import learn
from agents.surrogate import PRIOR_SIGMA, REPEATABILITY, Features, Featuriser, fit, predict
from tests.conformance.policy import outcome


def experiments(candidates: Candidates, yields: list[float]) -> list[CompletedExperiment]:
    drawn = RandomPolicy(candidates, 0).suggest(History(target=candidates.target), len(yields))
    return [
        CompletedExperiment(experiment_id=f"e{i}", suggestion=s, outcome=outcome(f"e{i}", y))
        for i, (s, y) in enumerate(zip(drawn, yields, strict=True))
    ]


@pytest.fixture
def featuriser(candidates: Candidates) -> Featuriser:
    return Featuriser(candidates)


def rows(
    candidates: Candidates, featuriser: Featuriser, done: list[CompletedExperiment]
) -> Features:
    by_recipe = {c.recipe.content_id: c for c in candidates.items}
    reactivity = learn([], candidates.onset_priors)
    return featuriser.features([by_recipe[e.recipe.content_id] for e in done], reactivity)


def test_prior_is_what_knowledge_expects(candidates: Candidates, featuriser: Featuriser) -> None:
    everything = featuriser.features(list(candidates.items), learn([], candidates.onset_priors))
    mean, sigma = predict(fit(Features(everything.x[:1]), []), everything)
    assert mean == pytest.approx(everything.prior_mean, abs=1e-5)
    assert sigma == pytest.approx(np.full(len(mean), PRIOR_SIGMA), rel=1e-3)
    assert (everything.prior_mean >= 0).all()
    assert (everything.prior_mean <= 1).all()


def test_posterior_is_the_closed_form(candidates: Candidates, featuriser: Featuriser) -> None:
    """Two points, hyperparameters at their start: k (K + S)^-1 (y - m) + m by hand."""
    done = experiments(candidates, [0.2, 0.7])
    seen = rows(candidates, featuriser, done)
    everything = featuriser.features(list(candidates.items), learn([], candidates.onset_priors))
    model = fit(seen, done)
    mean, sigma = predict(model, everything)

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        conditions = np.linalg.norm(a[:, None, :6] - b[None, :, :6], axis=2) * np.sqrt(5)
        matern = (1 + conditions + conditions**2 / 3) * np.exp(-conditions)
        shared = ((a[:, None, 6:-1] - b[None, :, 6:-1]) ** 2).sum(axis=2)
        return PRIOR_SIGMA**2 * matern * np.exp(-shared / 2)

    noise = np.eye(2) * (0.02**2 + REPEATABILITY**2)
    solve = np.linalg.solve(kernel(seen.x, seen.x) + noise, np.eye(2))
    cross = kernel(everything.x, seen.x)
    by_hand = everything.prior_mean + cross @ solve @ (np.array([0.2, 0.7]) - seen.prior_mean)
    variance = PRIOR_SIGMA**2 - np.einsum("ij,jk,ik->i", cross, solve, cross)
    assert mean == pytest.approx(by_hand, abs=1e-6)
    assert sigma == pytest.approx(np.sqrt(variance), abs=1e-6)


def test_first_of_a_batch_has_the_largest_expected_improvement(
    candidates: Candidates, featuriser: Featuriser
) -> None:
    """Analytic EI ranks the same first candidate as the sampled acquisition."""
    done = experiments(candidates, [0.3, 0.5])
    everything = featuriser.features(list(candidates.items), learn([], candidates.onset_priors))
    model = fit(rows(candidates, featuriser, done), done)
    mean, sigma = predict(model, everything)
    z = (mean - 0.5) / sigma
    improvement = sigma * (z * norm.cdf(z) + norm.pdf(z))
    chosen = best_batch(model, everything, None, best_yield=0.5, count=3, seed=0)
    assert len(set(chosen)) == 3
    assert improvement[chosen[0]] == pytest.approx(improvement.max(), rel=0.05)  # 256 samples


def test_pending_experiments_are_avoided(candidates: Candidates, featuriser: Featuriser) -> None:
    everything = featuriser.features(list(candidates.items), learn([], candidates.onset_priors))
    model = fit(Features(everything.x[:1]), [])
    first = best_batch(model, everything, None, 0.0, 1, seed=0)[0]
    pending = Features(everything.x[[first]])
    assert best_batch(model, everything, pending, 0.0, 1, seed=0)[0] != first


def test_probability_of_success() -> None:
    low, mean, high = probability_of_success(np.array([0.9, 0.5]), np.array([0.0, 0.2]), 0.9)
    assert mean[0] == low[0] == high[0] == pytest.approx(0.5)
    assert mean[1] == pytest.approx(norm.cdf(-0.4 / np.hypot(0.2, REPEATABILITY)))
    assert low[1] < mean[1] < high[1]


def test_global_randomness_is_left_alone(candidates: Candidates) -> None:
    from agents.policies.bayes import BayesPolicy

    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    expected = (torch.rand(1), np.random.random())  # noqa: NPY002
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    BayesPolicy(candidates, 0).suggest(History(target=candidates.target), 2)
    assert (torch.rand(1), np.random.random()) == expected  # noqa: NPY002
