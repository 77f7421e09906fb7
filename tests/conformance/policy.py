"""What every policy keeps."""

from collections.abc import Sequence
from typing import Literal

import pytest

from agents.candidates import Candidate, Candidates
from agents.history import CompletedExperiment, History, PendingExperiment, Suggestion
from agents.policies import Policy
from knowledge.outcome import Fault, Outcome, PhaseFraction


def outcome(experiment_id: str, fraction: float) -> Outcome:
    """A product of BaTiO3 and Ba2TiO4."""
    return Outcome(
        experiment_id=experiment_id,
        phases=(
            PhaseFraction(formula="BaTiO3", weight_fraction=fraction, sigma=0.02),
            PhaseFraction(formula="Ba2TiO4", weight_fraction=1 - fraction, sigma=0.02),
        ),
    )


def nothing(experiment_id: str, status: Literal["failed", "refused", "cancelled"]) -> Outcome:
    """An experiment that told nothing."""
    fault = Fault(kind="spill", stage="weighing", message="the crucible fell", sample_lost=True)
    return Outcome(experiment_id=experiment_id, status=status, faults=(fault,))


def with_outcome(history: History, suggestion: Suggestion, came: Outcome) -> History:
    """The history with one more completed experiment."""
    done = CompletedExperiment(
        experiment_id=came.experiment_id, suggestion=suggestion, outcome=came
    )
    return History(
        target=history.target,
        completed=(*history.completed, done),
        pending=history.pending,
        watermark=history.watermark + 3,
    )


def after(history: History, suggestion: Suggestion, fraction: float) -> History:
    """The history with one more completed experiment, which gave so much BaTiO3."""
    return with_outcome(history, suggestion, outcome(f"e{history.decisions}", fraction))


def with_pending(history: History, waiting: Sequence[Suggestion]) -> History:
    """The history with these in the lab."""
    pending = tuple(
        PendingExperiment(experiment_id=f"p{i}", suggestion=s) for i, s in enumerate(waiting)
    )
    return History(
        target=history.target,
        completed=history.completed,
        pending=(*history.pending, *pending),
        watermark=history.watermark + len(waiting),
    )


def blind(candidate: Candidate) -> Candidate:
    """The candidate without a pathway, as where an energy is missing."""
    pathway = candidate.pathway.model_copy(
        update={
            "steps": (),
            "final": candidate.pathway.start,
            "target_weight_fraction": 0.0,
            "driving_force_ev_per_atom": 0.0,
            "sigma_ev_per_atom": 0.0,
            "driving_force_left_ev_per_atom": 0.0,
            "labels": ("no pathway: there is no energy of something",),
        }
    )
    return candidate.model_copy(update={"pathway": pathway})


def told(suggestions: Sequence[Suggestion]) -> list[str]:
    """Everything the suggestions say."""
    return [s.to_json() for s in suggestions]


