"""A laboratory with a hidden truth, for policies to be tried on."""

from lab.simulated.lab import SimulatedLab
from lab.simulated.truth import WorldSettings

__all__ = ["SimulatedLab", "WorldSettings"]
