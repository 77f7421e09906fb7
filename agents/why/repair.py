"""What to do about it: the cheapest repairs of a cause among the recipes at hand.

Recipes that mend a cause are ranked by the furnace hours that one success is expected to cost, its
hours over its probability of success. Where no candidate mends it, a recipe is made up from the one
that failed, or advice is given; those come last, because nobody has judged them.
"""

from collections.abc import Callable, Iterable, Sequence

from agents.candidates import Candidate
from agents.why import chances
from agents.why.case import Case
from agents.why.diagnosis import Finding
from agents.why.market import Market, cost_h, hours, is_sound, same_powders
from agents.why.phases import known_as
from agents.why.records import Cause, Repair
from agents.why.words import together
from knowledge.chemistry import framework, identity, parse
from knowledge.reactions import Reaction
from knowledge.recipe import Cooling, Recipe
from knowledge.transitions import melting

# Causes less likely than this are not worth a repair; and how many of either are told.
_WORTH_MENDING, _CAUSES, _REPAIRS_EACH = 0.15, 3, 3
_HOTTER_C, _MARGIN_C = 50.0, 25.0
_SLOW_COOLING_C_PER_MIN = 1.0
_LIKELY = 0.5

_Found = Iterable[Repair]


def repairs(findings: Sequence[Finding], case: Case, market: Market) -> tuple[Repair, ...]:
    """Repairs of the likely causes, likeliest cause first, cheapest first within each."""
    told: list[Repair] = []
    for finding in findings[:_CAUSES]:
        if finding.probability < _WORTH_MENDING:
            break
        known = {(r.recipe.content_id if r.recipe else r.what) for r in told}
        found = [
            r
            for r in _MENDERS[finding.cause](finding, case, market)
            if (r.recipe.content_id if r.recipe else r.what) not in known
        ]
        told += sorted(found, key=_cost)[:_REPAIRS_EACH]
    return tuple(told)


def _cost(repair: Repair) -> tuple[bool, bool, float]:
    judged = repair.probability_of_success is not None
    cost = cost_h(repair.furnace_h, repair.probability_of_success)
    return repair.recipe is None, not judged, cost


def _slow(finding: Finding, case: Case, market: Market) -> _Found:
    """Hotter, longer, ground again, or other precursors."""
    pair, gas = finding.way.subject, case.pathway.atmosphere
    from_c = chances.mobile_from_c(case.after.belief(pair, gas))
    yield _hotter(finding.cause, case, market, from_c or case.fired_c)
    yield from _longer(finding.cause, case, market)
    stalled = {known_as(f, case.recipe) for f in pair if case.is_bought(f)}

    def replaces(candidate: Candidate) -> bool:
        gone = stalled - {identity(p) for p in candidate.recipe.precursors}
        if not gone or not is_sound(candidate):
            return False
        step = candidate.recipe.hottest
        return case.after.probability_mobile(candidate.pathway, step.temperature_c) > _LIKELY

    found = market.best(replaces)
    if found is not None:
        yield market.offer(finding.cause, _swap(case.recipe, found.recipe), found)


def _swap(old: Recipe, new: Recipe) -> str:
    """What changes among the powders, in words; empty where nothing does."""
    if same_powders(old, new):
        return ""
    gone = tuple(p for p in old.precursors if p not in new.precursors)
    come = tuple(p for p in new.precursors if p not in old.precursors)
    return f"{together(come)} instead of {together(gone)}" if come else f"without {together(gone)}"


def _hotter(cause: Cause, case: Case, market: Market, from_c: float) -> Repair:
    """At least at `from_c`, and hotter than before."""

    def fits(candidate: Candidate) -> bool:
        there_c = candidate.recipe.hottest.temperature_c
        hotter = there_c >= from_c and there_c > case.fired_c
        return hotter and same_powders(candidate.recipe, case.recipe) and is_sound(candidate)

    found = market.best(fits)
    if found is not None:
        more_c = found.recipe.hottest.temperature_c - case.fired_c
        return market.offer(cause, f"{more_c:.0f} C hotter", found)
    there_c = max(from_c, case.fired_c + _HOTTER_C)
    what = f"{there_c - case.fired_c:.0f} C hotter, if crucible and charge stand it"
    return _made_up(cause, what, _fired_at(case.recipe, there_c))


def _longer(cause: Cause, case: Case, market: Market) -> _Found:
    """A longer hold, and a second firing after grinding."""
    step = case.recipe.hottest

    def fits(candidate: Candidate) -> bool:
        other = candidate.recipe.hottest
        longer = other.temperature_c == step.temperature_c and other.hold_h > step.hold_h
        return longer and same_powders(candidate.recipe, case.recipe)

    found = market.best(fits)
    if found is not None:
        yield market.offer(cause, f"hold {found.recipe.hottest.hold_h:g} h", found)
    again = step.model_copy(update={"regrind_before": True})
    made = case.recipe.model_copy(update={"steps": (*case.recipe.steps, again)})
    yield _made_up(cause, "grind it and fire it once more", made)


def _starved(finding: Finding, case: Case, market: Market) -> _Found:
    """Precursors that avoid the intermediate, or leave more for the target; else as if slow."""
    traps = {identity(f) for f in finding.way.subject if not case.is_bought(f)}
    left = case.pathway.driving_force_left_ev_per_atom

    def avoids(candidate: Candidate) -> bool:
        on_the_way = {identity(f) for f in candidate.pathway.intermediates}
        more = candidate.pathway.driving_force_left_ev_per_atom > left
        return more and not traps & on_the_way and is_sound(candidate)

    found = market.best(avoids)
    if found is not None:
        now = found.pathway.driving_force_left_ev_per_atom
        what = f"a way without {together(tuple(sorted(traps)))}, " if traps else ""
        what += f"{now * 1000:.0f} meV/atom left for the target instead of {left * 1000:.0f}"
        yield market.offer(finding.cause, what, found)
    yield _hotter(finding.cause, case, market, case.fired_c)
    yield from _longer(finding.cause, case, market)


