"""What a campaign left behind, and what of it is lost, twice there, or otherwise than it should be.

Read from the files alone: the journal, the lab's archive, the books of its stock, and the list of
events that the campaign was told were safe.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.journal import Event, Journal, campaigns_in, journal_of
from experiments.crash.child import ACKNOWLEDGED
from experiments.crash.shapes import CAMPAIGN, STATE, STOCK
from knowledge.record import Record, content_hash

# What a comparison of decisions and outcomes looks at.
_MATTERS = ("decided", "finished")


@dataclass(frozen=True)
class Left:
    """What is left of a campaign: events as (kind, experiment, payload) without its name, archived
    outcomes by experiment, how often each was taken on, micrograms weighed by lot.
    """

    events: tuple[tuple[str, str, str], ...]
    archive: dict[str, str | None]
    taken_on: Counter[str]
    weighed_ug: dict[str, int]
    unkept: tuple[str, ...]

    def of(self, *kinds: str) -> list[tuple[str, str, str]]:
        """The events of these kinds, in order."""
        return [e for e in self.events if e[0] in kinds]


class Verdict(Record):
    """How many things are lost, twice there, otherwise; and the first of each in words."""

    lost: int = 0
    duplicated: int = 0
    diverged: int = 0
    told: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.duplicated or self.diverged)


def left_in(folder: Path, journal_url: str | None = None) -> Left:
    """What a run left in its folder. Raises RecordError for a journal that does not hold together,
    sqlite3.Error for a lab's file that does not.
    """
    name = campaigns_in(folder / CAMPAIGN)[0]
    journal = Journal(journal_url, name) if journal_url else journal_of(folder / CAMPAIGN)
    events = journal.events()
    journal.close()
    with _opened(folder / STATE) as lab:
        archive = dict(lab.execute("select id, outcome from experiments order by rowid"))
        submitted = lab.execute("select id from events where kind = 'submitted'").fetchall()
    with _opened(folder / STOCK) as stock:
        lots = stock.execute("select lot, weighed_ug from lots").fetchall()
    weighed = Counter[str]()
    for text, micrograms in lots:
        lot = json.loads(text)
        weighed[f"{lot['formula']} {lot['lot']}".strip()] += micrograms
    return Left(
        events=tuple(
            (e.kind, e.experiment.replace(name, "*"), e.text.replace(name, "*")) for e in events
        ),
        archive={k.replace(name, "*"): v and v.replace(name, "*") for k, v in archive.items()},
        taken_on=Counter(k.replace(name, "*") for (k,) in submitted),
        weighed_ug=dict(weighed),
        unkept=tuple(_unkept(folder / ACKNOWLEDGED, events)),
    )


def compared(left: Left, reference: Left, whole: bool) -> Verdict:
    """What is wrong with what is left, beside a campaign that was never killed.

    With `whole` all events must be the same, else decisions and outcomes.
    """
    lost = [*left.unkept, *_lost(left)]
    twice = [*_twice(left), *_beyond(left, reference)]
    otherwise = list(_otherwise(left, reference, whole))
    told = "; ".join(words[0] for words in (lost, twice, otherwise) if words)
    return Verdict(lost=len(lost), duplicated=len(twice), diverged=len(otherwise), told=told)


def _lost(left: Left) -> Iterator[str]:
    outcomes = {e for _, e, _ in left.of("finished")}
    refused = {e for _, e, text in left.of("finished") if '"status":"refused"' in text}
    for _, name, _ in left.of("decided"):
        if name not in outcomes:
            yield f"{name} was decided and has no outcome"
    for name, outcome in left.archive.items():
        if outcome is not None and name not in outcomes:
            yield f"the lab has an outcome of {name} that the journal lacks"
    for name in sorted(outcomes - refused):
        if left.archive.get(name) is None:
            yield f"the lab lacks the outcome of {name} that the journal has"


def _twice(left: Left) -> Iterator[str]:
    decided = Counter(e for _, e, _ in left.of("decided"))
    for name in left.archive:
        if name not in decided:
            yield f"the lab ran {name}, which nobody decided on"
    for what, counts in (
        ("decided on", decided),
        ("taken on by the lab", left.taken_on),
        ("finished", Counter(e for _, e, _ in left.of("finished"))),
    ):
        yield from (f"{name} was {what} {n} times" for name, n in counts.items() if n > 1)


def _beyond(left: Left, reference: Left) -> Iterator[str]:
    for lot, micrograms in left.weighed_ug.items():
        expected = reference.weighed_ug.get(lot, 0)
        if micrograms > expected:
            yield f"{micrograms / 1e6:g} g of {lot} were weighed, {expected / 1e6:g} without a kill"


def _otherwise(left: Left, reference: Left, whole: bool) -> Iterator[str]:
    kinds = sorted({e[0] for e in (*left.events, *reference.events)}) if whole else _MATTERS
    ours, theirs = left.of(*kinds), reference.of(*kinds)
    for number, (mine, other) in enumerate(zip(ours, theirs, strict=False), 1):
        if mine != other:
            yield f"event {number} is {_short(mine, other)}"
    if len(ours) != len(theirs):
        yield f"there are {len(ours)} events, {len(theirs)} without a kill"
    if left.archive != reference.archive:
        yield "the lab's archive is another"
    for lot, expected in reference.weighed_ug.items():
        micrograms = left.weighed_ug.get(lot, 0)
        if micrograms < expected:
            yield f"{micrograms / 1e6:g} g of {lot} were weighed, {expected / 1e6:g} without a kill"


def _short(mine: tuple[str, str, str], other: tuple[str, str, str]) -> str:
    """Where two events part, in a line."""
    if mine[:2] != other[:2]:
        return f"{mine[0]} {mine[1]}, and {other[0]} {other[1]} without a kill"
    before = next((n for n, (a, b) in enumerate(zip(mine[2], other[2], strict=False)) if a != b), 0)
    part = slice(max(before - 40, 0), before + 40)
    return f"{mine[0]} {mine[1]}: {mine[2][part]!r}, and {other[2][part]!r} without a kill"


def _unkept(file: Path, events: list[Event]) -> Iterator[str]:
    """The events that the campaign was told were safe and that the journal does not have."""
    held: dict[int, list[Any]] = {
        e.sequence: [e.sequence, e.time, e.kind, e.experiment, content_hash(e.text)] for e in events
    }
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    for line in text[: text.rfind("\n") + 1].splitlines():
        row = json.loads(line)
        if held.get(row[0]) != row:
            yield f"event {row[0]} ({row[2]} {row[3]}) was acknowledged and is not in the journal"


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        yield connection
