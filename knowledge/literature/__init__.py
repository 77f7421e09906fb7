"""What published syntheses would do."""

from knowledge.literature.frequency import FrequencyProposer, frequency_proposer
from knowledge.literature.proposer import FiringEstimate, Proposal, Proposer

__all__ = [
    "FiringEstimate",
    "FrequencyProposer",
    "Proposal",
    "Proposer",
    "frequency_proposer",
]
