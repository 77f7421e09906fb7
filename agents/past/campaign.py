"""A campaign of the past, read from its folder, and its decisions derived again.

A decision is a function of candidates, seed and what had happened, so each can be made again from
what the journal held then. It is equal on the same machine with the same versions.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from agents.candidate_files import candidates_in
from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.journal import Event, journal_of
from agents.ledger import Ledger
from agents.policies import Policy
from agents.pursuit import PERSON, Pursuit
from lab.recorded import RecordedResult


@dataclass(frozen=True)
class PastCampaign:
    """What a campaign's folder holds of one of its targets."""

    name: str
    events: Sequence[Event]
    candidates: Candidates

    @cached_property
    def ledger(self) -> Ledger:
        """Its events, folded."""
        return Ledger(self.events)

    @property
    def started(self) -> dict[str, Any]:
        """The first event: targets, policy, settings."""
        return next(e.payload for e in self.events if e.kind == "started")

    @property
    def settings(self) -> dict[str, Any]:
        """The settings it was started with; none for a campaign that code put together."""
        settings: dict[str, Any] = self.started.get("settings") or {}
        return settings

    @property
    def history(self) -> History:
        """Everything that happened to the target."""
        return self.ledger.history(self.candidates.target)

    def results(self) -> tuple[RecordedResult, ...]:
        """What was measured, for a lab that answers from it."""
        return tuple(
            RecordedResult(recipe=c.recipe, outcome=c.outcome) for c in self.history.measured
        )


def past_campaign(folder: Path, formula: str | None = None) -> PastCampaign:
    """The campaign in a folder, and of its targets the one named, or the first.

    Raises RecordError where there is none, or not all of it.
    """
    journal = journal_of(folder)
    events = journal.events()
    journal.close()
    return PastCampaign(journal.campaign, events, candidates_in(folder, Ledger(events), formula))


def past_campaign_of(folder: Path, experiment: str) -> PastCampaign:
    """The campaign in a folder, and of its targets the one that an experiment was for.

    An attempt's number means that of the first target. Raises RecordError.
    """
    past = past_campaign(folder)
    if experiment.isdecimal():
        return past
    formula = past.ledger.target_of(experiment)
    return past if formula == past.candidates.target.formula else past_campaign(folder, formula)


@dataclass(frozen=True)
class Rederived:
    """How many decisions came out equal, and the first that did not, with what it was made to."""

    equal: int
    expected: Suggestion | None = None
    got: Suggestion | None = None

    def __str__(self) -> str:
        if self.expected is None:
            return f"all {self.equal} decisions derived again, each equal to the recorded one"
        index, was = self.expected.decision_index, self.expected
        if self.got is None:
            return f"decision {index} differs: expected {was.recipe}, got no suggestion"
        if self.got.recipe != was.recipe:
            return f"decision {index} differs: expected {was.recipe}, got {self.got.recipe}"
        return f"decision {index} differs in its {_first_field(was, self.got)}"


def derive_again(
    past: PastCampaign, policy: Policy, again: Callable[[Candidates], Policy] | None = None
) -> Rederived:
    """Ask the policy for each decision again, up to the first that differs.

    `again` makes it anew with candidates that took in what the other targets had shown by then;
    without it, it stays as it is.
    """
    pursuit = Pursuit.with_policy(past.candidates, policy)
    if again is not None:
        pursuit = Pursuit(past.candidates, again)
    equal = 0
    for ledger, history, decided in _moments(past):
        pursuit.catch_up(ledger)
        suggested = pursuit.policy.suggest(history, len(decided))
        for place, was in enumerate(decided):
            got = suggested[place] if place < len(suggested) else None
            if got is None or got.to_json() != was.to_json():
                return Rederived(equal, was, got)
            equal += 1
    return Rederived(equal)


def decisions(past: PastCampaign) -> Iterator[tuple[History, list[Suggestion]]]:
    """Each decision of the policy, a batch of suggestions, with the history that it was shown."""
    for _, history, decided in _moments(past):
        yield history, decided


def _moments(past: PastCampaign) -> Iterator[tuple[Ledger, History, list[Suggestion]]]:
    """Each decision of the policy with where the campaign stood then."""
    target, ledger, seen = past.candidates.target, Ledger(), 0
    mine = [e for e in past.events if e.kind == "decided" and e.target == target.formula]
    by_policy = [e for e in mine if e.payload["suggestion"]["policy"] != PERSON]
    for watermark, batch in groupby(by_policy, key=_watermark):
        while seen < len(past.events) and past.events[seen].sequence <= watermark:
            ledger.take([past.events[seen]])
            seen += 1
        history = ledger.history(target).model_copy(update={"watermark": watermark})
        yield ledger, history, [Suggestion.model_validate(e.payload["suggestion"]) for e in batch]


def _watermark(decided: Event) -> int:
    return int(decided.payload["suggestion"]["watermark"])


def _first_field(was: Suggestion, got: Suggestion) -> str:
    """The first field in which two suggestions of one recipe differ, with both values."""
    for before, after in ((was, got), (was.reason, got.reason)):
        for name in type(before).model_fields:
            if name == "reason":
                continue
            one, other = getattr(before, name), getattr(after, name)
            if one != other:
                return f"{name}: expected {one}, got {other}"
    return "content"
