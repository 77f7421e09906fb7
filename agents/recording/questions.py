"""Asks a person at the terminal what came of an experiment. What cannot be is asked again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from agents.recording.result import DEFAULT_SIGMA, phases_of, sigma_of
from agents.recording.said import Said, doubts, outcome_of, weighed_of
from agents.terminal import describe
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
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

    def said(
        self,
        experiment: AtBench,
        others: Sequence[AtBench],
        weighed_g: Mapping[str, float] | None = None,
        sigma: float | None = None,
        note: str = "",
    ) -> Said:
        """What came of it, and what was weighed otherwise than asked. Raises LeftOff.

        Masses and a standard deviation that are given are not asked for.
        """
        recipe = experiment.recipe
        self.tell(f"{experiment.code}: {recipe.target.formula} from {recipe}")
        known, masses_g = [recipe.target.formula, *recipe.precursors], weighed_g or {}

        def product(text: str, deviation: float) -> Said:
            said = Said(phases_of(text, deviation, known), weighed_g=masses_g, note=note)
            outcome_of(experiment, said, others)
            return said

        def read(text: str) -> tuple[Said, str]:
            answer = " ".join(_some(text).lower().split())
            if answer in (*_LOST, *_NOT_FIRED):
                lost = answer in _LOST
                said = Said(lost=lost, not_fired=not lost, weighed_g=masses_g, note=note)
                outcome_of(experiment, said)
                return said, text
            return product(text, DEFAULT_SIGMA if sigma is None else sigma), text

        said, typed = self._until(
            f"What is in it, by weight? ({recipe.target.formula}=0.93,rest=0.07; or `lost`, "
            "`not fired`; empty: nothing now) ",
            read,
        )
        if not said.not_fired and weighed_g is None:
            masses_g = self._weighed(experiment)
        if said.product is not None and said.product.unsaid and sigma is None:
            deviation = self._until(
                f"Standard deviation of a weight fraction? [{DEFAULT_SIGMA:g}] ",
                lambda text: sigma_of(text, "that") if text.strip() else DEFAULT_SIGMA,
            )
            said = product(typed, deviation)
        return replace(said, weighed_g=masses_g)

    def _weighed(self, experiment: AtBench) -> Mapping[str, float]:
        earlier = experiment.weighed_g
        masses_g = {**experiment.procedure.masses_g, **earlier}
        before = "said before" if earlier else "asked"
        listed = ", ".join(f"{f} {g:.4f} g" for f, g in masses_g.items())
        return self._until(
            f"Weighed otherwise than {before} ({listed})? (empty: as {before}) ",
            lambda text: {**earlier, **(weighed_of(text, experiment) if text.strip() else {})},
        )

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
