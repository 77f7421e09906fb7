"""Benchmarks run one after the other, each a process with a limit; what is there is kept."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from agents.files import write_whole
from experiments.benchmarks.benchmark import Benchmark
from experiments.benchmarks.machine import commit, machine, versions
from experiments.benchmarks.process_tree import watched
from knowledge.data_folder import data_folder, dataset
from knowledge.errors import MissingDataError, RecordError
from knowledge.record import Record

MEASURED, FAILED, TOO_LONG = "measured", "failed", "too long"
_RESULT, _OUTPUT = "result.json", "output.txt"
_ENV = {"OMP_NUM_THREADS": "1", "COLUMNS": "100", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
_BY_HAND = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Result(Record):
    """What came of a benchmark. `ending` is measured, failed, or too long.

    `commands` are those that were run, so that others are another benchmark; `load` is how many
    processes wanted a core when it began, `cores` how many there were.
    """

    name: str
    ending: str
    commands: tuple[str, ...]
    quick: bool
    on: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    load: float
    cores: int
    machine: str
    versions: str
    commit: str


@dataclass(frozen=True)
class Place:
    """The folder of a run of benchmarks, the Python of its peers, if any, and its budget."""

    folder: Path
    peer: Path | None = None
    quick: bool = False

    def of(self, benchmark: Benchmark) -> Path:
        """Where a benchmark keeps what it has."""
        return self.folder / (f"{benchmark.name}-quick" if self.quick else benchmark.name)

    def result(self, benchmark: Benchmark) -> Result | None:
        """What came of it, if it was run as it stands now. Raises RecordError if damaged."""
        path = self.of(benchmark) / _RESULT
        try:
            found = Result.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (RecordError, ValidationError, UnicodeDecodeError) as error:
            raise RecordError(f"{path} is damaged: remove it, or give --again") from error
        return found if found.commands == benchmark.commands else None

    def output(self, benchmark: Benchmark) -> str:
        """What it printed, without colours, and without the paths of this machine."""
        path = self.of(benchmark) / _OUTPUT
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        plain = _BY_HAND.sub("", text)
        names = {str(self.of(benchmark).resolve()): "$OUT", str(data_folder()): "$ATHANOR_DATA"}
        names |= {str(Path.cwd()): ".", str(Path.home()): "~"}
        for there, named in names.items():
            plain = plain.replace(there, named)
        return "\n".join(line.rpartition("\r")[2].rstrip() for line in plain.splitlines()).strip(
            "\n"
        )


def lacks(benchmark: Benchmark, place: Place) -> str:
    """Why it cannot be run here; empty where it can."""
    if place.quick and benchmark.quick is None:
        return "there is no quick way"
    for name in benchmark.data:
        try:
            dataset(name)
        except MissingDataError:
            return f"needs {name} below ATHANOR_DATA"
    if benchmark.peers and not any(_has(place.peer, peer) for peer in benchmark.peers):
        return f"needs --peer-python of an environment with {' or '.join(benchmark.peers)}"
    return ""


def _has(python: Path | None, module: str) -> bool:
    if python is None:
        return False
    asked = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    try:
        return subprocess.run([python, "-c", asked], check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def run(benchmark: Benchmark, place: Place, again: bool = False) -> Result:
    """Run a benchmark, whatever there is; what it had begun goes on, unless all of it is asked."""
    folder = place.of(benchmark)
    if again:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    values = {"OUT": str(folder.resolve()), "ATHANOR_DATA": str(data_folder())}
    values["PEER"] = str(place.peer or "")
    load, at = os.getloadavg()[0], commit()
    ending, wall_s, cpu_s, peak_mb = _commands(benchmark, folder, values, place.quick)
    result = Result(
        name=benchmark.name,
        ending=ending,
        commands=benchmark.commands,
        quick=place.quick,
        on=date.today().isoformat(),
        wall_s=round(wall_s, 1),
        cpu_s=round(cpu_s, 1),
        peak_mb=round(peak_mb),
        load=round(load, 1),
        cores=len(os.sched_getaffinity(0)),
        machine=machine(),
        versions=versions(),
        commit=at,
    )
    write_whole(folder / _RESULT, result.to_json() + "\n")
    return result


def _commands(
    benchmark: Benchmark, folder: Path, values: Mapping[str, str], quick: bool
) -> tuple[str, float, float, float]:
    """How it ended, seconds, CPU seconds, and the most MB that a process held."""
    said = folder / _OUTPUT
    said.write_text("", encoding="utf-8")
    began, cpu_s, peak_mb, ending = time.monotonic(), 0.0, 0.0, MEASURED
    for words in benchmark.words(values, quick):
        part = folder / "part.txt"
        left_s = benchmark.limit_s - (time.monotonic() - began)
        done = watched(words, part, _ENV, limit_s=left_s)
        with said.open("a", encoding="utf-8") as stream:
            stream.write(part.read_text(encoding="utf-8", errors="replace"))
        part.unlink()
        cpu_s, peak_mb = cpu_s + done.cpu_s, max(peak_mb, *done.peak_mb())
        if done.status != 0:
            ending = TOO_LONG if done.status is None else FAILED
            break
    return ending, time.monotonic() - began, cpu_s, peak_mb
