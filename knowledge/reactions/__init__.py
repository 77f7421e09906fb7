"""The thermodynamic reaction graph and what it predicts."""

from knowledge.reactions.graph import Conditions, ReactionGraph
from knowledge.reactions.records import Pathway, PathwayDistribution, PathwayStep, Reaction

__all__ = [
    "Conditions",
    "Pathway",
    "PathwayDistribution",
    "PathwayStep",
    "Reaction",
    "ReactionGraph",
]
