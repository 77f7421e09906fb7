"""How long a policy thinks."""

import time
from dataclasses import dataclass
from statistics import median

from agents.candidates import Candidates
from agents.history import History
from experiments.checks.histories import after
from experiments.checks.named_policy import Maker

_EXPERIMENTS = 20


@dataclass(frozen=True)
class Pace:
    """CPU seconds of the suggestions of one campaign, in its order."""

    candidates: int
    seconds: tuple[float, ...]

    def __str__(self) -> str:
        typical, longest = median(self.seconds), max(self.seconds)
        return (
            f"{typical * 1000:.3g} ms of CPU time a suggestion, {longest * 1000:.3g} at most "
            f"({len(self.seconds)} experiments, {self.candidates} candidates)"
        )


def pace_of(make: Maker, candidates: Candidates) -> Pace:
    """What each suggestion of a campaign costs, in which yields go up and down.

    Making the policy counts for the first.
    """
    seconds, history = [], History(target=candidates.target)
    began = time.process_time()
    policy = make(candidates, 0)
    for number in range(min(_EXPERIMENTS, len(candidates.items))):
        (suggestion,) = policy.suggest(history, 1)
        seconds.append(time.process_time() - began)
        history = after(history, suggestion, 0.1 + 0.2 * (number % 4))
        began = time.process_time()
    return Pace(len(candidates.items), tuple(seconds))
