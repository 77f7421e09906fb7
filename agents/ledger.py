"""Where a campaign stands: its events, folded one after the other.

    ledger = Ledger()
    ledger.take(journal.events())       # and later what is new: ledger.take(journal.refresh())
    ledger.history(target)              # what the policy of a target may see

Suggestions and outcomes are parsed when they are asked for, so that a long journal opens at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from agents.history import CompletedExperiment, History, PendingExperiment, Suggestion
from agents.journal import Event
from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Target

# What comes of a record that is made from something else (a ValidationError is a ValueError).
_BROKEN = (AthanorError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Word:
    """What a person said about a campaign, an experiment or a recipe, with who and why."""

    kind: str
    who: str
    why: str
    time: str
    about: str = ""

    @classmethod
    def of(cls, event: Event) -> "Word":
        """From the event that holds it."""
        said = event.payload
        about = event.experiment or str(said.get("recipe") or "")
        return cls(event.kind, str(said["who"]), str(said["why"]), event.time, about)

    def __str__(self) -> str:
        about = f" ({self.about})" if self.about else ""
        return f"{self.kind}{about} by {self.who} at {self.time[:16].replace('T', ' ')}: {self.why}"


@dataclass
class TargetLedger:
    """What happened to one target. `watermark` is the last event that its policy is to know of."""

    decided: dict[str, Event] = field(default_factory=dict)
    finished: dict[str, Event] = field(default_factory=dict)
    vetoed: dict[str, Word] = field(default_factory=dict)
    pinned: dict[str, Word] = field(default_factory=dict)
    dropped: str | None = None
    watermark: int = 0


class Ledger:
    """Everything that the events of a campaign say, so far."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.started: Event | None = None
        self.ended: Event | None = None
        self.last: Event | None = None
        self.conditions: dict[str, Any] = {}
        self.candidates: dict[str, str] = {}
        self.receipts: set[str] = set()
        self.unknown: dict[str, str] = {}
        self.paused: Word | None = None
        self.stopped: Word | None = None
        self.words: list[Word] = []
        self.amended: dict[str, int] = {}
        self.reactivity: list[Event] = []
        self._first = 0
        self._targets: dict[str, TargetLedger] = {}
        self._of: dict[str, str] = {}
        self._suggestions: dict[str, Suggestion] = {}
        self._outcomes: dict[str, tuple[int, Outcome]] = {}
        self._completed: dict[str, CompletedExperiment] = {}
        self._histories: dict[str, tuple[tuple[int, int, Target], History]] = {}
        self.take(events)

    def take(self, events: Iterable[Event]) -> None:
        """Go on with newer events. Raises RecordError for an event that does not hold together."""
        for event in events:
            try:
                self._take(event)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise event.damaged(f"{type(error).__name__} {error}") from error
            self.last = event

    @property
    def targets(self) -> list[Target]:
        """The targets, in the order given at the start. Raises RecordError before that."""
        if self.started is None:
            raise RecordError("the campaign has not started: its journal holds no `started` event")
        try:
            return [Target.model_validate(t) for t in self.started.payload["targets"]]
        except _BROKEN as error:
            raise self.started.damaged("its targets are none") from error

    def of(self, formula: str) -> TargetLedger:
        """What happened to a target."""
        return self._targets.setdefault(formula, TargetLedger(watermark=self._first))

    def target_of(self, experiment_id: str) -> str:
        """The target of an experiment. Raises RecordError for an id that was never decided."""
        if experiment_id not in self._of:
            raise RecordError(f"there is no experiment {experiment_id} in this campaign")
        return self._of[experiment_id]

    @property
    def experiments(self) -> list[str]:
        """The ids of all experiments, in the order in which they were decided."""
        return list(self._of)

    def suggestion(self, experiment_id: str) -> Suggestion:
        """What was decided under an id. Raises RecordError where the journal is damaged."""
        if experiment_id not in self._suggestions:
            event = self.of(self.target_of(experiment_id)).decided[experiment_id]
            self._suggestions[experiment_id] = _parsed(event, "suggestion", Suggestion)
        return self._suggestions[experiment_id]

    def outcome(self, experiment_id: str) -> Outcome | None:
        """What came of an experiment, as far as is known now."""
        event = self.of(self.target_of(experiment_id)).finished.get(experiment_id)
        if event is None:
            return None
        known = self._outcomes.get(experiment_id)
        if known is None or known[0] != event.sequence:
            known = event.sequence, _parsed(event, "outcome", Outcome)
            self._outcomes[experiment_id] = known
        return known[1]

    def completed(self, experiment_id: str) -> CompletedExperiment:
        """An experiment that has an outcome, with it."""
        outcome = self.outcome(experiment_id)
        assert outcome is not None
        known = self._completed.get(experiment_id)
        if known is None or known.outcome is not outcome:
            suggestion = self.suggestion(experiment_id)
            known = CompletedExperiment(
                experiment_id=experiment_id, suggestion=suggestion, outcome=outcome
            )
            self._completed[experiment_id] = known
        return known

    @property
    def pending(self) -> list[str]:
        """Ids of the experiments without an outcome, unknown ones too, in the order decided."""
        return [i for i, t in self._of.items() if i not in self._targets[t].finished]

    def history(self, target: Target) -> History:
        """What the policy of a target may see; the same object while nothing is new."""
        ledger = self.of(target.formula)
        key = (ledger.watermark, len(ledger.decided) + len(ledger.finished), target)
        known = self._histories.get(target.formula)
        if known and known[0] == key:
            return known[1]
        completed, pending = [self.completed(name) for name in ledger.finished], []
        for name in ledger.decided:
            if name not in ledger.finished:
                pending.append(
                    PendingExperiment(experiment_id=name, suggestion=self.suggestion(name))
                )
        history = History(
            target=target,
            completed=tuple(completed),
            pending=tuple(pending),
            vetoed=tuple(ledger.vetoed),
            watermark=ledger.watermark,
        )
        self._histories[target.formula] = key, history
        return history

    def _take(self, event: Event) -> None:
        match event.kind:
            case "decided":
                self._decided(event)
            case "submitted":
                self.receipts.add(event.experiment)
                self.unknown.pop(event.experiment, None)
            case "unknown":
                self.unknown[event.experiment] = str(event.payload["reason"])
            case "finished" | "amended":
                self._finished(event)
            case "reactivity":
                self.reactivity.append(event)
                self._touch(event, event.target)
            case "started":
                self.started, self._first = self.started or event, event.sequence
                self.candidates = event.payload["candidates"]
                self._touch(event, "")
            case "conditions":
                self.conditions |= event.payload["changes"]
                self.candidates = event.payload["candidates"]
            case "dropped":
                self.of(event.target).dropped = str(event.payload["reason"])
                if "who" in event.payload:  # by a person
                    self.words.append(Word.of(event))
            case "ended":
                self.ended = event
            case _:
                self._word(event)
        if event.kind != "ended":
            self.ended = None if event.kind in ("decided", "finished", "resumed") else self.ended

    def _decided(self, event: Event) -> None:
        if event.experiment in self._of:
            raise event.damaged(f"{event.experiment} was decided before")
        ledger = self.of(event.target)
        self._of[event.experiment] = event.target
        ledger.decided[event.experiment] = event
        ledger.watermark = event.sequence
        if ledger.pinned:
            ledger.pinned.pop(str(event.payload.get("pin")), None)

    def _finished(self, event: Event) -> None:
        ledger = self.of(self.target_of(event.experiment))
        if event.kind == "finished" and event.experiment in ledger.finished:
            return  # the first answer counts; another is an amendment, by a person
        ledger.finished[event.experiment] = event
        ledger.watermark = event.sequence
        self.unknown.pop(event.experiment, None)
        if event.kind == "amended":
            self.words.append(Word.of(event))
            self.amended[event.experiment] = event.sequence

    def _touch(self, event: Event, formula: str) -> None:
        """An event that the policies of one target, or of all, are to know of."""
        if formula:
            self.of(formula).watermark = event.sequence
            return
        self._first = event.sequence
        for ledger in self._targets.values():
            ledger.watermark = event.sequence

    def _word(self, event: Event) -> None:
        word = Word.of(event)
        self.words.append(word)
        if event.kind == "paused":
            self.paused = word
        elif event.kind == "stopped":
            self.stopped = word
        elif event.kind == "resumed":
            self.paused = self.stopped = None
        elif event.kind in ("vetoed", "pinned"):
            ledger = self.of(event.target)
            recipe = str(event.payload["recipe"])
            if event.kind == "vetoed":
                ledger.vetoed[recipe] = word
                ledger.pinned.pop(recipe, None)
            else:
                ledger.pinned[recipe] = word
                ledger.vetoed.pop(recipe, None)
            ledger.watermark = event.sequence


def fold(events: Iterable[Event], target: Target) -> History:
    """The history of one target that the events tell."""
    return Ledger(events).history(target)


def _parsed(event: Event, name: str, record: Any) -> Any:
    try:
        return record.model_validate(event.payload[name])
    except _BROKEN as error:
        raise event.damaged(f"its {name} is none") from error
