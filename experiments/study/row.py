"""The result of one campaign of a study: one row, whose lists have one entry for each experiment.

Nothing in a row depends on when, where or how fast it was run: that stands in `Timing`.
"""

from typing import Any

import pyarrow as pa

from knowledge.record import Record

FAILED = "failed"
# Raised when rows of old and new code of a study are not to be taken for the same.
RULES = 1


class Row(Record):
    """One campaign: what it was, how it ended, and what each experiment promised and gave.

    `key` is the hash of its resolved settings and seed. `ending` is why the campaign stopped, in
    the words of agents.ending, or `failed`, when `error` says what was raised. `made` says whether
    the yield asked for was reached; `budget` how many experiments there might have been. Lists
    follow the order in which results came. `yields` are weight fractions of the target, 0 to 1,
    none where the sample was lost; `promised` probabilities of success with the 90 % interval of
    the yield in `yield_low` and `yield_high`, none where the policy does not tell; `furnace_h` how
    long each kept a furnace; `price` what its precursors cost, none where the lab does not say.
    `lab_h` is the time of the lab when the last result was there, none for a lab without a clock.
    """

    key: str
    policy: str
    target: str
    world: str
    seed: int
    ending: str
    error: str = ""
    made: bool = False
    yield_asked: float
    budget: int
    candidates: int = 0
    experiments: int = 0
    best_yield: float = 0.0
    lab_h: float | None = None
    recipes: tuple[str, ...] = ()
    yields: tuple[float | None, ...] = ()
    promised: tuple[float, ...] = ()
    yield_low: tuple[float | None, ...] = ()
    yield_high: tuple[float | None, ...] = ()
    furnace_h: tuple[float, ...] = ()
    price: tuple[float | None, ...] = ()


class Timing(Record):
    """What one campaign took: CPU seconds of its process, and the code that ran it."""

    key: str
    cpu_s: float
    code: str


_numbers = pa.list_(pa.float64())
ROW_SCHEMA = pa.schema(
    {
        "key": pa.string(),
        "policy": pa.string(),
        "target": pa.string(),
        "world": pa.string(),
        "seed": pa.int64(),
        "ending": pa.string(),
        "error": pa.string(),
        "made": pa.bool_(),
        "yield_asked": pa.float64(),
        "budget": pa.int64(),
        "candidates": pa.int64(),
        "experiments": pa.int64(),
        "best_yield": pa.float64(),
        "lab_h": pa.float64(),
        "recipes": pa.list_(pa.string()),
        "yields": _numbers,
        "promised": _numbers,
        "yield_low": _numbers,
        "yield_high": _numbers,
        "furnace_h": _numbers,
        "price": _numbers,
    }
)
TIMING_SCHEMA = pa.schema({"key": pa.string(), "cpu_s": pa.float64(), "code": pa.string()})


def as_table(rows: "list[dict[str, Any]]", schema: pa.Schema) -> pa.Table:
    """Rows as a parquet table. Raises pyarrow.ArrowInvalid for what does not fit the schema."""
    return pa.Table.from_pylist(rows, schema=schema)
