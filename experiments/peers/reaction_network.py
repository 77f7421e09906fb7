"""Our enumeration beside that of the reaction-network package, in one run on one machine.

    python -m experiments.peers.reaction_network --python PYTHON --entries FILE.csv --target F
        [--growth 200] [--json OUT]

PYTHON is that of an environment with `pip install reaction-network==8.3.0` in it; without it ours
alone is measured. Reactions are compared by what stands on each side, energies by their largest
difference. CPU seconds are those of the whole process tree, of each side's second call.
`--growth N` instead enumerates ours alone, from 10 of the entries up to N, within the bound on
reactions.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from agents.files import write_whole
from experiments.command_line import one_line_errors
from experiments.enumerate_reactions import enumerators
from knowledge.errors import AthanorError
from knowledge.reactions.entries import EntrySet, read_entries
from knowledge.reactions.enumerate import MAX_REACTIONS, TooManyReactionsError, enumerate_reactions

Sides = tuple[frozenset[str], frozenset[str]]


class PeerError(AthanorError):
    """A peer that does not run."""


def sides(equation: str) -> Sides:
    """The formulas on each side of an equation, without amounts."""
    left, right = (
        frozenset(term.split(" ")[-1] for term in side.split(" + "))
        for side in equation.split(" -> ")
    )
    return left, right


def ours(entries: EntrySet, target: str) -> dict[str, dict[str, Any]]:
    """Each way of enumerating, called twice; the second call counted."""
    found = {}
    for name, find in enumerators(entries, target, "O2", 0.0, MAX_REACTIONS).items():
        _ = find().ev_per_atom
        began = time.process_time()
        table = find()
        energies = table.ev_per_atom
        seconds = time.process_time() - began
        found[name] = {
            "reactions": list(zip(table.equations(), energies.tolist(), strict=True)),
            "cpu_s": seconds,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    return found


def peers(python: Path, entries: Path, target: str) -> dict[str, dict[str, Any]]:
    """The same by reaction-network. Raises PeerError where it does not run."""
    worker = Path(__file__).with_name("reaction_network_worker.py")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        command = [str(python), str(worker), str(entries.resolve()), target, str(out)]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise PeerError(f"cannot run {python}: {error}") from error
        if not out.is_file():
            last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
            raise PeerError(f"reaction-network did not finish with {python}: {last}")
        found: dict[str, dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))
    return found


def compare(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """What one way finds that the other does not, and the ratio of CPU seconds."""
    a = {sides(e): v for e, v in mine["reactions"]}
    b = {sides(e): v for e, v in theirs["reactions"]}
    return {
        "ours": len(a),
        "theirs": len(b),
        "missing": len(b.keys() - a.keys()),
        "extra": len(a.keys() - b.keys()),
        "largest_difference_ev_per_atom": max((abs(a[k] - b[k]) for k in a.keys() & b), default=0),
        "our_cpu_s": mine["cpu_s"],
        "their_cpu_s": theirs["cpu_s"],
        "ratio": theirs["cpu_s"] / max(mine["cpu_s"], 1e-9),
        "our_peak_mib": mine["peak_mib"],
        "their_peak_mib": theirs["peak_mib"],
    }


def growth(entries: EntrySet, most: int) -> list[dict[str, float]]:
    """CPU seconds and reactions for more and more of the entries, elements first."""
    pure = [i for i, row in enumerate(entries.counts) if (row > 0).sum() == 1]
    order = pure + [i for i in range(len(entries)) if i not in pure]
    points: list[dict[str, float]] = []
    for size in sorted({min(n, len(entries), most) for n in (10, 20, 31, 45, 65, 95, 140, 200)}):
        some = EntrySet.of((entries.formulas[i], entries.ev_per_atom[i]) for i in order[:size])
        began = time.process_time()
        try:
            count = len(enumerate_reactions(some))
        except TooManyReactionsError as error:
            print(f"{size:4} entries: {error}")
            return points
        seconds = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{size:4} entries {count:9,} reactions {seconds:8.3f} s CPU {peak:6.0f} MiB peak")
        points.append({"entries": size, "reactions": count, "cpu_s": seconds, "peak_mib": peak})
    return points


@one_line_errors
def main() -> None:
    """Measure both, compare, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", type=Path, help="of an environment with reaction-network")
    parser.add_argument("--entries", type=Path, required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--growth", type=int, help="only ours, up to so many entries")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    entries = read_entries(given.entries)
    report: dict[str, Any] = {}
    if given.growth:
        report["growth"] = growth(entries, given.growth)
        if given.json:
            write_whole(given.json, json.dumps(report, indent=1))
        return
    mine = ours(entries, given.target)
    if given.python is None or not given.python.exists():
        print(f"no reaction-network at {given.python}: ours alone", file=sys.stderr)
        for name, result in mine.items():
            print(f"{name:26} {len(result['reactions']):7,}  {result['cpu_s']:8.4f} s CPU")
    else:
        theirs = peers(given.python, given.entries, given.target)
        report["enumerators"] = {name: compare(mine[name], theirs[name]) for name in theirs}
        print(f"{'':26}    ours  theirs missing extra   ours s  theirs s   ratio")
        for name, c in report["enumerators"].items():
            print(
                f"{name:26} {c['ours']:7} {c['theirs']:7} {c['missing']:7} {c['extra']:5} "
                f"{c['our_cpu_s']:8.4f} {c['their_cpu_s']:9.2f} {c['ratio']:7.0f}"
            )
        total = [sum(c[k] for c in report["enumerators"].values()) for k in
                 ("our_cpu_s", "their_cpu_s")]  # fmt: skip
        print(f"{'together':50} {total[0]:15.4f} {total[1]:9.2f} {total[1] / total[0]:7.0f}")
    if given.json:
        write_whole(given.json, json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
