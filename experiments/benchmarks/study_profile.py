"""Where the time of one study's campaigns goes, function by function.

    python -m experiments.benchmarks.study_profile COUNT OVERRIDES...

After one campaign that nobody counts, COUNT more are run under cProfile, which makes calls of small
functions look dearer than they are. Printed as JSON: the functions in which most time was spent,
themselves or by what they called. Those that hold nearly all of it, as the loop does, tell nothing
and are left out.
"""

import cProfile
import json
import pstats
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_SHOWN = 12
_NEARLY_ALL = 0.97
_ROOT = Path(__file__).parents[2]


def profile(overrides: Sequence[str], count: int) -> list[dict[str, Any]]:
    """The dearest functions: name, calls a campaign, shares of the time (0 to 1) with and without
    what they call."""
    import torch

    from experiments.study.parts import parts_of
    from experiments.study.single import run
    from experiments.study.study import study_of

    torch.set_num_threads(1)  # as a worker does
    parts = parts_of(study_of(overrides).plan.blocks[0].cell)
    run(parts, 0)
    profiler = cProfile.Profile()
    profiler.enable()
    for seed in range(1, count + 1):
        run(parts, seed)
    profiler.disable()
    return dearest(pstats.Stats(profiler), count)


def dearest(measured: pstats.Stats, count: int) -> list[dict[str, Any]]:
    """The functions in which most time was spent, as `profile` returns them."""
    entries: dict[Any, Any] = measured.stats  # type: ignore[attr-defined]
    whole = sum(own for _, _, own, _, _ in entries.values())
    found = [
        {
            "function": _name(*place),
            "calls": round(calls / count, 1),
            "share": round(cumulative / whole, 4),
            "own_share": round(own / whole, 4),
        }
        for place, (_, calls, own, cumulative, _) in entries.items()
        if cumulative < _NEARLY_ALL * whole
    ]
    return sorted(found, key=lambda one: -one["share"])[:_SHOWN]


def _name(file: str, _line: int, function: str) -> str:
    """Module and function; of a library, its file from the library's name on."""
    path = Path(file)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return f"{'.'.join(path.relative_to(_ROOT).with_suffix('').parts)}.{function}"
    if "site-packages" in path.parts:
        after = path.parts[path.parts.index("site-packages") + 1 :]
        return f"{'.'.join(after).removesuffix('.py')}.{function}"
    return function if file in ("~", "") else f"{path.stem}.{function}"


def main() -> None:
    """Print the profile of the campaigns of a study with these overrides."""
    with TemporaryDirectory() as folder:
        own = [f"study.folder={Path(folder) / 'study'}", "study.seeds=1"]
        print(json.dumps(profile([*sys.argv[2:], *own], int(sys.argv[1]))))


if __name__ == "__main__":
    main()
