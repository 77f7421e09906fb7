"""The largest driving force left at the step that forms the target.

Intermediates that take the driving force leave little for the target (Szymanski et al., Nat.
Commun. 14, 6956 (2023)). Precursors are ranked by that; equal pathways by closeness to the
temperature of literature. Pairs seen not to react are taken for inert at and below that
temperature.
"""

from agents.candidates import Candidate, Candidates
from agents.history import History, Suggestion
from agents.policies.protocol import Choice, remaining, suggestions
from agents.reactivity import Reactivity, learn


class ThermoPolicy:
    """Implements Policy. Deterministic: the seed is not used."""

    name = "thermo"
    deterministic = True  # every seed gives the same: once is enough

    def __init__(self, candidates: Candidates, seed: int) -> None:
        self._candidates = candidates
        del seed

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """Largest driving force at the target-forming step first."""
        reactivity = learn(history.completed, self._candidates.onset_priors)
        left = remaining(self._candidates, history)
        left.sort(key=lambda c: self._rank(c, reactivity))
        choices = [
            Choice(
                c,
                f"{c.pathway.driving_force_left_ev_per_atom * 1000:.0f} meV/atom left for the "
                "target when it forms, the most of all untried",
            )
            for c in left[:count]
        ]
        return suggestions(self.name, self._candidates, history, choices, reactivity)

    def _rank(self, candidate: Candidate, reactivity: Reactivity) -> tuple[bool, float, float, str]:
        temperature_c = candidate.recipe.hottest.temperature_c
        inert = any(
            (
                reactivity.belief(step.reaction.pair, candidate.pathway.atmosphere).inert_up_to_c
                or -1e9
            )
            >= temperature_c
            for step in candidate.pathway.steps
        )
        force = round(candidate.pathway.driving_force_left_ev_per_atom, 3)
        return inert, -force, abs(candidate.firing_z), candidate.recipe.content_id
