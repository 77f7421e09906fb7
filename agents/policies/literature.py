"""What a chemist with a library would do: the published precursors at the published temperature.

Precursor sets come in the order of their literature probability, each at the temperature nearest
to what literature fires at; when all were tried there, each at the next nearest, and so on. At one
temperature the longest hold comes first. Nothing is learned from outcomes: the A-Lab opened its
campaigns so (Szymanski et al., Nature 624, 86 (2023)), before its active learning took over.
"""

from collections import defaultdict

from agents.candidates import Candidate, Candidates
from agents.history import History, Suggestion
from agents.policies.protocol import Choice, remaining, suggestions


class LiteraturePolicy:
    """Implements Policy. Deterministic: the seed is not used."""

    name = "literature"
    deterministic = True  # every seed gives the same: once is enough

    def __init__(self, candidates: Candidates, seed: int) -> None:
        self._candidates = candidates
        del seed
        order = literature_order(candidates)
        self._rank = {c.recipe.content_id: rank for rank, c in enumerate(order)}

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """The likeliest set not yet tried near the temperature of literature first."""
        left = remaining(self._candidates, history)
        left.sort(key=lambda c: self._rank[c.recipe.content_id])
        return suggestions(
            self.name,
            self._candidates,
            history,
            [Choice(c, _why(c)) for c in left[: max(count, 0)]],
        )


def literature_order(candidates: Candidates) -> list[Candidate]:
    """All candidates, those that literature comes nearest to first.

    Every set is named once before any is named again: at its next temperature, and with another
    hold or atmosphere once it has been named at all its temperatures.
    """
    sets: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for candidate in candidates.items:
        sets[tuple(sorted(candidate.recipe.precursors))].append(candidate)
    rounds = {}
    for members in sets.values():
        again: dict[float, int] = defaultdict(int)
        keyed = []
        for c in sorted(members, key=lambda c: (-c.recipe.hottest.hold_h, c.recipe.content_id)):
            temperature_c = c.recipe.hottest.temperature_c
            keyed.append((again[temperature_c], abs(c.firing_z), c.recipe.content_id))
            again[temperature_c] += 1
        for turn, (*_, name) in enumerate(sorted(keyed)):
            rounds[name] = turn
    return sorted(
        candidates.items,
        key=lambda c: (
            rounds[c.recipe.content_id],
            -c.literature_probability,
            tuple(c.recipe.precursors),
        ),
    )


def _why(candidate: Candidate) -> str:
    where = "at" if abs(candidate.firing_z) < 0.05 else "near"
    offset = f" ({candidate.firing_z:+.1f} sigma)" if where == "near" else ""
    return (
        f"literature gives these precursors {candidate.literature_probability:.0%} of the choice, "
        f"{where} the temperature it fires at{offset}"
    )
