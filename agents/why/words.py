"""What was found, in plain words."""

import math

from agents.why import chances
from agents.why.case import Case
from agents.why.diagnosis import Finding
from agents.why.records import Accusation, ElementBalance
from knowledge.reactions import Reaction
from knowledge.transitions import melting

# A balance this many standard deviations off is worth a word.
_OFF_SIGMAS = 2.0


def accusation(finding: Finding, case: Case) -> Accusation:
    """A finding as a sentence with its evidence."""
    says, temperature_c, evidence = _TELLERS[finding.cause](finding, case)
    return Accusation(
        cause=finding.cause,
        probability=finding.probability,
        prior=finding.prior,
        says=says,
        subject=finding.way.subject,
        temperature_c=temperature_c,
        evidence=(*evidence, *_of_phases(finding, case)),
    )


_Told = tuple[str, float | None, tuple[str, ...]]


def _kinetics(finding: Finding, case: Case) -> _Told:
    pair, gas = finding.way.subject, case.pathway.atmosphere
    before, after = (known.belief(pair, gas) for known in (case.before, case.after))
    from_c = chances.mobile_from_c(after)
    verb = "react" if len(pair) == 2 else "change"
    says = f"{together(pair)} did not {verb} to the end at {case.fired_c:g} C"
    if from_c is None:
        says += ", and is not expected to below 1700 C"
    elif from_c > case.fired_c:
        says += f"; it is likelier than not to from about {from_c:.0f} C"
    else:
        held_h = case.recipe.hottest.hold_h
        says += (
            f" in {held_h:g} h, though mobile there: it had too little time, or touched too little"
        )
    mobile = before.probability_mobile(case.fired_c)
    evidence = [f"beforehand it was {mobile:.0%} likely to be mobile there"]
    if before.evidence:
        known = len(before.evidence)
        evidence.append(f"this pair was seen {known} time{'s' if known != 1 else ''} elsewhere")
    return says, from_c, tuple(evidence)


def _intermediate(finding: Finding, case: Case) -> _Told:
    made, traps = finding.way.reaction, together(finding.way.subject)
    if made is None:
        says = f"{traps} form first, and no step from there makes {case.recipe.target.formula}"
        return says, None, ("by the energies at hand",)
    if all(case.is_bought(f) for f in finding.way.subject):
        says = (
            f"little drives {together(made.pair)} to {case.recipe.target.formula}: {_force(made)}"
        )
    else:
        says = (
            f"{traps} took the driving force: {_force(made)} are left for "
            f"{case.recipe.target.formula}"
        )
    limit = chances.SLUGGISH_EV_PER_ATOM * 1000
    return says, None, (f"reactions below {limit:.0f} meV/atom are slow", made.equation)


def _energies(finding: Finding, case: Case) -> _Told:
    target, made = case.recipe.target.formula, finding.way.reaction
    rivals = [n for n in case.seen if n not in (case.target, "unidentified")]
    rivals = [n for n in rivals if not case.is_bought(n)]
    says = f"{target} is less stable at {case.fired_c:g} C than the tables say"
    if rivals:
        says += f", or {together(tuple(rivals[:3]))} more so"
    if made is None:
        return says, None, ("no predicted step makes it: the tables themselves doubt it",)
    wrong = chances.is_none(made.driving_force_ev_per_atom, made.sigma_ev_per_atom)
    return says, None, (f"{_force(made)} for {made.equation} may be none: {wrong:.0%} likely",)


def _volatility(finding: Finding, case: Case) -> _Told:
    (element,) = finding.way.subject
    leaves, limit_c = chances.leaving(case.recipe)[element]
    says = f"{element} left the sample as vapour at {case.fired_c:g} C"
    balanced = tuple(_balanced(b) for b in case.balance if b.element == element)
    return says, limit_c, (*balanced, f"{leaves} leaves such a charge near {limit_c:g} C and above")


def _melting(finding: Finding, case: Case) -> _Told:
    (formula,) = finding.way.subject
    point = melting(formula)
    where = "below" if point.mean_c < case.fired_c else "not far above"
    says = (
        f"{formula} melts near {point.mean_c:.0f} C, {where} the {case.fired_c:g} C of the firing"
    )
    return says, point.mean_c, (f"{point.source}, +- {point.sigma_c:.0f} C",)


def _amorphous(_: Finding, case: Case) -> _Told:
    says = f"{case.unidentified:.0%} of the product is a glass, or a phase that nobody could name"
    if case.unidentified == 0:
        says = "part of the product is a glass, or was taken for another phase"
    former = chances.GLASS_FORMERS & {b.element for b in case.balance}
    told = f"{', '.join(sorted(former))} builds glasses" if former else "no glass former in it"
    return says, None, (told,)


def _weighing(finding: Finding, case: Case) -> _Told:
    noticed = [f.message for f in case.experiment.outcome.faults if "mass" in f.kind]
    says = f"the amount of {together(finding.way.subject)} was off"
    off = [b for b in case.balance if abs(b.log_ratio) > _OFF_SIGMAS * b.sigma]
    return says, None, (*(f"reported: {m}" for m in noticed), *map(_balanced, off))


def _fault(_: Finding, case: Case) -> _Told:
    reported = chances.telling(case.experiment.outcome)
    off = chances.off_profile(case.recipe, case.experiment.outcome)
    evidence = (*(f"{f.kind} at {f.stage}: {f.message}" for f in reported), *([off] if off else []))
    if evidence:
        return "something went wrong in the lab", None, evidence
    return "something went wrong in the lab that nobody reported", None, ("no fault was reported",)


_TELLERS = {
    "kinetics": _kinetics,
    "intermediate": _intermediate,
    "energies": _energies,
    "volatility": _volatility,
    "melting": _melting,
    "amorphous": _amorphous,
    "weighing": _weighing,
    "fault": _fault,
}


def _of_phases(finding: Finding, case: Case) -> tuple[str, ...]:
    """How much of what is not target the likeliest way expects."""
    missed = {name: w for name, w in case.seen.items() if name != case.target}
    if not missed:
        return ()
    share = sum(w for name, w in missed.items() if finding.way.urn.expects(name))
    expected = share / sum(missed.values())
    return (f"{expected:.0%} of what is not {case.recipe.target.formula} is where this leaves it",)


def _balanced(balance: ElementBalance) -> str:
    missing = balance.missing
    word = "missing" if missing >= 0 else "too much"
    spread = balance.sigma * math.exp(balance.log_ratio)
    return f"{abs(missing):.0%} +- {spread:.0%} of {balance.element} is {word} in the named phases"


def _force(reaction: Reaction) -> str:
    force, sigma = reaction.driving_force_ev_per_atom, reaction.sigma_ev_per_atom
    return f"{force * 1000:.0f} +- {sigma * 1000:.0f} meV/atom"


def together(formulas: tuple[str, ...]) -> str:
    """Formulas as one phrase: `BaCO3 + TiO2`."""
    return " + ".join(formulas)
