"""Make the embedded energy table, and fit the corrections of molecular groups.

    python -m experiments.build_energies          writes the embedded table
    python -m experiments.build_energies --fit    prints the constants of energies/corrections

Both read `thermo/formation_energies.csv.gz` below ATHANOR_DATA: the lowest DFT formation energy
of each formula in the Materials Project (matbench_mp_e_form, CC BY 4.0).
"""

import argparse
import csv
import statistics
from collections import defaultdict
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram

from knowledge.chemistry import atoms, identity, molecular_groups, parse
from knowledge.data_folder import dataset
from knowledge.energies import EnergyStack
from knowledge.energies.gibbs import EV_PER_ATOM_IN_KJ_PER_MOL, gas_ev, solid_ev_per_atom
from knowledge.energies.tables import EnergyTable

SHOWCASE_SYSTEMS = (
    "Ba-Ti-O-C", "Y-Ba-Cu-O-C", "Li-Mn-O-C", "Li-Ti-P-O-C-N-H", "Na-Te-Mo-O-C-N-H",
    "Ca-Fe-P-O-C-N-H", "Sr-Ti-O-C", "La-Sr-Mn-O-C",
)  # fmt: skip
HULL_DISTANCE_EV_PER_ATOM = 0.05
# Kept whatever their distance from the hull: precursors a lab has, the oxygen-poor end of YBCO,
# and the salts of the fit that belong to the showcase.
ALWAYS = (
    "BaO2", "BaCO3", "Ba(OH)2", "Ba(NO3)2", "TiO2", "Y2O3", "CuO", "Cu2O", "CuCO3", "YBa2Cu3O6",
    "YBa2Cu3O7", "Y2Cu2O5", "Y2BaCuO5", "BaCuO2", "Li2CO3", "LiOH", "LiNO3", "Li3PO4", "LiH2PO4",
    "MnO", "MnO2", "Mn2O3", "Mn3O4", "MnCO3", "NH4H2PO4", "(NH4)2HPO4", "P2O5", "TiP2O7",
    "Na2CO3", "NaNO3", "NaOH", "TeO2", "MoO3", "Na2MoO4", "Na2TeO3", "CaCO3", "CaO", "Ca(OH)2",
    "Ca(NO3)2", "CaHPO4", "Ca3(PO4)2", "Ca2P2O7", "Fe2O3", "Fe3O4", "FeO", "FePO4", "SrCO3", "SrO",
    "Sr(NO3)2", "Sr(OH)2", "SrO2", "La2O3", "La(OH)3", "LaMnO3", "SrMnO3", "LiTiPO5", "LiMn2O4",
    "Na2Te3Mo3O16", "CaFe2P2O9", "MgO", "MgCO3", "Mg(OH)2",
)  # fmt: skip


def showcase_phases(table: EnergyTable) -> list[tuple[str, float, str]]:
    """Formula, eV/atom and source of every phase near a showcase hull, and of ALWAYS."""
    wanted = {identity(f) if f != "YBa2Cu3O6" else "Ba2YCu3O6" for f in ALWAYS}
    rows: dict[str, tuple[str, float, str]] = {}
    systems = [set(s.split("-")) for s in SHOWCASE_SYSTEMS]
    for elements in systems:
        energies = table.system(elements)
        entries = [
            PDEntry(parse(e.formula), e.ev_per_atom * parse(e.formula).num_atoms) for e in energies
        ]
        diagram = PhaseDiagram(entries)
        for energy, entry in zip(energies, entries, strict=True):
            near = float(diagram.get_e_above_hull(entry) or 0.0) <= HULL_DISTANCE_EV_PER_ATOM
            if near or parse(energy.formula).reduced_formula in wanted:
                rows[energy.formula] = _row(energy.formula, energy.ev_per_atom, energy.source)
    for energy in table.system({"Mg", "O", "C", "H"}):
        if parse(energy.formula).reduced_formula in wanted:
            rows[energy.formula] = _row(energy.formula, energy.ev_per_atom, energy.source)
    return [rows[f] for f in sorted(rows)]


