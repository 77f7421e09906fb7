"""The hottest candidates first, in random order among equals.

Heat makes nearly everything react, so a policy that merely likes heat looks clever. This is what
it has to beat.
"""

from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.policies.protocol import Choice, generator, remaining, suggestions


class HottestPolicy:
    """Implements Policy."""

    name = "hottest"

    def __init__(self, candidates: Candidates, seed: int) -> None:
        self._candidates, self._seed = candidates, seed

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """Hottest first; a random draw among candidates of one temperature."""
        left = remaining(self._candidates, history)
        shuffled = [left[i] for i in generator(self._seed, history).permutation(len(left))]
        shuffled.sort(key=lambda c: -c.recipe.hottest.temperature_c)
        choices = [
            Choice(c, f"the hottest left, {c.recipe.hottest.temperature_c:g} C")
            for c in shuffled[:count]
        ]
        return suggestions(self.name, self._candidates, history, choices)
