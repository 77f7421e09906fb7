"""Why a campaign ends, and what it found."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from agents.history import CompletedExperiment
from agents.ledger import Ledger
from agents.portfolio import Portfolio

EndReason = Literal[
    "yield reached",
    "budget spent",
    "time over",
    "no candidate left",
    "not worth its cost",
    "every target settled",
    "stopped",
    "with a person",
]
# No end: the campaign was left until somebody records what came of its experiments.
LEFT: EndReason = "with a person"


@dataclass(frozen=True)
class Ending:
    """Why a campaign stopped, also in the words of who advised it, and what it found.

    `best` is the experiment with the highest yield; `made` the targets that reached theirs.
    """

    reason: EndReason
    experiments: int
    best: CompletedExperiment | None
    words: str = ""
    made: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether an answer to an open question could not change it."""
        return self.reason in ("yield reached", "stopped")


def ending_of(portfolio: Portfolio, ledger: Ledger, time_is_over: bool) -> Ending | None:
    """Why a campaign with nothing in the lab ends; none while there is something to try."""
    settled = portfolio.settled()
    told = _reason(portfolio, ledger, set(settled.values()), time_is_over)
    if told is None:
        return None
    made = tuple(f for f, why in settled.items() if why == "yield reached")
    return Ending(told[0], portfolio.spent(), portfolio.best(), told[1], made)


def left_with(portfolio: Portfolio) -> Ending:
    """A campaign that is left while a person does its experiments."""
    return Ending(LEFT, portfolio.spent(), portfolio.best())


def _reason(
    portfolio: Portfolio, ledger: Ledger, settled: Collection[str | None], time_is_over: bool
) -> tuple[EndReason, str] | None:
    if ledger.stopped is not None:
        return "stopped", str(ledger.stopped)
    if settled == {"yield reached"}:
        return "yield reached", ""
    if portfolio.left() < 1:
        return "budget spent", ""
    if time_is_over:
        return "time over", ""
    if None in settled:
        return None
    if not portfolio.is_one:
        return "every target settled", ""
    if settled == {"no candidate left"}:
        return "no candidate left", ""
    pursuit = portfolio.first
    dropped = ledger.of(pursuit.target.formula).dropped
    return "not worth its cost", dropped or pursuit.verdict(ledger) or ""
