"""What a row keeps of one experiment, and experiments as the fields of a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.candidates import Candidate, Candidates
from agents.history import CompletedExperiment


@dataclass(frozen=True)
class Fired:
    """A candidate that was fired. `yield_fraction` is none where the sample was lost.

    `promised` is the probability of success that was told before, with the 90 % interval of the
    yield, if any.
    """

    candidate: Candidate
    yield_fraction: float | None
    succeeded: bool
    promised: float
    interval: tuple[float, float] | None = None


def fired(candidates: Candidates, done: Sequence[CompletedExperiment]) -> list[Fired]:
    """The experiments of a campaign, in the order of their results."""
    of = {c.recipe.content_id: c for c in candidates.items}
    return [
        Fired(
            of[d.recipe.content_id],
            d.yield_fraction if d.measured else None,
            d.succeeded,
            d.suggestion.reason.probability_of_success,
            d.suggestion.reason.yield_interval,
        )
        for d in done
    ]


def as_fields(experiments: Sequence[Fired]) -> dict[str, Any]:
    """The fields of a row that tell of its experiments."""
    yields = tuple(_rounded(f.yield_fraction) for f in experiments)
    intervals = [f.interval or (None, None) for f in experiments]
    return {
        "made": any(f.succeeded for f in experiments),
        "experiments": len(experiments),
        "best_yield": max((y for y in yields if y is not None), default=0.0),
        "recipes": tuple(str(f.candidate.recipe) for f in experiments),
        "yields": yields,
        "promised": tuple(_rounded(f.promised) for f in experiments),
        "yield_low": tuple(_rounded(low) for low, _ in intervals),
        "yield_high": tuple(_rounded(high) for _, high in intervals),
        "furnace_h": tuple(_rounded(f.candidate.furnace_h) for f in experiments),
        "price": tuple(_rounded(f.candidate.price) for f in experiments),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
