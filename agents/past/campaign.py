"""A campaign of the past, read from its folder, and its decisions derived again.

A decision is a function of candidates, seed and what had happened, so each can be made again from
what the journal held then. It is equal on the same machine with the same versions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from agents.campaign import target_of
from agents.candidates import Candidates
from agents.history import History, PendingExperiment, Suggestion
from agents.journal import Event, Journal, campaigns_in, fold
from agents.policies import Policy
from knowledge.errors import RecordError
from lab.recorded import RecordedResult


@dataclass(frozen=True)
class PastCampaign:
    """What a campaign's folder holds."""

    name: str
    events: Sequence[Event]
    candidates: Candidates

    @property
    def started(self) -> dict[str, Any]:
        """The first event: target, policy, settings."""
        return next(e.payload for e in self.events if e.kind == "started")

    @property
    def settings(self) -> dict[str, Any]:
        """The settings it was started with; none for a campaign that code put together."""
        settings: dict[str, Any] = self.started.get("settings") or {}
        return settings

    @property
    def history(self) -> History:
        """Everything that happened in it."""
        return fold(list(self.events), self.candidates.target)

    def results(self) -> tuple[RecordedResult, ...]:
        """What was measured, for a lab that answers from it."""
        return tuple(
            RecordedResult(recipe=c.recipe, outcome=c.outcome) for c in self.history.measured
        )


def past_campaign(folder: Path) -> PastCampaign:
    """The campaign in a folder. Raises RecordError where there is none, or not all of it."""
    name = campaigns_in(folder)[0]
    journal = Journal.in_folder(folder, name)
    events = journal.events()
    journal.close()
    return PastCampaign(name, events, candidates_in(folder, events))


def candidates_in(folder: Path, events: Sequence[Event]) -> Candidates:
    """What a campaign chose from. Raises RecordError where its folder does not hold that."""
    target = target_of(list(events))
    started = next(e.payload for e in events if e.kind == "started")
    path = folder / "candidates.json"
    try:
        candidates = Candidates.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(
            f"cannot read {path}, from which the campaign chose: `athanor run` with its settings "
            "writes it again"
        ) from error
    if candidates.target != target or candidates.fingerprint != started["candidates"]:
        raise RecordError(
            f"{path} does not hold what the campaign chose from: `athanor run` with its settings "
            "writes it again"
        )
    return candidates


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


def derive_again(past: PastCampaign, policy: Policy) -> Rederived:
    """Ask the policy for each decision again, up to the first that differs."""
    equal = 0
    for history, decided in decisions(past):
        suggested = policy.suggest(history, len(decided))
        for place, was in enumerate(decided):
            got = suggested[place] if place < len(suggested) else None
            if got is None or got.to_json() != was.to_json():
                return Rederived(equal, was, got)
            equal += 1
    return Rederived(equal)


def decisions(past: PastCampaign) -> Iterator[tuple[History, list[Suggestion]]]:
    """Each decision, a batch of suggestions, with the history that the policy was shown."""
    whole = past.history
    completed = {c.experiment_id: c for c in whole.completed}
    suggestions = {c.experiment_id: c.suggestion for c in whole.completed} | {
        p.experiment_id: p.suggestion for p in whole.pending
    }
    decided: list[str] = []
    finished: dict[str, None] = {}
    seen = 0
    choices = (e.payload for e in past.events if e.kind == "decided")
    for watermark, batch in groupby(choices, key=lambda p: p["suggestion"]["watermark"]):
        while past.events[seen].sequence <= watermark:
            event = past.events[seen]
            if event.kind == "decided":
                decided.append(event.payload["experiment_id"])
            elif event.kind == "finished":
                finished.setdefault(event.payload["outcome"]["experiment_id"])
            seen += 1
        pending = [i for i in decided if i not in finished]
        history = History(
            target=whole.target,
            completed=tuple(completed[i] for i in finished),
            pending=tuple(
                PendingExperiment(experiment_id=i, suggestion=suggestions[i]) for i in pending
            ),
            watermark=past.events[seen - 1].sequence if seen else 0,
        )
        yield history, [suggestions[p["experiment_id"]] for p in batch]


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
