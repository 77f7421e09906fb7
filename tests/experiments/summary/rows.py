"""Campaigns of studies that are small enough to be worked out by hand."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.study.row import FAILED, Row

ASKED, BUDGET = 0.9, 4


def row(
    policy: str, yields: Sequence[float | None] = (), target: str = "BaTiO3", seed: int = 0,
    world: str = "easy", **told: Any,
) -> Row:  # fmt: skip
    """A campaign with these yields, each of 10 furnace hours, 12 of the lab, precursors for 2."""
    seen = [y for y in yields if y is not None]
    made = any(y >= ASKED for y in seen)
    ending = "yield reached" if made else "budget spent"
    fields: dict[str, Any] = {
        "key": f"{policy} {target} {world} {seed}",
        "policy": policy,
        "target": target,
        "world": world,
        "seed": seed,
        "ending": ending,
        "made": made,
        "yield_asked": ASKED,
        "budget": BUDGET,
        "candidates": BUDGET,
        "experiments": len(yields),
        "best_yield": max(seen, default=0.0),
        "lab_h": None if policy == "oracle" or not yields else 12.0 * len(yields),
        "yields": tuple(yields),
        "furnace_h": (10.0,) * len(yields),
        "price": (2.0,) * len(yields),
    }
    return Row(**(fields | told))


def replayed(policy: str, yields: Sequence[float], seed: int = 0, **told: Any) -> Row:
    """A replay of a table to its last recipe; recipes are named after their yields."""
    fields: dict[str, Any] = {
        "ending": "no candidate left",
        "lab_h": None,
        "candidates": len(yields),
        "recipes": tuple(f"of {y:g}" for y in yields),
    }
    return row(policy, yields, seed=seed, **(fields | told))


def failed(policy: str, **told: Any) -> Row:
    """A campaign that an error ended before its first experiment."""
    return row(policy, ending=FAILED, error="ValueError: no", **told)


def frame(*rows: Row) -> pd.DataFrame:
    """Rows as a table of results."""
    return pd.DataFrame([each.model_dump() for each in rows])
