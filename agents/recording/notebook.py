"""Writes what a person says of experiments where it belongs, all of it or nothing.

That is the book of the bench; and where the campaign has heard of a first result already, its
journal, as an amendment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.journal import is_campaign, journal_of
from agents.ledger import Ledger
from agents.steering import say
from agents.terminal import describe
from agents.why.campaign import folder_of
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from lab.manual import AtBench, BenchBook, Record
from lab.manual.bench_book import same


@dataclass(frozen=True)
class Written:
    """One experiment, what was known of it before if anything, and whether that changed."""

    experiment: AtBench
    outcome: Outcome
    before: Outcome | None
    changed: bool


def write(
    book: BenchBook,
    records: Sequence[tuple[AtBench, Record]],
    folder: Path | None = None,
) -> list[Written]:
    """Write records down; what came of each.

    `folder` is that of the campaign, looked for where it is not given. A record whose experiment
    has another result needs a `why`. Raises AthanorError, and has written nothing then.
    """
    known = {e.experiment_id: _heard(e, folder) for e, _ in records}
    written = []
    for experiment, record in records:
        before = known[experiment.experiment_id]
        if before is not None and not same(before, record.outcome) and not record.why:
            raise AthanorError(_has_one(experiment, before))
        changed = before is None or not same(before, record.outcome)
        written.append(Written(experiment, record.outcome, before, changed))
    told = {e.experiment_id for e, _ in records if e.told}
    changes = [r for w, (_, r) in zip(written, records, strict=True) if w.changed]
    late = [r for r in changes if r.outcome.experiment_id in told]
    if late and len(records) > 1:
        raise AthanorError(
            f"{late[0].outcome.experiment_id} has a result that its campaign has heard: put that "
            "one right alone"
        )
    for record in late:
        _amend(record, folder)
    book.record(*(r for r in changes if r not in late))
    return written


def _has_one(experiment: AtBench, before: Outcome) -> str:
    if before.status == "cancelled":
        return (
            f"{experiment.code} was withdrawn or not fired; if it was fired all the same, add "
            '--correct "it was fired"'
        )
    return (
        f"{experiment.code} has a result already: {describe(before)}; to put it right, add "
        '--correct "WHY"'
    )


def _heard(experiment: AtBench, folder: Path | None) -> Outcome | None:
    """What is known of an experiment now: what its campaign holds, where that has heard."""
    if not experiment.told:
        return experiment.outcome
    try:
        ledger = _ledger(experiment, folder)
    except AthanorError:
        return experiment.outcome
    if experiment.experiment_id not in ledger.experiments:
        return experiment.outcome
    return ledger.outcome(experiment.experiment_id) or experiment.outcome


def _ledger(experiment: AtBench, folder: Path | None) -> Ledger:
    journal = journal_of(_campaign_of(experiment.experiment_id, folder))
    try:
        return Ledger(journal.events())
    finally:
        journal.close()


def _campaign_of(experiment_id: str, folder: Path | None) -> Path:
    if folder is not None:
        if not is_campaign(folder):
            raise AthanorError(
                f"{folder} holds no campaign: give the folder that athanor run named"
            )
        return folder
    try:
        return folder_of(experiment_id)
    except AthanorError as error:
        raise AthanorError(
            f"the campaign has heard the result of {experiment_id}, and its folder is not found "
            "here: give it with --folder DIR"
        ) from error


def _amend(record: Record, folder: Path | None) -> None:
    """Put right what a campaign has heard, by an event in its journal."""
    name = record.outcome.experiment_id
    journal = journal_of(_campaign_of(name, folder))
    try:
        ledger = Ledger(journal.events())
        if name not in ledger.experiments:
            raise AthanorError(f"{name} is no experiment of that campaign: name the right --folder")
        outcome = record.outcome.model_dump(mode="json")
        say(journal, "amended", record.who, record.why, experiment_id=name, outcome=outcome)
    finally:
        journal.close()
