"""What a person says a product is made of, read as it was meant or refused with the reason.

    phases_of("BaTiO3=0.93, Ba2TiO4=0.07", 0.02)
    phases_of("93 wt% BaTiO₃, 7 wt% Ba₂TiO₄", 0.02)
    phases_of("BaTiO3 = 0,93 ± 0,01 ; rest = 0,07", 0.02)

How it may be written is in `agents.recording.terms`. What could mean two things is refused.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.recording.terms import EXAMPLE, LONGEST, Term, masses_in, number_of, terms_in
from knowledge.chemistry import identity, parse
from knowledge.errors import AthanorError, FormulaError
from knowledge.outcome import PhaseFraction

DEFAULT_SIGMA = 0.02
# More is no measurement: a percentage that was taken for a fraction, most of the time.
_MOST_SIGMA = 0.2
_MOST_PHASES = 40
# What weight fractions may add up to: refined one by one, they miss 1 a little.
_SLACK = 0.02
# More than this is not left unnamed by the way: 0.093 for 0.93 would pass.
_MOST_UNSAID = 0.5
_UNNAMED = {"rest", "unidentified", "unknown", "amorphous", "glass"}
_MASSES = "give grams, as BaCO3=1.7012,TiO2=0.6850, or 684.9 mg"
# Carbonate is CO3 and hydroxide OH: what else is written so is a slip for the metals Co and Ho.
_CAPITALS = re.compile(r"CO(?!3)|CO3(?=O\d)|HO")
# What stands for a number that nobody gave: YBa2Cu3O7-x.
_OPEN_END = re.compile(r"[-+](?:[xyzdδ]|delta)$")


@dataclass(frozen=True)
class Product:
    """Phases, most of it first, and the weight fraction that nobody could name.

    `unsaid` is whether a phase has no standard deviation of its own, but the one that is usual.
    """

    phases: tuple[PhaseFraction, ...]
    unidentified: float
    unsaid: bool = True


def sigma_of(text: str, what: str = "--sigma") -> float:
    """The standard deviation of a weight fraction. Raises AthanorError for what cannot be one."""
    return _sigma(number_of(text, what), f"{what} {text}", "%" in text)


def phases_of(text: str, sigma: float = DEFAULT_SIGMA, known: Iterable[str] = ()) -> Product:
    """The product that a text describes; what is missing to 1 stays unidentified.

    `known` are formulas that a name with a slip in it may have meant. Raises AthanorError.
    """
    return product_of(terms_in(text), sigma, known)


def grams_of(text: str, known: Iterable[str] = ()) -> list[tuple[str, float]]:
    """Formulas and grams in a text such as BaCO3=1.7012 g, TiO2=684,9 mg. Raises AthanorError."""
    if len(text) > LONGEST:
        raise AthanorError(f"that are {len(text):,} letters: {_MASSES}")
    found = masses_in(text, _MASSES)
    if not found:
        raise AthanorError(f"no mass is given: {_MASSES}")
    for name, grams in found:
        if not grams > 0:
            raise AthanorError(f"{name}={grams:g}: a mass is above 0; {_MASSES}")
    return [(_formula(name, known), grams) for name, grams in found]


def product_of(terms: Sequence[Term], sigma: float, known: Iterable[str] = ()) -> Product:
    """The product that phases make up. Raises AthanorError, naming what does not hold together."""
    if not terms:
        raise AthanorError(f"no phase is given: {EXAMPLE}")
    if len(terms) > _MOST_PHASES:
        raise AthanorError(f"{len(terms)} phases are given: at most {_MOST_PHASES}")
    for term in terms:
        if term.fraction < 0:
            raise AthanorError(f"{term.name}={term.fraction:g}: a fraction cannot be negative")
    unit = _unit(terms)
    given = dict[tuple[str, str | None], PhaseFraction]()
    unnamed, unsaid = 0.0, False
    for term in terms:
        share = term.fraction / unit
        if share > 1:
            raise AthanorError(f"{term.name}={term.fraction:g}: a fraction is at most 1, or 100 %")
        deviation = _deviation(term, unit)
        if term.name.lower() in _UNNAMED:
            unnamed += share
            continue
        formula = _formula(term.name, known)
        name = identity(formula)
        forms = [form for phase, form in given if phase == name]
        if term.polymorph in forms or (forms and None in (term.polymorph, *forms)):
            hint = (
                "; of two polymorphs name both, as TiO2 (rutile)"
                if term.polymorph or any(forms)
                else ""
            )
            raise AthanorError(f"{term.name} is given twice: give each phase once{hint}")
        unsaid = unsaid or (deviation is None and share > 0)
        given[name, term.polymorph] = PhaseFraction(
            formula=formula,
            weight_fraction=round(share, 9),
            sigma=sigma if deviation is None else deviation,
            polymorph=term.polymorph,
        )
    phases = sorted(
        (p for p in given.values() if p.weight_fraction > 0), key=lambda p: -p.weight_fraction
    )
    total = sum(p.weight_fraction for p in phases) + unnamed
    return _whole(tuple(phases), unnamed, total, unsaid)


def _whole(
    phases: tuple[PhaseFraction, ...], unnamed: float, total: float, unsaid: bool
) -> Product:
    """A product whose parts add up. Raises AthanorError for one whose parts do not."""
    if not phases and total <= 0:
        raise AthanorError(f"all fractions are 0: {EXAMPLE}; for none, give --lost")
    if total > 1 + _SLACK:
        raise AthanorError(
            f"the weight fractions add up to {total:.4g}: they must add up to 1, or to less where "
            "the rest could not be named"
        )
    rest = max(0.0, round(1 - total, 9))
    if rest > _MOST_UNSAID:
        raise AthanorError(
            f"only {total:.4g} of the product is told of: if nobody could name the rest, say so "
            f"with rest={rest:.4g}"
        )
    return Product(phases, round(unnamed + rest, 9), unsaid)


def _unit(terms: Sequence[Term]) -> float:
    """What the numbers are parts of: 1, or 100 where nothing else can be meant."""
    bare = [t.fraction for t in terms if not t.percent]
    if len(bare) < len(terms):
        if any(bare):  # 0 is the same in both
            raise AthanorError(f"some numbers are in percent and some are not: {EXAMPLE}")
        return 100.0
    if max(bare) <= 2:  # above 1 it is a slip, and told as one
        return 1.0
    if abs(sum(bare) - 100) <= 100 * _SLACK:
        return 100.0
    raise AthanorError(f"the numbers add up to {sum(bare):.4g}, neither to 1 nor to 100: {EXAMPLE}")


def _deviation(term: Term, unit: float) -> float | None:
    """The standard deviation that was given with a phase, if any. Raises AthanorError."""
    if term.sigma is None:
        return None
    percent = term.sigma_percent or unit == 100
    value = round(term.sigma / (100 if percent else 1), 12)
    return _sigma(value, f"{term.name} ± {term.sigma:g}{' %' if percent else ''}", percent)


def _sigma(value: float, told: str, percent: bool) -> float:
    if 0 < value <= _MOST_SIGMA:
        return value
    hint = ""
    if not percent and _MOST_SIGMA < value <= 100 * _MOST_SIGMA:
        hint = f"; is it {value:g} %? Write {value / 100:g} or {value:g}%"
    raise AthanorError(
        f"{told}: the standard deviation of a weight fraction is above 0 and at most "
        f"{_MOST_SIGMA:g}, 0.02 is usual{hint}"
    )


def _formula(name: str, known: Iterable[str]) -> str:
    """A formula as it was meant. Raises AthanorError, with what it may have meant."""
    formula, known = re.sub(r"(?<=\d),(?=\d)", ".", name), list(known)
    open_end = _OPEN_END.search(formula)
    if open_end:
        closed = formula[: open_end.start()]
        advice = f"write it as {closed}" if open_end[0][0] == "-" else "write the number"
        raise AthanorError(f"{name[:60]}: how much oxygen is that? {advice}")
    alike = {k.lower(): k for k in known}
    try:
        parse(formula)
    except (FormulaError, ArithmeticError, LookupError, ValueError) as error:
        near = difflib.get_close_matches(formula.lower(), alike, n=1, cutoff=0.75)
        advice = f": is it {alike[near[0]]}?" if near else "; write it as BaTiO3"
        raise AthanorError(f"no compound is called {name[:60]!r}{advice}") from error
    meant = alike.get(formula.lower()) or _with_metals(formula, known)
    if meant != formula and identity(meant) != identity(formula):
        raise AthanorError(
            f"{name[:60]} is written with other capitals than {meant}: is it {meant}?"
        )
    return formula


def _with_metals(formula: str, known: Iterable[str]) -> str:
    """The formula with cobalt or holmium, which are known here, in the place of a slip for them."""
    metals = {str(e) for k in known for e in parse(k)}
    return _CAPITALS.sub(
        lambda found: found[0].title() if found[0][:2].title() in metals else found[0], formula
    )
