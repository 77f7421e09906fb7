"""The reaction of two solids at their interface: the one with the largest driving force.

Of all mixing ratios of the two and all sets of products, a linear programme finds the pair of
both that lowers the grand potential most per framework atom:

    minimise   sum_i w_i phi_i - a phi_A - b phi_B
    subject to sum_i w_i c_i = a c_A + b c_B,   a + b = 1,   all >= 0

Its solutions are the kinks that an interfacial phase diagram shows (Richards et al., Chem. Mater.
28, 266 (2016)), the deepest of them here.
"""

import math

import numpy as np
from scipy.optimize import linprog

from knowledge.balance import gas_balance
from knowledge.chemistry import VOLATILE_ELEMENTS, molecular_groups, parse
from knowledge.energies.gibbs import GAS_SIGMA_EV_PER_ATOM
from knowledge.reactions.phases import PhaseSet, Vector
from knowledge.reactions.records import Reaction

# Below this a driving force is numerical noise of the programme.
_NEGLIGIBLE_EV = 1e-7


def strongest_reaction(phases: PhaseSet, first: int, second: int) -> Reaction | None:
    """The reaction of two phases (the same twice: one by itself) with the largest driving force.

    None where nothing lowers the energy. The reaction is scaled to one formula unit of its first
    product, and may use only one of the two where that one decomposes by itself.
    """
    reactants = [first] if first == second else [first, second]
    size = len(phases.phases)
    columns = [phases.fractions.T] + [-phases.fractions[i][:, None] for i in reactants]
    mixing = np.concatenate([np.zeros(size), np.ones(len(reactants))])
    solution = linprog(
        np.concatenate([phases.potential, -phases.potential[reactants]]),
        A_eq=np.vstack([np.hstack(columns), mixing]),
        b_eq=np.concatenate([np.zeros(len(phases.elements)), [1.0]]),
        method="highs-ds",
    )
    if solution.status != 0 or solution.fun > -_NEGLIGIBLE_EV:
        return None
    formula_units = solution.x[:size] / phases.framework_atoms
    for position, row in enumerate(reactants):
        formula_units[row] -= solution.x[size + position] / phases.framework_atoms[row]
    return reaction_of(phases, formula_units)


def reaction_of(phases: PhaseSet, change: Vector) -> Reaction:
    """The balanced reaction for a change in formula units of each phase (negative: used up).

    Gases make up the difference in O, C, H and N. Sigma treats the phases' errors as independent.
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
    gas_sigma = [n * parse(g).num_atoms * GAS_SIGMA_EV_PER_ATOM for g, n in gases.items()]
    grand = np.array([p.grand_potential_ev for p in phases.phases])
    sigma = np.array([p.sigma_ev for p in phases.phases])
    return Reaction(
        reactants=used,
        products=made,
        gases_in=gases_in,
        gases_out=gases_out,
        driving_force_ev_per_atom=float(-(change @ grand) / unit / atoms),
        sigma_ev_per_atom=math.hypot(*(change * sigma / unit), *gas_sigma) / atoms,
    )


def _gases(used: dict[str, float], made: dict[str, float]) -> dict[str, float]:
    """Moles of each gas given off (negative: taken up)."""
    excess = dict.fromkeys(sorted(VOLATILE_ELEMENTS), 0.0)
    ammonium = nitrate = 0.0
    for sign, side in ((1, used), (-1, made)):
        for formula, moles in side.items():
            composition, groups = parse(formula), molecular_groups(formula)
            for element in excess:
                excess[element] += sign * moles * composition[element]
            ammonium += sign * moles * groups.get("ammonium", 0.0)
            nitrate += sign * moles * groups.get("nitrate", 0.0)
    return gas_balance(excess, max(ammonium, 0.0), max(nitrate, 0.0))


def distance_above_hull_ev(phases: PhaseSet, row: int) -> float:
    """Grand potential of a phase above the best mixture of the others, eV per framework atom.

    Negative for a phase that is stable by itself; minus infinity where nothing else has its
    elements.
    """
    others = [i for i in range(len(phases.phases)) if i != row]
    solution = linprog(
        phases.potential[others],
        A_eq=phases.fractions[others].T,
        b_eq=phases.fractions[row],
        method="highs-ds",
    )
    return float(phases.potential[row] - solution.fun) if solution.status == 0 else -math.inf
