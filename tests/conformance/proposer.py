"""What every proposer keeps."""

import math

import pytest

from knowledge.chemistry import framework, parse
from knowledge.literature import Proposer

TARGETS = ("BaTiO3", "YBa2Cu3O7", "La0.7Sr0.3MnO3", "Na2Te3Mo3O16", "CaFe2P2O9")


class ProposerConformance:
    def make(self) -> Proposer:
        raise NotImplementedError

    def test_is_a_proposer(self) -> None:
        assert isinstance(self.make(), Proposer)

    def test_proposals_are_ranked_distinct_and_a_distribution(self) -> None:
        for target in TARGETS:
            proposals = self.make().propose(target, 50)
            probabilities = [p.probability for p in proposals]
            assert probabilities == sorted(probabilities, reverse=True)
            assert all(0 < p <= 1 for p in probabilities)
            assert sum(probabilities) <= 1 + 1e-9
            assert len({p.precursors for p in proposals}) == len(proposals)

    def test_proposals_bring_every_element_and_no_other(self) -> None:
        for target in TARGETS:
            for proposal in self.make().propose(target, 10):
                brought = {e for p in proposal.precursors for e in framework(parse(p))}
                assert brought == set(framework(parse(target)))

    def test_count_is_a_limit_and_a_prefix(self) -> None:
        proposer = self.make()
        assert list(proposer.propose("BaTiO3", 2)) == list(proposer.propose("BaTiO3", 8))[:2]

    def test_probabilities_are_above_zero_for_any_set(self) -> None:
        """Unused salts, one precursor short, one too many, and a foreign one."""
        proposer = self.make()
        odd = [["BaC2O4", "Ti2O3"], ["BaCO3"], ["BaCO3", "BaO", "TiO2"], ["BaCO3", "Fe2O3"]]
        assert all(0 < p <= 1 for p in proposer.probabilities("BaTiO3", odd))
        assert list(proposer.probabilities("BaTiO3", [])) == []

    def test_probabilities_are_those_of_the_proposals(self) -> None:
        for target in TARGETS:
            proposals = self.make().propose(target, 5)
            asked = self.make().probabilities(target, [p.precursors for p in proposals])
            assert list(asked) == sorted(asked, reverse=True)

    def test_temperatures_are_those_of_furnaces(self) -> None:
        for target in TARGETS:
            firing = self.make().firing(target)
            assert 200 < firing.mean_c < 2000
            assert math.isfinite(firing.sigma_c)
            assert firing.sigma_c > 0

    def test_conditions_are_distributions(self) -> None:
        for target in TARGETS:
            for proposal in self.make().propose(target, 2):
                told = self.make().conditions(target, proposal.precursors)
                for shares in (
                    told.temperature_c.probabilities,
                    told.hold_h.probabilities,
                    list(told.atmosphere.values()),
                    list(told.firings.values()),
                ):
                    assert sum(shares) == pytest.approx(1, abs=1e-3)  # tables are rounded
                    assert min(shares) >= 0
                assert 200 < told.temperature_c.quantile(0.5) < 2000
                assert told.hold_h.quantile(0.5) > 0

    def test_same_question_same_answer(self) -> None:
        first, second = self.make(), self.make()
        assert list(first.propose("BaTiO3", 5)) == list(second.propose("BaTiO3", 5))
        assert first.fingerprint == second.fingerprint
