"""What a batch of suggestions costs: CPU seconds and memory, as tables and histories grow.

    python -m experiments.suggestion_cost --policies athanor,gp --json OUT.json
    python -m experiments.suggestion_cost --sizes 150/188,2000/100000 --peer-python PYTHON

Sizes are observations/candidates of a made-up table with several precursor sets, temperatures and
hold times. Batches of four are asked for five times, four more observed each time; `first` is the
one after making the policy anew, `prepare` making it. Each size is measured in a process of its
own, on one thread, with modules loaded. Memory is the most that process held, records included.

PYTHON is that of an environment with `pip install baybe bofire[optimization]` in it; a peer that it
lacks is left out. Beside OUT.json a table OUT.csv holds every measurement: what it has is not
measured again, so name another file, or the policy with --again, when the code has changed.
"""

import argparse
import csv
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.files import write_whole
from experiments.command_line import one_line_errors
from experiments.contenders import contenders
from experiments.peers import suggestion_worker as peer_worker
from experiments.record_table import as_text, records_in
from experiments.synthetic_table import synthetic_table
from knowledge.errors import AthanorError
from knowledge.record import Record

SIZES = "150/188,250/1000,500/5000,1000/20000,2000/100000"
BATCH, REPEATS = 4, 5
# Aimed at with 150 observations and 188 candidates, and with 2,000 and 100,000.
GOALS = {(150, 188): (0.2, None), (2000, 100_000): (5.0, 2048.0)}


class Cost(Record):
    """What batches of suggestions cost one policy at one size.

    CPU seconds; memory in MiB, of the records before the policy is made, and at the most. None
    where it did not come to its end, for which `note` says why.
    """

    policy: str
    observations: int
    candidates: int
    prepare_s: float | None = None
    first_s: float | None = None
    median_s: float | None = None
    worst_s: float | None = None
    records_mb: float | None = None
    peak_mb: float | None = None
    note: str = ""

    @property
    def name(self) -> tuple[str, int, int]:
        """What tells it from other measurements."""
        return self.policy, self.observations, self.candidates


def sizes_in(text: str) -> list[tuple[int, int]]:
    """Observations and candidates of each size. Raises AthanorError for what is no size."""
    sizes = []
    for part in text.split(","):
        observed, slash, candidates = part.partition("/")
        if not (slash and observed.strip().isdecimal() and candidates.strip().isdecimal()):
            raise AthanorError(f"--sizes {part}: give OBSERVATIONS/CANDIDATES, such as 150/188")
        sizes.append((int(observed), int(candidates)))
        if not 0 < sizes[-1][0] <= sizes[-1][1] - BATCH:
            raise AthanorError(
                f"--sizes {part}: one observation or more, and {BATCH} candidates more than those"
            )
    return sizes


def cost(policy: str, size: tuple[int, int], limit_s: int) -> Cost:
    """What it costs one of our policies."""
    observations, candidates = size
    words = [policy, candidates, observations, BATCH, REPEATS, limit_s]
    told = _run([sys.executable, "-m", "experiments.suggestion_worker", *map(str, words)], limit_s)
    return _cost(policy, size, told)


def peer_cost(peer: str, python: Path, size: tuple[int, int], limit_s: int) -> Cost:
    """What it costs a peer, on the same table."""
    observations, candidates = size
    measured = min(observations + BATCH * (REPEATS - 1), candidates - BATCH)
    table = synthetic_table(candidates, measured)
    recipes = [c.recipe for c in table.candidates.items]
    done = [(e.recipe, e.yield_fraction) for e in table.experiments]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("candidates.csv", "measured.csv")]
        header = ("precursors", "temperature_c", "hold_h")
        _write(files[0], header, [_conditions(r) for r in recipes])
        _write(files[1], (*header, "yield"), [(*_conditions(r), y) for r, y in done])
        worker = [str(python), str(peer_worker.__file__), peer, *map(str, files)]
        told = _run([*worker, *map(str, (observations, BATCH, limit_s))], limit_s)
    return _cost(peer, size, told)


