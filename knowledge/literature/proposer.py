"""What a proposer of recipes is: a distribution over precursor sets, and over temperature."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Proposal:
    """A precursor set the literature would use for a target, and how likely it would."""

    precursors: tuple[str, ...]
    probability: float


@dataclass(frozen=True)
class FiringEstimate:
    """The hottest firing the literature would use: mean and standard deviation, Celsius."""

    mean_c: float
    sigma_c: float


@runtime_checkable
class Proposer(Protocol):
    """Reads a target as the literature would."""

    @property
    def name(self) -> str:
        """How the proposer is called in what a user sees."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything its answers depend on."""

    def propose(self, target: str, count: int) -> Sequence[Proposal]:
        """The likeliest precursor sets, best first, probabilities over all sets summing to <= 1."""

    def probability(self, target: str, precursors: Sequence[str]) -> float:
        """How likely the literature would use exactly these precursors; above zero for any."""

    def firing(self, target: str) -> FiringEstimate:
        """The hottest firing temperature."""
