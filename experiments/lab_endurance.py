"""Whether the simulated lab keeps its memory and its pace over many experiments.

    python -m experiments.lab_endurance [--experiments 100000]

Barium titanate and YBa2Cu3O7 by several routes, each experiment submitted and polled until done,
with an id of its own. Prints peak memory and pace after every tenth.
"""

import argparse
import resource
import sys
import time

from experiments.command_line import one_line_errors
from knowledge.energies import default_energies
from knowledge.errors import RecordError
from knowledge.recipe import HeatingStep, Recipe, Target
from lab.simulated import SimulatedLab

_ROUTES = (
    ("BaTiO3", ("BaCO3", "TiO2")),
    ("BaTiO3", ("BaO2", "TiO2")),
    ("YBa2Cu3O7", ("BaCO3", "CuO", "Y2O3")),
    ("YBa2Cu3O7", ("BaO2", "CuO", "Y2O3")),
)
_TEMPERATURES_C = range(700, 1150, 50)


def _peak_memory_mb() -> float:
    """The most memory that this process ever held. The system counts in kB, a Mac in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


@one_line_errors
def main() -> None:
    """Run the experiments and print what they cost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--experiments", type=int, default=100_000)
    count = parser.parse_args().experiments
    if count < 10:
        raise RecordError("--experiments must be 10 or more")
    recipes = [
        Recipe.balanced(
            Target(formula=target),
            precursors,
            (HeatingStep(temperature_c=temperature_c, hold_h=hold_h),),
        )
        for target, precursors in _ROUTES
        for temperature_c in _TEMPERATURES_C
        for hold_h in (4, 12)
    ]
    inventory = sorted({p for _, precursors in _ROUTES for p in precursors})
    lab = SimulatedLab(0, inventory, energies=default_energies())
    began = time.process_time()
    for number in range(count):
        name = f"e{number}"
        lab.submit(recipes[number % len(recipes)], name)
        lab.poll(name)
        if (number + 1) % (count // 10) == 0:
            memory_mb = _peak_memory_mb()
            pace = (number + 1) / (time.process_time() - began)
            print(f"{number + 1:8} experiments  {memory_mb:6.0f} MB  {pace:5.0f} a CPU second")


if __name__ == "__main__":
    main()
