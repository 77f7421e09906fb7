"""Energies between table entries: oxygen contents and solid solutions.

The enthalpy is interpolated linearly between end members and the ideal configurational entropy of
the mixed sites, -k sum_i x_i ln x_i for each site, is added. The result is labelled
`interpolated` and carries a wider sigma, since real mixing has an enthalpy of its own.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from knowledge.chemistry import framework, identity, parse
from knowledge.energies.gibbs import BOLTZMANN_EV_PER_K
from knowledge.energies.source import FormationEnergy

Lookup = Callable[[str], FormationEnergy | None]
Neighbours = Callable[[frozenset[str]], Sequence[FormationEnergy]]

# Enthalpies of mixing of isovalent oxide solid solutions reach about +-10 kJ per mole of mixed
# site, 0.02 eV/atom in a perovskite (Davies & Navrotsky, J. Solid State Chem. 46, 1 (1983)).
MIXING_SIGMA_EV_PER_ATOM = 0.02
# An end member has fewer atoms than the mixture it stands for, or it is no end member.
_MAX_END_MEMBER_ATOMS = 40


def interpolate(formula: str, lookup: Lookup, system: Neighbours) -> FormationEnergy | None:
    """The energy of a compound between its end members: oxygen first, then solid solution."""
    return between_oxygen_contents(formula, system) or solid_solution(formula, lookup)


def between_oxygen_contents(formula: str, system: Neighbours) -> FormationEnergy | None:
    """Between the nearest phases of the same framework with less and with more oxygen."""
    composition = parse(formula)
    solid = framework(composition)
    oxygen = float(composition["O"])
    if not solid or not oxygen or {str(e) for e in composition} != {*solid, "O"}:
        return None
    poorer: tuple[float, FormationEnergy] | None = None
    richer: tuple[float, FormationEnergy] | None = None
    for entry in system(frozenset(solid) | {"O"}):
        other = parse(entry.formula)
        scale = sum(solid.values()) / max(sum(framework(other).values()), 1e-12)
        same = all(abs(other[e] * scale - n) < 1e-3 * n for e, n in solid.items())
        content = float(other["O"]) * scale
        if not same or content <= 0:
            continue
        if content <= oxygen and (poorer is None or content > poorer[0]):
            poorer = (content, entry)
        if content >= oxygen and (richer is None or content < richer[0]):
            richer = (content, entry)
    if poorer is None or richer is None or richer[0] - poorer[0] < 1e-6:
        return None
    span = richer[0] - poorer[0]
    share = (oxygen - poorer[0]) / span
    cations = sum(solid.values())
    total = (1 - share) * poorer[1].ev_per_atom * (cations + poorer[0])
    total += share * richer[1].ev_per_atom * (cations + richer[0])
    return _mixture(formula, total, [(share, poorer[1]), (1 - share, richer[1])], span, "oxygen")


def solid_solution(formula: str, lookup: Lookup) -> FormationEnergy | None:
    """Between end members in which one of the elements sharing a site takes all of it."""
    composition = parse(formula)
    for group in _site_groups(formula):
        total = sum(composition[e] for e in group)
        members: list[tuple[float, FormationEnergy]] = []
        for element in group:
            amounts = {str(e): n for e, n in composition.items() if str(e) not in group}
            end_member = parse(
                "".join(f"{e}{n:.6f}" for e, n in {**amounts, element: total}.items())
            )
            name = identity(end_member.formula)
            entry = lookup(name) if parse(name).num_atoms <= _MAX_END_MEMBER_ATOMS else None
            if entry is None:
                break
            members.append((float(composition[element] / total), entry))
        else:
            energy = sum(x * e.ev_per_atom for x, e in members) * float(composition.num_atoms)
            return _mixture(formula, energy, members, float(total), "solid solution")
    return None


def _site_groups(formula: str) -> Iterator[tuple[str, ...]]:
    """Sets of two or three framework elements that may share a site, likeliest first.

    The amounts on a full site add up to a simpler number than each of them alone.
    """
    elements = sorted(framework(parse(formula)))
    atoms = parse(identity(formula)).num_atoms
    for size in (2, 3):
        for group in combinations(elements, size):
            merged = parse(formula).as_dict()
            merged[group[0]] = sum(merged.pop(e) for e in group[1:]) + merged[group[0]]
            name = identity("".join(f"{e}{n:.6f}" for e, n in merged.items()))
            if parse(name).num_atoms < atoms:
                yield group


def _mixture(
    formula: str,
    total_ev: float,
    members: list[tuple[float, FormationEnergy]],
    sites: float,
    what: str,
) -> FormationEnergy:
    atoms = float(parse(formula).num_atoms)
    entropy = -BOLTZMANN_EV_PER_K * sites * sum(x * math.log(x) for x, _ in members if x > 0)
    sigma = math.hypot(max(e.sigma_ev_per_atom for _, e in members), MIXING_SIGMA_EV_PER_ATOM)
    return FormationEnergy(
        formula=formula,
        ev_per_atom=total_ev / atoms,
        source=f"{what} between {' and '.join(e.formula for _, e in members)}",
        sigma_ev_per_atom=sigma,
        kind="interpolated",
        mixing_entropy_ev_per_atom_k=entropy / atoms,
    )
