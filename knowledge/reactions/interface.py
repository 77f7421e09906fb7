"""Reactions of two solids at their interface, with gases and sigmas."""

import numpy as np

from knowledge.balance import gas_balance
from knowledge.chemistry import VOLATILE_ELEMENTS, molecular_groups, parse, volatile_content
from knowledge.reactions.entries import Vector
from knowledge.reactions.phases import PhaseSet
from knowledge.reactions.records import Reaction

# Below this a driving force is numerical noise of the programme.
_NEGLIGIBLE_EV = 1e-7


def strongest_reaction(phases: PhaseSet, first: int, second: int) -> Reaction | None:
    """The reaction of two phases (the same twice: one by itself) with the largest driving force.

    None where nothing lowers the energy. The reaction is scaled to one formula unit of its first
    product, and may use only one of the two where that one decomposes by itself.
    """
    vertices, place = phases.programme.solve(first, second, phases.potential[:, None])
    vertex = vertices[int(place[0])]
    if not vertex.is_reaction or vertex.change @ phases.potential > -_NEGLIGIBLE_EV:
        return None
    return reaction_of(phases, vertex.change / phases.framework_atoms)


def reaction_of(phases: PhaseSet, change: Vector) -> Reaction:
    """The balanced reaction for a change in formula units of each phase (negative: used up).

    Gases make up the difference in O, C, H and N. Errors that phases share cancel in the sigma as
    far as what they share does.
    """
    change = np.where(np.abs(change) > 1e-9, change, 0.0)
    used = {phases.phases[i].formula: -float(change[i]) for i in np.flatnonzero(change < 0)}
    made = {phases.phases[i].formula: float(change[i]) for i in np.flatnonzero(change > 0)}
    unit = next(iter(made.values()))
    used = {f: n / unit for f, n in used.items()}
    made = {f: n / unit for f, n in made.items()}
    gases = _gases(used, made)
    gases_in = {g: -n for g, n in gases.items() if n < 0}
    gases_out = {g: n for g, n in gases.items() if n > 0}
    one_side = {**made, **gases_out}
    atoms = sum(n * parse(f).num_atoms for f, n in one_side.items())
    grand = np.array([p.grand_potential_ev for p in phases.phases])
    return Reaction(
        reactants=used,
        products=made,
        gases_in=gases_in,
        gases_out=gases_out,
        driving_force_ev_per_atom=float(-(change @ grand) / unit / atoms),
        sigma_ev_per_atom=float(np.linalg.norm(change @ phases.errors) / unit / atoms),
    )


def _gases(used: dict[str, float], made: dict[str, float]) -> dict[str, float]:
    """Moles of each gas given off (negative: taken up)."""
    excess = dict.fromkeys(sorted(VOLATILE_ELEMENTS), 0.0)
    ammonium = nitrate = 0.0
    for sign, side in ((1, used), (-1, made)):
        for formula, moles in side.items():
            content, groups = volatile_content(formula), molecular_groups(formula)
            for element in excess:
                excess[element] += sign * moles * content[element]
            ammonium += sign * moles * groups.get("ammonium", 0.0)
            nitrate += sign * moles * groups.get("nitrate", 0.0)
    return gas_balance(excess, max(ammonium, 0.0), max(nitrate, 0.0))


def distance_above_hull_ev(phases: PhaseSet, row: int) -> float:
    """Grand potential of a phase above the best mixture of the others, eV per framework atom.

    Negative for a phase that is stable by itself; minus infinity where nothing else has its
    elements.
    """
    return float(phases.programme.above_others(row, phases.potential[:, None])[0])
