"""What may go wrong with an experiment that nobody has fired yet, and what each would leave.

The causes and their chances are those that `athanor why` tells a missed product by, asked before
there is a product. Each is the chance of that cause by itself; several may be at work at once.
"""

from collections.abc import Callable, Mapping
from itertools import accumulate

from pydantic import Field

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History, Suggestion
from agents.reactivity import learn
from agents.why import chances
from agents.why.case import Case
from agents.why.causes import Suspect, Way, suspects
from agents.why.records import Cause
from agents.why.words import together
from knowledge.chemistry import framework, identity, parse
from knowledge.outcome import Outcome
from knowledge.record import Record
from knowledge.transitions import melting

MOST_TOLD = 4
# One after the other, pairs that stall would leave no room for other causes.
_MOST_OF_A_CAUSE = 2
# Rarer than this is not worth a line on a page.
_LEAST = 0.02
# Causes whose ways each have a chance of their own, of which a suspect's is the greatest.
_BY_WAY: tuple[Cause, ...] = ("intermediate", "volatility", "melting")

# How a cause is called before it is at work.
_CALLED: dict[Cause, str] = {
    "kinetics": "too slow",
    "intermediate": "little to drive it",
    "energies": "tables in error",
    "volatility": "evaporation",
    "melting": "melting",
    "amorphous": "glass",
    "weighing": "wrong amounts",
    "fault": "a mishap",
}


class Failure(Record):
    """One way to miss the target: how likely by itself, and what would be found in the product.

    `leaves` are phases by name, as far as any can be named; `sign` says the rest.
    """

    cause: Cause
    probability: float = Field(ge=0, le=1)
    says: str
    leaves: tuple[str, ...] = ()
    sign: str = ""

    @property
    def called(self) -> str:
        """The cause in words."""
        return _CALLED[self.cause]


class Expectation(Record):
    """What a campaign expects of an experiment: its chance, the way to the target, what may fail.

    `interval` holds the probability of success with 90 % probability.
    """

    probability_of_success: float = Field(ge=0, le=1)
    interval: tuple[float, float]
    why: str
    pathway: tuple[str, ...]
    teaches: str = ""
    failures: tuple[Failure, ...] = Field(default=(), max_length=MOST_TOLD)


def expectation(suggestion: Suggestion, history: History, candidates: Candidates) -> Expectation:
    """What to expect of a suggestion after all that a campaign has measured. A pure function."""
    reason = suggestion.reason
    return Expectation(
        probability_of_success=reason.probability_of_success,
        interval=reason.interval,
        why=reason.why,
        pathway=tuple(step.reaction.equation for step in reason.pathway.steps),
        teaches=reason.teaches,
        failures=failures(suggestion, history, candidates),
    )


def failures(
    suggestion: Suggestion, history: History, candidates: Candidates
) -> tuple[Failure, ...]:
    """The likeliest ways in which a suggestion may fail, likeliest first, at most `MOST_TOLD`."""
    case = _before_firing(suggestion, history, candidates)
    found = [
        _failure(suspect, way, chance, case)
        for suspect in suspects(case)
        for way, chance in _ways(suspect)
        if chance >= _LEAST
    ]
    found.sort(key=lambda f: -f.probability)
    kept: list[Failure] = []
    for failure in found:
        alike = sum(failure.cause == other.cause for other in kept)
        if alike < _MOST_OF_A_CAUSE and len(kept) < MOST_TOLD:
            kept.append(failure)
    return tuple(kept)


def _before_firing(suggestion: Suggestion, history: History, candidates: Candidates) -> Case:
    """The case of an experiment of which nothing was seen."""
    nothing = Outcome(experiment_id="not fired", status="failed")
    known = learn(history.completed, candidates.onset_priors)
    return Case(
        experiment=CompletedExperiment(
            experiment_id="not fired", suggestion=suggestion, outcome=nothing
        ),
        seen={},
        balance=(),
        before=known,
        after=known,
    )


def _ways(suspect: Suspect) -> list[tuple[Way, float]]:
    """The ways that are told apart, with the chance of each.

    Of the steps that may be too slow, each has the chance that it is the first: what comes after
    it finds nothing to react. Pairs share their mobility, as `Reactivity.probability_mobile` has
    it, so a step stalls first by as much as it is likelier to stall than all before it.
    """
    most = max(suspect.ways, key=lambda w: w.weight)
    each = [(w, suspect.chance * w.weight / most.weight) for w in suspect.ways]
    if suspect.cause == "kinetics":
        before = list(accumulate((chance for _, chance in each), max, initial=0.0))
        return [(w, max(chance - b, 0.0)) for (w, chance), b in zip(each, before, strict=False)]
    return each if suspect.cause in _BY_WAY else [(most, suspect.chance)]


