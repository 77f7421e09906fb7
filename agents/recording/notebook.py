"""Writes what a person says of experiments where it belongs, all of it or nothing.

That is the book of the bench; and where the campaign has heard of a first result already, its
journal, as an amendment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agents.journal import is_campaign, journal_of
from agents.ledger import Ledger
from agents.steering import say
from agents.terminal import describe
from agents.why.campaign import folder_of
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from lab.manual import AtBench, BenchBook, Record, SecondResult
from lab.manual.at_bench import tells_the_same
from lab.manual.bench_book import check_fired


@dataclass(frozen=True)
class Written:
    """One experiment as it was written down.

    `before` is what was known of it, if anything, and `changed` whether that changed; `noted`
    whether a note was kept.
    """

    experiment: AtBench
    outcome: Outcome
    before: Outcome | None
    changed: bool
    noted: bool = False


def write(
    book: BenchBook,
    records: Sequence[tuple[AtBench, Record]],
    folder: Path | None = None,
) -> list[Written]:
    """Write records down; what came of each.

    `folder` is that of the campaign, looked for where it is not given. A record whose experiment
    has another result needs a `why`. Raises AthanorError, and has written nothing then.
    """
    book.mend()
    found = [(as_known(e, folder), record) for e, record in records]
    for known, record in found:
        if known.outcome is not None and not tells_the_same(known, record):
            if not record.why:
                raise AthanorError(has_one(known))
            check_fired(known, record.outcome)
    heard = [(known, record) for known, record in found if known.told]
    amended = [record for known, record in heard if not tells_the_same(known, record)]
    if amended and len(records) > 1:
        raise AthanorError(
            f"{amended[0].outcome.experiment_id} has a result that its campaign has heard: put "
            "that one right alone"
        )
    for record in amended:
        _amend(record, folder)
    try:
        book.record(*(record for known, record in found if not known.told))
    except SecondResult as error:  # somebody else was faster
        if error.known.told:
            raise AthanorError(
                f"the campaign of {error.known.code} has heard its result just now: give the same "
                "command again"
            ) from error
        raise AthanorError(has_one(error.known)) from error
    for _, r in heard:
        book.amended(r.outcome, r.who, r.why or "as its campaign knows", r.weighed_g, r.note)
    return [_written(book, known, record) for known, record in found]


def as_known(experiment: AtBench, folder: Path | None = None) -> AtBench:
    """An experiment with the result that its campaign holds, where that has one.

    It is told then. Raises AthanorError where the campaign has heard of it and is not found, and
    where a `folder` is given that is not that of its campaign.
    """
    name = experiment.experiment_id
    try:
        ledger = _ledger(name, folder)
    except AthanorError:
        if experiment.told or folder is not None:
            raise
        return experiment  # nobody can have heard of it
    if name not in ledger.experiments:
        if experiment.told or folder is not None:
            raise AthanorError(f"{name} is no experiment of that campaign: name the right --folder")
        return experiment
    outcome = ledger.outcome(name)
    if outcome is None:
        return experiment
    return replace(experiment, outcome=outcome, told=True)


def has_one(known: AtBench) -> str:
    """Why a second result is not taken, and how it is."""
    assert known.outcome is not None
    if known.outcome.status == "cancelled":
        return (
            f"{known.code} was withdrawn or not fired; if it was fired all the same, add "
            '--correct "it was fired"'
        )
    return (
        f"{known.code} has a result already: {describe(known.outcome)}; to put it right, add "
        '--correct "WHY"'
    )


def _written(book: BenchBook, known: AtBench, record: Record) -> Written:
    now = book.get(known.experiment_id)
    assert now is not None
    changed = not tells_the_same(known, record)
    noted = bool(record.note) and record.note != known.note
    return Written(now, record.outcome, known.outcome, changed, noted)


def _ledger(experiment_id: str, folder: Path | None) -> Ledger:
    journal = journal_of(_campaign_of(experiment_id, folder))
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
        outcome = record.outcome.model_dump(mode="json")
        say(journal, "amended", record.who, record.why, experiment_id=name, outcome=outcome)
    finally:
        journal.close()
