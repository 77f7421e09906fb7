"""One campaign of a study, from a seed to a row. What goes wrong in it is told in the row."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.campaign import Campaign
from agents.candidates import Candidates
from agents.conditions import code_version
from agents.history import CompletedExperiment
from agents.journal import Journal
from agents.pairs.evidence import observations_of
from agents.pursuit import Pursuit
from experiments.alab_world import agent_seed
from experiments.study.fired import as_fields, fired
from experiments.study.oracle import had_it_known
from experiments.study.parts import Parts
from experiments.study.row import FAILED, Row, Timing
from knowledge.errors import AthanorError
from lab import Clocked

_AT_AN_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_LONGEST_ERROR = 300


def run(parts: Parts, seed: int, journals: Path | None = None) -> tuple[Row, Timing]:
    """The campaign of a seed, and the CPU seconds it took. Its journal is kept in a folder, if any.

    Whatever a policy raises ends its campaign and no other: the row says `failed` and why.
    """
    began = time.process_time()
    try:
        fields = _held(parts, seed, journals)
    except (KeyboardInterrupt, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        if journals and isinstance(error, OSError):
            raise  # a full disk is no fault of the policy's
        fields = {"ending": FAILED, "error": _told(error)}
    cell = parts.cell
    row = Row(
        key=cell.key(seed),
        policy=cell.policy,
        target=cell.target,
        world=cell.world,
        seed=seed,
        yield_asked=cell.settings["yield_asked"],
        budget=parts.budget.experiments,
        **fields,
    )
    cpu_s = round(time.process_time() - began, 4)
    return row, Timing(key=row.key, cpu_s=cpu_s, code=code_version())


def _held(parts: Parts, seed: int, journals: Path | None) -> dict[str, Any]:
    candidates = parts.setting.candidates(parts.cell.target, seed)
    if parts.policy is None:
        known, ending = had_it_known(candidates, lambda: parts.setting.lab(seed), parts.budget)
        return {"ending": ending, "candidates": len(candidates.items), **as_fields(known)}
    if parts.learns_on:
        first = parts.setting.candidates(parts.learns_on, seed)
        shown = _campaign(parts, first, seed).done
        candidates = candidates.with_observations(observations_of(shown))
    where = journals / f"{parts.cell.key(seed)}.sqlite" if journals else None
    run = _campaign(parts, candidates, seed, where)
    return {
        "ending": run.ending,
        "candidates": len(candidates.items),
        "lab_h": run.lab_h,
        **as_fields(fired(candidates, run.done)),
    }


@dataclass(frozen=True)
class _Run:
    """A campaign that was run: experiments, why it ended, and the lab's time by then."""

    done: Sequence[CompletedExperiment]
    ending: str
    lab_h: float | None


def _campaign(parts: Parts, candidates: Candidates, seed: int, kept: Path | None = None) -> _Run:
    lab = parts.setting.lab(seed)
    pursuit = Pursuit(candidates, lambda known: parts.make(known, agent_seed(seed)))
    if kept is not None:
        kept.unlink(missing_ok=True)  # of a campaign that was cut off: it is run from the start
    # Called the same whatever the policy, so that what a lab draws for an experiment is the same;
    # and no agent, who sees the ids of experiments, is to know which world this is.
    name = candidates.target.formula
    journal = Journal(f"sqlite:///{kept}" if kept else "sqlite://", name, at_once=True)
    try:
        campaign = Campaign([pursuit], lab, journal, parts.budget)
        ending = campaign.run().reason
        journal.commit()
        done = campaign.history(candidates.target).completed
    finally:
        journal.close()
    return _Run(done, ending, round(lab.now_h, 6) if isinstance(lab, Clocked) else None)


def _told(error: BaseException) -> str:
    """An error in one line, the same on every machine."""
    words = " ".join(str(error).split())
    text = words if isinstance(error, AthanorError) else f"{type(error).__name__}: {words}"
    return _AT_AN_ADDRESS.sub("", text)[:_LONGEST_ERROR]
