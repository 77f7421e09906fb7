"""How large a campaign may be: many targets in one process, and a long journal opened.

    python -m experiments.campaign_scale [--targets 50] [--experiments 350] [--days 20] [--json OUT]
    python -m experiments.campaign_scale --events 100000

The targets are those of the A-Lab and, beyond them, the development targets that are like them; the
laboratory is that of `experiments.alab_world`, with its state on disk. The campaign is the same
command that a user gives, `athanor run`, in a process of its own: seconds, CPU seconds and the peak
of memory are of that process. Its energies are those of ATHANOR_DATA.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agents.files import write_whole
from agents.journal import Journal, journal_of
from agents.ledger import Ledger
from experiments.command_line import one_line_errors
from experiments.simulated_alab import TARGETS, targets_in
from knowledge.data_folder import dataset
from knowledge.errors import AthanorError

_DEVELOPMENT = Path(__file__).parent / "data" / "development_targets.csv"


def formulas(count: int) -> list[str]:
    """The first targets of the A-Lab, then of the development targets. Raises AthanorError."""
    known = [*targets_in(dataset(TARGETS)), *targets_in(_DEVELOPMENT)]
    if not 0 < count <= len(known):
        raise AthanorError(f"--targets is {count}: there are 1 to {len(known)}")
    return known[:count]


def campaign(
    targets: list[str], experiments: int, days: float, parallel: int, policy: str, folder: Path
) -> dict[str, Any]:
    """What a campaign in a folder took and gave. Raises AthanorError where it failed."""
    table = folder / "targets.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["target"], *([t] for t in targets)])
    words = [
        sys.executable, "-m", "agents.cli", "run", f"targets={table}", f"policy={policy}",
        "lab=realistic", "+stock=alab",
        f"lab.state={folder / 'lab.sqlite'}", "yield_asked=0.5", f"budget.parallel={parallel}",
        f"budget.experiments={experiments}", f"budget.days={days:g}", "budget.per_target=10",
        f"hydra.run.dir={folder}",
    ]  # fmt: skip
    began = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=_one_thread())
    seconds = time.perf_counter() - began
    if done.returncode:
        raise AthanorError(f"the campaign failed: {done.stderr.strip().splitlines()[-1]}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    journal = journal_of(folder)
    events = journal.events()
    journal.close()
    ledger = Ledger(events)
    assert ledger.ended is not None
    return {
        "targets": len(targets),
        "targets_tried": len(ledger.targets),
        "made": len(ledger.ended.payload["made"]),
        "experiments": ledger.ended.payload["experiments"],
        "ended": ledger.ended.payload["reason"],
        "events": len(events),
        "seconds": round(seconds, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1024),
    }


def journal_opens(count: int, folder: Path) -> dict[str, Any]:
    """Seconds until a journal of so many events is read, checked and folded, in this process."""
    url = f"sqlite:///{folder / 'journal.sqlite'}"
    writing = Journal(url, "long", at_once=True)
    _fill(writing, count)
    writing.close()
    began, cpu = time.perf_counter(), time.process_time()
    journal = Journal(url, "long")
    ledger = Ledger(journal.events())
    found = {
        "events": journal.last,
        "experiments": len(ledger.experiments),
        "pending": len(ledger.pending),
        "open_s": round(time.perf_counter() - began, 2),
        "open_cpu_s": round(time.process_time() - cpu, 2),
        "file_mb": round((folder / "journal.sqlite").stat().st_size / 1e6),
    }
    journal.close()
    return found


def _fill(journal: Journal, count: int) -> None:
    """Events of experiments as a campaign writes them: decided with a pathway, receipt, outcome."""
    target = {"formula": "BaTiO3", "identity": "BaTiO3", "yield_asked": 0.9}
    journal.append("started", {"targets": [target], "candidates": {"BaTiO3": "0"}, "settings": {}})
    suggestion = {
        "policy": "athanor",
        "recipe": {"target": target, "precursors": {"BaCO3": 1.0, "TiO2": 1.0}},
        "reason": {"why": "as long as reasons, recipes and pathways are " * 40},
    }
    phases = [{"formula": "BaTiO3", "weight_fraction": 1.0, "sigma": 0.02, "polymorph": None}]
    for number in range((count - 1) // 3):
        name = f"long-{number:04d}"
        outcome = {"experiment_id": name, "status": "measured", "phases": phases, "faults": []}
        journal.append("decided", {"experiment_id": name, "suggestion": suggestion})
        journal.append("submitted", {"experiment_id": name})
        journal.append("finished", {"outcome": outcome})


def _one_thread() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1"}


@one_line_errors
def main() -> None:
    """Measure, print, and write JSON where asked."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--targets", type=int, default=50)
    arguments.add_argument("--experiments", type=int, default=350)
    arguments.add_argument("--days", type=float, default=20.0, help="of simulated time")
    arguments.add_argument("--parallel", type=int, default=32, help="in the lab at a time")
    arguments.add_argument("--policy", default="athanor")
    arguments.add_argument("--events", type=int, help="open a journal of so many events instead")
    arguments.add_argument("--json", type=Path, help="where the figures go")
    given = arguments.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        if given.events is not None:
            if given.events < 1:
                raise AthanorError(f"--events is {given.events}: it must be above zero")
            found = journal_opens(given.events, folder)
        else:
            found = campaign(
                formulas(given.targets),
                given.experiments,
                given.days,
                given.parallel,
                given.policy,
                folder,
            )
    for key, value in found.items():
        print(f"{key:14} {value}")
    if given.json:
        write_whole(given.json, json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
