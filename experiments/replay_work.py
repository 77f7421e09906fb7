"""Replays of a table by all policies and seeds, side by side."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context

from rich.console import Console
from rich.progress import track

from agents.candidates import Candidates
from agents.history import History
from agents.past.tables import Table
from agents.policies.registry import policy_class
from agents.replay import Everything, Milestones, milestones, play
from experiments.contenders import Contender
from experiments.replay_setup import Case, Setup, case_of, knowledge_of

# Pieces of work for each policy: small enough that no process waits long for another.
_PIECES = 8


@dataclass(frozen=True)
class Replayed:
    """One policy's replay with one seed."""

    label: str
    seed: int
    milestones: Milestones
    cpu_s_per_suggestion: float


class Work:
    """Replays of one setup, in whatever process."""

    def __init__(self, setup: Setup, table: Table, known: Candidates) -> None:
        self._setup, self._table, self._known = setup, table, known
        self._warm: set[str] = set()
        self._last: tuple[int, Case] | None = None

    def replay(self, contender: Contender, seed: int) -> Replayed:
        """A policy's replay until all successes and a best result are found."""
        case = self._case(seed if self._setup.permuted else 0)
        if contender.label not in self._warm:  # imports are not the policy's doing
            empty = History(target=case.candidates.target)
            contender.make(case.candidates, seed).suggest(empty, 1)
            self._warm.add(contender.label)
        began = time.process_time()
        policy = contender.make(case.candidates, seed)
        made_s = time.process_time() - began
        lab = case.lab()
        everything = Everything(case.truth, lambda r: lab.answer(r).recipe.content_id)
        played = play(case.candidates, policy, lab, everything, self._setup.batch)
        asked = [lab.answer(e.recipe).recipe.content_id for e in played.experiments]
        return Replayed(
            contender.label,
            seed,
            milestones(asked, case.truth),
            (made_s + played.cpu_s) / len(asked),
        )

    def _case(self, seed: int) -> Case:
        if self._last is None or self._last[0] != seed:
            self._last = seed, case_of(self._setup, self._table, self._known, seed)
        return self._last[1]


def run(setup: Setup, table: Table, processes: int) -> dict[str, list[Replayed]]:
    """All replays by the label of the policy, in the order of seeds.

    A policy that says it is deterministic is replayed once for all seeds, if names are not
    permuted. What comes out does not depend on the number of processes.
    """
    work = Work(setup, table, knowledge_of(setup, table))
    pieces = [(c, seeds) for c in setup.policies for seeds in _seeds(c, setup)]
    found: dict[str, list[Replayed]] = {c.label: [] for c in setup.policies}
    for one in chain.from_iterable(_all(work, pieces, processes)):
        found[one.label].append(one)
    return {label: sorted(runs, key=lambda r: r.seed) for label, runs in found.items()}


_Piece = tuple[Contender, Sequence[int]]


def _seeds(contender: Contender, setup: Setup) -> list[Sequence[int]]:
    if getattr(policy_class(contender.name), "deterministic", False) and not setup.permuted:
        return [range(1)]
    return [range(start, setup.seeds, _PIECES) for start in range(min(_PIECES, setup.seeds))]


def _all(work: Work, pieces: list[_Piece], processes: int) -> Iterator[list[Replayed]]:
    def shown(results: Iterator[list[Replayed]]) -> Iterator[list[Replayed]]:
        yield from track(
            results,
            "replays",
            total=len(pieces),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )

    processes = min(processes, len(pieces))
    if processes == 1:
        _begin(work)
        yield from shown(map(_do, pieces))
        return
    with get_context("spawn").Pool(processes, _begin, (work,)) as pool:
        yield from shown(pool.imap(_do, pieces))


_here: list[Work] = []  # the work of this process


def _begin(work: Work) -> None:
    """Make a process ready. Replays run side by side, so each has one thread."""
    import torch

    torch.set_num_threads(1)
    _here[:] = [work]


def _do(piece: _Piece) -> list[Replayed]:
    contender, seeds = piece
    return [_here[0].replay(contender, seed) for seed in seeds]
