"""The thermodynamic reaction graph and what it predicts.

Two views of the same energies. In a furnace, O, C, H and N come and go with the gas:
`ReactionGraph` walks a mixture through its pairwise reactions, once or as a distribution. In a
closed system every gas is an entry of its own: `enumerate_reactions` finds all that balances,
`Hull` what is stable, `scores` what competes, `network` the ways from precursors to a target.
"""

from knowledge.reactions.entries import EntrySet, read_entries
from knowledge.reactions.enumerate import TooManyReactionsError, enumerate_reactions
from knowledge.reactions.graph import Conditions, ReactionGraph
from knowledge.reactions.hull import Hull
from knowledge.reactions.network import (
    BalancedPathway,
    balanced_pathways,
    cheapest_paths,
    overall_reaction,
    softplus_cost,
)
from knowledge.reactions.records import Pathway, PathwayDistribution, PathwayStep, Reaction
from knowledge.reactions.table import ReactionTable
from knowledge.reactions.tabulated import entries_at

__all__ = [
    "BalancedPathway",
    "Conditions",
    "EntrySet",
    "Hull",
    "Pathway",
    "PathwayDistribution",
    "PathwayStep",
    "Reaction",
    "ReactionGraph",
    "ReactionTable",
    "TooManyReactionsError",
    "balanced_pathways",
    "cheapest_paths",
    "entries_at",
    "enumerate_reactions",
    "overall_reaction",
    "read_entries",
    "softplus_cost",
]
