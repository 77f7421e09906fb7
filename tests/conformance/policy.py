"""What every policy keeps: the promises of experiments/checks/policy.py, a test each."""

import pytest

from agents.candidates import Candidates
from agents.history import History
from agents.policies import Policy
from experiments.checks.histories import after, nothing, outcome, with_outcome, with_pending
from experiments.checks.policy import POLICY, PolicyCase
from experiments.checks.promise import Promise

__all__ = ["PolicyConformance", "after", "nothing", "outcome", "with_outcome", "with_pending"]


class PolicyConformance:
    """`make` gives the policy for candidates and a seed."""

    def make(self, candidates: Candidates, seed: int) -> Policy:
        raise NotImplementedError

    @pytest.fixture
    def empty(self, candidates: Candidates) -> History:
        return History(target=candidates.target)

    @pytest.mark.parametrize("promise", POLICY.promises, ids=lambda p: p.name)
    def test_keeps(self, promise: Promise[PolicyCase], candidates: Candidates) -> None:
        promise.keep(PolicyCase(self.make, candidates))
