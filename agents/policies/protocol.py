"""What a policy is, and what every policy needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.stats import beta

from agents.candidates import Candidate, Candidates
from agents.history import History, Reason, Suggestion
from agents.reactivity import Reactivity, learn


@runtime_checkable
class Policy(Protocol):
    """Chooses what to try next.

    A policy is made with the candidates and a seed, and is a function after that: the same
    history and count give the same suggestions, whatever was asked before.
    """

    @property
    def name(self) -> str:
        """How the policy is called in what a user sees."""

    def suggest(self, history: History, count: int) -> Sequence[Suggestion]:
        """At most `count` recipes, best first: candidates neither completed nor pending.

        Fewer where fewer are left; never more. The history is not changed.
        """


@runtime_checkable
class Quitter(Protocol):
    """A policy that may advise to stop."""

    def verdict(self, history: History) -> str | None:
        """Why going on is not worth its cost, in words; none while it is."""


@dataclass(frozen=True)
class Choice:
    """A candidate a policy chose, with what it would say for it."""

    candidate: Candidate
    why: str
    probability: float | None = None
    interval: tuple[float, float] | None = None
    predicted_yield: float | None = None
    predicted_yield_sigma: float | None = None
    yield_interval: tuple[float, float] | None = None
    evidence: tuple[str, ...] = ()


def remaining(candidates: Candidates, history: History) -> list[Candidate]:
    """The candidates that are neither completed nor pending."""
    tried = history.tried
    return [c for c in candidates.items if c.recipe.content_id not in tried]


def generator(seed: int, history: History) -> np.random.Generator:
    """The randomness of the next decision: spawned from campaign seed and decision index."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(history.decisions,)))


def suggestions(
    policy: str,
    candidates: Candidates,
    history: History,
    choices: Sequence[Choice],
    reactivity: Reactivity | None = None,
) -> list[Suggestion]:
    """The choices as suggestions; what a policy leaves open is filled in from the history.

    `reactivity` is what the policy has learned from it, if it has.
    """
    known = reactivity or learn(history.completed, candidates.onset_priors)
    made = []
    successes = sum(c.succeeded for c in history.measured)
    low, middle, high = _base_rate(successes, len(history.measured) - successes)
    for offset, choice in enumerate(choices):
        reason = Reason(
            why=choice.why,
            probability_of_success=middle if choice.probability is None else choice.probability,
            interval=choice.interval or (low, high),
            pathway=choice.candidate.pathway,
            predicted_yield=choice.predicted_yield,
            predicted_yield_sigma=choice.predicted_yield_sigma,
            yield_interval=choice.yield_interval,
            teaches=_teaches(choice.candidate, known),
            evidence=choice.evidence,
        )
        made.append(
            Suggestion(
                recipe=choice.candidate.recipe,
                policy=policy,
                decision_index=history.decisions + offset,
                watermark=history.watermark,
                reason=reason,
            )
        )
    return made


@lru_cache(maxsize=4096)
def _base_rate(successes: int, failures: int) -> tuple[float, float, float]:
    """How often a campaign succeeded so far: 5 %, mean and 95 % of a Beta(1, 1) posterior."""
    posterior = beta(1 + successes, 1 + failures)
    low, high = posterior.ppf([0.05, 0.95])
    return float(low), float(posterior.mean()), float(high)


def _teaches(candidate: Candidate, reactivity: Reactivity) -> str:
    temperature_c = candidate.recipe.hottest.temperature_c
    found = reactivity.most_uncertain(candidate.pathway, temperature_c)
    if found is None:
        return "whether anything reacts at all: no reaction is predicted"
    pair, probability = found
    verb = "reacts" if len(pair) == 2 else "changes by itself"
    return f"whether {' + '.join(pair)} {verb} by {temperature_c:g} C ({probability:.0%} likely)"
