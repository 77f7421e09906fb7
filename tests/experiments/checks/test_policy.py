"""Each promise of policies is broken by a policy that breaks it, and by that alone in the main."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.policies.protocol import Choice, remaining, suggestions
from experiments.checks.policy import POLICY, PolicyCase
from experiments.checks.promise import judged

Chooser = Callable[["Any", Candidates, History, int], Sequence[Suggestion]]


class Odd:
    """A policy that is as another function says; `kept` outlives a call."""

    name = "odd"

    def __init__(self, candidates: Candidates, choose: Chooser) -> None:
        self.candidates, self.choose, self.kept = candidates, choose, [0]

    def suggest(self, history: History, count: int) -> Sequence[Suggestion]:
        return self.choose(self.kept, self.candidates, history, count)


def in_order(_: Any, candidates: Candidates, history: History, count: int) -> list[Suggestion]:
    """Keeps every promise."""
    choices = [Choice(c, "the next") for c in remaining(candidates, history)[:count]]
    return suggestions("odd", candidates, history, choices)


def ordered_by(key: Callable[[Any, History], Any]) -> Chooser:
    def choose(kept: Any, candidates: Candidates, history: History, count: int) -> list[Suggestion]:
        left = remaining(candidates, history)
        left.sort(key=lambda c: key((kept, c), history))
        choices = [Choice(c, "the next") for c in left[:count]]
        return suggestions("odd", candidates, history, choices)

    return choose


def changed(change: Callable[..., Any]) -> Chooser:
    """The suggestions of `in_order`, changed: called with them, candidates, history and count."""

    def choose(kept: Any, candidates: Candidates, history: History, count: int) -> Any:
        found = in_order(kept, candidates, history, count)
        return change(found, candidates, history, count)

    return choose


def forgets(_: Any, candidates: Candidates, history: History, count: int) -> list[Suggestion]:
    choices = [Choice(c, "again") for c in candidates.items[:count]]
    return suggestions("odd", candidates, history, choices)


def forgets_vetoes(_: Any, candidates: Candidates, history: History, n: int) -> list[Suggestion]:
    return in_order(_, candidates, history.model_copy(update={"vetoed": ()}), n)


def counts_calls(kept: Any, candidates: Candidates, history: History, n: int) -> Any:
    kept[0] += 1
    items = candidates.items[:: -1 if kept[0] % 2 else 1]
    return in_order(kept, candidates.model_copy(update={"items": items}), history, n)


def by_spread(given: tuple[Any, Any], history: History) -> Any:
    yields = [c.yield_fraction for c in history.measured]
    return given[1].firing_z / (max(yields) - min(yields) if len(yields) > 5 else 1)


def by_completed(given: tuple[Any, Any], history: History) -> Any:
    return [c.outcome.phases[0].weight_fraction for c in history.completed] and given[1].firing_z


def by_global_chance(_: tuple[Any, Any], __: History) -> float:
    return random.random()


def by_first_step(given: tuple[Any, Any], _: History) -> Any:
    return given[1].pathway.steps[0].reaction.pair


def dawdles(given: tuple[Any, Any], history: History) -> Any:
    if len(history.completed) > 100:
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
    return given[1].firing_z


def edits_history(found: Any, _: Any, history: History, __: int) -> Any:
    history.__dict__["watermark"] = history.watermark + 1
    return found


def no_repeats(found: Any, _: Any, history: History, __: int) -> Any:
    names = [c.recipe.content_id for c in history.completed]
    return found if len(set(names)) == len(names) else []


ODD: dict[str, tuple[Chooser, set[str]]] = {
    "no list": (changed(lambda *_: None), {"is_a_policy"}),
    "another name": (
        changed(lambda s, *_: [x.model_copy(update={"policy": "other"}) for x in s]),
        {"suggests_candidates_and_says_who_and_when"},
    ),
    "forgets": (forgets, {"never_suggests_what_is_completed_or_pending"}),
    "forgets vetoes": (forgets_vetoes, {"never_suggests_what_is_vetoed"}),
    "never the last": (
        changed(lambda s, c, h, _: s if len(remaining(c, h)) > 1 else []),
        {
            "everything_may_be_pending",
            "a_whole_campaign_tries_everything_once",
            "one_candidate_is_the_choice",
        },
    ),
    "one at a time": (changed(lambda s, *_: s[:1]), {"gives_what_is_left_and_no_more"}),
    "at least one": (
        changed(lambda s, c, h, _: s or in_order(0, c, h, 1)),
        {"none_asked_none_given"},
    ),
    "counts its calls": (
        counts_calls,
        {"same_history_same_suggestion", "whatever_order_it_is_asked_in"},
    ),
    "global chance": (
        ordered_by(by_global_chance),
        {"randomness_of_others_is_neither_used_nor_touched"},
    ),
    "edits history": (changed(edits_history), {"history_is_not_changed"}),
    "reads lost ones": (
        ordered_by(by_completed),
        {
            "experiments_without_a_result_are_survived",
            "a_product_nobody_identified_is_survived",
        },
    ),
    "divides by spread": (ordered_by(by_spread), {"the_same_yield_everywhere_is_survived"}),
    "no repeats": (changed(no_repeats), {"one_recipe_may_give_this_and_that"}),
    "dawdles": (ordered_by(dawdles), {"repeats_without_end_stay_cheap"}),
    "needs a pathway": (
        ordered_by(by_first_step),
        {"candidates_without_a_pathway_are_ranked_too"},
    ),
}


def broken_by(choose: Chooser, candidates: Candidates) -> dict[str, str]:
    case = PolicyCase(lambda given, _: Odd(given, choose), candidates)
    found = judged(POLICY.promises, case)
    return {v.name: v.happened for v in found if v.happened is not None}


def test_who_keeps_all_promises_is_told_so(candidates: Candidates) -> None:
    assert broken_by(in_order, candidates) == {}


@pytest.mark.parametrize("odd", ODD)
def test_a_promise_that_is_broken_is_found(
    odd: str, candidates: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.checks.policy._SECONDS_FOR_600", 0.3)  # not to wait long
    choose, due = ODD[odd]
    assert due <= broken_by(choose, candidates).keys()


def test_every_promise_is_broken_by_somebody() -> None:
    assert {p.name for p in POLICY.promises} == set().union(*(due for _, due in ODD.values()))


def test_a_promise_is_a_sentence_and_says_what_to_do() -> None:
    for promise in POLICY.promises:
        assert len(promise.words.split()) > 3
        assert len(promise.mend.split()) > 3
