"""Campaigns that replay a table of the past: what of them is drawn anew, and what is only copied.

A table has no clock, so that campaigns without the time of a lab are replays. A policy without
chance replays a whole table in one way, whatever the seed: such campaigns are copies of one.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.study.row import FAILED

if TYPE_CHECKING:
    from experiments.summary.campaigns import Campaigns

Bools = NDArray[np.bool_]
ORACLE = "oracle"


def replayed_in(frame: pd.DataFrame) -> Bools:
    """Which campaigns had no lab with a clock for their target and world, so a table.

    The oracle tells no time anywhere: it is as the other policies of its target and world.
    """
    if "lab_h" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    tells = (frame["policy"] != ORACLE) & (frame["ending"] != FAILED)
    place = [frame["target"], frame["world"]]
    has_clock = (tells & frame["lab_h"].notna()).groupby(place).transform("any")
    told = tells.groupby(place).transform("any")
    return np.asarray(told & ~has_clock, dtype=bool)


def copied_in(frame: pd.DataFrame, replayed: Bools) -> Bools:
    """Which replays are the same with every seed of their policy, target and world.

    That is in recipes and yields; a single seed is no copy. The first of them is marked too.
    """
    copied = np.zeros(len(frame), dtype=bool)
    if not replayed.any() or "recipes" not in frame.columns:
        return copied
    own = frame[replayed]
    content = [_content(r, y) for r, y in zip(own["recipes"], own["yields"], strict=True)]
    numbered = pd.Series(pd.factorize(pd.Series(content, dtype=object))[0], index=own.index)
    cells = numbered.groupby([own["policy"], own["target"], own["world"]])
    same = (cells.transform("count") > 1) & (cells.transform("min") == cells.transform("max"))
    copied[replayed] = same & (numbered >= 0)
    return copied


def _content(recipes: object, yields: object) -> tuple[tuple[str, ...], bytes] | None:
    """What tells two replays apart; none where no experiment was done, or recipes are not told."""
    names = tuple(map(str, recipes))  # type: ignore[call-overload]
    values = np.asarray(yields, dtype=np.float64)
    return (names, values.tobytes()) if len(names) == len(values) > 0 else None


def of_copies(found: "Campaigns") -> Iterator[str]:
    """What to know of campaigns that are copies, a note for each target and world that has some."""
    for target, world in _places(found, found.copied):
        there = found.copied & (found.target == target) & (found.world == world)
        names = [found.policies[p] for p in np.unique(found.policy[there])]
        many = int(there.sum() - len(names))
        yield (
            f"campaigns of {' and '.join(names)} for {found.targets[target]} in world "
            f"{found.worlds[world]} are the same with every seed: nothing is drawn anew there, so "
            f"each counts once and {many:,} copies do not"
        )


def of_tables(found: "Campaigns") -> Iterator[str]:
    """What intervals tell of, a note for each world that is a table of the past."""
    for world in np.unique(found.world[found.replayed]):
        there = found.replayed & (found.world == world) & ~found.failed
        if found.copied[there].all():
            continue
        name = f"world {found.worlds[world]}: " if len(found.worlds) > 1 else ""
        yield name + _drawn_from(found, there)


def _drawn_from(found: "Campaigns", there: Bools) -> str:
    if not (found.experiments >= found.candidates)[there].all():
        return "one table: intervals tell of this table, not what another table would show"
    seen = {
        (int(found.target[n]), np.sort(found.yields[n]).tobytes()) for n in np.flatnonzero(there)
    }
    if len(seen) == len(np.unique(found.target[there])):
        return (
            "one table, whole in every seed: intervals tell of the chance in policies, not what "
            "another table would show"
        )
    return (
        "one table: seeds redraw parts of it; intervals tell how much hangs on single rows of this "
        "table, not what another table would show"
    )


def _places(found: "Campaigns", chosen: Bools) -> list[tuple[int, int]]:
    pairs = np.stack([found.target[chosen], found.world[chosen]], axis=1)
    return [(int(target), int(world)) for target, world in np.unique(pairs, axis=0)]
