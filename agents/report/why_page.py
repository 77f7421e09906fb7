"""Explanations of the experiments of a campaign, as a part of its page."""

from collections.abc import Mapping
from typing import Any

from agents.candidates import Candidates
from agents.history import History
from agents.report.filling import fill
from agents.report.why import TOLD_IN_FULL, costs, published, reasons
from agents.why.campaign import background
from agents.why.explanation import Experiment, explain
from agents.why.records import CAUSE_WORDS

# A page explains so many experiments, the latest; `athanor why` explains any.
_MOST = 30


def explained(
    history: History,
    candidates: Candidates,
    energies: Mapping[str, Any],
    chance: Mapping[str, float],
) -> str:
    """HTML with one foldable explanation for each experiment; empty where there are none.

    `energies` are the campaign's settings of that name; `chance` the probability of success by
    recipe id.
    """
    every: list[Experiment] = [*history.completed, *history.pending]
    every.sort(key=lambda e: e.suggestion.decision_index)
    if not every:
        return ""
    known = background(candidates, energies, chance)
    told = [explain(e, history, candidates, known) for e in every[-_MOST:]]
    missed = [e.attempt for e in told if e.verdict == "missed"]
    notes = list(known.notes)
    if len(every) > _MOST:
        notes.append(f"The latest {_MOST} of {len(every)}: athanor why tells of the others.")
    return fill(
        "why.html",
        explanations=told,
        opened=missed[-1:],
        words=CAUSE_WORDS,
        told_in_full=TOLD_IN_FULL,
        costs=costs,
        reasons=reasons,
        published=published,
        notes=notes,
    )
