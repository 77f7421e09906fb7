"""The targets of a campaign together: which are open, what is spent, where to spend the next."""

from collections.abc import Iterator, Sequence

from agents.budget import Budget
from agents.history import CompletedExperiment, Suggestion
from agents.ledger import Ledger
from agents.pursuit import Pursuit, Settled, by_formula
from agents.sharing import Sharing
from knowledge.kinetics import PairObservation

# What the lab neither fired nor can be charged for.
_FREE = ("refused", "cancelled")


class Portfolio:
    """Pursuits under one budget. All of it follows from the ledger."""

    def __init__(
        self, pursuits: Sequence[Pursuit], ledger: Ledger, budget: Budget, sharing: Sharing
    ) -> None:
        self.pursuits = by_formula(pursuits)
        self._ledger, self._budget, self._sharing = ledger, budget, sharing

    @property
    def is_one(self) -> bool:
        """Whether there is one target."""
        return len(self.pursuits) == 1

    @property
    def first(self) -> Pursuit:
        """The first target, the only one where there is one."""
        return next(iter(self.pursuits.values()))

    def settled(self) -> dict[str, Settled | None]:
        """By formula, why nothing more is tried for a target; none where there is."""
        return {f: self.settled_of(p) for f, p in self.pursuits.items()}

    def spent(self) -> int:
        """Experiments that cost the lab something, of those with an outcome."""
        return sum(c.outcome.status not in _FREE for c in self._completed())

    def left(self) -> int:
        """Experiments that may still be decided on."""
        return self._budget.experiments - self.spent() - len(self._ledger.pending)

    def best(self) -> CompletedExperiment | None:
        """The experiment with the highest yield of all, the first of equals."""
        measured = [c for c in self._completed() if c.measured]
        return max(measured, key=lambda c: c.yield_fraction, default=None)

    def catch_up(self) -> None:
        """Make policies anew that have taken in newer reactivity."""
        for pursuit in self.pursuits.values():
            pursuit.catch_up(self._ledger)

    def choose(self, room: int) -> Sequence[Suggestion]:
        """What to try next: for one target as much as there is room for, of several the best.

        What a person pinned comes first. The best is the experiment that is expected to add most
        to the number of targets made.
        """
        if room < 1:
            return ()
        for pursuit in self.pursuits.values():
            pinned = pursuit.pinned(self._ledger)
            if pinned is not None:
                return (pinned,)
        active = [
            p
            for p in self.pursuits.values()
            if self.settled_of(p) is None and self._against(p) is None
        ]
        if not active:
            return ()
        if not self.is_one:
            return (max(active, key=lambda p: p.worth(self._ledger)).next(self._ledger),)
        most = self._budget.per_target
        left = room if most is None else min(room, most - self._begun(active[0]))
        return active[0].suggest(self._ledger, left)

    def news(self) -> Iterator[tuple[Pursuit, list[PairObservation]]]:
        """For each target that is open what the others showed, where there is anything new."""
        if self.is_one:
            return
        for pursuit in self.pursuits.values():
            if self.settled_of(pursuit) is None:
                found = self._sharing.news(self._ledger, pursuit)
                if found:
                    yield pursuit, found

    def hopeless(self) -> Iterator[tuple[Pursuit, str]]:
        """The targets that are open and not worth going on with, each with the reason."""
        for pursuit in self.pursuits.values():
            reason = self._hopeless(pursuit)
            if reason:
                yield pursuit, reason

    def settled_of(self, pursuit: Pursuit) -> Settled | None:
        """Why nothing more is tried for a target; none where there is something to try."""
        return pursuit.settled(self._ledger, self._budget.stop_at_success)

    def _hopeless(self, pursuit: Pursuit) -> str | None:
        settled = self.settled_of(pursuit)
        if settled == "not worth its cost" and not self.is_one:
            return pursuit.verdict(self._ledger)
        pending = self._ledger.history(pursuit.target).pending
        if settled or pending or pursuit.pins(self._ledger):
            return None
        return self._against(pursuit)

    def _begun(self, pursuit: Pursuit) -> int:
        """Experiments for a target that cost the lab something, those in the lab included."""
        history = self._ledger.history(pursuit.target)
        spent = sum(c.outcome.status not in _FREE for c in history.completed)
        return spent + len(history.pending)

    def _against(self, pursuit: Pursuit) -> str | None:
        """Why the budget has no more experiments for a target that is open, if it has none."""
        most, least = self._budget.per_target, self._budget.least_chance
        if most is not None and self._begun(pursuit) >= most:
            return f"{most} experiments are spent on it (budget.per_target)"
        if least > 0:
            chance = pursuit.next(self._ledger).reason.probability_of_success
            if chance < least:
                return (
                    f"the best recipe left succeeds with {chance:.1%}, and {least:.1%} is asked "
                    "(budget.least_chance)"
                )
        return None

    def _completed(self) -> Iterator[CompletedExperiment]:
        for pursuit in self.pursuits.values():
            yield from self._ledger.history(pursuit.target).completed
