"""Every policy keeps the contract, and does what its name says."""

from itertools import pairwise

import numpy as np

from agents.candidates import Candidates
from agents.history import History
from agents.policies import Policy
from agents.policies.hottest import HottestPolicy
from agents.policies.random import RandomPolicy
from agents.policies.thermo import ThermoPolicy
from tests.conformance.policy import PolicyConformance


class TestRandom(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return RandomPolicy(candidates, seed)

    def test_draws_evenly(self, candidates: Candidates, empty: History) -> None:
        """A chi-squared test at 0.1 %: an honest draw fails it once in a thousand seeds."""
        count = len(candidates.items)
        first = [
            RandomPolicy(candidates, seed).suggest(empty, 1)[0].recipe.content_id
            for seed in range(20 * count)
        ]
        seen = np.array([first.count(c.recipe.content_id) for c in candidates.items])
        from scipy.stats import chisquare

        assert chisquare(seen).pvalue > 0.001


class TestHottest(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return HottestPolicy(candidates, seed)

    def test_temperatures_never_rise(self, candidates: Candidates, empty: History) -> None:
        order = HottestPolicy(candidates, 3).suggest(empty, len(candidates.items))
        temperatures = [s.recipe.hottest.temperature_c for s in order]
        assert temperatures == sorted(temperatures, reverse=True)

    def test_ties_are_drawn(self, candidates: Candidates, empty: History) -> None:
        firsts = {
            HottestPolicy(candidates, s).suggest(empty, 1)[0].recipe.content_id for s in range(30)
        }
        assert len(firsts) > 1


class TestThermo(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return ThermoPolicy(candidates, seed)

    def test_largest_driving_force_first(self, candidates: Candidates, empty: History) -> None:
        order = ThermoPolicy(candidates, 0).suggest(empty, len(candidates.items))
        forces = [s.reason.pathway.driving_force_left_ev_per_atom for s in order]
        assert all(a >= b - 1e-3 for a, b in pairwise(forces))
