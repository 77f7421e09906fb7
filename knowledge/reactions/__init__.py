"""The thermodynamic reaction graph and what it predicts."""

from knowledge.reactions.graph import Conditions, ReactionGraph
from knowledge.reactions.records import Pathway, PathwayStep, Reaction

__all__ = ["Conditions", "Pathway", "PathwayStep", "Reaction", "ReactionGraph"]
