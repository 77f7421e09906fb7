"""One target of a campaign: its candidates, its policy, and what it would try next."""

from collections.abc import Callable, Sequence
from typing import Literal

from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.ledger import Ledger, Word
from agents.pairs.pin import taken_in
from agents.policies import Policy, Quitter
from agents.policies.protocol import Choice, suggestions
from knowledge.errors import AthanorError, RecordError
from knowledge.recipe import Target

# Who suggests what a person pinned.
PERSON = "person"

Settled = Literal["yield reached", "no candidate left", "not worth its cost", "dropped"]


class Pursuit:
    """What a campaign does for one target.

    `make` gives the policy for candidates; it is asked again when the target has taken in what
    other targets showed of pairs of solids: `candidates` know that, beside what was `given`.
    Suggestions are functions of the ledger alone, and are kept while nothing new in it concerns the
    target.
    """

    def __init__(self, candidates: Candidates, make: Callable[[Candidates], Policy]) -> None:
        self.candidates, self.given, self._make = candidates, candidates, make
        self.policy = make(candidates)
        self._allowed = {c.recipe.content_id for c in candidates.items}
        self._taken = 0
        self._next: tuple[History, Suggestion] | None = None
        self._verdict: tuple[History, str | None] | None = None

    @classmethod
    def with_policy(cls, candidates: Candidates, policy: Policy) -> "Pursuit":
        """For a policy that is there already, and takes nothing in."""
        return cls(candidates, lambda _: policy)

    @property
    def target(self) -> Target:
        """What is to be made."""
        return self.candidates.target

    def catch_up(self, ledger: Ledger) -> None:
        """Make the policy anew where the target has taken in newer reactivity."""
        events = [e for e in ledger.reactivity if e.target in ("", self.target.formula)]
        if len(events) > self._taken:
            self._taken = len(events)
            new = self.given.with_observations(taken_in(events))
            if new.observations != self.candidates.observations:
                self.candidates = new
                self.policy = self._make(new)
                self._next = self._verdict = None

    def settled(self, ledger: Ledger, stop_at_success: bool = True) -> Settled | None:
        """Why nothing more is tried for the target; none while there is something to try."""
        history = ledger.history(self.target)
        if self.pins(ledger):  # whatever else holds, a person wants it tried
            return None
        if stop_at_success and history.best is not None and history.best.succeeded:
            return "yield reached"
        if ledger.of(self.target.formula).dropped is not None:
            return "dropped"
        if self._allowed <= history.tried:
            return "no candidate left"
        return "not worth its cost" if self.verdict(ledger) else None

    def verdict(self, ledger: Ledger) -> str | None:
        """Why the policy would not go on, if it has an opinion."""
        history = ledger.history(self.target)
        if self._verdict is None or self._verdict[0] is not history:
            opinion = self.policy.verdict(history) if isinstance(self.policy, Quitter) else None
            self._verdict = history, opinion
        return self._verdict[1]

    def pins(self, ledger: Ledger) -> dict[str, Word]:
        """Recipes that a person wants tried and that were not since, in the order pinned."""
        pinned = ledger.of(self.target.formula).pinned
        return {i: word for i, word in pinned.items() if i in self._allowed}

    def pinned(self, ledger: Ledger) -> Suggestion | None:
        """The first recipe that a person pinned, as a suggestion."""
        for content_id, word in self.pins(ledger).items():
            chosen = next(c for c in self.candidates.items if c.recipe.content_id == content_id)
            choice = Choice(chosen, f"pinned by {word.who}: {word.why}")
            history = ledger.history(self.target)
            return suggestions(PERSON, self.candidates, history, [choice])[0]
        return None

    def suggest(self, ledger: Ledger, count: int) -> Sequence[Suggestion]:
        """What the policy would try next, at most `count`. Raises RecordError for a bad policy."""
        history = ledger.history(self.target)
        suggested = self.policy.suggest(history, count)
        _check_count(self.policy.name, suggested, count, len(self._allowed - history.tried))
        for suggestion in suggested:
            _check_allowed(suggestion, self._allowed, history)
        return suggested

    def next(self, ledger: Ledger) -> Suggestion:
        """What the policy would try next."""
        history = ledger.history(self.target)
        if self._next is None or self._next[0] is not history:
            self._next = history, self.suggest(ledger, 1)[0]
        return self._next[1]

    def worth(self, ledger: Ledger) -> float:
        """How many targets the next experiment is expected to add: 0 to 1.

        Its chance to succeed, if none succeeds of those that are in the lab for this target.
        """
        chance = self.next(ledger).reason.probability_of_success
        for pending in ledger.history(self.target).pending:
            chance *= 1 - pending.suggestion.reason.probability_of_success
        return chance


def by_formula(pursuits: Sequence[Pursuit]) -> dict[str, Pursuit]:
    """Pursuits by the formula of their target. Raises AthanorError for one given twice, or none."""
    found: dict[str, Pursuit] = {}
    for pursuit in pursuits:
        same = [f for f, p in found.items() if p.target.identity == pursuit.target.identity]
        if same:
            raise AthanorError(
                f"{pursuit.target.formula} and {same[0]} are one compound: name each target once"
            )
        found[pursuit.target.formula] = pursuit
    if not found:
        raise AthanorError("a campaign needs a target: give target=BaTiO3")
    return found


def _check_count(policy: str, suggested: Sequence[Suggestion], room: int, left: int) -> None:
    """A policy gives something while candidates are left, no more than asked, nothing twice."""
    if len(suggested) > room or (left and not suggested):
        raise RecordError(
            f"policy {policy} gives {len(suggested)} suggestions: 1 to {room} were asked for, and "
            f"{left} candidates are left"
        )
    if len({s.recipe.content_id for s in suggested}) < len(suggested):
        raise RecordError(f"policy {policy} suggests a recipe twice in one batch")


def _check_allowed(suggestion: Suggestion, allowed: set[str], history: History) -> None:
    recipe = suggestion.recipe
    if recipe.content_id not in allowed:
        raise RecordError(
            f"policy {suggestion.policy} suggests {recipe}, which is not among the candidates: a "
            "policy may only choose from what it was given"
        )
    if recipe.content_id in history.tried:
        raise RecordError(
            f"policy {suggestion.policy} suggests {recipe} again: it is completed, "
            "pending or vetoed"
        )
