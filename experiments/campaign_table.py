"""The table of a study: a CSV to which every finished campaign is added, and read again.

A run that was killed goes on: what is whole in the table is not run again, and what is torn at its
end is dropped. Campaigns of other settings stay in the table and are not looked at.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from agents.files import write_whole
from experiments.paired_campaigns import Step
from knowledge.errors import RecordError

Campaign = tuple[Step, ...]
Name = tuple[str, str, int]  # run, policy, seed
_COLUMNS = list(Step.model_fields)


def campaigns_in(path: Path) -> dict[Name, Campaign]:
    """The whole campaigns of a table, by run, policy and seed; none where there is no file.

    Raises RecordError for a file that is no such table.
    """
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]  # the last line may be torn
    reader = csv.DictReader(io.StringIO(whole))
    if reader.fieldnames != _COLUMNS:
        raise RecordError(f"{path} is no table of campaigns: name another --json, or remove it")
    found: dict[Name, list[Step]] = {}
    for row in reader:
        step = Step(**row)
        found.setdefault((step.run, step.policy, step.seed), []).append(step)
    return {name: tuple(steps) for name, steps in found.items() if steps[-1].ending}


def as_table(steps: Iterable[Step], header: bool = True) -> str:
    """Steps as CSV text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(step.model_dump() for step in steps)
    return text.getvalue()


class CampaignTable:
    """The campaigns known by now, and the file, if any, that they are kept in."""

    def __init__(self, path: Path | None, again: Sequence[str] = ()) -> None:
        """Read the file; campaigns of the policies named in `again` are forgotten."""
        self._path = path
        known = campaigns_in(path) if path else {}
        self.campaigns = {n: steps for n, steps in known.items() if n[1] not in again}
        if path:
            write_whole(path, as_table(s for steps in self.campaigns.values() for s in steps))

    def add(self, steps: Sequence[Step]) -> None:
        """Keep the steps of whole campaigns; they are in the file when this returns."""
        for step in steps:
            name = (step.run, step.policy, step.seed)
            self.campaigns[name] = (*self.campaigns.get(name, ()), step)
        if self._path:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(as_table(steps, header=False))
                stream.flush()
                os.fsync(stream.fileno())