def ids(suggestions: Sequence[Suggestion]) -> list[str]:
    """Which recipes are suggested."""
    return [s.recipe.content_id for s in suggestions]


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
        history = with_pending(history, policy.suggest(history, 2))
        chosen = ids(policy.suggest(history, 4))
        assert len(set(chosen)) == len(chosen) == 4
        assert not set(chosen) & history.tried

    def test_everything_may_be_pending(self, candidates: Candidates, empty: History) -> None:
        policy = self.make(candidates, 0)
        waiting = policy.suggest(empty, len(candidates.items))
        history = with_pending(empty, waiting[:-1])
        assert ids(policy.suggest(history, 3)) == ids(waiting[-1:])
        assert list(policy.suggest(with_pending(empty, waiting), 1)) == []

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

    def test_a_whole_campaign_tries_everything_once(
        self, candidates: Candidates, empty: History
    ) -> None:
        policy, history = self.make(candidates, 3), empty
        while chosen := policy.suggest(history, 2):
            for suggestion in chosen:
                history = after(history, suggestion, 0.5)
        tried = [c.recipe.content_id for c in history.completed]
        assert sorted(tried) == sorted(c.recipe.content_id for c in candidates.items)

    def test_none_asked_none_given(self, candidates: Candidates, empty: History) -> None:
        policy = self.make(candidates, 0)
        assert list(policy.suggest(empty, 0)) == []
        assert list(policy.suggest(self.played(policy, empty, 4), 0)) == []

    def test_one_candidate_is_the_choice(self, candidates: Candidates, empty: History) -> None:
        only = candidates.model_copy(update={"items": candidates.items[:1]})
        policy = self.make(only, 0)
        (first,) = policy.suggest(empty, 3)
        assert first.recipe == candidates.items[0].recipe
        assert list(policy.suggest(after(empty, first, 0.5), 3)) == []

    def test_same_history_same_suggestion(self, candidates: Candidates, empty: History) -> None:
        used, fresh = self.make(candidates, 7), self.make(candidates, 7)
        history = self.played(used, empty, 4)
        used.suggest(empty, 2)  # whatever was asked before
        assert told(used.suggest(history, 2)) == told(fresh.suggest(history, 2))

    def test_whatever_order_it_is_asked_in(self, candidates: Candidates, empty: History) -> None:
        histories = [empty]
        for _ in range(4):
            histories.append(self.played(self.make(candidates, 2), histories[-1], 1))
        histories.append(
            with_pending(histories[-1], self.make(candidates, 2).suggest(histories[-1], 2))
        )
        forwards, backwards = self.make(candidates, 2), self.make(candidates, 2)
        one = [told(forwards.suggest(h, 2)) for h in histories]
        other = [told(backwards.suggest(h, 2)) for h in reversed(histories)]
        assert one == other[::-1]

    def test_randomness_of_others_is_neither_used_nor_touched(
        self, candidates: Candidates, empty: History
    ) -> None:
        import random

        import numpy as np
        import torch

        history = self.played(self.make(candidates, 5), empty, 4)
        answers = []
        for seed in (1, 2):
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002  the global generator is what is tested
            torch.manual_seed(seed)
            answers.append(told(self.make(candidates, 5).suggest(history, 2)))
            drawn = random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            torch.manual_seed(seed)
            assert drawn == (random.random(), np.random.rand(), torch.rand(1).item())  # noqa: NPY002
        assert answers[0] == answers[1]

    def test_history_is_not_changed(self, candidates: Candidates, empty: History) -> None:
        policy = self.make(candidates, 0)
        history = self.played(policy, empty, 2)
        before = history.to_json()
        policy.suggest(history, 2)
        assert history.to_json() == before

    @pytest.mark.parametrize("status", ["failed", "refused", "cancelled"])
    def test_experiments_without_a_result_are_survived(
        self,
        candidates: Candidates,
        empty: History,
        status: Literal["failed", "refused", "cancelled"],
    ) -> None:
        policy, history = self.make(candidates, 0), empty
        for number in range(4):
            lost = nothing(f"e{number}", status)
            history = with_outcome(history, policy.suggest(history, 1)[0], lost)
            assert policy.suggest(history, 1)[0].recipe.content_id not in history.tried
        history = self.played(policy, history, 4)
        assert policy.suggest(history, 1)[0].recipe.content_id not in history.tried

    @pytest.mark.parametrize("fraction", [0.0, 0.37, 1.0])
    def test_the_same_yield_everywhere_is_survived(
        self, candidates: Candidates, empty: History, fraction: float
    ) -> None:
        policy, history = self.make(candidates, 0), empty
        for suggestion in policy.suggest(empty, len(candidates.items) - 3):
            history = after(history, suggestion, fraction)
        chosen = policy.suggest(history, 3)
        assert len(chosen) == 3
        assert all(0 <= s.reason.probability_of_success <= 1 for s in chosen)

    def test_a_product_nobody_identified_is_survived(
        self, candidates: Candidates, empty: History
    ) -> None:
        policy, history = self.make(candidates, 0), empty
        for number, suggestion in enumerate(policy.suggest(empty, 5)):
            unread = Outcome(experiment_id=f"e{number}", unidentified_weight_fraction=1.0)
            history = with_outcome(history, suggestion, unread)
        assert len(policy.suggest(history, 2)) == 2

    def test_one_recipe_may_give_this_and_that(
        self, candidates: Candidates, empty: History
    ) -> None:
        policy, history = self.make(candidates, 0), empty
        first, *others = policy.suggest(empty, 4)
        for suggestion in others:
            history = after(history, suggestion, 0.4)
        for fraction in (0.0, 1.0, 0.0, 1.0):
            history = after(history, first, fraction)
        chosen = policy.suggest(history, 2)
        assert len(chosen) == 2
        assert not set(ids(chosen)) & history.tried

    def test_repeats_without_end_stay_cheap(self, candidates: Candidates, empty: History) -> None:
        """600 results, of which 590 are of one recipe, cost no more than seconds."""
        import time

        policy = self.make(candidates, 0)
        first, *others = policy.suggest(empty, len(candidates.items) - 2)
        repeated = tuple(
            CompletedExperiment(
                experiment_id=f"e{n}",
                suggestion=first if n < 590 else others[n % len(others)],
                outcome=outcome(f"e{n}", 0.4),
            )
            for n in range(600)
        )
        history = History(target=empty.target, completed=repeated, watermark=1800)
        began = time.process_time()
        assert len(policy.suggest(history, 2)) == 2
        assert time.process_time() - began < 5.0  # seconds; a machine ten times slower still holds

    def test_candidates_without_a_pathway_are_ranked_too(
        self, candidates: Candidates, empty: History
    ) -> None:
        for every in (1, 2):  # none has a pathway; every second has none
            items = tuple(blind(c) if n % every == 0 else c for n, c in enumerate(candidates.items))
            policy = self.make(candidates.model_copy(update={"items": items}), 0)
            history = self.played(policy, empty, 4)
            chosen = ids(policy.suggest(history, len(items)))
            assert len(chosen) == len(items) - 4
            assert not set(chosen) & history.tried
