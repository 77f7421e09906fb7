"""Where a compound is stable: its distance from the hull over temperature and oxygen pressure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from knowledge.chemistry import atoms
from knowledge.energies import EnergyStack
from knowledge.energies.gibbs import (
    BOLTZMANN_EV_PER_K,
    carried_gases,
    gas_potentials_ev,
    kelvin,
)
from knowledge.reactions.entries import Vector
from knowledge.reactions.phases import PhaseSet, Solid, phase_set, solids_of
from knowledge.recipe import Atmosphere


@dataclass(frozen=True, eq=False)
class StabilityMap:
    """A compound's distance from the hull on a grid of temperatures and oxygen pressures.

    `temperatures_c`: shape (n,). `log10_oxygen_atm`: shape (m,).
    `above_ev_per_atom`: grand potential above the best mixture of all other phases, over all atoms
    of the formula, negative where the compound is stable, minus infinity where nothing else has
    its elements; `sigma_ev_per_atom`: its standard deviation. shapes: (n, m).
    `rivals`: the phases of that mixture, by temperature, then pressure.
    """

    target: str
    temperatures_c: Vector
    log10_oxygen_atm: Vector
    above_ev_per_atom: Vector
    sigma_ev_per_atom: Vector
    rivals: tuple[tuple[tuple[str, ...], ...], ...]


def stability_map(
    energies: EnergyStack,
    target: str,
    others: Iterable[str],
    atmosphere: Atmosphere,
    temperatures_c: Vector,
    log10_oxygen_atm: Vector,
    shifts_ev_per_atom: Mapping[str, float] | None = None,
) -> StabilityMap:
    """The map of a target in the chemical system that it and the other formulas span.

    Gases besides oxygen are those of the atmosphere. `shifts_ev_per_atom` are added to the energies
    of formulas. Raises RecordError for a temperature that the Gibbs energies do not cover.
    """
    solids = solids_of(energies, [target, *others])
    pressures = 10.0**log10_oxygen_atm
    sets, columns = [], []
    for temperature_c in temperatures_c:
        temperature_k = kelvin(float(temperature_c))
        gases = gas_potentials_ev(temperature_k, {**atmosphere.partial_pressures_atm, "O2": 1.0})
        sets.append(phase_set(solids, temperature_k, gases))
        columns.append(_over_oxygen(solids, sets[-1], temperature_k, gases, pressures))
    row = sets[0].find(target)
    per_atom = float(sets[0].framework_atoms[row]) / atoms(target)
    # The same phases everywhere, so that one walk over the hull serves the whole grid.
    potential = np.hstack(columns)
    for formula, shift in (shifts_ev_per_atom or {}).items():
        place = sets[0].find(formula)
        potential[place] += shift * atoms(formula) / sets[0].framework_atoms[place]
    programme = sets[0].programme
    changes = programme.decompositions(row, potential)
    above = programme.given_off(changes, potential)
    shape = (len(temperatures_c), len(pressures))
    sigma = np.array(
        [
            np.linalg.norm(part @ (each.errors / each.framework_atoms[:, None]), axis=1)
            for each, part in zip(sets, changes.reshape(*shape, -1), strict=True)
        ]
    )
    names = np.array([phase.formula for phase in sets[0].phases])
    rivals = [tuple(names[change > 0].tolist()) for change in changes]
    return StabilityMap(
        target=target,
        temperatures_c=temperatures_c,
        log10_oxygen_atm=log10_oxygen_atm,
        above_ev_per_atom=above.reshape(shape) * per_atom,
        sigma_ev_per_atom=sigma * per_atom,
        rivals=tuple(
            tuple(rivals[i * shape[1] : (i + 1) * shape[1]]) for i in range(shape[0])
        ),
    )  # fmt: skip


def _over_oxygen(
    solids: tuple[Solid, ...],
    at_one_atm: PhaseSet,
    temperature_k: float,
    gases: dict[str, float],
    pressures: Vector,
) -> Vector:
    """Potentials per framework atom at each oxygen pressure. shape: (phases, pressures).

    A solid of fixed oxygen content follows the potential of oxygen in proportion to the oxygen
    that it would give off; one whose content follows the gas is computed anew.
    """
    change_ev = BOLTZMANN_EV_PER_K * temperature_k * np.log(pressures)
    found = np.repeat(at_one_atm.potential[:, None], len(pressures), axis=1)
    for row, solid in enumerate(solids):
        units = at_one_atm.framework_atoms[row]
        if solid.family is None:
            found[row] -= carried_gases(solid.formula).get("O2", 0.0) * change_ev / units
            continue
        for column, pressure in enumerate(pressures):
            oxygen_ev = BOLTZMANN_EV_PER_K * temperature_k * math.log(pressure)
            phase = solid.at(temperature_k, {**gases, "O2": gases["O2"] + oxygen_ev})
            found[row, column] = phase.grand_potential_ev / units
    return found