def _row(formula: str, ev_per_atom: float, source: str) -> tuple[str, float, str]:
    mp_id = source.partition(": ")[2]
    return formula, ev_per_atom, f"Materials Project {mp_id}".strip()


def group_errors(table: EnergyTable) -> dict[str, dict[str, float]]:
    """Experiment less DFT in eV per group, by group and salt; the oxide's own error taken off."""
    path = files("knowledge.energies").joinpath("data/experimental_enthalpies.csv")
    rows = {r["formula"]: r for r in csv.DictReader(path.read_text(encoding="utf-8").splitlines())}

    def error_ev(formula: str) -> float:
        composition = parse(formula)
        dft = next(
            e
            for e in table.system({str(e) for e in composition})
            if e.identity == identity(formula)
        )
        experiment = float(rows[formula]["kj_per_mol"]) / EV_PER_ATOM_IN_KJ_PER_MOL
        return float(experiment - dft.ev_per_atom * composition.num_atoms)

    errors: dict[str, dict[str, float]] = defaultdict(dict)
    for formula, row in rows.items():
        for group, count in molecular_groups(formula).items():
            error = error_ev(formula)
            if row["oxide"]:
                metal = next(e for e in parse(row["oxide"]) if str(e) != "O")
                share = parse(formula)[metal] / parse(row["oxide"])[metal]
                error -= share * error_ev(row["oxide"])
            errors[group][formula] = error / count
    return errors


def carbonate_fit(table: EnergyTable) -> tuple[float, float, list[tuple[str, float, float]]]:
    """Enthalpy (eV) and slope (eV/K) of the carbonate correction, and what they leave.

    For each carbonate of the fit its formula, temperature in kelvin, and misfit in eV there.
    """
    path = files("knowledge.energies").joinpath("data/carbonate_equilibria.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    energies = EnergyStack([table])
    points = []
    for row in rows:
        if row["fitted"] == "yes":
            formula, temperature_k = row["formula"], float(row["temperature_k"])
            salt = replace(energies.energy(formula), corrected=True)
            oxide = energies.energy(formula.replace("CO3", "O"))
            needed = (
                solid_ev_per_atom(oxide, temperature_k) * atoms(oxide.formula)
                + gas_ev("CO2", temperature_k)
                - solid_ev_per_atom(salt, temperature_k) * atoms(formula)
            )
            points.append((formula, temperature_k, needed))
    slope, enthalpy = np.polyfit([t for _, t, _ in points], [c for _, _, c in points], 1)
    misfits = [(f, t, float(c - enthalpy - slope * t)) for f, t, c in points]
    return float(enthalpy), float(slope), misfits


def main() -> None:
    """Write the table, or print the fit."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--fit", action="store_true", help="print the corrections instead")
    fit = arguments.parse_args().fit
    table = EnergyTable.read(dataset("thermo/formation_energies.csv.gz"))
    if fit:
        for group, errors in group_errors(table).items():
            mean, spread = statistics.mean(errors.values()), statistics.stdev(errors.values())
            salts = ", ".join(f"{f} {e:.2f}" for f, e in errors.items())
            print(f"{group}: {mean:.3f} +- {spread:.3f} eV per group ({salts})")
        enthalpy, slope, misfits = carbonate_fit(table)
        spread = (sum(e**2 for _, _, e in misfits) / (len(misfits) - 2)) ** 0.5
        told = ", ".join(f"{f} at {t:g} K {e:+.2f}" for f, t, e in misfits)
        print(
            f"carbonate equilibria: {enthalpy:.3f} eV + {slope:.3g} eV/K T +- {spread:.2f} ({told})"
        )
        return
    rows = showcase_phases(table)
    target = Path(__file__).parent.parent / "knowledge" / "energies" / "data" / "embedded.csv"
    with target.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("formula", "ev_per_atom", "source"))
        writer.writerows(rows)
    print(f"{len(rows)} phases written to {target}")


if __name__ == "__main__":
    main()
