"""What a study costs as it grows: time, overhead, memory and disk, from 100 campaigns to a million.

    python -m experiments.study_scale --json OUT [--campaigns 100,1000,10000] [--policy thermo]
    python -m experiments.study_scale --policy athanor --campaigns 1000 --profile 20 --json OUT

Each size is the same command that a user gives, `athanor study -m hydra/launcher=joblib`, in a
folder of its own: BaTiO3 in the `easy` world, 20 experiments in each campaign, which goes on after
a success unless --stop-at-success is given. CPU seconds are those of all its processes. Overhead is
what they took beside the campaigns, as a share of the campaigns' own: a worker's first campaign
also reads tables and gathers recipes, and what it takes beyond a median one is overhead too. Stages
are measured one by one in another process, and their sum is shown beside the overhead. The figures
for a million are those of the largest size, drawn on as a straight line.
"""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from agents.files import write_whole
from experiments.benchmarks.process_tree import Watched, watched
from experiments.benchmarks.study_growth import SHARD_SIZE, exponents, on_a_cluster, sum_of_stages
from experiments.benchmarks.study_words import told
from experiments.command_line import one_line_errors
from experiments.study.store import RESULTS, ROWS, TIMINGS
from knowledge.errors import AthanorError

_ONE_THREAD = {"OMP_NUM_THREADS": "1"}
_EARLY = 0.25
_EVERY_S = 0.5  # looking costs milliseconds, and so disturbs a study by less than one in a hundred
_LARGEST = 1_000_000


def settings_of(policy: str, stop_at_success: bool) -> list[str]:
    """What is studied, as words of `athanor study`."""
    return [
        f"study.policies=[{policy}]",
        "study.targets=[BaTiO3]",
        "study.worlds=[easy]",
        "budget.experiments=20",
        f"budget.stop_at_success={str(stop_at_success).lower()}",
    ]


def measured(settings: Sequence[str], campaigns: int, processes: int) -> dict[str, Any]:
    """What a study of so many campaigns took and left. Raises AthanorError where it failed."""
    with TemporaryDirectory() as name:
        folder, said = Path(name) / "study", Path(name) / "said"
        words = [
            sys.executable, "-m", "agents.cli", "study", "-m", *settings,
            f"study.seeds={campaigns}", f"study.shard_size={SHARD_SIZE}", f"study.folder={folder}",
            "hydra/launcher=joblib", f"hydra.launcher.n_jobs={processes}",
        ]  # fmt: skip
        progress = _Progress(folder / ROWS, campaigns)
        run = watched(words, said, _ONE_THREAD, every_s=_EVERY_S, share_done=progress)
        if run.status:
            last = said.read_text(encoding="utf-8").strip().splitlines() or ["it said nothing"]
            raise AthanorError(f"the study of {campaigns:,} campaigns failed: {last[-1]}")
        return figures(run, folder, processes)


class _Progress:
    """The share of campaigns whose rows are written, 0 to 1. A file that did not change is not
    read again."""

    def __init__(self, rows: Path, campaigns: int) -> None:
        self._rows, self._campaigns = rows, campaigns
        self._known: dict[Path, tuple[int, int]] = {}

    def __call__(self) -> float:
        for path in self._rows.glob("*.parquet"):
            changed = path.stat().st_mtime_ns
            if self._known.get(path, (0, 0))[0] != changed:
                self._known[path] = changed, pq.read_metadata(path).num_rows
        return sum(rows for _, rows in self._known.values()) / self._campaigns


