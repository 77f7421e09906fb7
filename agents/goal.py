"""What a campaign is after, and what it costs, as arrays over the candidates."""

from dataclasses import dataclass
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
    """What to look for next. `costs` and `bits` of each candidate, shape (n,).

    `best` is the best yield so far, for `tradeoff` less its cost. `costs` are in yield for
    `tradeoff`; for `one` and `all` the chance of success is divided by them. `bits` are what a
    candidate is expected to tell about reactivity.
    """

    objective: Objective
    yield_asked: float
    best: float
    costs: NDArray[np.float64]
    bits: NDArray[np.float64]

    def rows(self, index: NDArray[np.intp]) -> "Wanted":
        """The same for some candidates."""
        some = self.costs[index], self.bits[index]
        return Wanted(self.objective, self.yield_asked, self.best, *some)


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
        return Wanted(self._objective, history.target.yield_asked, best, costs, bits)

    @cached_property
    def _of_each(self) -> NDArray[np.float64]:
        items = self._candidates.items
        hours = np.array([c.furnace_h for c in items])
        if self._objective == "tradeoff":
            price = np.array([c.price or 0.0 for c in items])
            return self._costs.yield_per_hour * hours + self._costs.yield_per_price * price
        per_hour = self._costs.per == "furnace hour"
        return np.maximum(hours, 1.0) if per_hour else np.ones(len(items))
