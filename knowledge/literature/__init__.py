"""What published syntheses would do."""

from knowledge.literature.frequency import FrequencyProposer, frequency_proposer
from knowledge.literature.model import LiteratureModel, literature_model
from knowledge.literature.proposer import Conditions, FiringEstimate, Proposal, Proposer
from knowledge.literature.uninformed import UninformedProposer

__all__ = [
    "Conditions",
    "FiringEstimate",
    "FrequencyProposer",
    "LiteratureModel",
    "Proposal",
    "Proposer",
    "UninformedProposer",
    "frequency_proposer",
    "literature_model",
]
