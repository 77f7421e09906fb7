"""What a batch of suggestions costs one policy, measured in a process of its own.

    python -m experiments.suggestion_worker POLICY CANDIDATES OBSERVATIONS BATCH REPEATS LIMIT_S

Prints JSON. Experiments are taken in batch by batch, and after each the next batch is asked for.
Modules are loaded and code is warm before anything is timed; making the policy is timed apart.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from agents.history import History
from experiments.contenders import Contender, contender
from experiments.synthetic_table import synthetic_table
from knowledge.errors import AthanorError


def measure(
    policy: Contender, candidates: int, observations: int, batch: int, repeats: int
) -> dict[str, Any]:
    """CPU seconds of making the policy and of each batch, and memory before and at its most.

    Raises AthanorError for a policy that does not give what was asked for.
    """
    _warm(policy, batch)
    wanted = min(observations + batch * (repeats - 1), candidates - batch)
    table = synthetic_table(candidates, wanted)
    records_mb = peak_memory_mb()
    began = time.process_time()
    made = policy.make(table.candidates, 0)
    prepare_s, seconds = time.process_time() - began, list[float]()
    for done in range(observations, wanted + 1, batch):
        history = _history(table.experiments[:done], table.candidates.target)
        began = time.process_time()
        suggested = made.suggest(history, batch)
        seconds.append(time.process_time() - began)
        if len({s.recipe.content_id for s in suggested} - history.tried) != batch:
            raise AthanorError(f"{policy.label} does not give {batch} recipes that are untried")
    return {
        "prepare_s": prepare_s,
        "seconds": seconds,
        "records_mb": records_mb,
        "peak_mb": peak_memory_mb(),
    }


def _warm(policy: Contender, batch: int) -> None:
    """Once on a small table: modules are loaded, and what is made once for all is there."""
    small = synthetic_table(60, 12)
    history = _history(small.experiments, small.candidates.target)
    policy.make(small.candidates, 0).suggest(history, batch)


def _history(experiments: Any, target: Any) -> History:
    return History(target=target, completed=experiments, watermark=3 * len(experiments))


def peak_memory_mb() -> float:
    """The most memory that this program ever held, in MiB.

    Linux counts for `getrusage` what the process held before it became this program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        held = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(held.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    """Measure, within the CPU seconds allowed, and print JSON."""
    label, *numbers = sys.argv[1:]
    candidates, observations, batch, repeats, limit_s = map(int, numbers)
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
    try:
        found = measure(contender(label), candidates, observations, batch, repeats)
    except AthanorError as error:
        sys.exit(str(error))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
