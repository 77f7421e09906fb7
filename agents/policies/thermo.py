"""The largest driving force left at the step that forms the target.

Intermediates that take the driving force leave little for the target (Szymanski et al., Nat.
Commun. 14, 6956 (2023)). Precursors are ranked by that; equal pathways by closeness to the
temperature of literature. Pairs seen not to react are taken for inert at and below that
temperature.
"""

from collections.abc import Mapping

from agents.candidates import Candidate, Candidates
from agents.history import History, Suggestion
from agents.policies.protocol import Choice, suggestions
from agents.reactivity import learn
from knowledge.kinetics import pair_key
from knowledge.kinetics_observation import Key


class ThermoPolicy:
    """Implements Policy. Deterministic: the seed is not used."""

    name = "thermo"
    deterministic = True  # every seed gives the same: once is enough

    def __init__(self, candidates: Candidates, seed: int) -> None:
        self._candidates = candidates
        # Nothing that is learned changes their order, only who goes behind all others.
        self._ranked = [(c, _pairs(c)) for c in sorted(candidates.items, key=_rank)]
        self._met = frozenset().union(*(pairs for _, pairs in self._ranked))
        del seed

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """Largest driving force at the target-forming step first."""
        reactivity = learn(history.completed, self._candidates.onset_priors)
        seen = self._met & {observation.key for observation in reactivity.observations}
        inert = {key: reactivity.belief(*key).inert_up_to_c for key in seen}
        inert_up_to_c = {key: t for key, t in inert.items() if t is not None}
        left = [each for each in self._ranked if each[0].recipe.content_id not in history.tried]
        left.sort(key=lambda each: _stuck(each[0], each[1], inert_up_to_c))
        choices = [
            Choice(
                c,
                f"{c.pathway.driving_force_left_ev_per_atom * 1000:.0f} meV/atom left for the "
                "target when it forms, the most of all untried",
            )
            for c, _ in left[:count]
        ]
        return suggestions(self.name, self._candidates, history, choices, reactivity)


def _rank(candidate: Candidate) -> tuple[float, float, str]:
    force = round(candidate.pathway.driving_force_left_ev_per_atom, 3)
    return -force, abs(candidate.firing_z), candidate.recipe.content_id


def _pairs(candidate: Candidate) -> frozenset[Key]:
    """The pairs of solids along a pathway."""
    pathway = candidate.pathway
    return frozenset(pair_key(s.reaction.pair, pathway.atmosphere) for s in pathway.steps)


def _stuck(candidate: Candidate, pairs: frozenset[Key], inert_up_to_c: Mapping[Key, float]) -> bool:
    """Whether a pair along the pathway was seen not to react at the candidate's temperature."""
    temperature_c = candidate.recipe.hottest.temperature_c
    return any(inert_up_to_c[pair] >= temperature_c for pair in pairs & inert_up_to_c.keys())
