"""What could be had: a campaign that knew beforehand what comes of every recipe.

Every candidate is fired once in the lab of the seed, mishaps and errors of measurement included,
and what was reported best comes first. A policy draws such reports for some of the candidates, so
on average it reaches no more; in a single campaign it may be luckier. It is no policy: no agent
sees any of this.
"""

from agents.budget import Budget
from agents.candidates import Candidate, Candidates
from experiments.study.fired import Fired
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from lab import Lab


def had_it_known(candidates: Candidates, lab: Lab, budget: Budget) -> tuple[list[Fired], str]:
    """The experiments, best first as far as the budget goes, and why they end."""
    every = [_fired(candidates, one, lab, number) for number, one in enumerate(candidates.items)]
    # A lost sample last; of equals, the first candidate.
    every.sort(key=lambda f: -1.0 if f.yield_fraction is None else f.yield_fraction, reverse=True)
    if budget.stop_at_success and every[0].succeeded:
        return every[:1], "yield reached"
    best = every[: budget.experiments]
    return best, "budget spent" if len(best) < len(every) else "no candidate left"


def _fired(candidates: Candidates, one: Candidate, lab: Lab, number: int) -> Fired:
    name = f"{candidates.target.formula}-{number:05d}"
    lab.submit(one.recipe, name)
    outcome = lab.poll(name)
    if not isinstance(outcome, Outcome):
        raise AthanorError(f"{one.recipe} stays in the lab: {outcome}")
    if outcome.status != "measured":
        return Fired(one, None, False, 0.0)
    share = outcome.weight_fraction(candidates.target.formula)
    succeeded = share >= candidates.target.yield_asked
    return Fired(one, share, succeeded, float(succeeded))
