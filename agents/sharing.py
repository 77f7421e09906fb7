"""What the targets of one campaign tell each other of pairs of solids.

A target takes in what the others had seen by its own last result, so that what it knows follows
from the journal alone, and its policy is asked anew only when it would be anyway.
"""

from collections.abc import Iterable

from agents.ledger import Ledger
from agents.pairs.evidence import observations_of
from agents.pairs.pin import about
from agents.pursuit import Pursuit
from knowledge.kinetics import PairObservation


class Sharing:
    """Finds news for a target; what a target showed is worked out once for each of its results."""

    def __init__(self, pursuits: Iterable[Pursuit], campaign: str, lab: str) -> None:
        self._pursuits, self._campaign, self._lab = tuple(pursuits), campaign, lab
        self._asked: dict[str, int] = {}
        self._seen: dict[str, tuple[list[int], list[PairObservation]]] = {}

    def news(self, ledger: Ledger, pursuit: Pursuit) -> list[PairObservation]:
        """What others saw before the last result of a target, concerns it, and is new to it."""
        formula = pursuit.target.formula
        last = max((e.sequence for e in ledger.of(formula).finished.values()), default=0)
        if self._asked.get(formula) == last:
            return []
        self._asked[formula] = last
        found = [
            observation
            for other in self._pursuits
            if other is not pursuit
            for observation in self._by_then(ledger, other.target.formula, last)
        ]
        known = set(pursuit.candidates.observations)
        return [o for o in about(pursuit.candidates, found) if o not in known]

    def _by_then(self, ledger: Ledger, formula: str, last: int) -> list[PairObservation]:
        """What the experiments of one target showed, of those that finished before an event."""
        finished = ledger.of(formula).finished
        names = [name for name, event in finished.items() if event.sequence < last]
        results = [finished[name].sequence for name in names]
        seen = self._seen.get(formula)
        if seen is None or seen[0] != results:
            completed = [ledger.completed(name) for name in names]
            seen = results, observations_of(completed, self._campaign, self._lab)
            self._seen[formula] = seen
        return seen[1]
