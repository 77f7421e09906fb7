"""What a campaign is after, and what it costs, as arrays over the candidates."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from agents.candidates import Candidates
from agents.history import History
from agents.reactivity import Reactivity
from knowledge.errors import AthanorError

Objective = Literal["one", "all", "tradeoff", "information"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
PER = ("experiment", "furnace hour")


@dataclass(frozen=True)
class Costs:
    """What experiments cost. `per`: what `one` and `all` try to save.

    For `tradeoff`, `yield_per_hour` and `yield_per_price` are the weight fraction of target that
    an hour of furnace and a unit of money are worth. Raises AthanorError for other values.
    """

    per: str = "experiment"
    yield_per_hour: float = 0.005
    yield_per_price: float = 0.01

    def __post_init__(self) -> None:
        if self.per not in PER:
            raise AthanorError(f"costs.per is {self.per!r}: allowed are {', '.join(PER)}")
        for name in ("yield_per_hour", "yield_per_price"):
            if not 0 <= getattr(self, name) < np.inf:
                raise AthanorError(f"costs.{name} is {getattr(self, name)}: give zero or above")


@dataclass(frozen=True)
class Wanted:
    """What to look for next. `costs`, `bits` and `question` of each candidate, shape (n,).

    `best` is the best yield so far, for `tradeoff` less its cost. `costs` are in yield for
    `tradeoff`; for `one` and `all` the chance of success is divided by them. `bits` are what a
    candidate is expected to tell about reactivity, and candidates of one `question` tell the same.
    """

    objective: Objective
    yield_asked: float
    best: float
    costs: NDArray[np.float64]
    bits: NDArray[np.float64]
    question: NDArray[np.intp]

    def answered(self, row: int) -> "Wanted":
        """The same when a candidate's question will be answered: it brings nothing any more."""
        if self.objective != "information":
            return self
        return replace(self, bits=np.where(self.question == self.question[row], 0.0, self.bits))

    def rows(self, index: NDArray[np.intp]) -> "Wanted":
        """The same for some candidates."""
        return replace(
            self, costs=self.costs[index], bits=self.bits[index], question=self.question[index]
        )


class Goal:
    """An objective among some candidates. Raises AthanorError for one that there is not."""

    def __init__(self, candidates: Candidates, objective: Objective, costs: Costs) -> None:
        if objective not in OBJECTIVES:
            raise AthanorError(f"objective is {objective!r}: allowed are {', '.join(OBJECTIVES)}")
        self._candidates, self._objective, self._costs = candidates, objective, costs

    def wanted(self, history: History, reactivity: Reactivity) -> Wanted:
        """What to look for after a history."""
        items, costs = self._candidates.items, self._of_each
        cost_of = dict.fromkeys(history.tried, 0.0)
        bits = np.zeros(len(items))
        if self._objective == "tradeoff":
            known = zip(items, costs.tolist(), strict=True)
            cost_of |= {c.recipe.content_id: cost for c, cost in known}
        elif self._objective == "information":
            temperatures_c = [c.recipe.hottest.temperature_c for c in items]
            bits = np.asarray(reactivity.informations([c.pathway for c in items], temperatures_c))
        gained = (e.yield_fraction - cost_of[e.recipe.content_id] for e in history.measured)
        best = max(gained, default=0.0)
        asked = history.target.yield_asked
        return Wanted(self._objective, asked, best, costs, bits, self._questions)

    def label(self, row: int) -> str:
        """What in the costs of a candidate is not a fact, or nothing."""
        counts = self._objective == "tradeoff" and self._costs.yield_per_price > 0
        if not counts or self._candidates.items[row].price is not None:
            return ""
        return "the books have no price for its precursors: the median of the others is taken"

    @cached_property
    def _questions(self) -> NDArray[np.intp]:
        """A number for each set of pairs at a temperature: what firing them answers."""
        numbers: dict[tuple[object, ...], int] = {}
        asked = [
            (frozenset(s.reaction.pair for s in c.pathway.steps), c.pathway.atmosphere,
             c.recipe.hottest.temperature_c)
            for c in self._candidates.items
        ]  # fmt: skip
        return np.array([numbers.setdefault(each, len(numbers)) for each in asked], dtype=np.intp)

    @cached_property
    def _of_each(self) -> NDArray[np.float64]:
        items = self._candidates.items
        hours = np.array([c.furnace_h for c in items])
        if self._objective == "tradeoff":
            known = [c.price for c in items if c.price is not None]
            usual = float(np.median(known)) if known else 0.0
            price = np.array([usual if c.price is None else c.price for c in items])
            return self._costs.yield_per_hour * hours + self._costs.yield_per_price * price
        per_hour = self._costs.per == "furnace hour"
        return np.maximum(hours, 1.0) if per_hour else np.ones(len(items))
