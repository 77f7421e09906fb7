"""Asks a person at the terminal what came of an experiment. What cannot be is asked again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from agents.recording.result import DEFAULT_SIGMA, Product, phases_of, sigma_of
from agents.recording.said import Said, doubts, outcome_of, weighed_of
from agents.terminal import describe
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from lab.inventory import Inventory
from lab.manual import AtBench

_T = TypeVar("_T")
_LOST, _NOT_FIRED = ("lost",), ("not fired", "not-fired", "notfired")


class LeftOff(Exception):
    """The person wants to say nothing now."""


@dataclass(frozen=True)
class Questions:
    """`ask` shows a question and gives the line that was typed; `tell` shows a line."""

    ask: Callable[[str], str]
    tell: Callable[[str], None]

    def which(self, waiting: Sequence[AtBench], find: Callable[[str], AtBench]) -> AtBench:
        """The experiment that is meant. Raises LeftOff."""
        for each in waiting:
            self.tell(f"  {each.code}  {each.recipe.target.formula} from {each.recipe}")
        if len(waiting) == 1:
            only = waiting[0].code
            return self._until(f"Which one? [{only}] ", lambda text: find(text or only))
        return self._until("Which one? (its code; empty: none now) ", lambda t: find(_some(t)))

    def outcome(
        self, experiment: AtBench, others: Sequence[AtBench], stock: Inventory
    ) -> tuple[Outcome, dict[str, float]]:
        """What came of it, and what was weighed otherwise than asked. Raises LeftOff."""
        recipe = experiment.recipe
        known = [recipe.target.formula, *recipe.precursors]

        def read(text: str) -> Outcome:
            answer = " ".join(_some(text).lower().split())
            if answer in _LOST:
                return outcome_of(experiment, Said(lost=True))
            if answer in _NOT_FIRED:
                return outcome_of(experiment, Said(not_fired=True))
            product = phases_of(text, DEFAULT_SIGMA, known)
            return outcome_of(experiment, Said(product), others)

        first = self._until(
            "What is in it, by weight? (BaTiO3=0.93,Ba2TiO4=0.07; or `lost`, `not fired`; empty: "
            "nothing now) ".replace("BaTiO3=0.93,Ba2TiO4=0.07", _example(recipe.target.formula)),
            read,
        )
        weighed: dict[str, float] = {}
        if first.status != "cancelled":
            asked = ", ".join(f"{f} {g:.4f} g" for f, g in experiment.procedure.masses_g.items())
            weighed = self._until(
                f"Weighed otherwise than asked ({asked})? (empty: as asked) ",
                lambda text: weighed_of(text, experiment) if text.strip() else {},
            )
        if first.status != "measured":
            lost = first.status == "failed"
            said = Said(lost=lost, not_fired=not lost, weighed_g=weighed)
            return outcome_of(experiment, said, stock=stock), weighed
        sigma = self._until(
            f"Standard deviation of a weight fraction? [{DEFAULT_SIGMA:g}] ",
            lambda text: sigma_of(text) if text.strip() else DEFAULT_SIGMA,
        )
        phases = tuple(
            p.model_copy(update={"sigma": sigma}) if p.sigma == DEFAULT_SIGMA else p
            for p in first.phases
        )
        product = Product(phases, first.unidentified_weight_fraction)
        return outcome_of(experiment, Said(product, weighed_g=weighed), others, stock), weighed

    def sure(self, experiment: AtBench, outcome: Outcome) -> bool:
        """Whether the person wants that written down."""
        self.tell(f"  {experiment.code}: {described(experiment, outcome)}")
        for doubt in doubts(experiment, outcome):
            self.tell(f"  {doubt}")
        return self._until("Write that down? [y/n] ", _yes)

    def _until(self, question: str, read: Callable[[str], _T]) -> _T:
        while True:
            try:
                return read(self.ask(question))
            except AthanorError as error:
                self.tell(f"  {error}")


def described(experiment: AtBench, outcome: Outcome) -> str:
    """An outcome in words, and whether it is what was asked for."""
    if outcome.status != "measured":
        return {"failed": "fired, and lost", "cancelled": "not fired"}[outcome.status]
    target = experiment.recipe.target
    share = outcome.weight_fraction(target.formula)
    sigma = max((p.sigma for p in outcome.phases), default=0.0)
    reached = "reached" if share >= target.yield_asked else "not reached"
    return (
        f"{describe(outcome)} (+- {sigma:g}); yield {share:.2f}, {target.yield_asked:g} asked: "
        f"{reached}"
    )


def _example(target: str) -> str:
    return f"such as {target}=0.93,rest=0.07"


def _some(text: str) -> str:
    if not text.strip():
        raise LeftOff
    return text


def _yes(text: str) -> bool:
    answer = text.strip().lower()
    if answer in ("y", "yes"):
        return True
    if answer in ("n", "no", ""):
        return False
    raise AthanorError("answer y or n")
