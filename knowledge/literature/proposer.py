"""What a proposer of recipes is: a distribution over precursor sets, and over their firing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from knowledge.literature.answers import Spread


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


@dataclass(frozen=True)
class Conditions:
    """What papers would fire given precursors at: the hottest firing, as distributions.

    `atmosphere` and `firings` (how many of them) are probabilities by answer. The atmosphere is
    that of papers that say one; most that say nothing fire in air.
    """

    temperature_c: Spread
    hold_h: Spread
    atmosphere: Mapping[str, float]
    firings: Mapping[int, float]

    @property
    def likeliest_atmosphere(self) -> str:
        """The answer that most papers would give."""
        return max(self.atmosphere, key=self.atmosphere.__getitem__)

    @property
    def likeliest_firings(self) -> int:
        """The answer that most papers would give."""
        return max(self.firings, key=self.firings.__getitem__)


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

    def probabilities(self, target: str, sets: Sequence[Sequence[str]]) -> Sequence[float]:
        """How likely the literature would use exactly these precursors; above zero for any set."""

    def firing(self, target: str) -> FiringEstimate:
        """The hottest firing temperature."""

    def conditions(self, target: str, precursors: Sequence[str]) -> Conditions:
        """The firing from given precursors."""
