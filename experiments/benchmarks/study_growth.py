"""What the figures of studies come to: what explains them, how they grow, what a million costs."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

SHARD_SIZE = 200
_BLOCK, _WRITE_EVERY_S = 50, 3.0
_MILLION = 1_000_000
# A job of a cluster is a process of its own, so its start weighs the less the more it does.
_SHARDS = (200, 1_000, 5_000)
_GROWING = ("cpu_s", "wall_s", "result_bytes", "worker_mb")


def sum_of_stages(stages: Mapping[str, float], size: Mapping[str, Any]) -> dict[str, float]:
    """CPU seconds of each part of the overhead of a study of that size.

    Those of the process that starts it were seen in the study itself. Those of its workers are
    stages of known cost and number: a block is written every three seconds of its work. What is
    left of the overhead is the last part.
    """
    campaigns = size["campaigns"]
    jobs, blocks = math.ceil(campaigns / SHARD_SIZE), math.ceil(campaigns / _BLOCK)
    workers = min(size["processes"], jobs)
    block_s = stages["campaign_s"] * min(_BLOCK, campaigns)
    writes = blocks * max(1, math.ceil(block_s / _WRITE_EVERY_S))
    starter = size["starter_cpu_s"]
    parts = {
        "the starter, until there are rows": starter["before"],
        "the starter, waiting": starter["waiting"],
        "the starter, writing the result": starter["after"],
        "workers import": workers * stages["start_s"],
        "workers compose settings": workers * stages["settings_s"],
        "workers gather recipes": workers * stages["gather_s"],
        "first campaigns": workers * stages["first_s"],
        "jobs of Hydra": jobs * stages["job_s"],
        "rows written": writes * stages["write_s"],
        "around each campaign": campaigns * stages["around_s"],
    }
    rest = size["cpu_s"] - size["campaigns_cpu_s"] - sum(parts.values())
    return {name: round(s, 2) for name, s in {**parts, "not accounted for": rest}.items()}


def exponents(sizes: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The power of the number of campaigns with which each figure grows: a least-squares line
    through logarithms. Empty for a single size."""
    if len(sizes) < 2:
        return {}
    x = [math.log(size["campaigns"]) for size in sizes]
    middle = sum(x) / len(x)
    spread = sum((a - middle) ** 2 for a in x)
    return {
        key: round(
            sum((a - middle) * math.log(s[key]) for a, s in zip(x, sizes, strict=True)) / spread, 3
        )
        for key in _GROWING
    }


def on_a_cluster(
    stages: Mapping[str, float], sizes: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What 10^6 such campaigns would cost, for several numbers of campaigns a job.

    Assumed: a job is a process that starts anew, campaigns cost what they cost in the largest study
    measured, disk, memory and the result go on growing as they did between the smallest and that,
    and nobody waits for the file system.
    """
    size = sizes[-1]
    own_s = size["campaigns_cpu_s"] / size["campaigns"]
    writes = max(1, math.ceil(own_s * _BLOCK / _WRITE_EVERY_S))
    each = own_s + stages["around_s"] + stages["write_s"] * writes / _BLOCK
    start = sum(stages[f"{name}_s"] for name in ("start", "settings", "gather", "first", "job"))
    result_s = _drawn_on([(s["campaigns"], s["starter_cpu_s"]["after"]) for s in sizes])
    of = {
        key: _drawn_on([(s["campaigns"], s[key]) for s in sizes])
        for key in ("result_bytes", "rows_bytes", "starter_mb")
    }
    found = []
    for shard in _SHARDS:
        jobs = _MILLION // shard
        all_s = _MILLION * each + jobs * start + result_s
        found.append(
            {
                "shard_size": shard,
                "shards": jobs,
                "core_h": round(all_s / 3600, 1),
                "overhead": round(all_s / (_MILLION * own_s) - 1, 4),
                "minutes_a_shard": round((start + shard * each) / 60, 1),
                "result_s": round(result_s),
                "result_mb": round(of["result_bytes"] / 1e6),
                "rows_mb": round(of["rows_bytes"] / 1e6),
                "starter_gb": round(of["starter_mb"] / 1e3, 1),
                "files": 2 * _MILLION // _BLOCK,  # rows, and their lock
            }
        )
    return found


def _drawn_on(points: Sequence[tuple[int, float]]) -> float:
    """What a figure would be at a million: on a line through the first and the last point."""
    (few, at_few), (many, at_many) = points[0], points[-1]
    if few == many:
        return at_many / many * _MILLION
    return at_many + (at_many - at_few) / (many - few) * (_MILLION - many)
