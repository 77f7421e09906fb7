"""Replays of a published table and of random parts of it, so that one table has an interval.

A policy without chance replays a table in one way only, and one number has no error. Part 0 is the
whole table; each other part keeps four fifths of its precursor sets, drawn by the part's number.
Parts overlap, so that what is found over them says how much hangs on single rows of this table,
and less than what another table would show.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agents.candidates import Candidates
from agents.files import write_whole
from agents.past.tables import Table
from agents.replay import Everything, Truth, milestones, play
from experiments.contenders import Contender
from experiments.record_table import add, as_text, records_in
from experiments.side_by_side import as_done
from knowledge.errors import AthanorError
from knowledge.record import Record, content_hash
from lab.recorded import RecordedLab

_KEPT = 0.8


class Replay(Record):
    """One policy on one part: experiments to the first, to half and to all successes.

    `run` is the hash of all it depends on but the code.
    """

    run: str
    policy: str
    part: int
    cells: int
    successes: int
    first: int
    half: int
    all: int
    cpu_s: float

    @property
    def name(self) -> tuple[str, str, int]:
        """What tells it from other replays."""
        return self.run, self.policy, self.part


class Task(NamedTuple):
    """A policy and a part: the argument of a worker."""

    run: str
    contender: Contender
    part: int
    table: Table
    candidates: Candidates


@dataclass(frozen=True)
class Parts:
    """A table with what is known of its recipes beforehand, and how many parts are replayed."""

    table: Table
    candidates: Candidates
    count: int


def part_of(table: Table, number: int) -> Table:
    """Part of a table: the whole for 0, else four fifths of its sets, with a success among them.

    Raises AthanorError where the table has no success.
    """
    if max(table.yields().values()) < table.target.yield_asked:
        raise AthanorError(
            f"no row of the table reaches {table.target.yield_asked:.1%} by weight: ask for less "
            "with --results-success"
        )
    if number == 0:
        return table
    sets = list(dict.fromkeys(tuple(r.recipe.precursors) for r in table.results))
    count = math.ceil(_KEPT * len(sets))
    rng = np.random.default_rng(np.random.SeedSequence(number, spawn_key=(2,)))
    while True:
        kept = {sets[i] for i in rng.permutation(len(sets))[:count]}
        results = tuple(r for r in table.results if tuple(r.recipe.precursors) in kept)
        part = table.model_copy(update={"results": results})
        if max(part.yields().values()) >= table.target.yield_asked:
            return part


def replay_part(task: Task) -> Replay:
    """Replay until all successes are found. Raises AthanorError saying which replay went wrong."""
    table, candidates = task.table, task.candidates
    measured = {r.recipe.content_id for r in table.results}
    items = tuple(c for c in candidates.items if c.recipe.content_id in measured)
    known = candidates.model_copy(update={"items": items})
    truth = Truth(table.yields(), table.target.yield_asked)
    lab = RecordedLab(table.results)
    enough = Everything(truth, lambda r: lab.answer(r).recipe.content_id)
    try:
        played = play(known, task.contender.make(known, task.part), lab, enough)
    except AthanorError as error:  # some errors of ours do not survive between processes
        raise AthanorError(f"{task.contender.label} on part {task.part}: {error}") from error
    told = milestones([e.recipe.content_id for e in played.experiments], truth)
    assert told.first is not None  # a part has a success, and all are found
    assert told.half is not None
    assert told.all is not None
    return Replay(
        run=task.run,
        policy=task.contender.label,
        part=task.part,
        cells=len(items),
        successes=len(truth.successes),
        first=told.first,
        half=told.half,
        all=told.all,
        cpu_s=round(played.cpu_s, 3),
    )


def replays(
    pool: ProcessPoolExecutor, parts: Parts, policies: Sequence[Contender], path: Path | None
) -> dict[tuple[str, int], Replay]:
    """All replays by policy and part; what the file has is not done again."""
    known = {r.name: r for r in (records_in(path, Replay) if path else [])}
    if path:
        write_whole(path, as_text(known.values(), Replay))
    tables = [part_of(parts.table, number) for number in range(parts.count + 1)]
    tasks = [
        Task(_run(parts, policy), policy, number, table, parts.candidates)
        for number, table in enumerate(tables)
        for policy in policies
    ]
    left = [t for t in tasks if (t.run, t.contender.label, t.part) not in known]
    for found in as_done(pool, replay_part, left):
        known[found.name] = found
        if path:
            add(path, [found], Replay)
    return {(t.contender.label, t.part): known[t.run, t.contender.label, t.part] for t in tasks}


def _run(parts: Parts, policy: Contender) -> str:
    results = [r.model_dump(mode="json") for r in parts.table.results]
    target = parts.table.target.model_dump(mode="json")
    return content_hash([target, results, parts.candidates.fingerprint, policy.key])
