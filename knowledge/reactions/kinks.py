"""The interface hull of two solids in open gas: every reaction of theirs that may run first.

Along the tie line from one solid to the other, in the space of framework elements, the lower hull
is a chain of straight pieces, one for each facet passed; the products change at the kinks between
them (Richards et al., Chem. Mater. 28, 266 (2016)). `hull` does the same for closed systems.
"""

from dataclasses import dataclass

import numpy as np

from knowledge.chemistry import atoms
from knowledge.reactions.entries import Vector
from knowledge.reactions.facets import lower_facets
from knowledge.reactions.interface import reaction_of
from knowledge.reactions.phases import PhaseSet
from knowledge.reactions.records import Reaction

# Compositions nearer than this are one: far below 1/atoms of any formula, far above rounding.
_TOLERANCE = 1e-8


@dataclass(frozen=True)
class Kink:
    """One mixture of two solids, and what it turns into.

    `second_share`: of the atoms in the two solids, how many are the second's, 0 to 1.
    `ev_per_atom`: energy of the reaction over those atoms, below zero where it runs by itself.
    Between neighbouring kinks of a hull it is linear in the share. `reaction`: none where nothing
    changes.
    """

    second_share: float
    ev_per_atom: float
    reaction: Reaction | None


def interface_kinks(phases: PhaseSet, first: int, second: int) -> tuple[Kink, ...]:
    """The kinks of the interface hull of two phases (rows), from the first solid to the second.

    The two ends are among them: zero for a solid that is stable by itself.
    """
    facets = lower_facets(phases.fractions, phases.potential, np.arange(len(phases.phases)))
    inverse = np.linalg.inv(phases.fractions[facets])
    # The tie line in the barycentric coordinates of every facet. shape: (facets, corners)
    start = phases.fractions[first] @ inverse
    slope = phases.fractions[second] @ inverse - start
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -start / slope
    flat = np.abs(slope) < _TOLERANCE
    low = np.abs(np.where(slope > _TOLERANCE, crossing, 0.0).max(axis=1).clip(0.0, 1.0))
    high = np.where(slope < -_TOLERANCE, crossing, 1.0).min(axis=1).clip(0.0, 1.0)
    inside = ~(flat & (start < -_TOLERANCE)).any(axis=1)
    inside &= (high - low > _TOLERANCE) | flat.all(axis=1)
    found: dict[tuple[int, bytes], Kink] = {}
    for facet in np.flatnonzero(inside):
        for share in (low[facet], high[facet]):
            corners = start[facet] + share * slope[facet]
            change = np.zeros(len(phases.phases))
            change[facets[facet]] = np.where(corners > _TOLERANCE, corners, 0.0)
            # Two facets that meet at a kink tell of it twice.
            key = round(share / _TOLERANCE), np.sign(change).tobytes()
            found.setdefault(key, _kink(phases, first, second, float(share), change))
    return tuple(sorted(found.values(), key=lambda kink: kink.second_share))


def reaction_to(phases: PhaseSet, first: int, second: int, product: int) -> Kink | None:
    """The reaction of two phases to a third alone, on the hull or not; none if it cannot balance.

    Its share and energy are those of a point in the same diagram.
    """
    line = phases.fractions[second] - phases.fractions[first]
    length = float(line @ line)
    if length < _TOLERANCE:
        return None
    share = float((phases.fractions[product] - phases.fractions[first]) @ line) / length
    missed = phases.fractions[first] + share * line - phases.fractions[product]
    if np.abs(missed).max() > _TOLERANCE or not _TOLERANCE < share < 1 - _TOLERANCE:
        return None
    change = np.zeros(len(phases.phases))
    change[product] = 1.0
    return _kink(phases, first, second, share, change)


def _kink(phases: PhaseSet, first: int, second: int, share: float, made: Vector) -> Kink:
    """A mixture with this share of the second's framework atoms; `made` of one such atom."""
    change = made.copy()
    change[first] -= 1 - share
    change[second] -= share
    change[np.abs(change) < _TOLERANCE] = 0.0
    solid = [atoms(phases.phases[i].formula) / phases.framework_atoms[i] for i in (first, second)]
    whole = (1 - share) * solid[0] + share * solid[1]
    units = change / phases.framework_atoms
    return Kink(
        second_share=float(share * solid[1] / whole),
        ev_per_atom=float(change @ phases.potential / whole),
        reaction=reaction_of(phases, units) if change.any() else None,
    )