def figures(run: Watched, folder: Path, processes: int) -> dict[str, Any]:
    """The figures of a study that was watched, from its folder."""
    cpu_s = pd.read_parquet(folder / TIMINGS)["cpu_s"]
    count = len(cpu_s)
    workers = min(processes, math.ceil(count / SHARD_SIZE))
    first = cpu_s.nlargest(workers)  # each worker's first: it reads tables and gathers
    own = float(cpu_s.sum() - (first - cpu_s.median()).clip(lower=0).sum())
    blocks = list((folder / ROWS).glob("*.parquet"))
    return {
        "campaigns": count,
        "processes": processes,
        "wall_s": round(run.wall_s, 1),
        "cpu_s": round(run.cpu_s, 2),
        "campaigns_cpu_s": round(own, 3),
        "overhead": round((run.cpu_s - own) / own, 4),
        "overhead_as_timed": round((run.cpu_s - float(cpu_s.sum())) / float(cpu_s.sum()), 4),
        "campaign_cpu_s": round(float(cpu_s.median()), 4),
        "starter_cpu_s": _of_the_starter(run),
        "starter_mb": round(run.peak_mb()[0]),
        "worker_mb_early": round(run.peak_mb(_EARLY)[1]),
        "worker_mb": round(run.peak_mb()[1]),
        "result_bytes": (folder / RESULTS).stat().st_size,
        "rows_bytes": sum(path.stat().st_size for path in blocks),
        "files": sum(1 for path in folder.rglob("*") if path.is_file()),
    }


def _of_the_starter(run: Watched) -> dict[str, float]:
    """CPU seconds of the command's own process: until the first rows, until the last, after."""
    to_first, to_last = run.root_cpu_s(0.0), run.root_cpu_s(1.0 - 1e-9)
    whole = run.cpu_by_process.get(run.root, 0.0)
    spans = {"before": to_first, "waiting": to_last - to_first, "after": whole - to_last}
    return {name: round(seconds, 2) for name, seconds in spans.items()}


def _told(module: str, words: Sequence[str]) -> Any:
    """What a module of experiments.benchmarks prints as JSON on its last line."""
    with TemporaryDirectory() as name:
        said = Path(name) / "said"
        command = [sys.executable, "-m", f"experiments.benchmarks.{module}", *words]
        run = watched(command, said, _ONE_THREAD)
        lines = said.read_text(encoding="utf-8").strip().splitlines()
    found = [line for line in lines if line.startswith(("{", "["))]
    if run.status or not found:
        raise AthanorError(f"{module} failed: {lines[-1] if lines else 'it said nothing'}")
    return json.loads(found[-1])


def _sizes(text: str) -> list[int]:
    """Campaigns of each study, in rising order. Raises AthanorError for what is none."""
    words = text.split(",")
    if not all(w.strip().isdigit() and 1 <= int(w) <= _LARGEST for w in words):
        raise AthanorError(f"--campaigns is {text!r}: give numbers up to {_LARGEST:,}: 100,1000")
    return sorted({int(word) for word in words})


@one_line_errors
def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--campaigns", default="100,1000,10000", help="how many: A,B,C")
    parser.add_argument("--policy", default="thermo")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--stop-at-success", action="store_true", help="as campaigns mostly do")
    parser.add_argument("--profile", type=int, default=0, metavar="N", help="of N campaigns")
    parser.add_argument("--json", type=Path, help="where the figures go")
    given = parser.parse_args()
    if given.processes < 2:
        raise AthanorError(
            f"--processes is {given.processes}: 2 or more, for with one joblib starts no other"
        )
    if given.profile < 0:
        raise AthanorError(f"--profile is {given.profile}: a number of campaigns, or 0 for none")
    sizes, settings = _sizes(given.campaigns), settings_of(given.policy, given.stop_at_success)
    found: dict[str, Any] = {
        "policy": given.policy,
        "stop_at_success": given.stop_at_success,
        "sizes": [],
        "stages": _told("study_stages", settings),
    }
    for size in sizes:
        found["sizes"].append(measured(settings, size, given.processes))
        largest = found["sizes"][-1]
        found["sum_of_stages"] = sum_of_stages(found["stages"], largest)
        found["growth"] = exponents(found["sizes"])
        found["million"] = on_a_cluster(found["stages"], found["sizes"])
        if given.json:  # a larger size may take long: what is known by now is kept
            write_whole(given.json, json.dumps(found, indent=1) + "\n")
    if given.profile:
        found["profile"] = _told("study_profile", [str(given.profile), *settings])
    print(told(found))
    if given.json:
        write_whole(given.json, json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
