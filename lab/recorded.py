"""A lab that answers from a table of past results.

    lab = RecordedLab(results, missing="refuse")

What was measured is told for a recipe that was submitted, never before. A recipe that the table
lacks follows the rule that the caller states: `refuse` refuses it; `nearest` answers with the
result nearest in temperature from the same precursors, and the outcome says what was really fired.
Neither goes beyond the temperatures of the table: nothing is known there.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from knowledge.chemistry import identity
from knowledge.errors import RecordError
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import Recipe
from knowledge.record import Record
from lab.protocol import Refused, Status, Unsubmitted

Missing = Literal["refuse", "nearest"]
MISSING: tuple[Missing, ...] = ("refuse", "nearest")
_UNNAMED = "no experiment has this id"
# What makes two recipes one: target, precursors however written, and firings.
_Key = tuple[str, frozenset[str], tuple[str, ...]]


class RecordedResult(Record):
    """A recipe that somebody fired, and what came of it. The outcome's id says where it stands."""

    recipe: Recipe
    outcome: Outcome


class RecordedLab:
    """Results of the past behind the contract of a lab. Implements Lab.

    Raises RecordError for no results, for two results of one recipe and for an unknown rule.
    """

    def __init__(
        self,
        results: Iterable[RecordedResult],
        missing: Missing = "refuse",
        name: str = "recorded",
    ) -> None:
        if missing not in MISSING:
            raise RecordError(
                f"missing is {missing!r}: recipes without a result can be handled as "
                f"{' or '.join(MISSING)}"
            )
        self.name, self._missing = name, missing
        self._results: dict[_Key, RecordedResult] = {}
        for result in results:
            there = self._results.setdefault(_key(result.recipe), result)
            if there is not result:
                raise RecordError(
                    f"two results of {result.recipe}: {there.outcome.experiment_id} and "
                    f"{result.outcome.experiment_id}; give the lab one of them, or their mean"
                )
        if not self._results:
            raise RecordError("a recorded lab needs results: give it one or more")
        self._by_precursors: dict[tuple[str, frozenset[str]], list[RecordedResult]] = {}
        for key, result in self._results.items():
            self._by_precursors.setdefault(key[:2], []).append(result)
        stock = {identity(p): p for r in self._results.values() for p in r.recipe.precursors}
        self._stock = dict(sorted(stock.items()))
        fired = [r.recipe.hottest.temperature_c for r in self._results.values()]
        self._coolest_c, self._hottest_c = min(fired), max(fired)
        self._submitted: dict[str, Recipe] = {}
        self._ended: dict[str, Outcome] = {}

    @property
    def inventory(self) -> Sequence[str]:
        """Every precursor that the table has, each once."""
        return tuple(self._stock.values())

    def check(self, recipe: Recipe) -> None:
        """Raise Refused, naming rule, value and limit, for a recipe that has no answer here."""
        self.answer(recipe)

    def answer(self, recipe: Recipe) -> RecordedResult:
        """The result that answers for a recipe; its recipe is what was really fired.

        For the lab and those who judge a replay. A policy reads outcomes of what it asked for.
        Raises Refused.
        """
        absent = [p for p in recipe.precursors if identity(p) not in self._stock]
        if absent:
            held = f"the table has {', '.join(self._stock.values())}"
            raise Refused("inventory", ", ".join(absent), held)
        asked_c = recipe.hottest.temperature_c
        if not self._coolest_c <= asked_c <= self._hottest_c:
            known = f"the table goes from {self._coolest_c:g} to {self._hottest_c:g} C"
            raise Refused("furnace temperature", f"{asked_c:g} C", known)
        key = _key(recipe)
        found = self._results.get(key)
        if found is not None:
            return found
        alike = self._by_precursors.get(key[:2], [])
        if self._missing == "refuse":
            temperatures = sorted({r.recipe.hottest.temperature_c for r in alike})
            told = ", ".join(f"{t:g} C" for t in temperatures) or "nothing"
            raise Refused("not measured", str(recipe), f"the table has these precursors at {told}")
        if not alike:
            limit = f"the table has no {recipe.target.formula} from these precursors"
            raise Refused("not measured", str(recipe), limit)
        return min(alike, key=lambda result: _distance(recipe, result.recipe))

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        """Take a recipe on under an id; the same again changes nothing. Raises Refused."""
        taken = self._submitted.get(experiment_id)
        if taken is None:
            self.check(recipe)
            self._submitted[experiment_id] = recipe
        elif taken != recipe:
            raise Refused("id", experiment_id, f"it is the id of {taken}: choose another")

    def poll(self, experiment_id: str) -> Status:
        """The outcome of what was submitted: nothing has to be waited for."""
        recipe = self._submitted.get(experiment_id)
        if recipe is None:
            return Unsubmitted(_UNNAMED)
        if experiment_id not in self._ended:
            self._ended[experiment_id] = self._outcome(recipe, experiment_id)
        return self._ended[experiment_id]

    def cancel(self, experiment_id: str) -> Status:
        """Stop what nobody has asked the outcome of yet."""
        if experiment_id not in self._submitted:
            return Unsubmitted(_UNNAMED)
        cancelled = Outcome(experiment_id=experiment_id, status="cancelled")
        return self._ended.setdefault(experiment_id, cancelled)

    def _outcome(self, recipe: Recipe, experiment_id: str) -> Outcome:
        result = self.answer(recipe)
        outcome = result.outcome.model_copy(update={"experiment_id": experiment_id})
        if _key(result.recipe) == _key(recipe):
            return outcome
        told = Fault(
            kind="not measured",
            stage="table",
            message=f"asked for {recipe}; the nearest result is of {result.recipe}",
        )
        faults = (*outcome.faults, told)
        return outcome.model_copy(update={"profile": result.recipe.steps, "faults": faults})


def _key(recipe: Recipe) -> _Key:
    precursors = frozenset(identity(p) for p in recipe.precursors)
    return recipe.target.identity, precursors, tuple(step.content_id for step in recipe.steps)


def _distance(asked: Recipe, measured: Recipe) -> tuple[float, bool, float, float]:
    """Nearest in temperature; of equals the same gas, then the nearest hold, then the cooler."""
    wanted, fired = asked.hottest, measured.hottest
    return (
        abs(wanted.temperature_c - fired.temperature_c),
        wanted.atmosphere != fired.atmosphere,
        abs(wanted.hold_h - fired.hold_h),
        fired.temperature_c,
    )
