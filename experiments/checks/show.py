"""Verdicts in the terminal, a line each, as they come."""

from collections.abc import Iterable, Sequence

from experiments.checks.promise import Verdict


def shown(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Print each verdict as soon as it is there, and return them all."""
    found = []
    for verdict in verdicts:
        print(line(verdict), flush=True)
        found.append(verdict)
    return found


def line(verdict: Verdict) -> str:
    """What is promised; where it is broken also what happened, and what to do."""
    if verdict.kept:
        return f"kept    {verdict.words}"
    return f"BROKEN  {verdict.words}: {verdict.happened}; to do: {verdict.mend}"


def summed_up(verdicts: Sequence[Verdict], promises: int) -> str:
    """How many of so many promises were kept, and how many could not be tried."""
    kept = sum(v.kept for v in verdicts)
    untried = promises - len(verdicts)
    told = f"{kept} of {promises} promises kept"
    return f"{told}; {untried} not tried without the first" if untried else told
