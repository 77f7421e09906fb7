"""What studies cost, as lines of text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def told(found: Mapping[str, Any]) -> str:
    """Everything that `experiments.study_scale` measured."""
    parts = [_sizes(found), _stages(found), _million(found)]
    if "profile" in found:
        parts.append(_profile(found["profile"]))
    return "\n\n".join("\n".join(part) for part in parts)


def _sizes(found: Mapping[str, Any]) -> Iterator[str]:
    until = "until the target is made" if found["stop_at_success"] else "20 experiments each"
    yield f"{found['policy']} for BaTiO3 in easy worlds, {until}"
    yield (
        "campaigns  processes   wall s    CPU s  own CPU s  overhead  worker MB (25 %)"
        "  result kB  rows kB"
    )
    for size in found["sizes"]:
        yield (
            f"{size['campaigns']:9,}  {size['processes']:9}  {size['wall_s']:7,.0f}"
            f"  {size['cpu_s']:7,.0f}  {size['campaigns_cpu_s']:9,.0f}  {size['overhead']:8.1%}"
            f"  {size['worker_mb']:9,} ({size['worker_mb_early']:,})"
            f"  {size['result_bytes'] / 1e3:11,.0f}  {size['rows_bytes'] / 1e3:7,.0f}"
        )
    grown = found["growth"]
    if grown:
        each = ", ".join(f"{key} {power:.2f}" for key, power in grown.items())
        yield f"grows with campaigns to the power of: {each}"


def _stages(found: Mapping[str, Any]) -> Iterator[str]:
    size = found["sizes"][-1]
    own_s = size["campaigns_cpu_s"]
    yield f"CPU seconds beside {own_s:,.0f} of {size['campaigns']:,} campaigns, as a share of them"
    parts = sorted(found["sum_of_stages"].items(), key=lambda part: -part[1])
    for name, seconds in [*parts, ("all", size["cpu_s"] - own_s)]:
        yield f"{seconds:9.1f}  {seconds / own_s:6.2%}  {name}"


def _million(found: Mapping[str, Any]) -> Iterator[str]:
    yield "a million campaigns on a cluster, each job a process of its own (drawn on, not run)"
    yield (
        "campaigns a job    jobs  minutes a job  core hours  overhead  result MB  rows MB   files"
        "  GB to write the result"
    )
    for one in found["million"]:
        yield (
            f"{one['shard_size']:15,}  {one['shards']:6,}  {one['minutes_a_shard']:13.1f}"
            f"  {one['core_h']:10,.1f}  {one['overhead']:8.1%}  {one['result_mb']:9,}"
            f"  {one['rows_mb']:7,}  {one['files']:6,}  {one['starter_gb']:22.1f}"
        )


def _profile(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "share of time  itself  calls a campaign  function"
    for row in rows:
        yield (
            f"{row['share']:13.1%}  {row['own_share']:6.1%}  {row['calls']:16,.1f}"
            f"  {row['function']}"
        )
