"""What every policy promises (agents/policies/protocol.py), tried on made-up histories."""

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History, Suggestion
from agents.policies import Policy
from experiments.checks.histories import (
    after,
    blind,
    first_of,
    ids,
    nothing,
    outcome,
    played,
    said,
    with_outcome,
    with_pending,
)  # fmt: skip
from experiments.checks.promise import Contract, expect
from knowledge.outcome import Outcome

_SECONDS_FOR_600 = 5.0  # a machine ten times slower still holds


@dataclass(frozen=True)
class PolicyCase:
    """What makes the policy from candidates and a seed, and candidates for BaTiO3."""

    make: Callable[[Candidates, int], Policy]
    candidates: Candidates

    def made(self, seed: int = 0) -> Policy:
        """The policy for the candidates."""
        return self.make(self.candidates, seed)

    @property
    def empty(self) -> History:
        """Nothing was tried."""
        return History(target=self.candidates.target)

    @property
    def every(self) -> list[str]:
        """All that may be suggested, in order of their ids."""
        return sorted(c.recipe.content_id for c in self.candidates.items)


POLICY: Contract[PolicyCase] = Contract()


@POLICY.promise("give the class `name`, a word, and `suggest(self, history, count)`")
def is_a_policy(case: PolicyCase) -> None:
    """It has a name, and suggest(history, count) that gives a list of suggestions."""
    policy = case.made()
    expect(isinstance(policy, Policy), f"{type(policy).__name__} lacks name or suggest")
    name = policy.name
    expect(isinstance(name, str) and bool(name), f"its name is {name!r}")
    found = policy.suggest(case.empty, 1)
    listed = isinstance(found, Sequence) and all(isinstance(s, Suggestion) for s in found)
    expect(listed, f"suggest gave {found!r}"[:200])
    expect(len(found) == 1, f"one recipe was asked for, and suggest gave {len(found)}")


@POLICY.promise("`suggestions(self.name, candidates, history, choices)` fills all of that in")
def suggests_candidates_and_says_who_and_when(case: PolicyCase) -> None:
    """What it suggests are candidates, with its name, the index of the decision and a reason."""
    history = played(case.made(), case.empty, 2)
    for offset, suggestion in enumerate(case.made().suggest(history, 3)):
        expect(
            suggestion.recipe.content_id in case.every,
            f"{suggestion.recipe} is none of the candidates",
        )
        for what, told, due in (
            ("policy", suggestion.policy, case.made().name),
            ("decision_index", suggestion.decision_index, 2 + offset),
            ("watermark", suggestion.watermark, history.watermark),
        ):
            expect(told == due, f"suggestion {offset + 1} says {what}={told!r}, not {due!r}")
        expect(bool(suggestion.reason.why), "the reason of a suggestion says nothing")


_USE_REMAINING = "choose from `remaining(candidates, history)`, which leaves those out"


@POLICY.promise(_USE_REMAINING)
def never_suggests_what_is_completed_or_pending(case: PolicyCase) -> None:
    """Nothing that is completed or pending is suggested again, and nothing twice."""
    policy = case.made()
    history = played(policy, case.empty, 3)
    history = with_pending(history, policy.suggest(history, 2))
    _four_new(policy.suggest(history, 4), history)


@POLICY.promise(_USE_REMAINING)
def never_suggests_what_is_vetoed(case: PolicyCase) -> None:
    """What a person ruled out is not suggested."""
    policy = case.made()
    out = ids(policy.suggest(case.empty, 2))
    history = case.empty.model_copy(update={"vetoed": tuple(out)})
    _four_new(policy.suggest(history, 4), history)


def _four_new(chosen: Sequence[Suggestion], history: History) -> None:
    found = ids(chosen)
    expect(len(found) == 4, f"4 were asked for, more are left, and it gave {len(found)}")
    expect(len(set(found)) == len(found), "it suggested a recipe twice at once")
    again = [s.recipe for s in chosen if s.recipe.content_id in history.tried]
    expect(not again, f"it suggested again {again[0] if again else ''}")


@POLICY.promise("suggest nothing, an empty list, when nothing is left: raise nothing")
def everything_may_be_pending(case: PolicyCase) -> None:
    """With all but one in the lab it suggests that one, with all of them nothing."""
    policy = case.made()
    waiting = policy.suggest(case.empty, len(case.every))
    left = ids(policy.suggest(with_pending(case.empty, waiting[:-1]), 3))
    expect(left == ids(waiting[-1:]), f"one was left, and it suggested {len(left)}")
    none = policy.suggest(with_pending(case.empty, waiting), 1)
    expect(list(none) == [], f"nothing was left, and it suggested {len(none)}")


