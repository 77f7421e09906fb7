"""What every proposer keeps."""

import math

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

    def test_probability_is_above_zero_for_anything(self) -> None:
        proposer = self.make()
        assert proposer.probability("BaTiO3", ["BaC2O4", "Ti2O3"]) > 0
        first, last = (proposer.propose("BaTiO3", 5)[i] for i in (0, 4))
        assert proposer.probability("BaTiO3", first.precursors) > proposer.probability(
            "BaTiO3", last.precursors
        )

    def test_temperatures_are_those_of_furnaces(self) -> None:
        for target in TARGETS:
            firing = self.make().firing(target)
            assert 200 < firing.mean_c < 2000
            assert math.isfinite(firing.sigma_c)
            assert firing.sigma_c > 0

    def test_same_question_same_answer(self) -> None:
        first, second = self.make(), self.make()
        assert list(first.propose("BaTiO3", 5)) == list(second.propose("BaTiO3", 5))
        assert first.fingerprint == second.fingerprint
