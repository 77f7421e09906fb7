"""Figures of a replay: means over seeds with their standard errors."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np

from agents.past.tables import Table
from agents.replay import Truth
from experiments.replay_setup import Setup
from experiments.replay_work import Replayed

# Experiments after which successes are counted. 47 is what ARROWS took for all ten of YBa2Cu3O7.
FOUND_AT = (10, 20, 47)


def scores(
    setup: Setup, table: Table, replayed: Mapping[str, Sequence[Replayed]]
) -> dict[str, Any]:
    """All figures, as they are written to JSON."""
    truth = Truth(table.yields(), table.target.yield_asked)
    return {
        "cells": len(table.results),
        "successes": len(truth.successes),
        "policies": {label: score(runs, setup.seeds) for label, runs in replayed.items()},
        "left_out": len(table.left_out),
        "target": setup.target,
        "success": setup.success,
        "seeds": setup.seeds,
        "literature": setup.literature,
        "permuted": setup.permuted,
        "missing": setup.missing,
        "batch": setup.batch,
        "best_yield": max(truth.yields.values()),
        "settings": {c.label: dict(c.settings) for c in setup.policies if c.settings},
    }


def score(runs: Sequence[Replayed], seeds: int) -> dict[str, Any]:
    """The figures of one policy. A deterministic policy's one run stands for all seeds."""
    every = [r.milestones for r in runs] * (seeds if len(runs) == 1 else 1)
    return {
        **{name: _mean([getattr(m, name) for m in every]) for name in _MILESTONES},
        "found_at": {str(n): fmean(m.found_at(n) for m in every) for n in FOUND_AT},
        "cpu_s_per_suggestion": fmean(r.cpu_s_per_suggestion for r in runs),
    }


_MILESTONES = ("first", "half", "all", "best")


def _mean(values: Sequence[int | None]) -> list[float] | None:
    """Mean and its standard error; none where there was nothing to reach."""
    reached = [v for v in values if v is not None]
    if not reached:
        return None
    spread = float(np.std(reached, ddof=1)) if len(reached) > 1 else 0.0
    return [fmean(reached), spread / math.sqrt(len(reached))]
