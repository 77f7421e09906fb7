"""Corrections to the energies of molecular groups, fitted to experiment.

GGA misplaces molecular anions by far more than it misplaces oxides, and the gases they turn into
are taken from experiment, so nothing cancels. Each group gets an enthalpy, the mean of (experiment
- DFT) per group over the salts in `data/experimental_enthalpies.csv`, the error of the metal's
oxide taken off. What it cannot fit stays as its standard deviation.

A carbonate gets an entropy as well, since the descriptor of `gibbs` gives its decomposition too
little: both constants are fitted to the temperatures at which MgCO3, CaCO3, SrCO3 and BaCO3 stand
under 1 atm of CO2 (`data/carbonate_equilibria.csv`). The enthalpy so found, 0.93 eV, agrees with
the 0.91 eV that the enthalpies of these four give by themselves.

There are no corrections of single elements: a constant for each atom of a metal cancels in every
reaction but those that set the metal free.
"""

from knowledge.chemistry import molecular_groups

# eV per group, eV/K per group, and the standard deviation in eV over the salts of the fit.
# `python -m experiments.build_energies --fit` computes them.
GROUP_CORRECTIONS_EV = {
    "carbonate": (0.925, 1.77e-4, 0.16),
    "nitrate": (2.412, 0.0, 0.040),
    "ammonium": (1.888, 0.0, 0.399),
    "hydroxyl": (0.440, 0.0, 0.027),
}


def group_correction_ev(formula: str, temperature_k: float) -> float:
    """What to add to the Gibbs energy of one formula unit; zero without such groups."""
    total = 0.0
    for group, count in molecular_groups(formula).items():
        enthalpy, slope, _ = GROUP_CORRECTIONS_EV[group]
        total += count * (enthalpy + slope * temperature_k)
    return total


def group_sigmas_ev(formula: str) -> dict[str, float]:
    """Standard deviation of the correction of each group in one formula unit."""
    groups = molecular_groups(formula)
    return {group: n * GROUP_CORRECTIONS_EV[group][2] for group, n in groups.items()}
