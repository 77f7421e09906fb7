"""The table of a study: a CSV to which every finished campaign is added, and read again.

A run that was killed goes on: what is whole in the table is not run again, and what is torn at its
end is dropped. Campaigns of other settings stay in the table and are not looked at.
"""

from collections.abc import Sequence
from pathlib import Path

from agents.files import write_whole
from experiments.paired_campaigns import Step
from experiments.record_table import add, as_text, records_in

Campaign = tuple[Step, ...]
Name = tuple[str, str, int]  # run, policy, seed


def campaigns_in(path: Path) -> dict[Name, Campaign]:
    """The whole campaigns of a table, by run, policy and seed; none where there is no file.

    Raises RecordError for a file that is no such table.
    """
    found: dict[Name, list[Step]] = {}
    for step in records_in(path, Step):
        found.setdefault((step.run, step.policy, step.seed), []).append(step)
    return {name: tuple(steps) for name, steps in found.items() if steps[-1].ending}


class CampaignTable:
    """The campaigns known by now, and the file, if any, that they are kept in."""

    def __init__(self, path: Path | None, again: Sequence[str] = ()) -> None:
        """Read the file; campaigns of the policies named in `again` are forgotten."""
        self._path = path
        known = campaigns_in(path) if path else {}
        self.campaigns = {n: steps for n, steps in known.items() if n[1] not in again}
        if path:
            every = [s for steps in self.campaigns.values() for s in steps]
            write_whole(path, as_text(every, Step))

    def add(self, steps: Sequence[Step]) -> None:
        """Keep the steps of whole campaigns; they are in the file when this returns."""
        for step in steps:
            name = (step.run, step.policy, step.seed)
            self.campaigns[name] = (*self.campaigns.get(name, ()), step)
        if self._path:
            add(self._path, steps, Step)
