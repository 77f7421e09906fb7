"""What came of killing campaigns: a row each, and what they add up to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table

from experiments.crash.plan import Case
from experiments.crash.ways import WAYS
from knowledge.record import Record


class Row(Record):
    """What came of killing one campaign.

    `before` is what it was about to write, where that is known; `of` is the code and seed that it
    is a row of.
    """

    shape: str
    way: str
    number: int
    before: str = ""
    kills: int
    starts: int
    lost: int
    duplicated: int
    diverged: int
    told: str = ""
    seconds: float
    of: str

    @property
    def case(self) -> Case:
        """What was killed, and how."""
        return Case(shape=self.shape, way=self.way, number=self.number)

    @property
    def wrong(self) -> bool:
        """Whether anything is."""
        return bool(self.lost or self.duplicated or self.diverged)

    @property
    def complaint(self) -> str:
        """What is wrong, with the command to see it again."""
        return f"{self.shape} {self.way} {self.number}: {self.told}: {self.case.command}"


def summary(rows: Sequence[Row], boundaries: Mapping[str, int]) -> dict[str, Any]:
    """Counts of all, by shape and way, and what is wrong; `boundaries` are how many by shape."""
    return {
        **_counts(rows),
        "boundaries": sum(boundaries.values()),
        "boundaries_killed_at": sum(r.kills for r in rows if r.way == "boundary"),
        "by_shape": [
            {"shape": shape, "way": way, **_counts(part)}
            for shape in boundaries
            for way in WAYS
            if (part := [r for r in rows if (r.shape, r.way) == (shape, way)])
        ],
        "wrong": [
            {**r.case.model_dump(), "told": r.told, "command": r.case.command}
            for r in rows
            if r.wrong
        ],
    }


def shown(found: Mapping[str, Any]) -> Table:
    """The part of a summary by shape and way."""
    table = Table("shape", "killed", box=None, pad_edge=False)
    columns = ("campaigns", "kills", "starts", "lost", "duplicated", "diverged", "seconds")
    for name in columns:
        table.add_column(name, justify="right")
    for part in found["by_shape"]:
        table.add_row(part["shape"], part["way"], *(str(part[name]) for name in columns))
    return table


def _counts(rows: Iterable[Row]) -> dict[str, Any]:
    part = list(rows)
    whole = ("kills", "starts", "lost", "duplicated", "diverged")
    counts = {name: sum(getattr(r, name) for r in part) for name in whole}
    return {"campaigns": len(part), **counts, "seconds": round(sum(r.seconds for r in part), 1)}
