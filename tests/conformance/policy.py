"""What every policy keeps."""

import pytest

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History, PendingExperiment, Suggestion
from agents.policies import Policy
from knowledge.outcome import Outcome, PhaseFraction


def outcome(experiment_id: str, fraction: float) -> Outcome:
    """A product of BaTiO3 and Ba2TiO4."""
    return Outcome(
        experiment_id=experiment_id,
        phases=(
            PhaseFraction(formula="BaTiO3", weight_fraction=fraction, sigma=0.02),
            PhaseFraction(formula="Ba2TiO4", weight_fraction=1 - fraction, sigma=0.02),
        ),
    )


def after(history: History, suggestion: Suggestion, fraction: float) -> History:
    """The history with one more completed experiment."""
    name = f"e{history.decisions}"
    done = CompletedExperiment(
        experiment_id=name, suggestion=suggestion, outcome=outcome(name, fraction)
    )
    return History(
        target=history.target,
        completed=(*history.completed, done),
        pending=history.pending,
        watermark=history.watermark + 3,
    )


class PolicyConformance:
    def make(self, candidates: Candidates, seed: int) -> Policy:
        raise NotImplementedError

    @pytest.fixture
    def empty(self, candidates: Candidates) -> History:
        return History(target=candidates.target)

    def played(self, policy: Policy, history: History, attempts: int) -> History:
        for number in range(attempts):
            suggestion = policy.suggest(history, 1)[0]
            history = after(history, suggestion, 0.1 + 0.15 * number)
        return history

    def test_is_a_policy(self, candidates: Candidates) -> None:
        policy = self.make(candidates, 0)
        assert isinstance(policy, Policy)
        assert policy.name

    def test_suggests_candidates_and_says_who_and_when(
        self, candidates: Candidates, empty: History
    ) -> None:
        history = self.played(self.make(candidates, 0), empty, 2)
        for offset, suggestion in enumerate(self.make(candidates, 0).suggest(history, 3)):
            assert suggestion.recipe.content_id in {c.recipe.content_id for c in candidates.items}
            assert suggestion.policy == self.make(candidates, 0).name
            assert suggestion.decision_index == 2 + offset
            assert suggestion.watermark == history.watermark
            assert suggestion.reason.why

    def test_never_suggests_what_is_completed_or_pending(
        self, candidates: Candidates, empty: History
    ) -> None:
        policy = self.make(candidates, 0)
        history = self.played(policy, empty, 3)
        waiting = policy.suggest(history, 2)
        pending = tuple(
            PendingExperiment(experiment_id=f"p{i}", suggestion=s) for i, s in enumerate(waiting)
        )
        history = History(
            target=history.target, completed=history.completed, pending=pending, watermark=20
        )
        ids = [s.recipe.content_id for s in policy.suggest(history, 4)]
        assert len(set(ids)) == len(ids) == 4
        assert not set(ids) & history.tried

    def test_gives_what_is_left_and_no_more(self, candidates: Candidates, empty: History) -> None:
        policy = self.make(candidates, 0)
        everything = policy.suggest(empty, len(candidates.items) + 5)
        assert {s.recipe.content_id for s in everything} == {
            c.recipe.content_id for c in candidates.items
        }
        history = empty
        for suggestion in everything:
            history = after(history, suggestion, 0.3)
        assert list(policy.suggest(history, 1)) == []

    def test_same_history_same_suggestion(self, candidates: Candidates, empty: History) -> None:
        used, fresh = self.make(candidates, 7), self.make(candidates, 7)
        history = self.played(used, empty, 4)
        used.suggest(empty, 2)  # whatever was asked before
        assert [s.to_json() for s in used.suggest(history, 2)] == [
            s.to_json() for s in fresh.suggest(history, 2)
        ]

    def test_history_is_not_changed(self, candidates: Candidates, empty: History) -> None:
        policy = self.make(candidates, 0)
        history = self.played(policy, empty, 2)
        before = history.to_json()
        policy.suggest(history, 2)
        assert history.to_json() == before

    def test_failed_experiments_are_survived(self, candidates: Candidates, empty: History) -> None:
        policy = self.make(candidates, 0)
        failed = CompletedExperiment(
            experiment_id="e0",
            suggestion=policy.suggest(empty, 1)[0],
            outcome=Outcome(experiment_id="e0", status="failed"),
        )
        history = History(target=empty.target, completed=(failed,), watermark=3)
        assert policy.suggest(history, 1)[0].recipe.content_id not in history.tried