def _unstable(finding: Finding, case: Case, market: Market) -> _Found:
    """Where the energies promise more: another temperature, another gas, other precursors."""
    now = _doubt(finding.way.reaction)

    def promises(candidate: Candidate) -> bool:
        return _doubt(_making(candidate, case)) < now / 2 and is_sound(candidate)

    found = market.best(promises)
    if found is not None:
        doubt = _doubt(_making(found, case))
        what = (
            f"where energies leave less doubt: {doubt:.0%} likely to be wrong there, not {now:.0%}"
        )
        yield market.offer(finding.cause, what, found)
    yield Repair(
        cause=finding.cause,
        what="look up or measure the energies of what formed, and name a table of them in "
        "energies.tables",
    )


def _making(candidate: Candidate, case: Case) -> Reaction | None:
    made = [s.reaction for s in candidate.pathway.steps if case.makes_target(s.reaction)]
    return made[0] if made else None


def _doubt(made: Reaction | None) -> float:
    if made is None:
        return 1.0
    return chances.is_none(made.driving_force_ev_per_atom, made.sigma_ev_per_atom)


def _volatile(finding: Finding, case: Case, market: Market) -> _Found:
    """Cooler, with more of it, or closed."""
    (element,) = finding.way.subject
    now = chances.evaporates(case.recipe, case.fired_c).get(element, 1.0)

    def holds(candidate: Candidate) -> bool:
        there_c = candidate.recipe.hottest.temperature_c
        gone = chances.evaporates(candidate.recipe, there_c).get(element, 0.0)
        return gone < now / 2 and there_c < case.fired_c

    found = market.best(holds)
    if found is not None:
        yield market.offer(finding.cause, _cooler(case, found.recipe), found)
    brings = tuple(p for p in case.recipe.precursors if element in framework(parse(p)))
    missing = sum(max(b.missing, 0.0) for b in case.balance if b.element == element)
    more = missing / max(1 - missing, 0.1)
    amount = f"{more:.0%} more" if more >= 0.01 else "a little more"
    for what in (
        f"weigh in {amount} {together(brings)}",
        "fire it in a closed crucible, bedded in powder of the same kind",
    ):
        yield Repair(
            cause=finding.cause,
            what=what,
            furnace_h=hours(case.recipe),
            price=market.price(case.recipe),
        )


def _cooler(case: Case, recipe: Recipe) -> str:
    less_c = case.fired_c - recipe.hottest.temperature_c
    swap = _swap(case.recipe, recipe)
    return f"{less_c:.0f} C cooler{', ' if swap else ''}{swap}"


def _molten(finding: Finding, case: Case, market: Market) -> _Found:
    """Below the melting point, less its error."""
    (formula,) = finding.way.subject
    below_c = min(melting(formula).mean_c, case.fired_c) - _MARGIN_C
    found = market.best(lambda c: c.recipe.hottest.temperature_c <= below_c and is_sound(c))
    if found is not None:
        yield market.offer(finding.cause, _cooler(case, found.recipe), found)
        return
    made = _fired_at(case.recipe, below_c)
    yield _made_up(finding.cause, f"{case.fired_c - below_c:.0f} C cooler", made)


def _unnamed(finding: Finding, case: Case, market: Market) -> _Found:
    """Give it time to crystallise; look again."""
    yield from _longer(finding.cause, case, market)
    cooling = Cooling(
        rate_c_per_min=min(_SLOW_COOLING_C_PER_MIN, case.recipe.cooling.rate_c_per_min),
        atmosphere=case.recipe.cooling.atmosphere,
    )
    made = case.recipe.model_copy(update={"cooling": cooling})
    yield _made_up(finding.cause, f"cool at {cooling.rate_c_per_min:g} C/min", made)
    yield Repair(
        cause=finding.cause, what="scan it longer, and look for its lines in other libraries"
    )


def _again(finding: Finding, case: Case, market: Market) -> _Found:
    """The same recipe, as it was meant."""
    yield Repair(
        cause=finding.cause,
        what="weigh and fire it again" if finding.cause == "weighing" else "fire it again",
        recipe=case.recipe,
        probability_of_success=case.experiment.suggestion.reason.probability_of_success,
        furnace_h=hours(case.recipe),
        price=market.price(case.recipe),
    )


_MENDERS: dict[Cause, Callable[[Finding, Case, Market], _Found]] = {
    "kinetics": _slow,
    "intermediate": _starved,
    "energies": _unstable,
    "volatility": _volatile,
    "melting": _molten,
    "amorphous": _unnamed,
    "weighing": _again,
    "fault": _again,
}


def _made_up(cause: Cause, what: str, recipe: Recipe) -> Repair:
    return Repair(cause=cause, what=what, recipe=recipe, furnace_h=hours(recipe))


def _fired_at(recipe: Recipe, temperature_c: float) -> Recipe:
    """The recipe with its hottest firing at another temperature."""
    hottest = recipe.hottest
    steps = tuple(
        s.model_copy(update={"temperature_c": temperature_c}) if s is hottest else s
        for s in recipe.steps
    )
    return recipe.model_copy(update={"steps": steps})
