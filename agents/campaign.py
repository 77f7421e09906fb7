"""The loop: attend to what is in the lab, decide, submit, wait, until there is reason to stop.

All that it knows is in the journal: cut off anywhere and run again, it goes on as if nothing was.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agents.attendant import Attendant
from agents.budget import Budget
from agents.conditions import changes
from agents.ending import LEFT, Ending, ending_of, left_with
from agents.history import CompletedExperiment, History, PendingExperiment, Suggestion
from agents.journal import Journal
from agents.ledger import Ledger
from agents.pairs.pin import EVENT, taken_from
from agents.portfolio import Portfolio
from agents.pursuit import PERSON, Pursuit
from agents.sharing import Sharing
from agents.watch import Notice
from knowledge.errors import AthanorError
from knowledge.recipe import Target
from lab import Attended, Clocked, Lab, Unreachable

__all__ = ["Budget", "Campaign", "Ending", "LabError", "Watcher"]

# A lab that does not answer is asked again after so many seconds, and ever later.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
# How often a campaign looks for a word from people while it has nothing else to do.
_IDLE_S = 0.5
# A lab that cannot say what became of so many experiments is given no more.
_MOST_QUESTIONS = 3


class LabError(AthanorError):
    """A lab that cannot say where experiments stand, or does not answer any more."""


@dataclass(frozen=True)
class Watcher:
    """Told what happens as it happens: that the campaign is this process's, each decision, each
    result with the experiments left, and what others are to know of (agents.watch).
    """

    started: Callable[[], None] = lambda: None
    decided: Callable[[PendingExperiment], None] = lambda _: None
    finished: Callable[[CompletedExperiment, int], None] = lambda *_: None
    noticed: Callable[[Notice], None] = lambda _: None


class Campaign:
    """One or more targets, one lab, one journal.

    `conditions` is what the campaign is known by besides its targets, policy and lab: going on
    under others is refused, except for what `accept` names. A lab elsewhere is asked every
    `poll_seconds`, and waited for `patience_h` hours when it does not answer.
    """

    def __init__(
        self,
        pursuits: Sequence[Pursuit],
        lab: Lab,
        journal: Journal,
        budget: Budget,
        conditions: Mapping[str, Any] | None = None,
        watcher: Watcher | None = None,
        poll_seconds: float = 0.0,
        patience_h: float = 24.0,
        accept: Sequence[str] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.lab, self.journal, self.budget = lab, journal, budget
        self.ledger, self.watcher = Ledger(), watcher or Watcher()
        sharing = Sharing(pursuits, journal.campaign, lab.name)
        self.portfolio = Portfolio(pursuits, self.ledger, budget, sharing)
        self._attendant = Attendant(lab, journal, self.ledger, self._notice, self._finished)
        self._conditions, self._accept = dict(conditions or {}), tuple(accept)
        self._poll_seconds, self._patience_h, self._sleep = poll_seconds, patience_h, sleep
        self._silent_s, self._told = 0.0, 0
        self._leaves = isinstance(lab, Attended) and not lab.waits
        self._clocked = lab if isinstance(lab, Clocked) else None

    def run(self) -> Ending:
        """Run, or go on with, the campaign until it ends. Safe to call again after a crash.

        Also returns where all that is left to do is with a person, who may take days.

        Raises NotOwnerError where another process runs it, RecordError where the journal holds
        another campaign or cannot be written, LabError where only a person can help.
        """
        with self.journal.owned():
            self._start()
            self.watcher.started()
            while True:
                try:
                    ending = self._round()
                except Unreachable as error:
                    self._outlast(error)
                    continue
                self._silent_s = 0.0
                if ending is not None:
                    self._end(ending)
                    return ending

    def history(self, target: Target | None = None) -> History:
        """Everything so far about a target, by default the first one."""
        return self.ledger.history(target or self.portfolio.first.target)

    def _start(self) -> None:
        """Write the first event, or check that the journal's campaign is this one."""
        seen = self.ledger.last.sequence if self.ledger.last else 0
        self.ledger.take(e for e in self.journal.events() if e.sequence > seen)
        now = self._as_begun()
        if self.ledger.started is None:
            self._write("started", now)
        else:
            changed = changes(self.ledger.started, self.ledger.conditions, now, self._accept)
            if changed:
                self._write("conditions", {"changes": changed, "candidates": now["candidates"]})
        self.portfolio.catch_up()
        self._told = len(self.ledger.words)
        formulas = ", ".join(self.portfolio.pursuits)
        self._notice("started", f"{formulas}: {len(self.ledger.experiments)} experiments so far")
        for name, reason in self.ledger.unknown.items():
            self._notice("question", f"{name} is still in question: {reason}", name)

    def _as_begun(self) -> dict[str, Any]:
        each = self.portfolio.pursuits
        return {
            "targets": [p.target.model_dump(mode="json") for p in each.values()],
            "policy": self.portfolio.first.policy.name,
            "lab": self.lab.name,
            "candidates": {f: p.given.fingerprint for f, p in each.items()},
            "knowledge": self.portfolio.first.given.knowledge,
            "unavailable": {
                f: [list(u.precursors) for u in p.given.unavailable] for f, p in each.items()
            },
            **self._conditions,
        }

    def _round(self) -> Ending | None:
        """One turn of the loop; why the campaign ends, if it does."""
        self.ledger.take(self.journal.refresh())
        for word in self.ledger.words[self._told :]:  # also those that came with an append
            self._notice("steered", str(word))
        self._told = len(self.ledger.words)
        learned = self._attendant.attend()
        ending = self._ending()
        if ending is None and not self._fill() and not learned:
            if self._leaves:
                return left_with(self.portfolio)
            self._wait()
        return ending

    def _ending(self) -> Ending | None:
        """Why there is nothing to do and nothing to wait for. Raises LabError for questions."""
        if self._attendant.waiting():
            return None
        ending = ending_of(self.portfolio, self.ledger, self._time_is_over())
        questions = len(self.ledger.unknown)
        if ending and (ending.is_final or not questions):
            return ending
        if ending or questions >= _MOST_QUESTIONS:
            raise LabError(self._asks())
        return None

    def _asks(self) -> str:
        """What only a person can answer."""
        name, reason = next(iter(self.ledger.unknown.items()))
        others = len(self.ledger.unknown) - 1
        more = f" (and {others} more)" if others else ""
        return (
            f"the lab {self.lab.name} cannot say what became of {name}{more}: {reason}; find out "
            f"at the lab, tell it with `athanor amend FOLDER {name} ...`, then run the same "
            "command again"
        )

    def _fill(self) -> bool:
        """Decide and submit until the lab has as many experiments as it may; whether any."""
        if self._is_held() or self._time_is_over():
            return False
        if len(self.ledger.unknown) >= _MOST_QUESTIONS:
            return False
        began = self.journal.last
        for pursuit, found in self.portfolio.news():
            source = taken_from("the other targets", found)
            self._write(EVENT, source | {"target": pursuit.target.formula})
            pursuit.catch_up(self.ledger)
        for pursuit, reason in self.portfolio.hopeless():
            formula = pursuit.target.formula
            self._write("dropped", {"target": formula, "reason": reason})
            self._notice("dropped", f"{formula} is given up: {reason}", target=formula)
        while not self._is_held() and (suggested := self.portfolio.choose(self._room())):
            if not self._decide(suggested):
                return True
        return self.journal.last > began

    def _is_held(self) -> bool:
        """Whether a person wants nothing more to be begun, as far as was heard by now."""
        return self.ledger.paused is not None or self.ledger.stopped is not None

    def _room(self) -> int:
        in_lab = len(self._attendant.waiting())
        return min(self.budget.parallel - in_lab, self.portfolio.left())

    def _decide(self, suggested: Sequence[Suggestion]) -> bool:
        """Write down what is to be tried, then submit it; False where somebody spoke meanwhile.

        They are heard before anything else is decided.
        """
        decided = [PendingExperiment(experiment_id=self._name(s), suggestion=s) for s in suggested]
        payloads = [p.model_dump(mode="json") | _pin(p.suggestion) for p in decided]
        new = self.journal.append("decided", *payloads, after=self.journal.last)
        self.ledger.take(new)
        for pending in decided if new else ():
            self.watcher.decided(pending)
            recipe = str(pending.suggestion.recipe)
            self._notice("decided", recipe, pending.experiment_id)
            self._attendant.submit(pending.experiment_id)
        return bool(new)

    def _name(self, suggestion: Suggestion) -> str:
        """The id of an experiment: of the campaign, the target if there are several, the number."""
        formulas = list(self.portfolio.pursuits)
        number = formulas.index(suggestion.recipe.target.formula) + 1
        target = "" if self.portfolio.is_one else f"t{number:02d}-"
        return f"{self.journal.campaign}-{target}{suggestion.decision_index:04d}"

    def _wait(self) -> None:
        """Let time pass until there may be something new."""
        waiting = self._attendant.waiting()
        if not waiting and self.ledger.unknown and not self._is_held():
            raise LabError(self._asks())
        if not waiting:
            self._sleep(max(self._poll_seconds, _IDLE_S))
        elif self._clocked is None:
            self._sleep(self._poll_seconds)
        elif not self._clocked.wait(waiting):
            self._sleep(max(self._poll_seconds, _IDLE_S))

    def _outlast(self, error: Unreachable) -> None:
        """Wait for a lab that does not answer. Raises LabError when that takes too long."""
        if self._silent_s == 0:
            self._notice("unreachable", f"{error}; it is asked again until it answers")
        if self._silent_s >= self._patience_h * 3600:
            raise LabError(
                f"the lab {self.lab.name} has not answered for {self._patience_h:g} h ({error}): "
                "see what is wrong there, then run the same command again"
            )
        pause = min(max(self._silent_s, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        self._sleep(pause)
        self._silent_s += pause

    def _time_is_over(self) -> bool:
        if self.budget.days is None:
            return False
        ended = self.ledger.ended.payload if self.ledger.ended else {}
        if ended.get("reason") == "time over" and ended.get("days", 0) >= self.budget.days:
            return True  # the clock of a lab that kept no state begins anew
        if self._clocked is not None:
            return self._clocked.now_h >= self.budget.days * 24
        started = self.ledger.started
        assert started is not None
        passed = datetime.now(UTC) - datetime.fromisoformat(started.time)
        return passed.total_seconds() >= self.budget.days * 86_400

    def _finished(self, name: str) -> None:
        """Tell of a result that was written down."""
        done = self.ledger.completed(name)
        self.watcher.finished(done, self.budget.experiments - self.portfolio.spent())
        result = f"yield {done.yield_fraction:.2f}" if done.measured else done.outcome.status
        text = f"{result} with {done.recipe}"
        self._notice("success" if done.succeeded else "result", text, name)

    def _end(self, ending: Ending) -> None:
        if ending.reason == LEFT:  # it goes on when somebody has recorded what came of it
            return
        payload = {
            "reason": ending.reason,
            "experiments": ending.experiments,
            "best": ending.best.experiment_id if ending.best else None,
            **({"words": ending.words} if ending.words else {}),
            **({"days": self.budget.days} if ending.reason == "time over" else {}),
            **({} if self.portfolio.is_one else {"made": list(ending.made)}),
        }
        if self.ledger.ended is None or self.ledger.ended.payload != payload:
            self._write("ended", payload)
            spent = f"{ending.experiments} experiment{'s' if ending.experiments != 1 else ''}"
            self._notice("ended", f"{ending.reason} after {spent} {ending.words}")

    def _notice(self, kind: Any, text: str, name: str | None = None, **fields: Any) -> None:
        if name is not None:
            fields = {"target": self.ledger.target_of(name), "experiment": name} | fields
        campaign = self.journal.campaign
        self.watcher.noticed(Notice(kind=kind, campaign=campaign, text=text, **fields))

    def _write(self, kind: str, payload: dict[str, Any]) -> None:
        self.ledger.take(self.journal.append(kind, payload))


def _pin(suggestion: Suggestion) -> dict[str, str]:
    """For what a person pinned, which pin it answers."""
    return {"pin": suggestion.recipe.content_id} if suggestion.policy == PERSON else {}
