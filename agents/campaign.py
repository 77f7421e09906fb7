"""The loop: suggest, submit, poll, learn, until there is reason to stop."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History, PendingExperiment, Suggestion
from agents.journal import Event, Journal, fold
from agents.policies import Policy, Quitter
from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import Target
from lab import Lab, Pending, Refused, Unknown, Unsubmitted

EndReason = Literal["yield reached", "budget spent", "no candidate left", "not worth its cost"]


class LabError(AthanorError):
    """A lab that cannot say where an experiment stands."""


@dataclass(frozen=True)
class Budget:
    """What a campaign may spend. `parallel` experiments are in the lab at a time.

    It ends with the first success, unless `stop_at_success` is false: then it looks for more.
    """

    experiments: int = 20
    parallel: int = 1
    stop_at_success: bool = True

    def __post_init__(self) -> None:
        for name in ("experiments", "parallel"):
            given = getattr(self, name)
            if not isinstance(given, int) or given < 1:
                raise AthanorError(
                    f"budget.{name} is {given}: it must be a whole number above zero"
                )


@dataclass(frozen=True)
class Ending:
    """Why a campaign stopped, also in the policy's words where it was the policy's advice, and
    the best it found.
    """

    reason: EndReason
    experiments: int
    best: CompletedExperiment | None
    words: str = ""


@dataclass(frozen=True)
class Watcher:
    """Told what happens as it happens: each decision, each result with the experiments left."""

    decided: Callable[[PendingExperiment], None] = lambda _: None
    finished: Callable[[CompletedExperiment, int], None] = lambda *_: None


class Campaign:
    """One target, one policy, one lab, one journal."""

    def __init__(
        self,
        candidates: Candidates,
        policy: Policy,
        lab: Lab,
        journal: Journal,
        budget: Budget,
        settings: dict[str, Any] | None = None,
        watcher: Watcher | None = None,
        poll_seconds: float = 0.0,
    ) -> None:
        self.candidates, self.policy, self.lab = candidates, policy, lab
        self.journal, self.budget = journal, budget
        self.watcher = watcher or Watcher()
        self._settings = settings or {}
        self._poll_seconds = poll_seconds

    def run(self) -> Ending:
        """Run, or go on with, the campaign until it ends. Safe to call again after a crash."""
        self.start()
        self._reconcile()
        while True:
            self._attend()
            ending = self._ending(self.history())
            if ending is not None:
                break
            self._fill()
        self._record_ending(ending)
        return ending

    def history(self) -> History:
        """Everything so far, folded from the journal."""
        return fold(self.journal.events(), self.candidates.target)

    def start(self) -> None:
        """Write the first event, or check that the journal's campaign is this one.

        Raises RecordError where the folder holds another campaign.
        """
        started = {
            "target": self.candidates.target.model_dump(mode="json"),
            "policy": self.policy.name,
            "lab": self.lab.name,
            "candidates": self.candidates.fingerprint,
            "knowledge": self.candidates.knowledge,
            "unavailable": [list(p.precursors) for p in self.candidates.unavailable],
            "settings": self._settings,
        }
        earlier = next((e for e in self.journal.events() if e.kind == "started"), None)
        if earlier is None:
            self.journal.append("started", started)
        else:
            _check_same(earlier, started)

    def _reconcile(self) -> None:
        """After a restart: experiments decided on, of which the lab may never have heard."""
        for pending in self.history().pending:
            status = self.lab.poll(pending.experiment_id)
            if isinstance(status, Unsubmitted):
                self._submit(pending)
            elif not isinstance(status, Unknown):
                self._receipt(pending.experiment_id)

    def _ending(self, history: History) -> Ending | None:
        if history.pending:
            return None
        spent, best = _spent(history), history.best
        if self._is_done(history):
            return Ending("yield reached", spent, best)
        if spent >= self.budget.experiments:
            return Ending("budget spent", spent, best)
        if {c.recipe.content_id for c in self.candidates.items} <= history.tried:
            return Ending("no candidate left", spent, best)
        verdict = self._verdict(history)
        return Ending("not worth its cost", spent, best, verdict) if verdict else None

    def _is_done(self, history: History) -> bool:
        return self.budget.stop_at_success and history.best is not None and history.best.succeeded

    def _verdict(self, history: History) -> str | None:
        """Why the policy would not go on, if it has an opinion."""
        return self.policy.verdict(history) if isinstance(self.policy, Quitter) else None

    def _fill(self) -> None:
        """Suggest and submit until the lab has as many experiments as it may."""
        history = self.history()
        if self._is_done(history):
            return
        room = min(
            self.budget.parallel - len(history.pending),
            self.budget.experiments - _spent(history) - len(history.pending),
        )
        if room < 1 or self._verdict(history):
            return
        allowed = {c.recipe.content_id for c in self.candidates.items}
        suggested = self.policy.suggest(history, room)
        _check_count(self.policy.name, suggested, room, len(allowed - history.tried))
        decided = []
        for suggestion in suggested:
            _check_allowed(suggestion, allowed, history)
            name = f"{self.journal.campaign}-{suggestion.decision_index:04d}"
            decided.append(PendingExperiment(experiment_id=name, suggestion=suggestion))
        self.journal.append("decided", *(d.model_dump(mode="json") for d in decided))
        for pending in decided:
            self.watcher.decided(pending)
            self._submit(pending)

    def _submit(self, pending: PendingExperiment) -> None:
        try:
            self.lab.submit(pending.suggestion.recipe, pending.experiment_id)
        except Refused as refusal:
            fault = Fault(kind="refused", stage="submission", message=str(refusal))
            self._finish(
                Outcome(experiment_id=pending.experiment_id, status="refused", faults=(fault,))
            )
            return
        self._receipt(pending.experiment_id)

    def _receipt(self, experiment_id: str) -> None:
        """Note, once, that the lab has the experiment."""
        receipt = {"experiment_id": experiment_id}
        events = self.journal.events()
        if not any(e.kind == "submitted" and e.payload == receipt for e in events):
            self.journal.append("submitted", receipt)

    def _attend(self) -> None:
        """Ask the lab about each pending experiment once."""
        waiting = self.history().pending
        statuses = [(p, self.lab.poll(p.experiment_id)) for p in waiting]
        for pending, status in statuses:
            if isinstance(status, Outcome):
                self._finish(status)
            elif isinstance(status, Unknown | Unsubmitted):
                raise LabError(
                    f"the lab {self.lab.name} cannot say what became of {pending.experiment_id}: "
                    f"{status.reason}; find out at the lab, then run the same command again"
                )
        if statuses and all(isinstance(s, Pending) for _, s in statuses):
            time.sleep(self._poll_seconds)

    def _finish(self, outcome: Outcome) -> None:
        self.journal.append("finished", {"outcome": outcome.model_dump(mode="json")})
        history = self.history()
        done = next(c for c in history.completed if c.experiment_id == outcome.experiment_id)
        self.watcher.finished(done, self.budget.experiments - _spent(history))

    def _record_ending(self, ending: Ending) -> None:
        payload = {
            "reason": ending.reason,
            "experiments": ending.experiments,
            "best": ending.best.experiment_id if ending.best else None,
            **({"words": ending.words} if ending.words else {}),
        }
        events = self.journal.events()
        if events[-1].kind != "ended" or events[-1].payload != payload:
            self.journal.append("ended", payload)


def target_of(events: list[Event]) -> Target:
    """The target that a campaign's first event names. Raises RecordError without one."""
    for entry in events:
        if entry.kind == "started":
            return Target.model_validate(entry.payload["target"])
    raise RecordError("the campaign has not started: its journal holds no `started` event")


