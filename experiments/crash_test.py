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
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console

from agents.conditions import code_version
from agents.files import write_whole
from experiments.command_line import one_line_errors
from experiments.crash import ways
from experiments.crash.plan import Case, case_named, more, planned
from experiments.crash.reference import be_ready, reference_of
from experiments.crash.rows import Row, shown, summary
from experiments.crash.shapes import BY_NAME
from experiments.crash.ways import WAYS, Reference
from experiments.record_table import add, as_text, records_in
from experiments.side_by_side import PROCESSES, as_done
from knowledge.errors import AthanorError
from knowledge.record import content_hash

_MOST = 1_000_000
_TOLD_EVERY_S = 30.0
# Random moments that make up for kills that came too late have numbers above these.
_BEYOND = 100_000


@one_line_errors
def main() -> None:
    """Kill, compare, tell."""
    os.environ.update(OMP_NUM_THREADS="1")
    asked = _asked()
    cases = [case_named(asked.only, text) for text in asked.case or ()]
    table = asked.json.with_suffix(".csv") if asked.json else None
    rows = _begun(table, asked.resume, _binding(asked.seed))
    began = time.monotonic()
    be_ready()
    references = {name: reference_of(name) for name in ([asked.only] if asked.only else BY_NAME)}
    boundaries = {name: len(r.boundaries) for name, r in references.items()}
    for case in cases:
        if case.way == "boundary" and case.number > boundaries[case.shape]:
            raise AthanorError(
                f"boundary {case.number}: {case.shape} has {boundaries[case.shape]} of them"
            )
    print(f"{sum(boundaries.values())} boundaries in {len(boundaries)} campaigns", flush=True)
    rows = _kill(asked, cases, references, rows, table)
    found = {
        **summary(rows, boundaries),
        "seed": asked.seed,
        "wall_s": round(time.monotonic() - began, 1),
        "code": code_version(),
    }
    Console().print(shown(found))
    told = ("kills", "boundaries", "boundaries_killed_at", "lost", "duplicated", "diverged")
    print(", ".join(f"{found[key]} {key.replace('_', ' ')}" for key in told))
    if asked.json:
        write_whole(asked.json, json.dumps(found, indent=1) + "\n")
    sys.exit(1 if found["wrong"] else 0)


def _kill(
    asked: argparse.Namespace,
    cases: list[Case],
    references: Mapping[str, Reference],
    done: list[Row],
    table: Path | None,
) -> list[Row]:
    """Rows of the cases, or of as many as there are to be kills; those done before included."""
    rows, told, rounds = list(done), time.monotonic(), 0
    wanted = 0 if cases else asked.kills
    cases = cases or planned(wanted, {name: r.boundaries for name, r in references.items()})
    work = functools.partial(_killed, references, _binding(asked.seed), asked.seed, asked.keep)
    pool = ProcessPoolExecutor(PROCESSES, get_context("fork"), ways.end_with_parent)
    try:
        while cases:
            known = {r.case for r in rows}
            for row in as_done(pool, work, [c for c in cases if c not in known]):
                rows.append(row)
                if table:
                    add(table, [row], Row)
                if row.wrong:
                    print(f"{row.complaint} --seed {asked.seed}", flush=True)
                if time.monotonic() - told > _TOLD_EVERY_S:
                    told = time.monotonic()
                    print(f"{sum(r.kills for r in rows)} kills", flush=True)
            rounds += 1
            short = wanted - sum(r.kills for r in rows)
            cases = more(short, list(references), beyond=rounds * _BEYOND)
    finally:
        pool.shutdown(cancel_futures=True)
    return rows


def _killed(
    references: Mapping[str, Reference], of: str, seed: int, keep: Path | None, case: Case
) -> Row:
    began, reference = time.monotonic(), references[case.shape]
    with ways.scratch() as folder:
        done = ways.carry_out(case.shape, case.way, case.number, seed, reference, folder)
        if keep:
            shutil.copytree(folder, keep / f"{case.shape}-{case.way}-{case.number}")
    return Row(
        **case.model_dump(),
        **done.verdict.model_dump(),
        before=reference.boundaries[case.number - 1] if case.way == "boundary" else "",
        kills=done.kills,
        starts=done.starts,
        seconds=round(time.monotonic() - began, 2),
        of=of,
    )


def _binding(seed: int) -> str:
    """The code that rows are of: what runs campaigns, and what kills them."""
    files = [Path(__file__), *sorted(Path(ways.__file__).parent.glob("*.py"))]
    ours = [hashlib.sha256(f.read_bytes()).hexdigest() for f in files]
    return content_hash([code_version(), *ours, seed])


def _begun(table: Path | None, resume: bool, of: str) -> list[Row]:
    """The rows of an earlier run that was cut off. Raises AthanorError for those of other code."""
    if table is None:
        return []
    rows = records_in(table, Row) if resume else []
    if any(r.of != of for r in rows):
        raise AthanorError(
            f"{table} is of other code or of another seed: name another --json, or leave out "
            "--resume"
        )
    write_whole(table, as_text(rows, Row))
    return rows


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--only", metavar="SHAPE", help=f"one of {', '.join(BY_NAME)}")
    parser.add_argument("--boundary", type=int, metavar="N", help="short for --case boundary:N")
    parser.add_argument("--case", nargs="+", metavar="WAY:N", help=f"a way of {', '.join(WAYS)}")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where files are left")
    asked = parser.parse_args()
    if not 1 <= asked.kills <= _MOST:
        raise AthanorError(f"--kills {asked.kills}: give 1 to {_MOST}")
    if asked.seed < 0:
        raise AthanorError(f"--seed {asked.seed}: give zero or above")
    if asked.resume and asked.json is None:
        raise AthanorError("--resume goes on with the table beside --json: give that, too")
    if asked.boundary is not None:
        asked.case = [*(asked.case or ()), f"boundary:{asked.boundary}"]
    if asked.only is not None and asked.only not in BY_NAME:
        raise AthanorError(f"--only {asked.only}: there are {', '.join(BY_NAME)}")
    if asked.only is None and (asked.case or asked.keep):
        raise AthanorError("--boundary, --case and --keep are of one campaign: give --only SHAPE")
    if asked.keep and asked.keep.exists():
        raise AthanorError(f"--keep {asked.keep} is there already: name a new folder")
    return asked


if __name__ == "__main__":
    main()
