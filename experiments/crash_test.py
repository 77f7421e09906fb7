"""Campaigns killed at every write, at random, with their lab, with their database.

    python -m experiments.crash_test --kills 1000 [--json crash.json] [--seed 0] [--resume]
    python -m experiments.crash_test --only shared --boundary 120

Each campaign is one of several shapes in a simulated lab with its files on disk, run as `athanor
run` does. It is killed with SIGKILL, run again with the same command until it ends, and compared
with one that was never killed: what is lost, what is there twice, what is otherwise. A table beside
the JSON (crash.csv) holds what is done, so that --resume goes on with it. Exit status 1 if anything
is wrong, with the commands to see it again.
"""

import argparse
import functools
import hashlib
import importlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.conditions import code_version
from agents.files import write_whole
from experiments.command_line import one_line_errors
from experiments.crash import ways
from experiments.crash.check import left_in
from experiments.crash.child import BOUNDARIES, MODULES, OUTPUT, start
from experiments.crash.plan import Case, more, planned
from experiments.crash.shapes import BY_NAME, SHAPES
from experiments.crash.ways import WAYS, Reference
from experiments.record_table import add, as_text, records_in
from experiments.side_by_side import PROCESSES, as_done
from knowledge.errors import AthanorError
from knowledge.record import Record, content_hash

