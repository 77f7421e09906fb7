"""Any candidate, each as likely as the next."""

from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.policies.protocol import Choice, generator, remaining, suggestions


class RandomPolicy:
    """Implements Policy."""

    name = "random"

    def __init__(self, candidates: Candidates, seed: int) -> None:
        self._candidates, self._seed = candidates, seed

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """A random draw without replacement."""
        left = remaining(self._candidates, history)
        order = generator(self._seed, history).permutation(len(left))
        choices = [Choice(left[i], "drawn at random") for i in order[:count]]
        return suggestions(self.name, self._candidates, history, choices)
