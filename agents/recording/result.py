"""What a person says a product is made of, read as it was meant or refused with the reason.

    phases_of("BaTiO3=0.93, Ba2TiO4=0.07", 0.02)
    phases_of("BaTiO₃ 93 %; Ba₂TiO₄ 7 %", 0.02)
    phases_of("BaTiO3 = 0,93 ± 0,01 ; rest = 0,07", 0.02)

Decimal commas, percent signs, Unicode subscripts and minus signs, blanks and line ends are as good
as any. What could mean two things is refused.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.chemistry import identity, parse
from knowledge.errors import AthanorError, FormulaError
from knowledge.outcome import PhaseFraction

DEFAULT_SIGMA = 0.02
_MOST_SIGMA = 0.5
_LONGEST = 2000
_MOST_PHASES = 40
# What weight fractions may add up to: refined one by one, they miss 1 a little.
_SLACK = 0.02
# More than this is not left unnamed by the way: 0.093 for 0.93 would pass.
_MOST_UNSAID = 0.5
_UNNAMED = {"rest", "unidentified", "unknown", "amorphous", "glass"}
_NUMBER = r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)"
_TERM = re.compile(
    rf"\s*(?P<name>[^\s=:;|±]+)\s*[=:]?\s*(?<=[\s=:])(?P<number>{_NUMBER})\s*(?P<percent>%)?"
    rf"(?:\s*(?:±|\+/-|\+-)\s*(?P<sigma>{_NUMBER})\s*(?P<sigma_percent>%)?)?\s*(?:[,;|]|\s|$)"
)
# What stands for a sign that keyboards have, after compatibility characters were resolved.
_SIGNS = str.maketrans(
    dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}", "-")
    | dict.fromkeys("\N{BULLET OPERATOR}\N{DOT OPERATOR}\N{BULLET}", "\N{MIDDLE DOT}")
    | dict.fromkeys("\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}", "")
)
_EXAMPLE = "give them as BaTiO3=0.93,Ba2TiO4=0.07, or in percent, as BaTiO3=93%,Ba2TiO4=7%"


@dataclass(frozen=True)
class Product:
    """Phases, most of it first, and the weight fraction that nobody could name."""

    phases: tuple[PhaseFraction, ...]
    unidentified: float


@dataclass(frozen=True)
class Term:
    """One phase as it was given. `fraction` is in hundredths where `percent`."""

    name: str
    fraction: float
    percent: bool
    sigma: float | None


def plain(text: str) -> str:
    """A text with the characters that keyboards have: subscripts, full-width signs, minus signs."""
    return unicodedata.normalize("NFKC", text).translate(_SIGNS)


def number_of(text: str, what: str) -> float:
    """A number as people write it, `0,02` and `2 %` too. Raises AthanorError."""
    found = re.fullmatch(rf"\s*({_NUMBER})\s*(%)?\s*", plain(text))
    if not found:
        raise AthanorError(f"{what} is {text!r}: give a number, such as 0.02")
    return _float(found[1]) / (100 if found[2] else 1)


def sigma_of(text: str) -> float:
    """The standard deviation of a weight fraction. Raises AthanorError for what cannot be one."""
    sigma = number_of(text, "--sigma")
    if not 0 < sigma <= _MOST_SIGMA:
        raise AthanorError(
            f"--sigma {text}: the standard deviation of a weight fraction is above 0 and at most "
            f"{_MOST_SIGMA:g}; 0.02 is usual"
        )
    return sigma


def phases_of(text: str, sigma: float = DEFAULT_SIGMA, known: Iterable[str] = ()) -> Product:
    """The product that a text describes; what is missing to 1 stays unidentified.

    `known` are formulas that a name with a slip in it may have meant. Raises AthanorError.
    """
    if len(text) > _LONGEST:
        raise AthanorError(f"that are {len(text):,} letters: {_EXAMPLE}")
    return product_of(_terms(text), sigma, known)


def grams_of(text: str, known: Iterable[str] = ()) -> list[tuple[str, float]]:
    """Formulas and grams in a text such as BaCO3=1.7012 g, TiO2=0,6850. Raises AthanorError."""
    terms = _terms(re.sub(r"(?<=\d)\s*g\b", " ", plain(text)[:_LONGEST]))
    if not terms:
        raise AthanorError("no mass is given: give grams, as BaCO3=1.7012,TiO2=0.6850")
    for term in terms:
        if term.percent or term.sigma is not None or not term.fraction > 0:
            raise AthanorError(f"{term.name}: give grams above 0, as BaCO3=1.7012,TiO2=0.6850")
    return [(_formula(term.name, known), term.fraction) for term in terms]


def product_of(terms: Sequence[Term], sigma: float, known: Iterable[str] = ()) -> Product:
    """The product that phases make up. Raises AthanorError, naming what does not hold together."""
    if not terms:
        raise AthanorError(f"no phase is given: {_EXAMPLE}")
    if len(terms) > _MOST_PHASES:
        raise AthanorError(f"{len(terms)} phases are given: at most {_MOST_PHASES}")
    for term in terms:
        if term.fraction < 0:
            raise AthanorError(f"{term.name}={term.fraction:g}: a fraction cannot be negative")
    unit = _unit(terms)
    given = {}
    unnamed = 0.0
    for term in terms:
        share = term.fraction / unit
        if share > 1:
            raise AthanorError(f"{term.name}={term.fraction:g}: a fraction is at most 1, or 100 %")
        if term.name.lower() in _UNNAMED:
            unnamed += share
            continue
        formula = _formula(term.name, known)
        name = identity(formula)
        if name in given:
            raise AthanorError(f"{term.name} is given twice: give each phase once")
        deviation = sigma if term.sigma is None else term.sigma
        given[name] = PhaseFraction(formula=formula, weight_fraction=share, sigma=deviation)
    phases = sorted(
        (p for p in given.values() if p.weight_fraction > 0), key=lambda p: -p.weight_fraction
    )
    total = sum(p.weight_fraction for p in phases) + unnamed
    if not phases and total <= 0:
        raise AthanorError(f"all fractions are 0: {_EXAMPLE}; for none, give --lost")
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
    return Product(tuple(phases), round(unnamed + rest, 9))


def _terms(text: str) -> list[Term]:
    read, terms, place = _unsubscripted(plain(text)), list[Term](), 0
    while read[place:].strip(" \t\r\n,;|"):
        found = _TERM.match(read, place)
        if not found:
            raise AthanorError(f"cannot read {read[place:].strip()[:60]!r} as phases: {_EXAMPLE}")
        sigma = None
        if found["sigma"]:
            sigma = sigma_of(found["sigma"] + (found["sigma_percent"] or found["percent"] or ""))
        terms.append(
            Term(found["name"], _float(found["number"]), found["percent"] is not None, sigma)
        )
        place = found.end()
    return terms


def _unit(terms: Sequence[Term]) -> float:
    """What the numbers are parts of: 1, or 100 where nothing else can be meant."""
    bare = [t.fraction for t in terms if not t.percent]
    if len(bare) < len(terms):
        if any(bare):  # 0 is the same in both
            raise AthanorError(f"some numbers are in percent and some are not: {_EXAMPLE}")
        return 100.0
    if max(bare) <= 2:  # above 1 it is a slip, and told as one
        return 1.0
    if abs(sum(bare) - 100) <= 100 * _SLACK:
        return 100.0
    raise AthanorError(
        f"the numbers add up to {sum(bare):.4g}, neither to 1 nor to 100: {_EXAMPLE}"
    )


def _formula(name: str, known: Iterable[str]) -> str:
    """A formula as it was meant. Raises AthanorError, with what it may have meant."""
    formula = re.sub(r"(?<=\d),(?=\d)", ".", name)
    try:
        parse(formula)
        return formula
    except (FormulaError, ArithmeticError, LookupError, ValueError) as error:
        alike = {k.lower(): k for k in known}
        near = difflib.get_close_matches(formula.lower(), alike, n=1, cutoff=0.75)
        advice = f": is it {alike[near[0]]}?" if near else "; write it as BaTiO3"
        raise AthanorError(f"no compound is called {name[:60]!r}{advice}") from error


def _unsubscripted(text: str) -> str:
    """Formulas without the marks of TeX: BaTiO$_3$, BaTiO_{3}."""
    return re.sub(r"\$?_\{?(\d+(?:\.\d+)?)\}?\$?", r"\1", text)


def _float(text: str) -> float:
    return float(text.replace(",", "."))
