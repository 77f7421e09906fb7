"""The default policy keeps the contract, and does what its objectives say."""

import pytest

from agents.candidates import Candidates
from agents.history import History
from agents.policies import Policy
from agents.policies.athanor import AthanorPolicy
from tests.conformance.policy import PolicyConformance, after


class TestAthanor(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return AthanorPolicy(candidates, seed)

    def test_fires_where_literature_would(self, candidates: Candidates, empty: History) -> None:
        first = AthanorPolicy(candidates, 0).suggest(empty, 1)[0]
        assert first.recipe.hottest.temperature_c == pytest.approx(1240, abs=200)

    def test_a_batch_is_spread_out(self, candidates: Candidates, empty: History) -> None:
        batch = AthanorPolicy(candidates, 0).suggest(empty, 3)
        assert len({s.recipe.hottest.temperature_c for s in batch}) > 1

    def test_outcomes_change_the_probability_of_success(
        self, candidates: Candidates, empty: History
    ) -> None:
        policy = AthanorPolicy(candidates, 0)
        first, second = policy.suggest(empty, 2)
        good = policy.suggest(after(empty, first, 0.85), 1)[0].reason
        bad = policy.suggest(after(empty, first, 0.05), 1)[0].reason
        assert good.probability_of_success > bad.probability_of_success
        assert good.evidence == bad.evidence == ("e0",)
        assert second.recipe != first.recipe
