"""What the energies and the graph say of chemistry that is known, beside it.

    python -m experiments.known_chemistry                carbonates; precursor sets of YBa2Cu3O7
    python -m experiments.known_chemistry --write        also writes experiments/ybco_pairwise.md

The sets and the pairwise reactions are those of Szymanski et al., Nat. Commun. 14, 6956 (2023), in
`campaigns/ybco.csv` and `campaigns/ybco_pairwise.csv` below ATHANOR_DATA.
"""

import argparse
import csv
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from agents.files import write_whole
from experiments.command_line import one_line_errors
from knowledge.balance import precursor_sets, shared_amounts
from knowledge.chemistry import atoms, identity
from knowledge.data_folder import dataset
from knowledge.energies import EnergyStack, default_energies
from knowledge.energies.gibbs import gas_ev, kelvin, solid_ev_per_atom
from knowledge.kinetics import OnsetPrior, onset_prior
from knowledge.reactions import Conditions, Reaction, ReactionGraph
from knowledge.recipe import AIR

TARGET = "YBa2Cu3O7"
HOTTEST_C = 900.0
_GASES = frozenset({"CO2", "O2"})


@dataclass(frozen=True)
class SetComparison:
    """Reaction energies of the published precursor sets, ours beside theirs."""

    found: int
    missing: tuple[str, ...]
    ours_ev: tuple[float, ...]
    published_mev_per_atom: tuple[float, ...]
    tabulated: tuple[bool, ...]

    def rank_correlation(self, tabulated_only: bool) -> float:
        """Spearman's, over all sets or those whose phases are all in a table."""
        kept = np.array(self.tabulated) | (not tabulated_only)
        ours, theirs = np.array(self.ours_ev)[kept], np.array(self.published_mev_per_atom)[kept]
        return float(spearmanr(ours, theirs).statistic)


def carbonate_equilibrium_k(energies: EnergyStack, carbonate: str) -> float | None:
    """Kelvin at which a carbonate stands under 1 atm of CO2; none below 300 or above 2000 K."""
    oxide = carbonate.replace("CO3", "O")

    def change(temperature_k: float) -> float:
        solids = [(oxide, 1.0), (carbonate, -1.0)]
        gibbs = sum(
            n * solid_ev_per_atom(energies.energy(f), temperature_k) * atoms(f) for f, n in solids
        )
        return gibbs + gas_ev("CO2", temperature_k)

    grid = np.arange(300.0, 2001.0, 5.0)
    values = np.array([change(t) for t in grid])
    crossing = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    return float(grid[crossing[-1] + 1]) if len(crossing) else None


def carbonates(energies: EnergyStack) -> list[tuple[str, float, float | None, bool]]:
    """Formula, published and computed temperature in kelvin, and whether it was fitted."""
    path = files("knowledge.energies").joinpath("data/carbonate_equilibria.csv")
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return [
        (
            r["formula"],
            float(r["temperature_k"]),
            carbonate_equilibrium_k(energies, r["formula"]),
            r["fitted"] == "yes",
        )
        for r in rows
    ]


def published_sets() -> dict[tuple[str, ...], float]:
    """Precursors of every set, and its published reaction energy in meV/atom."""
    text = dataset("campaigns/ybco.csv").read_text(encoding="utf-8")
    return {
        tuple(sorted(row["precursors"].split(";"))): float(row["reaction_energy_mev_per_atom"])
        for row in csv.DictReader(text.splitlines())
    }


def compare_sets(energies: EnergyStack, temperature_c: float = HOTTEST_C) -> SetComparison:
    """Published against computed energies, in air, per mole of target."""
    published = published_sets()
    inventory = sorted({p for precursors in published for p in precursors})
    ours = {tuple(sorted(s)) for s in precursor_sets(TARGET, inventory, spare=1)}
    graph = ReactionGraph(energies, TARGET, inventory)
    phases = graph.phases(Conditions(temperature_c, AIR))
    grand = {f: phases.phases[phases.find(f)].grand_potential_ev for f in [TARGET, *inventory]}
    computed, tabulated = [], []
    for precursors in published:
        moles = shared_amounts(TARGET, precursors) or {}
        brought = sum(n * grand[f] for f, n in moles.items())
        computed.append(grand[TARGET] - brought if moles else math.nan)
        tabulated.append(all(energies.energy(f).kind == "table" for f in precursors))
    return SetComparison(
        found=len(published.keys() & ours),
        missing=tuple(";".join(s) for s in published.keys() - ours),
        ours_ev=tuple(computed),
        published_mev_per_atom=tuple(published.values()),
        tabulated=tuple(tabulated),
    )


