"""A phase is the same however it is written, in moles too: P4O10 is twice P2O5."""

import pytest

from knowledge.balance import balance
from knowledge.energies import EnergyStack, embedded_table
from knowledge.reactions import Conditions, ReactionGraph
from knowledge.recipe import AIR

OXIDES = ("P2O5", "P4O10")
AT = Conditions(700.0, AIR)


@pytest.fixture(scope="module")
def graph() -> ReactionGraph:
    energies = EnergyStack([embedded_table()])
    return ReactionGraph(energies, "LiTiOPO4", ["Li2CO3", "TiO2", *OXIDES])


def start(oxide: str) -> dict[str, float]:
    return dict(balance("LiTiOPO4", ("Li2CO3", "TiO2", oxide)).precursors)


def test_pathways_are_the_same(graph: ReactionGraph) -> None:
    one, other = (graph.pathway(start(oxide), AT) for oxide in OXIDES)
    assert one == other
    assert one.steps


def test_so_are_distributions(graph: ReactionGraph) -> None:
    one, other = (graph.distribution(start(oxide), [AT], samples=20) for oxide in OXIDES)
    assert one == other
    assert one.pathways


def test_moles_of_one_phase_are_added(graph: ReactionGraph) -> None:
    phases = graph.phases(AT)
    (moles,) = phases.mixture({"P2O5": 1.0, "P4O10": 1.0}).values()
    assert moles in (1.5, 3.0)  # of P4O10, or of P2O5
