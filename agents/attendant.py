"""What a campaign says to its lab, and what it writes down of the answers.

Intent before effect: an experiment is in the journal, under the id that the lab will know it by,
before the lab hears of it, and the receipt comes after. After a restart everything is asked about
first, and submitted only where the lab says that it certainly never took it on. What the lab cannot
say, or says and cannot be, becomes a question to a person, and blocks that experiment alone.
"""

from collections.abc import Callable, Iterable
from typing import Any

from agents.acceptance import objection
from agents.journal import Journal
from agents.ledger import Ledger
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import Recipe
from lab import (
    INVENTORY,
    QUEUE,
    Clocked,
    Garbled,
    Lab,
    Pending,
    Real,
    Refused,
    Status,
    Unknown,
    Unreachable,
    Unsubmitted,
)

# Told of a question or a fault: its kind, what it is in words, and the experiment.
Tell = Callable[[str, str, str], None]


class Attendant:
    """Submits, asks, cancels. Where a method raises Unreachable, nothing is lost: ask later."""

    def __init__(
        self,
        lab: Lab,
        journal: Journal,
        ledger: Ledger,
        tell: Tell,
        finished: Callable[[str], None],
    ) -> None:
        self._lab, self._journal, self._ledger = lab, journal, ledger
        self._tell, self._finished = tell, finished
        self._crucible = str(getattr(getattr(lab, "bench", None), "crucible", "alumina"))
        self._cancelled, self._short = set[str](), set[str]()
        self._passed_on: dict[str, int] = {}
        self._real = lab if isinstance(lab, Real) else None
        self._clocked = lab if isinstance(lab, Clocked) else None

    def submit(self, experiment_id: str) -> None:
        """Hand an experiment to the lab, and note that it has it, or that it refuses.

        What a person ruled out since it was decided, or stopped, never gets there; what is paused,
        or finds no room, does later.
        """
        suggestion = self._ledger.suggestion(experiment_id)
        word = self._ledger.of(suggestion.recipe.target.formula).vetoed.get(
            suggestion.recipe.content_id
        )
        if word is not None:
            fault = Fault(kind="vetoed", stage="submission", message=str(word))
            outcome = Outcome(experiment_id=experiment_id, status="cancelled", faults=(fault,))
            self._finish(outcome, was_there=False)
            return
        if self._ledger.stopped is not None:
            fault = Fault(kind="stopped", stage="submission", message=str(self._ledger.stopped))
            outcome = Outcome(experiment_id=experiment_id, status="cancelled", faults=(fault,))
            self._finish(outcome, was_there=False)
            return
        if self._ledger.paused is not None:
            return
        try:
            self._lab.submit(suggestion.recipe, experiment_id)
        except Refused as refusal:
            if refusal.rule == QUEUE:  # no room now: it is handed over when something is done
                return
            if refusal.rule == INVENTORY and self._real is not None:
                self._waits_for_powder(experiment_id, refusal)
                return
            fault = Fault(kind="refused", stage="submission", message=str(refusal))
            outcome = Outcome(experiment_id=experiment_id, status="refused", faults=(fault,))
            self._finish(outcome, was_there=False)
            return
        self._receipt(experiment_id)

    def attend(self) -> bool:
        """Ask about everything that is in the lab, once; whether anything was learned."""
        before = self._journal.last
        self._pass_on()
        for name in self._vetoed():
            answer = self._lab.cancel(name)
            self._cancelled.add(name)  # not before: a lab that is away is asked again
            self._heard(name, answer)
        answers, silent = dict[str, Status](), list[Unreachable]()
        for name in self._ledger.pending:
            try:
                answers[name] = self._ask(name)
            except Unreachable as error:  # of this one: the others are heard all the same
                silent.append(error)
        for name, status in answers.items():
            self._heard(name, status)
        if silent and not answers:
            raise silent[0]
        return self._journal.last > before

    def waiting(self) -> list[str]:
        """The experiments that the lab has, as far as anybody knows."""
        return [n for n in self._ledger.pending if n not in self._ledger.unknown]

    def _ask(self, name: str) -> Status:
        try:
            if self._clocked is not None:
                return self._clocked.look(name)
            return self._lab.poll(name)
        except Garbled as error:
            return Unknown(f"its answer does not hold together: {error}")

    def _heard(self, name: str, status: Status) -> None:
        """Write down what the lab said of an experiment."""
        if isinstance(status, Outcome):
            wrong = objection(status, name, self._recipe(name), self._crucible)
            if wrong is None:
                self._finish(status)
            else:
                self._question(name, f"its answer cannot be: {wrong}")
        elif isinstance(status, Pending):
            self._receipt(name)
        elif isinstance(status, Unsubmitted):
            self.submit(name)
        elif isinstance(status, Unknown):
            self._question(name, status.reason)
        else:
            self._question(name, f"it answered with a {type(status).__name__}")

    def _pass_on(self) -> None:
        """Tell a real lab, once, what people amended: it need not be done there any more."""
        for name, sequence in self._ledger.amended.items():
            outcome = self._ledger.outcome(name)
            new = self._passed_on.get(name) != sequence
            if new and outcome is not None and self._real is not None:
                self._real.amended(outcome)
            self._passed_on[name] = sequence

    def _waits_for_powder(self, name: str, refusal: Refused) -> None:
        """Say once that an experiment waits until somebody fills the shelf, or vetoes it."""
        if name not in self._short:
            self._short.add(name)
            self._tell("question", f"{name} waits for powder: {refusal}; or athanor veto it", name)

    def _question(self, name: str, reason: str) -> None:
        """Leave an experiment to a person, and say so once."""
        if name in self._ledger.unknown:
            return
        self._write("unknown", {"experiment_id": name, "reason": reason})
        self._tell(
            "question",
            f"the lab {self._lab.name} cannot say what became of {name}: {reason}; find out there, "
            f"then tell it with athanor amend {name}",
            name,
        )

    def _finish(self, outcome: Outcome, was_there: bool = True) -> None:
        name = outcome.experiment_id
        if was_there:
            self._receipt(name)
        self._write("finished", {"outcome": outcome.model_dump(mode="json")})
        for fault in outcome.faults:
            self._tell("fault", f"{fault.kind} at {fault.stage}: {fault.message}", name)
        self._finished(name)

    def _receipt(self, name: str) -> None:
        """Note, once, that the lab has an experiment; again if that was in question since."""
        if name not in self._ledger.receipts or name in self._ledger.unknown:
            self._write("submitted", {"experiment_id": name})
            self._tell("submitted", f"the lab {self._lab.name} has {name}", name)

    def _vetoed(self) -> Iterable[str]:
        """What a person ruled out while it was in the lab, and nobody tried to stop yet."""
        for name in self._ledger.pending:
            ruled_out = self._ledger.of(self._ledger.target_of(name)).vetoed
            to_ask = name not in self._cancelled and name in self._ledger.receipts
            if ruled_out and to_ask and self._recipe(name).content_id in ruled_out:
                yield name

    def _recipe(self, name: str) -> Recipe:
        return self._ledger.suggestion(name).recipe

    def _write(self, kind: str, payload: dict[str, Any]) -> None:
        self._ledger.take(self._journal.append(kind, payload))
