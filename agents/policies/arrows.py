"""ARROWS3: precursors that keep the driving force for the step that forms the target.

The algorithm of Szymanski, Nevatia, Bartel, Zeng and Ceder, "Autonomous and dynamic precursor
selection for solid-state materials synthesis", Nat. Commun. 14, 6956 (2023):

1. Precursor sets are ranked by their driving force to the target at the lowest temperature.
2. The set of the highest rank is fired at a few temperatures, from low to high: snapshots of its
   pathway.
3. From what came out follows which pairs of solids have reacted, and to what
   (agents.reactivity). Known reactions are let run in the sets not tried yet: that predicts their
   intermediates, and the sets are ranked by the driving force left from these, G'.
4. A set whose intermediates are those of a set that failed would fail as it did, and is passed
   over; one whose intermediates are those of a set that succeeded, or of which known reactions
   make pure target, comes first, at the temperature of that success.

When a set has given the target as pure as asked for, the next set follows. What the published
algorithm would never fire comes last. It needs Gibbs energies of phases that no candidate is made
of, and takes them from where the campaign does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from agents.candidates import Candidate, Candidates
from agents.history import History, Suggestion
from agents.policies.arrows_sets import (
    PrecursorSet,
    Progress,
    by_recipe,
    precursor_sets,
    progress_of,
)
from agents.policies.intermediates import (
    Known,
    KnownReaction,
    driving_force_to,
    same_powder,
    weight_fractions,
)
from agents.policies.onehot import whole
from agents.policies.protocol import Choice, suggestions
from agents.reactivity import Reactivity, learn
from knowledge.energies import EnergyStack, default_energies
from knowledge.errors import AthanorError
from knowledge.reactions import Conditions, ReactionGraph
from knowledge.reactions.phases import PhaseSet
from knowledge.recipe import Atmosphere

_NOTHING = Known((), frozenset())


@dataclass(frozen=True)
class _Outlook:
    """What is expected of a set.

    `force`: eV/atom left for the target from its intermediates, or none where energies lack.
    `ran`: the known reactions that lead there. `new_pairs`: pairs of the intermediates of which
    nothing was seen. `succeeds_at_c`, `fails_like`: where it is expected to succeed, or the set
    that failed from the same intermediates.
    """

    chosen: PrecursorSet
    progress: Progress
    force: float | None
    ran: tuple[KnownReaction, ...]
    new_pairs: int
    succeeds_at_c: float | None
    fails_like: str | None

    @property
    def rank(self) -> tuple[bool, bool, float, int, float, str]:
        """Expected successes first, then the largest force, then most to learn, then literature."""
        return (
            self.succeeds_at_c is None,
            self.force is None,
            -round(self.force or 0.0, 6),
            -self.new_pairs,
            -self.chosen.sweep[0].literature_probability,
            self.chosen.name,
        )


class ArrowsPolicy:
    """Implements Policy. Deterministic: the seed is not used.

    `temperatures` is at how many temperatures a set is fired, evenly from the lowest to the
    highest that it has (the publication: 4). `energies` are those of the campaign, by default
    `default_energies()`.
    """

    name = "arrows"
    deterministic = True  # every seed gives the same: once is enough

    def __init__(
        self,
        candidates: Candidates,
        seed: int,
        temperatures: int = 4,
        energies: EnergyStack | None = None,
    ) -> None:
        self._candidates = candidates
        del seed
        self._sets = precursor_sets(candidates, whole("temperatures", temperatures))
        self._phases = _phases(candidates, self._sets, energies or default_energies())

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """The set under way first, then the others by the driving force left for the target."""
        reactivity = learn(history.completed, self._candidates.onset_priors)
        choices = list(islice(self._ranked(history, reactivity), count)) if count > 0 else []
        return suggestions(self.name, self._candidates, history, choices, reactivity)

    def _ranked(self, history: History, reactivity: Reactivity) -> Iterator[Choice]:
        """Every candidate not tried, best first."""
        tried = history.tried
        outlooks = sorted(self._outlooks(history, reactivity), key=lambda o: o.rank)
        open_ones = [o for o in outlooks if not o.progress.finished]
        failing = [o for o in open_ones if o.fails_like]
        hopeful = [o for o in open_ones if not o.fails_like]
        hopeful.sort(key=lambda o: not o.progress.begun)
        for outlook in hopeful:
            # A success expected at a temperature is looked for there first.
            first = outlook.succeeds_at_c
            sweep = sorted(outlook.chosen.sweep, key=lambda c: _celsius(c) != first)
            yield from _untried(sweep, tried, _why(outlook))
        for outlook in failing:
            # What comes first is known; what is left to see is at the top.
            why = f"passed over before: its intermediates are those of {outlook.fails_like}"
            yield from _untried(reversed(outlook.chosen.sweep), tried, why)
        for outlook in outlooks:
            why = "left of a set that was done with"
            swept = outlook.chosen.sweep if outlook.progress.finished else ()
            yield from _untried((*swept, *outlook.chosen.others), tried, why)

    def _outlooks(self, history: History, reactivity: Reactivity) -> Iterator[_Outlook]:
        seen = reactivity.observations
        known = {g: Known.of(seen, g.name, p) for g, p in self._phases.items()}
        completed, tried = by_recipe(history), history.tried
        progress = [progress_of(s, completed, tried) for s in self._sets]
        powders = [
            (s, p) for s, p in zip(self._sets, progress, strict=True) if p.settled and p.powder
        ]
        for chosen, reached in zip(self._sets, progress, strict=True):
            alike = [(s, p) for s, p in powders if s.atmosphere == chosen.atmosphere]
            gas = known.get(chosen.atmosphere, _NOTHING)
            yield self._outlook(chosen, reached, gas, alike, tried)

    def _outlook(
        self,
        chosen: PrecursorSet,
        progress: Progress,
        known: Known,
        powders: Sequence[tuple[PrecursorSet, Progress]],
        tried: frozenset[str],
    ) -> _Outlook:
        """`powders` are the sets done with, and what each gave at its lowest temperature."""
        start, target = chosen.mixture, self._candidates.target
        temperatures_c = chosen.temperatures_c
        left, ran = known.evolved(start, temperatures_c[0], before=target.identity)
        made = progress.powder or weight_fractions(known.evolved(start, temperatures_c[0])[0])
        alike = [
            (s, p) for s, p in powders if s is not chosen and same_powder(made, p.powder or {})
        ]
        pure_c = {p.succeeded_at_c for _, p in alike}
        for celsius in temperatures_c:
            yields = weight_fractions(known.evolved(start, celsius)[0])
            if yields.get(target.identity, 0.0) >= target.yield_asked:
                pure_c.add(celsius)
        untried = {_celsius(c) for c in chosen.sweep if c.recipe.content_id not in tried}
        phases = self._phases.get(chosen.atmosphere)
        return _Outlook(
            chosen=chosen,
            progress=progress,
            force=None if phases is None else driving_force_to(phases, left, target.identity),
            ran=ran,
            new_pairs=known.unknown_pairs(left),
            succeeds_at_c=min((c for c in pure_c if c in untried), default=None),
            fails_like=alike[0][0].name if pure_c == {None} else None,
        )


def _phases(
    candidates: Candidates, sets: Sequence[PrecursorSet], energies: EnergyStack
) -> dict[Atmosphere, PhaseSet]:
    """The phases in each gas at the lowest temperature; none where the target has no energy."""
    known = []
    for formula in sorted({p for s in sets for p in s.mixture}):
        try:
            energies.energy(formula)
        except AthanorError:
            continue
        known.append(formula)
    coolest_c = min(s.temperatures_c[0] for s in sets)
    found = {}
    for gas in {s.atmosphere: None for s in sets}:
        try:
            graph = ReactionGraph(
                energies, candidates.target.formula, known, candidates.firing.mean_c
            )
            found[gas] = graph.phases(Conditions(coolest_c, gas))
        except AthanorError:  # no energy of the target, or none at this temperature
            return {}
    return found


def _untried(cells: Iterable[Candidate], tried: frozenset[str], why: str) -> Iterator[Choice]:
    return (Choice(c, why) for c in cells if c.recipe.content_id not in tried)


def _celsius(candidate: Candidate) -> float:
    return candidate.recipe.hottest.temperature_c


def _why(outlook: _Outlook) -> str:
    if outlook.succeeds_at_c is not None:
        return (
            "what is known of its pairs, or of a set with the same intermediates, leads to the "
            f"target by {outlook.succeeds_at_c:g} C"
        )
    begun = "the set under way: " if outlook.progress.begun else ""
    if outlook.force is None:
        return f"{begun}no energies tell how much driving force is left for the target"
    after = f" after {'; '.join(map(str, outlook.ran))}" if outlook.ran else ""
    return f"{begun}{outlook.force * 1000:.0f} meV/atom left for the target{after}"
