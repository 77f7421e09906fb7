"""Corrections to DFT energies of molecular groups, fitted to experiment.

GGA misplaces molecular anions by far more than it misplaces oxides, and the gases they turn into
are taken from experiment, so nothing cancels. One constant for each group is the mean of
(experiment - DFT) per group over the salts in `data/experimental_enthalpies.csv`, the error of the
metal's oxide taken off. What one constant cannot fit stays as its standard deviation. One carbonate
correction for all metals leaves BaCO3 some 350 K too stable at 1 atm of CO2 (1980 K against 1640
K) and SrCO3 some 150 K: the heavy alkaline earths want 0.07 eV more.
"""

from knowledge.chemistry import molecular_groups

# eV per group, and the standard deviation over the salts of the fit.
# `python -m experiments.build_energies --fit` computes both.
GROUP_CORRECTIONS_EV = {
    "carbonate": (0.868, 0.074),
    "nitrate": (2.412, 0.040),
    "ammonium": (1.888, 0.399),
    "hydroxyl": (0.440, 0.027),
}


def group_correction_ev(formula: str) -> float:
    """What to add to the DFT formation energy of one formula unit; zero without such groups."""
    groups = molecular_groups(formula)
    return sum(n * GROUP_CORRECTIONS_EV[group][0] for group, n in groups.items())


def group_sigma_ev(formula: str) -> float:
    """Standard deviation of that correction for one formula unit."""
    groups = molecular_groups(formula)
    return sum(n * GROUP_CORRECTIONS_EV[group][1] for group, n in groups.items())
