"""What could be had: a campaign that knew beforehand what comes of every recipe.

Every candidate is fired once in the lab of the seed, mishaps and errors of measurement included,
and what was reported best comes first. A policy draws such reports for some of the candidates, so
on average it reaches no more; in a single campaign it may be luckier. It is no policy: no agent
sees any of this.
"""

from collections.abc import Callable

from agents.budget import Budget
from agents.candidates import Candidate, Candidates
from experiments.study.fired import Fired
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from lab import Lab, Refused

# A simulated lab may say so often that an experiment is pending.
_MOST_POLLS = 10_000


def had_it_known(
    candidates: Candidates, open_lab: Callable[[], Lab], budget: Budget
) -> tuple[list[Fired], str]:
    """The experiments, best first as far as the budget goes, and why they end.

    `open_lab` gives a lab in which nothing was done yet: another one is opened where the stock of
    the first does not last for every candidate.
    """
    lab, every = open_lab(), []
    for number, one in enumerate(candidates.items):
        name = f"{candidates.target.formula}-{number:05d}"
        try:
            lab.submit(one.recipe, name)
        except Refused:
            lab = open_lab()
            lab.submit(one.recipe, name)
        every.append(_result(candidates, one, _outcome(lab, name)))
    # A lost sample last; of equals, the first candidate.
    every.sort(key=lambda f: -1.0 if f.yield_fraction is None else f.yield_fraction, reverse=True)
    if budget.stop_at_success and every[0].succeeded:
        return every[:1], "yield reached"
    best = every[: budget.experiments]
    return best, "budget spent" if len(best) < len(every) else "no candidate left"


def _outcome(lab: Lab, name: str) -> Outcome:
    for _ in range(_MOST_POLLS):
        status = lab.poll(name)
        if isinstance(status, Outcome):
            return status
    raise AthanorError(f"the lab {lab.name} has no outcome of {name}: {status}")


def _result(candidates: Candidates, one: Candidate, outcome: Outcome) -> Fired:
    if outcome.status != "measured":
        return Fired(one, None, False, 0.0)
    share = outcome.weight_fraction(candidates.target.formula)
    succeeded = share >= candidates.target.yield_asked
    return Fired(one, share, succeeded, float(succeeded))