@POLICY.promise("give at most `count`, and all that are left where `count` is more")
def gives_what_is_left_and_no_more(case: PolicyCase) -> None:
    """Asked for more than there are, it gives each candidate once; then nothing."""
    policy = case.made()
    two = policy.suggest(case.empty, 2)
    expect(len(two) == 2, f"2 were asked for and it gave {len(two)}")
    everything = policy.suggest(case.empty, len(case.every) + 5)
    expect(
        sorted(ids(everything)) == case.every,
        f"of {len(case.every)} candidates it gave {len(everything)}, "
        f"{len(set(ids(everything)))} of them different",
    )
    history = case.empty
    for suggestion in everything:
        history = after(history, suggestion, 0.3)
    none = policy.suggest(history, 1)
    expect(list(none) == [], f"all were tried, and it suggested {len(none)}")


@POLICY.promise("leave no candidate out for good: put those that look bad last")
def a_whole_campaign_tries_everything_once(case: PolicyCase) -> None:
    """A campaign without end tries every candidate, each once."""
    policy, history = case.made(3), case.empty
    while chosen := policy.suggest(history, 2):
        for suggestion in chosen:
            history = after(history, suggestion, 0.5)
        expect(history.decisions <= len(case.every) + 1, "it suggests recipes without end")
    tried = sorted(c.recipe.content_id for c in history.completed)
    expect(tried == case.every, f"it tried {len(tried)} recipes of {len(case.every)} candidates")


@POLICY.promise("give an empty list where `count` is 0")
def none_asked_none_given(case: PolicyCase) -> None:
    """Asked for none, it gives none."""
    policy = case.made()
    for history in (case.empty, played(policy, case.empty, 4)):
        found = policy.suggest(history, 0)
        expect(list(found) == [], f"it gave {len(found)} where 0 were asked for")


@POLICY.promise("count on one candidate: a range, a spread or a sample of one has no width")
def one_candidate_is_the_choice(case: PolicyCase) -> None:
    """Where there is one candidate, that is suggested."""
    only = case.candidates.model_copy(update={"items": case.candidates.items[:1]})
    policy = case.make(only, 0)
    found = policy.suggest(case.empty, 3)
    expect(ids(found) == [only.items[0].recipe.content_id], f"it suggested {len(found)} recipes")
    none = policy.suggest(after(case.empty, found[0], 0.5), 3)
    expect(list(none) == [], f"the only one was tried, and it suggested {len(none)}")


_BE_A_FUNCTION = "keep nothing between calls: work everything out from `history`, in a fixed order"


@POLICY.promise(_BE_A_FUNCTION)
def same_history_same_suggestion(case: PolicyCase) -> None:
    """Equal histories have equal suggestions, whatever was asked before."""
    used, fresh = case.made(7), case.made(7)
    history = played(used, case.empty, 4)
    used.suggest(case.empty, 2)  # whatever was asked before
    one, other = said(used.suggest(history, 2)), said(fresh.suggest(history, 2))
    expect(one == other, "one that was used before and a new one gave different suggestions")


@POLICY.promise(_BE_A_FUNCTION)
def whatever_order_it_is_asked_in(case: PolicyCase) -> None:
    """Six histories have the same suggestions, asked forwards or backwards."""
    histories = [case.empty]
    for _ in range(4):
        histories.append(played(case.made(2), histories[-1], 1))
    histories.append(with_pending(histories[-1], case.made(2).suggest(histories[-1], 2)))
    forwards, backwards = case.made(2), case.made(2)
    one = [said(forwards.suggest(h, 2)) for h in histories]
    other = [said(backwards.suggest(h, 2)) for h in reversed(histories)]
    expect(one == other[::-1], "asked in another order, it gave different suggestions")


@POLICY.promise("draw from `generator(seed, history)` alone, never from random, numpy or torch")
def randomness_of_others_is_neither_used_nor_touched(case: PolicyCase) -> None:
    """The global generators of random, numpy and torch are neither used nor touched."""
    history = played(case.made(5), case.empty, 4)
    answers = []
    for seed in (1, 2):
        _seed_all(seed)
        answers.append(said(case.made(5).suggest(history, 2)))
        drawn = _draw()
        _seed_all(seed)
        expect(drawn == _draw(), "it changed what random, numpy or torch draw next")
    expect(answers[0] == answers[1], "its suggestions changed with the global seed")


