"""Precursor sets: at which temperatures each is fired, and how far it has got."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.candidates import Candidate, Candidates
from agents.history import CompletedExperiment, History
from agents.policies.intermediates import mixture_of
from knowledge.chemistry import identity
from knowledge.outcome import Outcome
from knowledge.recipe import Atmosphere

# A powder of which more is unidentified is not known.
_CLEAR = 0.05
# Less of a phase than this is not to be told from the background.
_TRACE = 0.02


@dataclass(frozen=True, eq=False)
class PrecursorSet:
    """Candidates with the same precursors in the same gas.

    `sweep` are those to fire, one a temperature, coolest first; `others` all the rest.
    """

    sweep: tuple[Candidate, ...]
    others: tuple[Candidate, ...]

    @property
    def name(self) -> str:
        """The precursors, as a user reads them."""
        return " + ".join(self.sweep[0].recipe.precursors)

    @property
    def atmosphere(self) -> Atmosphere:
        """The gas at the hottest firing."""
        return self.sweep[0].recipe.hottest.atmosphere

    @property
    def temperatures_c(self) -> tuple[float, ...]:
        """Where it is fired, coolest first."""
        return tuple(c.recipe.hottest.temperature_c for c in self.sweep)

    @property
    def mixture(self) -> dict[str, float]:
        """Moles of each precursor by identity, for a mole of target."""
        return mixture_of(self.sweep[0].recipe.precursors)


@dataclass(frozen=True)
class Progress:
    """How far a set has got, and what came of it.

    It is finished when it succeeded, or all of it was fired or is in the lab; settled when no
    result of it is waited for either.
    `succeeded_at_c` is the lowest temperature at which it gave the target as pure as asked for;
    `powder` are the weight fractions it gave at the lowest temperature, where they are known.
    """

    begun: bool
    finished: bool
    settled: bool
    succeeded_at_c: float | None
    powder: dict[str, float] | None


def precursor_sets(candidates: Candidates, temperatures: int) -> list[PrecursorSet]:
    """The sets, each with a sweep of at most so many temperatures, evenly over those it has.

    At one temperature the longest hold is fired: what has not reacted then will not.
    """
    members: dict[tuple[frozenset[str], str], list[Candidate]] = defaultdict(list)
    for candidate in candidates.items:
        recipe = candidate.recipe
        gas = recipe.hottest.atmosphere.content_id
        members[frozenset(map(identity, recipe.precursors)), gas].append(candidate)
    return [_swept(same, temperatures) for same in members.values()]


def progress_of(
    chosen: PrecursorSet,
    completed: Mapping[str, Sequence[CompletedExperiment]],
    tried: frozenset[str],
) -> Progress:
    """How far a set has got, given completed experiments by recipe and the recipes tried."""
    cells = (*chosen.sweep, *chosen.others)
    fired = [e for c in cells for e in completed.get(c.recipe.content_id, ())]
    good = [e.recipe.hottest.temperature_c for e in fired if e.succeeded]
    done = [c.recipe.content_id in tried for c in chosen.sweep]
    cool = chosen.sweep[0].recipe.content_id
    snapshots = [_powder(e.outcome) for e in fired if e.recipe.content_id == cool and e.measured]
    return Progress(
        begun=any(done),
        finished=bool(good) or all(done),
        settled=bool(good) or all(c.recipe.content_id in completed for c in chosen.sweep),
        succeeded_at_c=min(good, default=None),
        powder=next((s for s in snapshots if s is not None), None),
    )


def by_recipe(history: History) -> dict[str, list[CompletedExperiment]]:
    """The completed experiments by the content id of their recipe."""
    found: dict[str, list[CompletedExperiment]] = defaultdict(list)
    for experiment in history.completed:
        found[experiment.recipe.content_id].append(experiment)
    return found


def _swept(members: list[Candidate], temperatures: int) -> PrecursorSet:
    longest: dict[float, Candidate] = {}
    for c in sorted(members, key=lambda c: (-c.recipe.hottest.hold_h, c.recipe.content_id)):
        longest.setdefault(c.recipe.hottest.temperature_c, c)
    coolest_first = [longest[t] for t in sorted(longest)]
    places = np.linspace(0, len(coolest_first) - 1, min(temperatures, len(coolest_first)))
    sweep = tuple(coolest_first[i] for i in np.unique(places.round().astype(int)))
    swept = {c.recipe.content_id for c in sweep}
    others = sorted(
        (c for c in members if c.recipe.content_id not in swept),
        key=lambda c: (
            c.recipe.hottest.temperature_c,
            -c.recipe.hottest.hold_h,
            c.recipe.content_id,
        ),
    )
    return PrecursorSet(sweep, tuple(others))


def _powder(outcome: Outcome) -> dict[str, float] | None:
    """Weight fractions by identity of what is more than a trace, or none where much is unknown."""
    if outcome.unidentified_weight_fraction > _CLEAR:
        return None
    found: dict[str, float] = defaultdict(float)
    for phase in outcome.phases:
        found[identity(phase.formula)] += phase.weight_fraction
    return {f: x for f, x in found.items() if x >= _TRACE}
