"""What it says of an energy that its phase is known to be stable somewhere."""

import math
from dataclasses import replace

from scipy.stats import norm

from knowledge.chemistry import atoms
from knowledge.reactions.interface import distance_above_hull_ev
from knowledge.reactions.phases import PhaseSet

# A phase computed to be unstable by more than this many sigma is believed to be so.
STABLE_WITHIN_SIGMAS = 3.0


def given_stable(distance_ev_per_atom: float, sigma_ev_per_atom: float) -> float | None:
    """What to add to an energy, given that its phase is stable where it was computed.

    The distance from the hull x ~ N(d, s^2) has the expectation d - s pdf(d/s) / cdf(-d/s) given
    x < 0, s being the error of the energy. None where that is past belief.
    """
    if not sigma_ev_per_atom or distance_ev_per_atom == -math.inf:
        return 0.0
    z = distance_ev_per_atom / sigma_ev_per_atom
    if z > STABLE_WITHIN_SIGMAS:
        return None
    return float(-sigma_ev_per_atom * norm.pdf(z) / norm.cdf(-z))


def above_hull_ev_per_atom(phases: PhaseSet, row: int) -> float:
    """A phase's distance from the hull of all others, eV per atom of its formula."""
    above = distance_above_hull_ev(phases, row)
    return above * float(phases.framework_atoms[row]) / atoms(phases.phases[row].formula)


def lowered(phases: PhaseSet, row: int, shift_ev_per_atom: float) -> PhaseSet:
    """The phases with one of them moved in energy."""
    phase = phases.phases[row]
    moved = replace(
        phase,
        grand_potential_ev=phase.grand_potential_ev + shift_ev_per_atom * atoms(phase.formula),
    )
    potential = phases.potential.copy()
    potential[row] = moved.grand_potential_ev / phases.framework_atoms[row]
    members = (*phases.phases[:row], moved, *phases.phases[row + 1 :])
    return replace(phases, phases=members, potential=potential)