def _failure(suspect: Suspect, way: Way, chance: float, case: Case) -> Failure:
    says, leaves, sign = _TELLERS[suspect.cause](way, case)
    target = case.target
    named = dict.fromkeys(_as_written(f, case) for f in leaves if identity(f) != target)
    return Failure(
        cause=suspect.cause, probability=chance, says=says, leaves=tuple(named), sign=sign
    )


_Told = tuple[str, tuple[str, ...], str]


def _kinetics(way: Way, case: Case) -> _Told:
    from_c = chances.mobile_from_c(case.before.belief(way.subject, case.pathway.atmosphere))
    verb = "react" if len(way.subject) == 2 else "change"
    held_h = case.recipe.hottest.hold_h
    where = f"in {held_h:g} h at {case.fired_c:g} C"
    says = f"{_named(way.subject, case)} may not {verb} to the end {where}"
    if from_c is None:
        says += "; not expected to below 1700 C"
    elif from_c > case.fired_c:
        says += f"; likelier than not to only from {from_c:.0f} C"
    else:
        says += f", though likelier mobile than not from {from_c:.0f} C"
    return says, way.subject, ""


def _intermediate(way: Way, case: Case) -> _Told:
    target, made = case.recipe.target.formula, way.reaction
    if made is None:
        says = f"no predicted step makes {target} from {_named(way.subject, case)}"
        return says, way.subject, ""
    force, sigma = 1000 * made.driving_force_ev_per_atom, 1000 * made.sigma_ev_per_atom
    left = f"{force:.0f} +- {sigma:.0f} meV/atom"
    if all(case.is_bought(f) for f in way.subject):
        says = f"little drives {_named(made.pair, case)} to {target}: {left}"
    else:
        says = f"{_named(way.subject, case)} may take the driving force: {left} left for {target}"
    return says, (*way.subject, *made.pair), ""


def _energies(_: Way, case: Case) -> _Told:
    says = (
        f"{case.recipe.target.formula} may be less stable at {case.fired_c:g} C than the tables "
        "say, or a rival more so"
    )
    return says, case.pathway.intermediates, "perhaps phases that no table has"


def _volatility(way: Way, case: Case) -> _Told:
    (element,) = way.subject
    leaves, from_c = chances.leaving(case.recipe)[element]
    says = f"{element} may evaporate: {leaves} leaves such a charge near {from_c:g} C and above"
    return says, (), f"phases poorer in {element} than {case.recipe.target.formula}, and a film"


def _melting(way: Way, case: Case) -> _Told:
    (formula,) = way.subject
    point = melting(formula)
    says = f"{_named((formula,), case)} melts near {point.mean_c:.0f} +- {point.sigma_c:.0f} C"
    return says, (), "a lump stuck to the crucible; glass, or other phases grown from the melt"


def _amorphous(_: Way, case: Case) -> _Told:
    former = chances.GLASS_FORMERS & set(framework(parse(case.recipe.target.formula)))
    built = f"{', '.join(sorted(former))} builds glasses: " if former else ""
    says = f"{built}part may be a glass, or a phase that no library has"
    return says, (), "a broad hump, or lines that no library has"


def _weighing(_: Way, case: Case) -> _Told:
    target = case.recipe.target.formula
    says = "a powder was weighed wrongly, was wet, or stayed in the dish"
    return says, (), f"phases richer or poorer in one metal than {target}"


def _fault(_: Way, __: Case) -> _Told:
    says = "spilled, another temperature than asked, a crucible that was not clean"
    return says, (), "anything: write down what you noticed"


_TELLERS: Mapping[Cause, Callable[[Way, Case], _Told]] = {
    "kinetics": _kinetics,
    "intermediate": _intermediate,
    "energies": _energies,
    "volatility": _volatility,
    "melting": _melting,
    "amorphous": _amorphous,
    "weighing": _weighing,
    "fault": _fault,
}


def _as_written(formula: str, case: Case) -> str:
    """A phase as the recipe writes it, where the recipe has it."""
    written = (case.recipe.target.formula, *case.recipe.precursors)
    return next((w for w in written if identity(w) == identity(formula)), formula)


def _named(formulas: tuple[str, ...], case: Case) -> str:
    return together(tuple(_as_written(f, case) for f in formulas))
