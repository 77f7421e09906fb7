"""The limit that no policy can beat: a campaign that knew what comes of every recipe.

Every candidate is fired once, in the world of the seed, in a lab where nothing goes wrong and what
came out is known; then the best come first. It is no policy: no agent sees any of this.
"""

from agents.budget import Budget
from agents.candidates import Candidates
from experiments.study.fired import Fired
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from lab import Lab


def had_it_known(candidates: Candidates, lab: Lab, budget: Budget) -> tuple[list[Fired], str]:
    """The experiments, best first as far as the budget goes, and why they end."""
    every = []
    for number, one in enumerate(candidates.items):
        name = f"{candidates.target.formula}-{number:05d}"
        lab.submit(one.recipe, name)
        outcome = lab.poll(name)
        if not isinstance(outcome, Outcome) or outcome.status != "measured":
            raise AthanorError(f"what comes of {one.recipe} cannot be known: {outcome}")
        share = outcome.weight_fraction(candidates.target.formula)
        succeeds = share >= candidates.target.yield_asked
        every.append(Fired(one, share, succeeds, float(succeeds)))
    every.sort(key=lambda f: -(f.yield_fraction or 0.0))  # of equals, the first candidate
    if budget.stop_at_success and every[0].succeeded:
        return every[:1], "yield reached"
    best = every[: budget.experiments]
    return best, "budget spent" if len(best) < len(every) else "no candidate left"