_MOST = 1_000_000
_TOLD_EVERY_S = 30.0
# Imported by campaigns only when they need it.
_LATER = ("lab.remote", "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "transformers")


class Row(Record):
    """What came of killing one campaign; `of` is the code and seed that it is a row of."""

    shape: str
    way: str
    number: int
    before: str = ""
    kills: int
    starts: int
    lost: int
    duplicated: int
    diverged: int
    told: str = ""
    seconds: float
    of: str

    @property
    def case(self) -> Case:
        """What was killed, and how."""
        return Case(shape=self.shape, way=self.way, number=self.number)

    @property
    def wrong(self) -> bool:
        """Whether anything is."""
        return bool(self.lost or self.duplicated or self.diverged)


@one_line_errors
def main() -> None:
    """Kill, compare, tell."""
    os.environ.update(OMP_NUM_THREADS="1")
    asked = _asked()
    done = _done_before(asked)
    began = time.monotonic()
    _be_ready()
    names = [asked.only] if asked.only else list(BY_NAME)
    references = {name: reference_of(name) for name in names}
    total = sum(len(r.boundaries) for r in references.values())
    print(f"{total} boundaries in {len(names)} campaigns that are not killed", flush=True)
    one = references.get(asked.only)
    rows = [_one(asked, one)] if one else _all(asked, done, references)
    _show(rows)
    summary = summary_of(rows, references, round(time.monotonic() - began, 1), asked.seed)
    told = ("kills", "boundaries", "boundaries_killed_at", "lost", "duplicated", "diverged")
    print(", ".join(f"{summary[key]} {key.replace('_', ' ')}" for key in told))
    if asked.json:
        write_whole(asked.json, json.dumps(summary, indent=1) + "\n")
    for wrong in summary["wrong"]:
        print(f"{wrong['told']}: {wrong['command']}", file=sys.stderr)
    sys.exit(1 if summary["wrong"] else 0)


def reference_of(shape: str) -> Reference:
    """A campaign that nobody kills. Raises AthanorError where it does not end well."""
    with ways.scratch() as folder:
        began = time.monotonic()
        process = start(BY_NAME[shape].local, folder, count=True)
        process.join()
        if process.exitcode:
            told = ways.last_line(folder / OUTPUT)
            raise AthanorError(f"{shape} does not end even where nobody kills it: {told}")
        seconds = time.monotonic() - began
        names = (folder / BOUNDARIES).read_text(encoding="utf-8").splitlines()
        return Reference(left_in(folder), tuple(names), seconds)


def summary_of(
    rows: Sequence[Row], references: dict[str, Reference], seconds: float, seed: int
) -> dict[str, Any]:
    """Counts of all, by shape and way, and what is wrong with the command to see it again."""
    return {
        **_counts(rows),
        "boundaries": sum(len(r.boundaries) for r in references.values()),
        "boundaries_killed_at": sum(r.kills for r in rows if r.way == "boundary"),
        "seed": seed,
        "seconds": seconds,
        "code": code_version(),
        "by_shape": [
            {"shape": s, "way": w, **_counts(part)}
            for s in references
            for w in WAYS
            if (part := [r for r in rows if (r.shape, r.way) == (s, w)])
        ],
        "wrong": [
            {**r.case.model_dump(), "told": r.told, "command": f"{r.case.command} --seed {seed}"}
            for r in rows
            if r.wrong
        ],
    }


def _counts(rows: Iterable[Row]) -> dict[str, Any]:
    part = list(rows)
    whole = ("kills", "starts", "lost", "duplicated", "diverged")
    counts = {name: sum(getattr(r, name) for r in part) for name in whole}
    return {"campaigns": len(part), **counts, "seconds": round(sum(r.seconds for r in part), 1)}


def _all(asked: argparse.Namespace, done: list[Row], references: dict[str, Reference]) -> list[Row]:
    """Rows of all cases, those done before included, until there are kills enough."""
    rows, extra = list(done), 0
    boundaries = {name: r.boundaries for name, r in references.items()}
    cases = planned(asked.kills, boundaries)
    pool = ProcessPoolExecutor(PROCESSES, get_context("fork"), ways.end_with_parent)
    work = functools.partial(_killed, references, _binding(asked.seed), asked.seed)
    told = time.monotonic()
    try:
        while True:
            known = {r.case for r in rows}
            for row in as_done(pool, work, [c for c in cases if c not in known]):
                rows.append(row)
                if asked.json:
                    add(_table(asked.json), [row], Row)
                if row.wrong:
                    print(f"{row.told}: {row.case.command} --seed {asked.seed}", flush=True)
                if time.monotonic() - told > _TOLD_EVERY_S:
                    told = time.monotonic()
                    print(f"{sum(r.kills for r in rows)} of {asked.kills} kills", flush=True)
            short = asked.kills - sum(r.kills for r in rows)
            if short <= 0:
                return rows
            extra += 1000
            cases = more(short, extra)
    finally:
        pool.shutdown(cancel_futures=True)


def _killed(references: dict[str, Reference], of: str, seed: int, case: Case) -> Row:
    with ways.scratch() as folder:
        return _row(references[case.shape], of, seed, case, folder)


def _one(asked: argparse.Namespace, reference: Reference) -> Row:
    """The one case that was asked for, its files kept where that was asked for, too."""
    most = len(reference.boundaries)
    if asked.boundary and asked.boundary > most:
        raise AthanorError(f"--boundary {asked.boundary}: {asked.only} has {most} boundaries")
    way, _, number = (asked.case or f"boundary:{asked.boundary}").partition(":")
    case = Case(shape=asked.only, way=way, number=int(number))
    with ways.scratch() as folder:
        row = _row(reference, _binding(asked.seed), asked.seed, case, folder)
        if asked.keep:
            shutil.copytree(folder, asked.keep)
    return row


def _row(reference: Reference, of: str, seed: int, case: Case, folder: Path) -> Row:
    began = time.monotonic()
    done = ways.carry_out(case.shape, case.way, case.number, seed, reference, folder)
    before = reference.boundaries[case.number - 1] if case.way == "boundary" else ""
    verdict = done.verdict.model_dump()
    if verdict["told"]:
        verdict["told"] = f"{case.shape} {case.way} {case.number}: {verdict['told']}"
    seconds = round(time.monotonic() - began, 2)
    fields = case.model_dump() | verdict
    return Row(
        **fields, before=before, kills=done.kills, starts=done.starts, seconds=seconds, of=of
    )


def _be_ready() -> None:
    """Import what campaigns import, so that each is a fork of this process that begins at once."""
    import torch

    from agents import application  # noqa: F401

    torch.set_num_threads(1)
    code_version()
    with ways.scratch() as folder:
        process = start(SHAPES[0].local, folder, count=True)
        process.join()
        found = (folder / MODULES).read_text().split() if (folder / MODULES).exists() else []
    for name in (*found, *_LATER):
        if name not in sys.modules and not name.startswith("__"):
            with suppress(ImportError):  # campaigns do without it, or tell
                importlib.import_module(name)
    importlib.import_module("knowledge.chemistry").charge_doubt("BaTiO3")  # reads a long table once


def _binding(seed: int) -> str:
    """The code that rows are of: what runs campaigns, and what kills them."""
    files = [Path(__file__), *sorted(Path(ways.__file__).parent.glob("*.py"))]
    ours = [hashlib.sha256(f.read_bytes()).hexdigest() for f in files]
    return content_hash([code_version(), *ours, seed])


def _table(path: Path) -> Path:
    return path.with_suffix(".csv")


def _done_before(asked: argparse.Namespace) -> list[Row]:
    """The rows of an earlier run that was cut off. Raises AthanorError for those of other code."""
    if asked.json is None or asked.only:
        return []
    table, of = _table(asked.json), _binding(asked.seed)
    rows = records_in(table, Row) if asked.resume else []
    if any(r.of != of for r in rows):
        raise AthanorError(
            f"{table} is of other code or of another seed: "
            "name another --json, or leave out --resume"
        )
    write_whole(table, as_text(rows, Row))
    return rows


def _show(rows: Sequence[Row]) -> None:
    table = Table("shape", "killed", box=None, pad_edge=False)
    for name in ("campaigns", "kills", "lost", "duplicated", "diverged", "seconds"):
        table.add_column(name, justify="right")
    for shape in BY_NAME:
        for way in WAYS:
            part = [r for r in rows if (r.shape, r.way) == (shape, way)]
            if part:
                counts = _counts(part)
                table.add_row(shape, way, *(str(counts[str(c.header)]) for c in table.columns[2:]))
    Console().print(table)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--only", metavar="SHAPE", help=", ".join(BY_NAME))
    parser.add_argument("--boundary", type=int, metavar="N")
    parser.add_argument("--case", metavar="WAY:N", help=", ".join(WAYS))
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where what is left is copied")
    asked = parser.parse_args()
    if not 1 <= asked.kills <= _MOST:
        raise AthanorError(f"--kills {asked.kills}: give 1 to {_MOST}")
    if asked.seed < 0:
        raise AthanorError(f"--seed {asked.seed}: give zero or above")
    if asked.resume and asked.json is None:
        raise AthanorError("--resume goes on with the table beside --json: give that, too")
    _check_one(asked)
    return asked


def _check_one(asked: argparse.Namespace) -> None:
    """Raise AthanorError unless one case is asked for well, or none."""
    if not asked.only:
        if asked.boundary is not None or asked.case or asked.keep:
            raise AthanorError("--boundary, --case and --keep are of one campaign: give --only")
        return
    if asked.only not in BY_NAME:
        raise AthanorError(f"--only {asked.only}: there are {', '.join(BY_NAME)}")
    if (asked.boundary is None) == (asked.case is None):
        raise AthanorError("--only wants one of --boundary N and --case WAY:N")
    if asked.boundary is not None and asked.boundary < 1:
        raise AthanorError(f"--boundary {asked.boundary}: boundaries are counted from 1")
    way, _, number = (asked.case or "random:1").partition(":")
    if way not in WAYS or not number.isdecimal() or int(number) < 1:
        raise AthanorError(f"--case {asked.case}: give WAY:N, with a way of {', '.join(WAYS)}")
    if asked.keep and asked.keep.exists():
        raise AthanorError(f"--keep {asked.keep} is there already: name a new folder")


if __name__ == "__main__":
    main()
