"""The published recipes nearest to a proposal, where the fetched table of them is at hand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from knowledge.chemistry import parse, whole_formula
from knowledge.errors import AthanorError, RecordError

_ELEMENT = re.compile(r"[A-Z][a-z]?")
# Recipes whose targets are read in full: those that share most elements.
_LOOKED_AT = 3000


@dataclass(frozen=True)
class PublishedRecipe:
    """A recipe of a paper, and how alike its target is: 1 the same composition, 0 no element."""

    target: str
    precursors: tuple[str, ...]
    temperature_c: float | None
    doi: str
    year: int | None
    likeness: float


class Corpus:
    """A table of published recipes (`target`, `precursors`, `temperature_c`, `doi`, `year`)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def nearest(
        self, target: str, precursors: Sequence[str] | None = None, count: int = 3
    ) -> list[PublishedRecipe]:
        """The recipes with the likest targets, one of each paper; of these precursors if given.

        Likeness is what two compositions have in common, in atomic fractions.
        """
        wanted = parse(target).fractional_composition
        symbols = {str(e) for e in wanted}
        table = self._table
        if precursors is not None:
            same = frozenset(whole_formula(p) for p in precursors)
            table = table[table["size"] == len(same)]
            table = table[[_written(tuple(p)) == same for p in table.precursors]]
        shared = table["elements"].map(lambda e: len(e & symbols) / len(e | symbols))
        likest = table.loc[shared.sort_values(ascending=False, kind="stable").index[:_LOOKED_AT]]
        found: dict[str, PublishedRecipe] = {}
        for row in likest.itertuples():
            try:
                other = parse(str(row.target)).fractional_composition
            except AthanorError:
                continue
            likeness = float(sum(min(wanted[e], other[e]) for e in wanted))
            known = found.get(str(row.doi))
            if known is None or known.likeness < likeness:
                found[str(row.doi)] = _recipe(row, likeness)
        ranked = sorted(found.values(), key=lambda r: (-r.likeness, r.doi))
        return ranked[:count]

    @cached_property
    def _table(self) -> pd.DataFrame:
        columns = ["target", "precursors", "temperature_c", "doi", "year"]
        try:
            table = pd.read_parquet(self.path, columns=columns)
        except (OSError, ValueError) as error:
            raise RecordError(
                f"{self.path} holds no published recipes ({str(error).splitlines()[0]}): "
                "athanor fetch literature --force brings them again"
            ) from error
        elements = [frozenset(_ELEMENT.findall(t)) for t in table.target]
        return table.assign(elements=elements, size=table.precursors.map(len))


@lru_cache(maxsize=100_000)
def _written(precursors: tuple[str, ...]) -> frozenset[str]:
    try:
        return frozenset(whole_formula(p) for p in precursors)
    except AthanorError:
        return frozenset()


def _recipe(row: Any, likeness: float) -> PublishedRecipe:
    return PublishedRecipe(
        target=str(row.target),
        precursors=tuple(row.precursors),
        temperature_c=None if pd.isna(row.temperature_c) else float(row.temperature_c),
        doi=str(row.doi),
        year=None if pd.isna(row.year) else int(row.year),
        likeness=round(likeness, 3),
    )
