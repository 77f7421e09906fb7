"""Why an experiment was tried, and why it came out as it did.

`explain` puts together what was predicted, how surprising the outcome is, which causes explain it
(`why_diagnosis`) and what mends them (`why_repair`). It knows what the agent knows and no more.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History, PendingExperiment
from agents.reactivity import learn
from agents.terminal import describe
from agents.why import words
from agents.why.balance import element_balance
from agents.why.case import Case
from agents.why.diagnosis import diagnose
from agents.why.energies import still_possible
from agents.why.market import Market, hours
from agents.why.phases import seen_phases
from agents.why.records import (
    Accusation,
    ElementBalance,
    Explanation,
    Neighbour,
    Paper,
    Repair,
    Surprise,
    Verdict,
)
from agents.why.repair import repairs
from knowledge.errors import AthanorError
from knowledge.reactions import ReactionGraph
from knowledge.recipe import Recipe
from lab.manual.codes import code_of

Experiment = CompletedExperiment | PendingExperiment

_NEIGHBOURS = 3
_KNOWN_TOLD = 12
# What one recipe's yield varies by when it is made again.
_REPEATABILITY = 0.05
# No prediction is certain: a surprise has at most ten bits.
_LEAST_PROBABILITY = 1e-3


@dataclass(frozen=True)
class Background:
    """What to explain with, beside the history; each part may be lacking.

    `graph` tells driving forces, `chance` the probability of success by recipe id, `papers` the
    published recipes nearest to one. `notes` say what is lacking and how to get it.
    """

    graph: ReactionGraph | None = None
    chance: Mapping[str, float] = field(default_factory=dict)
    papers: Callable[[Recipe], Sequence[Paper]] = lambda _: ()
    notes: tuple[str, ...] = ()


def find(history: History, asked: str) -> Experiment:
    """An experiment by its id, the code on its sheet, or the number of its attempt from 1.

    Raises AthanorError, naming those there are, for anything else.
    """
    every: list[Experiment] = [*history.completed, *history.pending]
    every.sort(key=lambda e: e.suggestion.decision_index)
    for experiment in every:
        number = str(experiment.suggestion.decision_index + 1)
        name = experiment.experiment_id
        if asked in (name, number) or asked.upper() == code_of(name):
            return experiment
    known = [e.experiment_id for e in every]
    told = ", ".join(known[:_KNOWN_TOLD]) or "none yet"
    more = f" and {len(known) - _KNOWN_TOLD} more" if len(known) > _KNOWN_TOLD else ""
    raise AthanorError(f"no experiment {asked!r} in this campaign: there are {told}{more}")


def verdict_of(experiment: Experiment) -> Verdict:
    """How an experiment ended. Only one that missed its yield has causes to be told apart."""
    if isinstance(experiment, PendingExperiment):
        return "pending"
    if experiment.outcome.status != "measured":
        return experiment.outcome.status
    return "made" if experiment.succeeded else "missed"


def explain(
    experiment: Experiment,
    history: History,
    candidates: Candidates,
    background: Background | None = None,
) -> Explanation:
    """All that can be said of one experiment of a campaign. Never raises for an outcome."""
    background = background or Background()
    causes: tuple[Accusation, ...] = ()
    mends: tuple[Repair, ...] = ()
    balance: tuple[ElementBalance, ...] = ()
    surprise = None
    verdict = verdict_of(experiment)
    if verdict == "missed":
        assert isinstance(experiment, CompletedExperiment)
        case = case_of(experiment, history, candidates, background.graph)
        findings = diagnose(case)
        causes = tuple(words.accusation(f, case) for f in findings)
        market = Market(candidates.items, history.tried, background.chance)
        mends, balance = repairs(findings, case, market), case.balance
    elif verdict == "failed":
        assert isinstance(experiment, CompletedExperiment)
        causes, mends = _of_failure(experiment)
    if verdict in ("made", "missed"):
        assert isinstance(experiment, CompletedExperiment)
        surprise = surprise_of(experiment)
    suggestion, reason = experiment.suggestion, experiment.suggestion.reason
    return Explanation(
        experiment_id=experiment.experiment_id,
        attempt=suggestion.decision_index + 1,
        verdict=verdict,
        recipe=suggestion.recipe,
        says=_says(experiment, verdict, causes),
        policy=suggestion.policy,
        why_tried=reason.why,
        probability_of_success=reason.probability_of_success,
        interval=reason.interval,
        pathway=tuple(str(step.reaction) for step in reason.pathway.steps),
        intermediates=reason.pathway.intermediates,
        teaches=reason.teaches,
        causes=causes,
        repairs=mends,
        balance=balance,
        surprise=surprise,
        neighbours=neighbours(experiment, history),
        papers=tuple(background.papers(suggestion.recipe)),
        notes=background.notes,
    )


def case_of(
    experiment: CompletedExperiment,
    history: History,
    candidates: Candidates,
    graph: ReactionGraph | None = None,
) -> Case:
    """What is known of a measured experiment, from the rest of its history."""
    others = [c for c in history.completed if c.experiment_id != experiment.experiment_id]
    possible = None
    if graph is not None:
        try:
            possible = still_possible(graph, experiment)
        except AthanorError:  # fired beyond the temperatures of the energies
            possible = None
    return Case(
        experiment=experiment,
        seen=seen_phases(experiment.recipe, experiment.outcome),
        balance=element_balance(experiment.recipe, experiment.outcome),
        before=learn(others, candidates.onset_priors),
        after=learn([*others, experiment], candidates.onset_priors),
        possible=possible,
    )


def surprise_of(experiment: CompletedExperiment) -> Surprise:
    """How far a measured outcome lies from what its suggestion predicted."""
    reason = experiment.suggestion.reason
    given = reason.probability_of_success
    given = given if experiment.succeeded else 1 - given
    bits = -math.log2(max(given, _LEAST_PROBABILITY))
    reached = "reached" if experiment.succeeded else "missed"
    says = f"the yield asked for was {reached}, which was given {given:.0%}: {_degree(bits)}"
    if reason.predicted_yield is None:
        return Surprise(bits=bits, says=says)
    sigma = math.hypot(reason.predicted_yield_sigma or 0.0, _REPEATABILITY)
    z = (experiment.yield_fraction - reason.predicted_yield) / sigma
    says += (
        f"; yield {experiment.yield_fraction:.2f}, {abs(z):.1f} standard deviations "
        f"{'above' if z > 0 else 'below'} the {reason.predicted_yield:.2f} +- {sigma:.2f} predicted"
    )
    return Surprise(bits=bits, z=z, says=says)


def _degree(bits: float) -> str:
    """Less than a coin's worth, up to one in ten, or beyond."""
    if bits <= 1:
        return "no surprise"
    return "a surprise" if bits <= math.log2(10) else "a great surprise"


