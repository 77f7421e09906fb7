"""A proposer that has read nothing weighs every set alike."""

from knowledge.literature import UninformedProposer
from tests.conformance.proposer import ProposerConformance


class TestUninformed(ProposerConformance):
    def make(self) -> UninformedProposer:
        return UninformedProposer()

    def test_proposes_nothing_and_prefers_nothing(self) -> None:
        assert self.make().propose("BaTiO3", 5) == []
        assert self.make().probabilities("BaTiO3", [["BaO", "TiO2"], ["Fe2O3"]]) == [0.5, 0.5]
