"""What a worker of a study does besides campaigns, each stage measured on its own.

    python -m experiments.benchmarks.study_stages OVERRIDES...

One process does, in a folder of its own, what each worker does, step by step, and prints CPU
seconds as JSON. `experiments.study_scale` sets the sum beside what the workers really took.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

_CAMPAIGNS = 30
_JOBS = 7
Result = TypeVar("Result")


def stages(overrides: Sequence[str]) -> dict[str, float]:
    """CPU seconds of each stage.

    `start_s`: Python, and what a process imports before it knows its study. `settings_s`: Hydra
    composes the study's settings, once a process. `gather_s`: tables and models are read, and what
    may be fired is gathered, once a process. `first_s`: what its first campaign takes beyond a
    later one. `campaign_s`: the median campaign. `around_s`: what is done about each, outside its
    own time. `write_s`: a block is written once. `job_s`: a job of Hydra's starts, and ends.
    """
    import torch

    from experiments.study import application  # noqa: F401  what a job is told to call
    from experiments.study.study import study_of

    torch.set_num_threads(1)  # as a worker does
    found = {"start_s": time.process_time()}
    study, found["settings_s"] = _timed(lambda: study_of(overrides))
    found |= _block(study)
    found["job_s"] = _job(overrides)
    return {name: round(seconds, 6) for name, seconds in found.items()}


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def _block(study: Any) -> dict[str, float]:
    """One block, step by step, as `experiments.study.shard` fills it."""
    from experiments.study.parts import parts_of
    from experiments.study.shard import Worker, settle
    from experiments.study.single import run
    from experiments.study.store import Store

    store, block = Store(study.folder), study.plan.blocks[0]
    parts, made_s = _timed(lambda: parts_of(block.cell))
    _, gather_s = _timed(lambda: parts.setting.candidates(block.cell.target, 0))
    _, first_s = _timed(lambda: run(parts, block.seeds[0]))
    _, settle_s = _timed(settle)
    _, filled_s = _timed(lambda: Worker(store, told=lambda _: None).work([block]))
    rows = store.block(block.name)
    own = [row["cpu_s"] for row in rows.values()]
    _, write_s = _timed(lambda: store.write(block.name, rows.values()))
    written = max(1.0, filled_s // 3.0)  # every three seconds of a process that is not disturbed
    around = (filled_s - sum(own) - written * write_s) / len(own)
    return {
        "gather_s": made_s + gather_s,
        "first_s": max(first_s - statistics.median(own), 0.0) + settle_s,
        "campaign_s": statistics.median(own),
        "around_s": max(around, 0.0),
        "write_s": write_s,
    }


def _job(overrides: Sequence[str]) -> float:
    """A job of Hydra's in a study in which all is done: it is composed, looks, and ends."""
    from experiments.study import application

    def job() -> None:
        sys.argv = ["athanor study", *overrides, "study.shard=0"]
        application.main()
        if application.failures:
            raise application.failures[0]

    job()  # Hydra looks for its plugins once
    return statistics.median(_timed(job)[1] for _ in range(_JOBS))


def main() -> None:
    """Print the stages of a study with these overrides."""
    with TemporaryDirectory() as folder:
        own = [f"study.folder={Path(folder) / 'study'}", f"study.seeds={_CAMPAIGNS}"]
        print(json.dumps(stages([*sys.argv[1:], *own])))


if __name__ == "__main__":
    main()
