"""The campaigns of a study as arrays: what every measure, table and figure is worked out from.

`campaigns_of` takes the table of results as it is read, or as it is made from rows in a notebook,
and checks once that its campaigns can be compared at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from experiments.study.row import FAILED
from experiments.summary.replays import copied_in, replayed_in
from knowledge.errors import AthanorError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

_TOLD = (
    "policy",
    "target",
    "world",
    "seed",
    "ending",
    "made",
    "yield_asked",
    "budget",
    "candidates",
)
_LISTS = ("yields", "furnace_h", "price", "promised")


@dataclass(frozen=True)
class Campaigns:
    """Campaigns that can be compared, one an entry of each array; shape (n,) unless told.

    `policy`, `target`, `world` and `seed` count from 0 into `policies`, `targets`, `worlds` and
    `seeds`. `made` says whether the yield asked for was reached, `failed` whether an error ended
    the campaign, `stopped_there` whether it ended because its target was made. `candidates` is how
    many recipes there were to choose from, `best` the best yield; `lab_h` the time of the lab at
    the end, NaN without a clock; `replayed` whether the lab was a table, and `copied` whether the
    campaign is the same with every seed, see replays.py; `of_step` holds what was listed for each
    experiment, see `steps`.
    """

    policies: tuple[str, ...]
    targets: tuple[str, ...]
    worlds: tuple[str, ...]
    seeds: tuple[int, ...]
    yield_asked: float
    policy: Ints
    target: Ints
    world: Ints
    seed: Ints
    made: Bools
    failed: Bools
    stopped_there: Bools
    budget: Ints
    candidates: Ints
    best: Floats
    lab_h: Floats
    replayed: Bools
    copied: Bools
    of_step: "dict[str, tuple[Ints, Floats]]"

    def __len__(self) -> int:
        return len(self.policy)

    def steps(self, name: str) -> Floats:
        """What was listed of each experiment, NaN for none and after the last. shape: (n, most).

        `yields`, `furnace_h`, `price` or `promised`; the last is narrower where policies do not
        tell it.
        """
        return _padded(*self.of_step[name])

    @cached_property
    def experiments(self) -> Ints:
        """How many experiments each campaign had."""
        return self.of_step["yields"][0]

    @cached_property
    def yields(self) -> Floats:
        """Yield of each experiment, NaN for a lost sample and after the last. shape: (n, most)."""
        return self.steps("yields")

    @cached_property
    def columns(self) -> Ints:
        """The world and seed of each column of `grid`, as they are counted. shape: (columns, 2)."""
        return np.unique(np.stack([self.world, self.seed], axis=1), axis=0)

    @cached_property
    def cell(self) -> Ints:
        """Which campaign a policy had for a target in a column: -1 where none.

        Columns are pairs of a world and a seed. shape: (policies, targets, columns).
        """
        width = len(self.seeds)
        keys = self.columns[:, 0] * width + self.columns[:, 1]
        column = np.searchsorted(keys, self.world * width + self.seed)
        found = np.full((len(self.policies), len(self.targets), len(keys)), -1, dtype=np.intp)
        found[self.policy, self.target, column] = np.arange(len(self))
        return found

    def grid(self, values: NDArray[Any]) -> Floats:
        """Values of campaigns laid out as `cell`, NaN where there is none."""
        laid = np.append(values.astype(np.float64), np.nan)[self.cell]
        return np.asarray(laid)

    def once(self, values: Floats, *policies: int) -> Floats:
        """Values of a grid, NaN for copies but the first of each target and world.

        Those are left out that are copies for all of some policies. `values`: shape (..., targets,
        columns).
        """
        copied = (self._copied[list(policies)] == 1).all(axis=0)
        if not copied.any():
            return values
        there = copied & ~np.isnan(values)
        again = np.zeros_like(there)
        for world in np.unique(self.columns[:, 0]):
            own = self.columns[:, 0] == world
            again[..., own] = np.cumsum(there[..., own], axis=-1) > 1
        return np.where(there & again, np.nan, values)

    @cached_property
    def _copied(self) -> Floats:
        return self.grid(self.copied)

    @cached_property
    def counted(self) -> Bools:
        """Which campaigns count by themselves: of copies the first alone."""
        if not self.copied.any():
            return np.ones(len(self), dtype=bool)
        laid = self.grid(np.ones(len(self)))
        kept = np.stack([self.once(own, policy) for policy, own in enumerate(laid)])
        counted = np.zeros(len(self), dtype=bool)
        counted[self.cell[kept == 1]] = True
        return counted

    def only(self, chosen: Bools) -> "Campaigns":
        """Those campaigns. Targets are counted anew; policies, worlds and seeds keep numbers."""
        names = (
            "policy",
            "world",
            "seed",
            "made",
            "failed",
            "stopped_there",
            "budget",
            "candidates",
            "best",
            "lab_h",
            "replayed",
            "copied",
        )
        kept = {
            name: (lengths[chosen], values[np.repeat(chosen, lengths)])
            for name, (lengths, values) in self.of_step.items()
        }
        there, target = np.unique(self.target[chosen], return_inverse=True)
        return replace(
            self,
            targets=tuple(self.targets[t] for t in there),
            target=target.astype(np.intp),
            of_step=kept,
            **{n: getattr(self, n)[chosen] for n in names},
        )

    @property
    def goes_on(self) -> bool:
        """Whether campaigns were to go on after a success: most that made their target did."""
        return bool(self.made.any() and self.stopped_there[self.made].mean() < 0.5)


def campaigns_of(frame: pd.DataFrame, policies: Sequence[str] = ()) -> Campaigns:
    """The campaigns in a table of results, those of some policies or of all, in that order.

    Raises AthanorError in one line for a table that holds none, or whose campaigns cannot be
    compared: of different yields asked, of different budgets, or more than one of a policy for the
    same target, world and seed.
    """
    lacking = [c for c in (*_TOLD, "best_yield", *_LISTS) if c not in frame.columns]
    if lacking:
        raise AthanorError(f"these results have no column {lacking[0]}: give those of a study")
    if not len(frame):
        raise AthanorError("there is no campaign in these results: run the study first")
    there = tuple(dict.fromkeys(frame["policy"]))
    frame = frame[frame["policy"].isin(_known(policies, there))] if policies else frame
    asked = sorted(set(frame["yield_asked"]))
    if len(asked) > 1:
        raise AthanorError(
            f"these campaigns were asked for yields of {' and '.join(f'{a:g}' for a in asked)}: "
            "what one calls made the other does not, so summarize each study by itself"
        )
    _refuse_two_of_one(frame)
    order = tuple(policies) or there
    targets = tuple(sorted(set(frame["target"])))
    worlds = tuple(dict.fromkeys(frame["world"]))
    seeds = tuple(sorted({int(s) for s in frame["seed"]}))
    ending = frame["ending"].astype(str)
    hours = frame.get("lab_h", pd.Series(np.nan, index=frame.index))
    replayed = replayed_in(frame)
    return Campaigns(
        policies=order,
        targets=targets,
        worlds=worlds,
        seeds=seeds,
        yield_asked=float(asked[0]),
        policy=_numbered(frame["policy"], order),
        target=_numbered(frame["target"], targets),
        world=_numbered(frame["world"], worlds),
        seed=_numbered(frame["seed"], seeds),
        made=frame["made"].to_numpy(dtype=bool),
        failed=(ending == FAILED).to_numpy(dtype=bool),
        stopped_there=(ending == "yield reached").to_numpy(dtype=bool),
        budget=frame["budget"].to_numpy(dtype=np.intp),
        candidates=frame["candidates"].to_numpy(dtype=np.intp),
        best=frame["best_yield"].to_numpy(dtype=np.float64),
        lab_h=hours.to_numpy(dtype=np.float64, na_value=np.nan),
        replayed=replayed,
        copied=copied_in(frame, replayed),
        of_step=_lists(frame),
    )


def _known(asked: Sequence[str], there: Sequence[str]) -> Sequence[str]:
    for name in asked:
        if name not in there:
            raise AthanorError(f"no campaign is of policy {name}: there are {', '.join(there)}")
    return asked


def _refuse_two_of_one(frame: pd.DataFrame) -> None:
    """Raise AthanorError unless each policy has one campaign at most for what is paired."""
    pair = ["target", "world", "seed"]
    twice = frame.duplicated(["policy", *pair])
    if twice.any():
        row = frame[twice].iloc[0]
        raise AthanorError(
            f"{row.policy} has more than one campaign for {row.target} in world {row.world} with "
            f"seed {row.seed}: these are studies of different settings, so summarize each by itself"
        )
    budgets = frame.groupby(pair, sort=False)["budget"].agg(["min", "max"])
    uneven = budgets[budgets["min"] != budgets["max"]]
    if len(uneven):
        target, world, seed = uneven.index[0]
        least, most = uneven.iloc[0]
        raise AthanorError(
            f"{target} in world {world} with seed {seed} had {least} experiments of one policy and "
            f"{most} of another: compare policies of equal budget, as with --policies"
        )


def _numbered(values: pd.Series, known: Sequence[Any]) -> Ints:
    return np.asarray(pd.Categorical(values, categories=list(known)).codes, dtype=np.intp)


def _lists(frame: pd.DataFrame) -> dict[str, tuple[Ints, Floats]]:
    """Lengths and joined values of the columns of lists. Raises AthanorError where they differ."""
    found = {}
    for name in _LISTS:
        values = pa.array(list(frame[name]), type=pa.list_(pa.float64()), from_pandas=True)
        lengths = values.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        found[name] = (
            lengths.astype(np.intp),
            values.flatten().to_numpy(zero_copy_only=False).astype(np.float64),
        )
    many = found["yields"][0]
    for name in ("furnace_h", "price"):
        if (found[name][0] != many).any():
            row = frame.iloc[int(np.argmax(found[name][0] != many))]
            raise AthanorError(
                f"{row.policy} for {row.target} with seed {row.seed} lists {len(row.yields)} "
                f"yields and {len(row[name])} of {name}: each experiment needs one, so these are "
                "no results of a study"
            )
    return found


def _padded(lengths: Ints, values: Floats) -> Floats:
    width = int(lengths.max(initial=1))  # a column at least, though no campaign came so far
    table = np.full((len(lengths), width), np.nan)
    table[np.arange(width) < lengths[:, None]] = values
    return table