def _conditions(recipe: Any) -> tuple[str, float, float]:
    step = recipe.hottest
    return " + ".join(recipe.precursors), step.temperature_c, step.hold_h


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def _run(words: Sequence[str], limit_s: int) -> dict[str, Any]:
    """What a worker tells, or a note on why it does not."""
    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS")}
    environment = {**os.environ, **one_thread}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode == 0:
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told
    if done.returncode == peer_worker.NOT_INSTALLED:
        return {"note": "not installed"}
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return {"note": f"more than {limit_s} CPU s, or more memory than there is"}
    return {"note": (done.stderr.strip().splitlines() or ["no word"])[-1][:200]}


def _cost(policy: str, size: tuple[int, int], told: dict[str, Any]) -> Cost:
    observations, candidates = size
    version = told.get("version")
    if "seconds" not in told:
        return Cost(
            policy=policy, observations=observations, candidates=candidates, note=told["note"]
        )
    seconds = told["seconds"]
    return Cost(
        policy=policy,
        observations=observations,
        candidates=candidates,
        prepare_s=round(told["prepare_s"], 4),
        first_s=round(seconds[0], 4),
        median_s=round(statistics.median(seconds), 4),
        worst_s=round(max(seconds), 4),
        records_mb=round(told["records_mb"], 1),
        peak_mb=round(told["peak_mb"], 1),
        note=f"version {version}" if version else "",
    )


def show(found: Cost) -> None:
    """Print one line."""
    line = f"{found.policy:24} {found.observations:6} {found.candidates:8} "
    if found.median_s is None:
        print(f"{line} {found.note}", flush=True)
        return
    seconds_goal, memory_goal = GOALS.get((found.observations, found.candidates), (None, None))
    goal = "" if seconds_goal is None else f"  aimed at {seconds_goal:g} s"
    goal += "" if memory_goal is None else f", {memory_goal:.0f} MiB"
    print(
        f"{line}{found.prepare_s:9.3f} {found.first_s:8.3f} {found.median_s:8.3f} "
        f"{found.worst_s:8.3f} {found.records_mb:8.0f} {found.peak_mb:8.0f}  {found.note}{goal}",
        flush=True,
    )


@one_line_errors
def main() -> None:
    """Measure what the table lacks, print each, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--policies", default="athanor")
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--limit-s", type=int, default=600, help="CPU seconds for one size")
    parser.add_argument("--peer-python", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--again", default="", help="policies that are measured again")
    given = parser.parse_args()
    if given.limit_s < 1:
        raise AthanorError(f"--limit-s {given.limit_s}: it must be above zero")
    if given.peer_python and not given.peer_python.exists():
        raise AthanorError(f"--peer-python {given.peer_python}: there is no such interpreter")
    if given.json and not given.json.parent.is_dir():
        raise AthanorError(f"--json {given.json}: there is no folder {given.json.parent}")
    sizes, labels = sizes_in(given.sizes), [c.label for c in contenders(given.policies)]
    peers = list(peer_worker.PEERS) if given.peer_python else []
    table = given.json.with_suffix(".csv") if given.json else None
    again = {c.label for c in contenders(given.again)} if given.again else set()
    known = {c.name: c for c in (records_in(table, Cost) if table else []) if c.policy not in again}
    print(
        f"{'CPU s for ' + str(BATCH):24}   seen   choice   prepare    first   median    worst"
        "  records     peak, MiB"
    )
    for label in [*labels, *peers]:
        for size in sizes:
            name = (label, *size)
            if name not in known:
                known[name] = (
                    peer_cost(label, given.peer_python, size, given.limit_s)
                    if label in peers
                    else cost(label, size, given.limit_s)
                )
                if table:
                    write_whole(table, as_text(known.values(), Cost))
            show(known[name])
    if given.json:
        wanted = [known[label, *size] for label in [*labels, *peers] for size in sizes]
        text = json.dumps([c.model_dump() for c in wanted], indent=1)
        write_whole(given.json, text + "\n")


if __name__ == "__main__":
    main()