def _spent(history: History) -> int:
    """Experiments that cost the lab something: all completed ones that it did not refuse."""
    return sum(c.outcome.status != "refused" for c in history.completed)


def _check_same(earlier: Event, started: dict[str, Any]) -> None:
    """Refuse to go on with a campaign under other conditions than it began."""
    there, now = _flat(earlier.payload), _flat(started)
    differing = [k for k in sorted(there.keys() | now.keys()) if there.get(k) != now.get(k)]
    if differing:
        shown = ", ".join(f"{k} {there.get(k)}, now {now.get(k)}" for k in differing[:3])
        more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
        raise RecordError(
            f"this folder holds another campaign ({shown}{more}): go on with the same settings "
            "and tables, or give another folder with hydra.run.dir=FOLDER"
        )


def _flat(payload: Any, prefix: str = "") -> dict[str, Any]:
    """Nested settings as dotted keys; what depends on them is left out."""
    if not isinstance(payload, dict):
        return {prefix: payload}
    flat: dict[str, Any] = {}
    for key, value in payload.items():
        if not prefix and key in ("unavailable", "candidates"):
            continue
        flat |= _flat(value, f"{prefix}.{key}" if prefix else key)
    return flat


def _check_count(policy: str, suggested: Sequence[Suggestion], room: int, left: int) -> None:
    """A policy gives something while candidates are left, no more than asked, nothing twice."""
    if len(suggested) > room or (left and not suggested):
        raise RecordError(
            f"policy {policy} gives {len(suggested)} suggestions: 1 to {room} were asked for, and "
            f"{left} candidates are left"
        )
    if len({s.recipe.content_id for s in suggested}) < len(suggested):
        raise RecordError(f"policy {policy} suggests a recipe twice in one batch")


def _check_allowed(suggestion: Suggestion, allowed: set[str], history: History) -> None:
    recipe = suggestion.recipe
    if recipe.content_id not in allowed:
        raise RecordError(
            f"policy {suggestion.policy} suggests {recipe}, which is not among the candidates: a "
            "policy may only choose from what it was given"
        )
    if recipe.content_id in history.tried:
        raise RecordError(
            f"policy {suggestion.policy} suggests {recipe} again: it is completed or pending"
        )