def neighbours(experiment: Experiment, history: History) -> tuple[Neighbour, ...]:
    """The experiments that a suggestion leant on; else those alike in powders and temperature."""
    done = {c.experiment_id: c for c in history.completed if c is not experiment}
    done.pop(experiment.experiment_id, None)
    named = [i for i in experiment.suggestion.reason.evidence if i in done]
    recipe = experiment.suggestion.recipe
    found = named or sorted(done, key=lambda i: (_apart(done[i].recipe, recipe), i))
    return tuple(_neighbour(done[i]) for i in found[:_NEIGHBOURS])


def _apart(one: Recipe, other: Recipe) -> float:
    """Share of the powders that differ, and 200 C count as much as all of them."""
    a, b = set(one.precursors), set(other.precursors)
    degrees = abs(one.hottest.temperature_c - other.hottest.temperature_c)
    return 1 - len(a & b) / len(a | b) + degrees / 200.0


def _neighbour(done: CompletedExperiment) -> Neighbour:
    return Neighbour(
        experiment_id=done.experiment_id,
        recipe=str(done.recipe),
        yield_fraction=done.yield_fraction if done.measured else None,
        outcome=describe(done.outcome),
    )


def _of_failure(
    experiment: CompletedExperiment,
) -> tuple[tuple[Accusation, ...], tuple[Repair, ...]]:
    """An experiment without a result: the lab says why, and that is that."""
    told = tuple(f"{f.kind} at {f.stage}: {f.message}" for f in experiment.outcome.faults)
    cause = Accusation(
        cause="fault",
        probability=1.0,
        prior=1.0,
        says="nothing was measured",
        evidence=told or ("the lab gave no reason",),
    )
    again = Repair(
        cause="fault",
        what="fire it again",
        recipe=experiment.recipe,
        probability_of_success=experiment.suggestion.reason.probability_of_success,
        furnace_h=hours(experiment.recipe),
    )
    return (cause,), (again,)


def _says(experiment: Experiment, verdict: Verdict, causes: Sequence[Accusation]) -> str:
    """The answer in a sentence or two."""
    reason = experiment.suggestion.reason
    low, high = reason.interval
    if isinstance(experiment, PendingExperiment):
        return (
            f"not finished; success was given {reason.probability_of_success:.0%} ({low:.0%} to "
            f"{high:.0%}), and it teaches {reason.teaches or 'nothing in particular'}"
        )
    target, faults = experiment.recipe.target, experiment.outcome.faults
    reported = "; ".join(f.message for f in faults) or "no reason was given"
    if verdict == "refused":
        return f"it was never fired: {reported}"
    if verdict == "cancelled":
        return f"it was cancelled: {reported}"
    if verdict == "failed":
        return f"nothing was measured: {reported}"
    sigma = experiment.outcome.sigma(target.formula)
    got = f"{experiment.yield_fraction:.2f} +- {sigma:.2f} of {target.formula}"
    if verdict == "made":
        return f"{got}, {target.yield_asked:g} asked. {_shown(experiment)}".strip()
    likely = causes[0]
    near = target.yield_asked - experiment.yield_fraction <= 2 * sigma
    close = ", within the error of the measurement" if near else ""
    return f"{got}, {target.yield_asked:g} asked{close}: {likely.says} ({likely.probability:.0%})"


def _shown(experiment: CompletedExperiment) -> str:
    """What a success shows: pairs that reacted."""
    pathway = experiment.suggestion.reason.pathway
    pairs = dict.fromkeys(words.together(s.reaction.pair) for s in pathway.steps)
    if not pairs:
        return ""
    return f"{', '.join(pairs)} react by {experiment.recipe.hottest.temperature_c:g} C"
