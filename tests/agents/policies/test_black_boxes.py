"""The optimisers that know no chemistry: they keep the contract and find what is easy to find."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from botorch.acquisition.analytic import _log_ei_helper
from scipy.integrate import quad
from scipy.stats import norm

from agents.candidates import Candidate, Candidates
from agents.history import CompletedExperiment, History
from agents.policies import Policy
from agents.policies.forest import ForestPolicy
from agents.policies.genetic import GeneticPolicy, Genome
from agents.policies.gp import GpPolicy, Process, log_expected_improvement
from agents.policies.onehot import REPEATABILITY, OneHot
from knowledge.errors import AthanorError
from tests.conformance.policy import PolicyConformance, after, outcome, with_pending


def hotter_is_better(candidate: Candidate, candidates: Candidates) -> float:
    """A yield that only temperature decides, from 0 at the coolest to 1 at the hottest."""
    all_c = [c.recipe.hottest.temperature_c for c in candidates.items]
    return (candidate.recipe.hottest.temperature_c - min(all_c)) / (max(all_c) - min(all_c))


def history_of(
    policy: Policy, candidates: Candidates, attempts: int, truth: Callable[..., float]
) -> History:
    by_recipe = {c.recipe.content_id: c for c in candidates.items}
    history = History(target=candidates.target)
    for _ in range(attempts):
        suggestion = policy.suggest(history, 1)[0]
        chosen = by_recipe[suggestion.recipe.content_id]
        history = after(history, suggestion, truth(chosen, candidates))
    return history


class TestGp(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return GpPolicy(candidates, seed)

    def test_finds_that_hotter_is_better(self, candidates: Candidates) -> None:
        history = history_of(GpPolicy(candidates, 1), candidates, 8, hotter_is_better)
        best = max(c.recipe.hottest.temperature_c for c in candidates.items)
        assert max(c.recipe.hottest.temperature_c for c in history.completed[3:]) == best

    def test_expects_what_was_seen_next_to_it(self, candidates: Candidates) -> None:
        """Where all yields are 0.4, so is what is predicted: a GP falls back to their mean."""
        history = history_of(GpPolicy(candidates, 0), candidates, 6, lambda *_: 0.4)
        reason = GpPolicy(candidates, 0).suggest(history, 1)[0].reason
        assert reason.predicted_yield == pytest.approx(0.4, abs=1e-6)

    def test_a_batch_differs_from_what_is_pending(self, candidates: Candidates) -> None:
        """What is believed of pending experiments moves the choice away from their copies."""
        policy = GpPolicy(candidates, 2)
        history = history_of(policy, candidates, 6, hotter_is_better)
        two = policy.suggest(history, 2)
        waiting = with_pending(history, two[:1])
        assert two[1].recipe == policy.suggest(waiting, 1)[0].recipe


class TestForest(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return ForestPolicy(candidates, seed)

    def test_is_greedy(self, candidates: Candidates) -> None:
        history = history_of(ForestPolicy(candidates, 1), candidates, 9, hotter_is_better)
        predicted = [
            s.reason.predicted_yield for s in ForestPolicy(candidates, 1).suggest(history, 20)
        ]
        assert predicted == sorted(predicted, key=lambda y: -(y or 0.0))

    def test_never_predicts_beyond_what_it_saw(self, candidates: Candidates) -> None:
        """Leaves are means of outcomes, and so is a forest."""
        history = history_of(ForestPolicy(candidates, 1), candidates, 9, hotter_is_better)
        seen = [c.yield_fraction for c in history.completed]
        for suggestion in ForestPolicy(candidates, 1).suggest(history, 20):
            assert suggestion.reason.predicted_yield is not None
            assert min(seen) - 1e-6 <= suggestion.reason.predicted_yield <= max(seen) + 1e-6


class TestGenetic(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return GeneticPolicy(candidates, seed, population=3)

    def test_what_is_born_made_already_gives_its_nearest(self, candidates: Candidates) -> None:
        """Parents at the hottest, no mutation: the child has their precursors, one step cooler."""
        temperatures = sorted({c.recipe.hottest.temperature_c for c in candidates.items})
        hot = [c for c in candidates.items if c.recipe.hottest.temperature_c == temperatures[-1]]
        policy = GeneticPolicy(candidates, 0, population=2, mutation=0.0)
        history = History(target=candidates.target)
        every = policy.suggest(history, len(candidates.items))
        by_recipe = {s.recipe.content_id: s for s in every}
        for c in hot[:2]:
            history = after(history, by_recipe[c.recipe.content_id], 0.8)
        child = policy.suggest(history, 1)[0].recipe
        assert child.hottest.temperature_c == temperatures[-2]
        assert child.precursors in [c.recipe.precursors for c in hot[:2]]

    @pytest.mark.parametrize(
        "settings", [{"population": 0}, {"population": 1.5}, {"mutation": -0.1}, {"mutation": 2}]
    )
    def test_settings_are_checked(self, candidates: Candidates, settings: dict[str, float]) -> None:
        with pytest.raises(AthanorError, match=next(iter(settings))):
            GeneticPolicy(candidates, 0, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(("mean", "sigma"), [(0.7, 0.2), (0.3, 0.2), (0.5, 0.1), (0.9, 0.01)])
def test_expected_improvement_is_the_integral(mean: float, sigma: float) -> None:
    """Of (y - best) over the normal density above the best, by quadrature."""
    found = log_expected_improvement(np.array([mean]), np.array([sigma]), 0.5)
    integral, _ = quad(
        lambda y: (y - 0.5) * norm.pdf(y, mean, sigma), 0.5, max(mean, 0.5) + 12 * sigma
    )
    assert np.exp(found[0]) == pytest.approx(integral, rel=1e-6)


def test_expected_improvement_agrees_with_botorch_far_below_the_best() -> None:
    """LogExpectedImprovement of BoTorch is made to be exact there (Ament et al., 2023)."""
    u = np.array([-1.0, -5.0, -40.0, -300.0, -9e3, -2e4, -1e6])
    expected = _log_ei_helper(torch.tensor(u)).numpy()
    assert log_expected_improvement(u, np.ones(len(u)), 0.0) == pytest.approx(expected, rel=1e-9)


def test_every_candidate_is_nearest_to_its_own_genes(candidates: Candidates) -> None:
    genome = Genome(candidates)
    rows = np.arange(len(candidates.items))
    for row, genes in enumerate(genome.genes):
        distance = genome.distance(genes, rows)
        assert distance[row] == 0
        assert np.flatnonzero(distance == 0).tolist() == [row]


def test_without_mutation_a_child_has_genes_of_its_parents(candidates: Candidates) -> None:
    genome, chance = Genome(candidates), np.random.default_rng(0)
    parents = np.array([0, len(candidates.items) - 1])
    for _ in range(50):
        child = genome.child(parents, 0.0, chance)
        assert all(g in genome.genes[parents, i] for i, g in enumerate(child))


def test_features_are_from_0_to_1_and_tell_candidates_apart(candidates: Candidates) -> None:
    x = OneHot(candidates).x
    assert x.min() == 0
    assert x.max() == 1
    assert len(np.unique(x, axis=0)) == len(candidates.items)


def test_a_recipe_made_twice_counts_once_with_its_mean(candidates: Candidates) -> None:
    table, history = OneHot(candidates), History(target=candidates.target)
    first, second = GpPolicy(candidates, 0).suggest(history, 2)
    completed = [
        CompletedExperiment(experiment_id=f"e{n}", suggestion=s, outcome=outcome(f"e{n}", y))
        for n, (s, y) in enumerate([(first, 0.2), (second, 0.9), (first, 0.6)])
    ]
    seen = table.observed(History(target=candidates.target, completed=tuple(completed)))
    assert sorted(seen.yields) == pytest.approx([0.4, 0.9])


def test_probability_of_success_is_the_normal_one(candidates: Candidates) -> None:
    choice = OneHot(candidates).choice(0, "", mean=0.7, sigma=0.1, yield_asked=0.8)
    expected = norm.sf(0.8, loc=0.7, scale=np.hypot(0.1, REPEATABILITY))
    assert choice.probability == pytest.approx(expected, abs=1e-6)
    assert choice.interval is not None
    assert choice.interval[0] < expected < choice.interval[1]
    measured = norm(0.7, np.hypot(0.1, REPEATABILITY))
    assert choice.yield_interval == pytest.approx(measured.interval(0.9), abs=1e-6)


def test_threads_are_as_many_as_before(candidates: Candidates) -> None:
    policy = GpPolicy(candidates, 0)
    history = history_of(policy, candidates, 4, hotter_is_better)
    before = torch.get_num_threads()
    policy.suggest(history, 1)
    assert torch.get_num_threads() == before


def test_what_is_believed_shrinks_doubt_and_changes_no_expectation() -> None:
    """Against the posterior of a process to which the expected values are given as seen."""
    chance = np.random.default_rng(0)
    x, y = chance.random((12, 3)), chance.random(12)
    more, asked = chance.random((2, 3)), chance.random((5, 3))
    process = Process(x, y, chance)
    before, doubt = process.predict(asked)
    expected, _ = process.predict(more)
    process.believe(more)
    after_belief, less_doubt = process.predict(asked)
    assert after_belief == pytest.approx(before, abs=1e-12)
    assert (less_doubt < doubt).all()
    # The same by the textbook: Rasmussen & Williams (2006), equations 2.25 and 2.26.
    known, values = np.concatenate([x, more]), np.concatenate([y, expected])
    inverse = np.linalg.inv(process._covariance(known, known) + process._noise * np.eye(14))
    across = process._covariance(known, asked)
    mean = process._mean + across.T @ inverse @ (values - process._mean)
    variance = process._own(asked) - np.einsum("nm,nk,km->m", across, inverse, across)
    assert after_belief == pytest.approx(mean, abs=1e-9)
    assert less_doubt == pytest.approx(process._scale * np.sqrt(variance), abs=1e-9)
