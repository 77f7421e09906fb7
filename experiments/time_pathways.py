"""How long a pathway as a distribution takes: CPU seconds on one core, first call and second.

    python -m experiments.time_pathways [--samples 1000]

A mixture of four phases each time: the precursors, and a little of the target. Set
OMP_NUM_THREADS=1 to hold the linear algebra to one core.
"""

import argparse
import time

from experiments.command_line import one_line_errors
from knowledge.balance import balance
from knowledge.energies import default_energies
from knowledge.reactions import Conditions, ReactionGraph
from knowledge.recipe import AIR

MIXTURES = {
    "YBa2Cu3O7": (("BaCO3", "CuO", "Y2O3"), 900.0),
    "CaFe2P2O9": (("CaCO3", "Fe2O3", "NH4H2PO4"), 900.0),
}
# Moles of target beside the precursors of one mole.
_SEED = 0.2


@one_line_errors
def main() -> None:
    """Time each mixture, print a line for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--samples", type=int, default=1000)
    samples = parser.parse_args().samples
    for target, (precursors, temperature_c) in MIXTURES.items():
        conditions = Conditions(temperature_c, AIR)
        mixture = {**balance(target, precursors).precursors, target: _SEED}
        # Imports, tables and the phases themselves are not what is timed.
        graph = ReactionGraph(default_energies(), target, precursors)
        graph.pathway(balance(target, precursors).precursors, conditions)
        seconds = []
        for _ in range(2):
            began = time.process_time()
            graph.distribution(mixture, [conditions], samples)
            seconds.append(time.process_time() - began)
        phases = len(graph.phases(conditions).phases)
        print(f"{target:10} {phases:4} phases  {seconds[0]:.2f} s, then {seconds[1]:.2f} s")


if __name__ == "__main__":
    main()
