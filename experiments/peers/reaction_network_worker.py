"""reaction-network enumerating a CSV of entries; runs in its own environment, not in ours.

    PYTHON reaction_network_worker.py ENTRIES.csv TARGET OUT.json

Needs reaction-network alone. Each enumerator is called twice, and the second call counted: CPU
seconds of this process and of the workers that ray started for it.
"""

import csv
import json
import sys
import time


def cpu_s() -> float:
    """CPU seconds of this process and all its descendants, running and gone."""
    import psutil

    own = psutil.Process()
    total = sum(own.cpu_times()[:4])
    for child in own.children(recursive=True):
        try:
            total += sum(child.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return float(total)


def peak_mib() -> float:
    """Memory of this process and its descendants together, as of now."""
    import psutil

    own = psutil.Process()
    members = [own, *own.children(recursive=True)]
    return float(sum(p.memory_info().rss for p in members) / 2**20)


def main(path: str, target: str, out: str) -> None:
    """Enumerate six ways, twice each."""
    from pymatgen.entries.computed_entries import ComputedEntry
    from rxn_network.core import Composition
    from rxn_network.entries.entry_set import GibbsEntrySet
    from rxn_network.enumerators.basic import BasicEnumerator, BasicOpenEnumerator
    from rxn_network.enumerators.minimize import (
        MinimizeGibbsEnumerator,
        MinimizeGrandPotentialEnumerator,
    )

    entries = []
    with open(path, encoding="utf-8") as stream:
        for number, row in enumerate(csv.DictReader(stream)):
            formula = Composition(row["formula"]).reduced_composition
            energy = float(row["energy_per_atom_eV"]) * formula.num_atoms
            entries.append(ComputedEntry(formula, energy, entry_id=str(number)))
    entry_set = GibbsEntrySet(entries)
    ways = {
        "basic_enum_all": BasicEnumerator(quiet=True),
        "basic_enum_target": BasicEnumerator(targets=[target], quiet=True),
        "basic_open_O2_all": BasicOpenEnumerator(["O2"], quiet=True),
        "minimize_gibbs_all": MinimizeGibbsEnumerator(quiet=True),
        "minimize_gibbs_target": MinimizeGibbsEnumerator(targets=[target], quiet=True),
        "minimize_grandpot_O_mu0": MinimizeGrandPotentialEnumerator("O", 0.0, quiet=True),
    }
    found = {}
    for name, way in ways.items():
        way.enumerate(entry_set)
        began_cpu, began = cpu_s(), time.perf_counter()
        reactions = way.enumerate(entry_set)
        energies = [(str(r).split(" (mu")[0], float(r.energy_per_atom)) for r in reactions]
        found[name] = {
            "count": len({equation for equation, _ in energies}),
            "reactions": sorted([equation, round(energy, 6)] for equation, energy in energies),
            "cpu_s": cpu_s() - began_cpu,
            "wall_s": time.perf_counter() - began,
            "peak_mib": peak_mib(),
        }
        print(f"{name} {found[name]['count']} {found[name]['cpu_s']:.2f} s CPU", flush=True)
    with open(out, "w", encoding="utf-8") as stream:
        json.dump(found, stream)


if __name__ == "__main__":
    main(*sys.argv[1:4])
