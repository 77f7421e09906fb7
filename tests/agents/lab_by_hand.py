"""A lab whose answers a test states, and a clock that goes on only while somebody sleeps."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.candidates import Candidate, Candidates
from agents.history import History, Suggestion
from agents.policies.protocol import Choice, suggestions
from knowledge.outcome import Outcome, PhaseFraction
from knowledge.recipe import Recipe
from lab import Pending, Status, Unreachable, Unsubmitted


def gave(experiment_id: str, share: float, formula: str = "BaTiO3") -> Outcome:
    """An experiment in which so much of the sample is a compound; the rest was not identified."""
    phases = (PhaseFraction(formula=formula, weight_fraction=share, sigma=0.02),) if share else ()
    rest = round(1 - share, 9)
    return Outcome(experiment_id=experiment_id, phases=phases, unidentified_weight_fraction=rest)


@dataclass
class LabByHand:
    """Implements Lab. `says[id]` are its next answers about an experiment; after them, and where
    there are none, comes an outcome with `share` of the target.

    `fired` are the ids in the order taken on; `heard` every call.
    """

    name: str = "by hand"
    share: float = 0.1
    says: dict[str, list[Any]] = field(default_factory=dict)
    fired: dict[str, Recipe] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)
    ended: dict[str, Outcome] = field(default_factory=dict)
    inventory: Sequence[str] = ("BaCO3", "TiO2")
    before: Callable[[str, str], object] = lambda *_: None
    after: Callable[[str, str], object] = lambda *_: None

    def check(self, recipe: Recipe) -> None:
        """Everything may be done."""

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        self.heard.append(("submit", experiment_id))
        self.before("submit", experiment_id)
        assert self.fired.setdefault(experiment_id, recipe) == recipe
        self.after("submit", experiment_id)

    def poll(self, experiment_id: str) -> Status:
        self.heard.append(("poll", experiment_id))
        self.before("poll", experiment_id)
        if self.says.get(experiment_id):
            answer: Status | Exception = self.says[experiment_id].pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if experiment_id not in self.fired:
            return Unsubmitted("never heard of it")
        made = self.fired[experiment_id].target.formula
        return self.ended.setdefault(experiment_id, gave(experiment_id, self.share, made))

    def cancel(self, experiment_id: str) -> Status:
        self.heard.append(("cancel", experiment_id))
        self.before("cancel", experiment_id)
        cancelled = Outcome(experiment_id=experiment_id, status="cancelled")
        return self.ended.setdefault(experiment_id, cancelled)

    def submissions(self) -> list[str]:
        """Ids of all calls of `submit`."""
        return [name for kind, name in self.heard if kind == "submit"]


@dataclass
class Clock:
    """Sleeps at once, and says how long it slept. A loop without end is an error."""

    slept_s: list[float] = field(default_factory=list)
    on_sleep: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        assert len(self.slept_s) < 100_000, "it waits for ever"
        self.slept_s.append(seconds)
        self.on_sleep()

    @property
    def now_s(self) -> float:
        """Seconds slept altogether."""
        return sum(self.slept_s)


def away(while_: Callable[[], bool]) -> Callable[[str, str], None]:
    """A lab that cannot be reached while something is so."""

    def reached(*_: str) -> None:
        if while_():
            raise Unreachable("no route to the lab")

    return reached


class InOrder:
    """A policy that tries candidates in their order, and states probabilities of success."""

    name = "in order"

    def __init__(self, candidates: Candidates, chances: Iterable[float] = ()) -> None:
        self._candidates, self._chances = candidates, list(chances)

    def suggest(self, history: History, count: int) -> Sequence[Suggestion]:
        """The first so many that were not tried, each with the chance of its number."""
        left = [c for c in self._candidates.items if c.recipe.content_id not in history.tried]
        choices = [self._choice(c, history.decisions + n) for n, c in enumerate(left[:count])]
        return suggestions(self.name, self._candidates, history, choices)

    def _choice(self, candidate: Candidate, number: int) -> Choice:
        if number >= len(self._chances):
            return Choice(candidate, "its turn")
        return Choice(candidate, "its turn", self._chances[number], (0.0, 1.0))


PENDING = Pending()