def pairwise_table(energies: EnergyStack) -> tuple[list[str], int, int]:
    """A row of Markdown for each published pairwise reaction; how many agree, of how many."""
    text = dataset("campaigns/ybco_pairwise.csv").read_text(encoding="utf-8")
    rows = [[c.strip() for c in line.split(",")] for line in text.splitlines()[1:] if line.strip()]
    solids = {f for r in rows for f in (*r[0].split(" + "), *r[1].split(" + "))}
    solids -= {"None", TARGET, "Ba2YCu3O7", *_GASES}
    graph = ReactionGraph(energies, TARGET, sorted(solids))
    told, agreed = [], 0
    for pair, products, observed in rows:
        reactants = pair.split(" + ")
        at_c = float(re.findall(r"\d+", observed)[-1])
        found = graph.reaction(Conditions(at_c, AIR), reactants[0], reactants[-1])
        mobile = onset_prior(tuple(reactants), "air").belief(tuple(reactants), "air")
        chance = mobile.probability_mobile(at_c)
        verdict = _verdict(found, products, chance)
        agreed += verdict in ("same products", "no reaction", "too slow")
        equation = "none" if found is None else found.equation
        force = "" if found is None else _force(found)
        cells = (pair, products, observed, equation, force, f"{chance:.2f}", verdict)
        told.append(f"| {' | '.join(cells)} |")
    return told, agreed, len(rows)


def mobility_log_likelihood(prior: Callable[[tuple[str, ...]], OnsetPrior]) -> float:
    """Of the published pairwise reactions, under a prior of when each pair gets mobile in air."""
    text = dataset("campaigns/ybco_pairwise.csv").read_text(encoding="utf-8")
    total = 0.0
    for line in text.splitlines()[1:]:
        pair, _, observed = (cell.strip() for cell in line.split(","))
        solids = tuple(pair.split(" + "))
        belief = prior(solids).belief(solids, "air")
        mobile = [belief.probability_mobile(float(t)) for t in re.findall(r"\d+", observed)]
        if observed.startswith("Does not"):
            total += math.log(1 - mobile[0])
        else:
            total += math.log(mobile[-1] - (mobile[0] if len(mobile) > 1 else 0.0))
    return total


def _force(found: Reaction) -> str:
    return f"{found.driving_force_ev_per_atom * 1000:.0f} +- {found.sigma_ev_per_atom * 1000:.0f}"


def _flat(pair: tuple[str, ...]) -> OnsetPrior:  # noqa: ARG001
    """One prior for all pairs: Tammann's rule on oxides that melt between 1600 and 2400 K."""
    return OnsetPrior(715.0, 200.0)


def _verdict(found: Reaction | None, products: str, chance_mobile: float) -> str:
    runs = found is not None and found.driving_force_ev_per_atom > 0.002
    if products == "None":
        if not runs:
            return "no reaction"
        return "too slow" if chance_mobile < 0.5 else "reaction predicted, none seen"
    if not runs or found is None:
        return "none predicted, reaction seen"
    seen = {identity(f) for f in products.split(" + ") if f not in _GASES}
    predicted = {identity(f) for f in found.products}
    if predicted == seen:
        return "same products"
    return "some products" if predicted & seen else "other products"


HEADER = """# Published pairwise reactions beside what the graph predicts

Szymanski et al., Nat. Commun. 14, 6956 (2023) learned these 27 from products of YBa2Cu3O7
syntheses in air. Ours: the strongest reaction of the pair in air at the temperature named last, its
driving force in meV/atom, and the prior probability that the pair is mobile there; nothing was
fitted to them. Written by `python -m experiments.known_chemistry --write`.

| pair | observed | when | predicted | meV/atom | mobile | verdict |
|---|---|---|---|---|---|---|
"""


@one_line_errors
def main() -> None:
    """Print what is known beside what is computed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write experiments/ybco_pairwise.md")
    write = parser.parse_args().write
    energies = default_energies()
    print("carbonate  experiment  computed (K, 1 atm CO2)")
    for formula, published, computed, fitted in carbonates(energies):
        told = "below 300" if computed is None else f"{computed:.0f}"
        print(f"{formula:9}  {published:10.0f}  {told}{'  fitted' if fitted else ''}")
    sets = compare_sets(energies)
    total = len(sets.published_mev_per_atom)
    print(f"{sets.found} of {total} published precursor sets are found")
    print(
        f"rank correlation of reaction energies at {kelvin(HOTTEST_C):.0f} K in air: "
        f"{sets.rank_correlation(True):.3f} over the {sum(sets.tabulated)} sets in the tables, "
        f"{sets.rank_correlation(False):.3f} over all {total}"
    )
    rows, agreed, count = pairwise_table(energies)
    print(f"{agreed} of {count} published pairwise reactions are as predicted")
    ours, flat = (
        mobility_log_likelihood(prior) for prior in (partial(onset_prior, atmosphere="air"), _flat)
    )
    print(
        f"their log likelihood: {ours:.1f} under the mobility priors, {flat:.1f} under a flat one"
    )
    if write:
        target = Path(__file__).parent / "ybco_pairwise.md"
        write_whole(target, HEADER + "\n".join(rows) + f"\n\n{agreed} of {count} agree.\n")
        print(f"written to {target}")


if __name__ == "__main__":
    main()
