"""Small curated tables of the lab, each row with its source."""

import csv
from functools import lru_cache
from importlib.resources import files


@lru_cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a table here, column to text, in the order of the file."""
    text = files("lab.data").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
