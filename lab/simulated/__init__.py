"""A laboratory with a hidden truth, for policies to be tried on."""

from lab.simulated.faults import FaultRates
from lab.simulated.lab import SimulatedLab
from lab.simulated.measurement import Measurement
from lab.simulated.world import WorldSettings

__all__ = ["FaultRates", "Measurement", "SimulatedLab", "WorldSettings"]
