"""Verdicts in the terminal, a line each, as they come."""

from collections.abc import Iterable

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
    promised = verdict.words.rstrip(".")
    return f"BROKEN  {promised}: {verdict.happened}; to do: {verdict.mend}"


def summed_up(verdicts: Iterable[Verdict], more: str = "") -> str:
    """How many were kept, and whatever else is to be said."""
    found = list(verdicts)
    kept = sum(v.kept for v in found)
    told = f"{kept} of {len(found)} promises kept"
    return f"{told}; {more}" if more else told