def _seed_all(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  the global generator is what is tried
    if torch := sys.modules.get("torch"):  # who did not import it did not draw from it
        torch.manual_seed(seed)


def _draw() -> list[float]:
    drawn = [random.random(), float(np.random.rand())]  # noqa: NPY002
    if torch := sys.modules.get("torch"):
        drawn.append(torch.rand(1).item())
    return drawn


@POLICY.promise("copy what you change: `list(history.completed)`")
def history_is_not_changed(case: PolicyCase) -> None:
    """A history is the same after it was asked about."""
    policy = case.made()
    history = played(policy, case.empty, 2)
    before = history.to_json()
    policy.suggest(history, 2)
    expect(history.to_json() == before, "it changed the history it was given")


@POLICY.promise("learn from `history.measured`, which may be empty where `completed` is not")
def experiments_without_a_result_are_survived(case: PolicyCase) -> None:
    """Failed, refused and cancelled experiments are no results, and not tried again."""
    for status in ("failed", "refused", "cancelled"):
        policy, history = case.made(), case.empty
        for number in range(4):
            lost = nothing(f"e{number}", status)
            history = with_outcome(history, first_of(policy, history), lost)
            _one_new(policy, history)
        _one_new(policy, played(policy, history, 4))


def _one_new(policy: Policy, history: History) -> None:
    found = first_of(policy, history)
    expect(found.recipe.content_id not in history.tried, f"it suggested again {found.recipe}")


@POLICY.promise("count on results that do not differ: a spread of 0, a best yield of 0 or of 1")
def the_same_yield_everywhere_is_survived(case: PolicyCase) -> None:
    """Where all gave the same, be it nothing or everything, it goes on."""
    for fraction in (0.0, 0.37, 1.0):
        policy, history = case.made(), case.empty
        for suggestion in policy.suggest(case.empty, len(case.every) - 3):
            history = after(history, suggestion, fraction)
        chosen = policy.suggest(history, 3)
        expect(len(chosen) == 3, f"3 were left and it gave {len(chosen)}")
        odd = [p for s in chosen if not 0 <= (p := s.reason.probability_of_success) <= 1]
        expect(not odd, f"it told a probability of {odd}")


@POLICY.promise("count on products without a phase: their yield is 0")
def a_product_nobody_identified_is_survived(case: PolicyCase) -> None:
    """Products in which no phase was identified do not stop it."""
    policy, history = case.made(), case.empty
    for number, suggestion in enumerate(policy.suggest(case.empty, 5)):
        unread = Outcome(experiment_id=f"e{number}", unidentified_weight_fraction=1.0)
        history = with_outcome(history, suggestion, unread)
    found = policy.suggest(history, 2)
    expect(len(found) == 2, f"2 were asked for and it gave {len(found)}")


@POLICY.promise("count on replicates: one recipe may stand in `completed` several times")
def one_recipe_may_give_this_and_that(case: PolicyCase) -> None:
    """A recipe fired again may give another yield."""
    policy, history = case.made(), case.empty
    first, *others = policy.suggest(case.empty, 4)
    for suggestion in others:
        history = after(history, suggestion, 0.4)
    for fraction in (0.0, 1.0, 0.0, 1.0):
        history = after(history, first, fraction)
    chosen = policy.suggest(history, 2)
    expect(len(chosen) == 2, f"2 were asked for and it gave {len(chosen)}")
    expect(not set(ids(chosen)) & history.tried, "it suggested what was tried")


@POLICY.promise("pool results of one recipe before anything that grows with their square or cube")
def repeats_without_end_stay_cheap(case: PolicyCase) -> None:
    """600 results, of which 590 are of one recipe, cost no more than 5 seconds."""
    policy = case.made()
    first, *others = policy.suggest(case.empty, len(case.every) - 2)
    repeated = tuple(
        CompletedExperiment(
            experiment_id=f"e{n}",
            suggestion=first if n < 590 else others[n % len(others)],
            outcome=outcome(f"e{n}", 0.4),
        )
        for n in range(600)
    )
    history = History(target=case.candidates.target, completed=repeated, watermark=1800)
    began = time.process_time()
    found = policy.suggest(history, 2)
    took_s = time.process_time() - began
    expect(len(found) == 2, f"2 were left and it gave {len(found)}")
    expect(took_s < _SECONDS_FOR_600, f"it took {took_s:.1f} s of CPU time")


@POLICY.promise("count on `candidate.pathway.steps` being empty, and its driving forces 0")
def candidates_without_a_pathway_are_ranked_too(case: PolicyCase) -> None:
    """Candidates of which no energies are known are suggested like others."""
    for every in (1, 2):  # none has a pathway; every second has none
        known = case.candidates.items
        items = tuple(blind(c) if n % every == 0 else c for n, c in enumerate(known))
        policy = case.make(case.candidates.model_copy(update={"items": items}), 0)
        history = played(policy, case.empty, 4)
        chosen = ids(policy.suggest(history, len(items)))
        expect(len(chosen) == len(items) - 4, f"{len(items) - 4} were left; it gave {len(chosen)}")
        expect(not set(chosen) & history.tried, "it suggested what was tried")
