"""Names with numbers, as people write them one after the other: what is said, not what it means.

    BaTiO3=0.93, Ba2TiO4=0.07       BaTiO₃ 93 %; Ba₂TiO₄ 7 %        93 wt% BaTiO3, 7 wt% Ba2TiO4
    BaTiO3 = 0,93 ± 0,01            BaTiO3 0.930(5)                 TiO2 (rutile) 5 %

Decimal commas, percent signs, Unicode subscripts and minus signs, blanks and line ends are as good
as any. In one text all names come first or all numbers do.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.chemistry import parse
from knowledge.errors import AthanorError

LONGEST = 2000
EXAMPLE = "give them as BaTiO3=0.93,Ba2TiO4=0.07, or in percent, as BaTiO3=93%,Ba2TiO4=7%"
_NUMBER = r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)"
_PERCENT = r"(?:(?:wt|gew)\.?\s*-?\s*)?%(?:\s*(?:wt|w/w|by weight)\b)?"
_SHARE = (
    rf"(?P<number>{_NUMBER})(?:\((?P<last>\d{{1,3}}|\d*[.,]\d+)\))?\s*(?P<percent>{_PERCENT})?"
    rf"(?:\s*(?:±|\+/-|\+-)\s*(?P<sigma>{_NUMBER})\s*(?P<sigma_percent>{_PERCENT})?)?"
)
_MASS = rf"(?P<number>{_NUMBER})\s*(?P<unit>mg|g)?(?![A-Za-z%(±])"
_FORM = r"(?:\s+(?P<form>[(\[][^()\[\]]{1,40}[)\]]))?"
_NAME = rf"(?P<name>[^\s=:;|±]+){_FORM}\s*[=:]?\s*(?<=[\s=:])"
# After a number no comma belongs to a name: 0,9 La0,7Sr0,3MnO3 may be read in several ways.
_NAME_LAST = rf"(?:(?<=[%])\s*|\s+)(?P<name>[^\W\d][^\s=:;|±,%]*){_FORM}"
_BETWEEN = r"(?:(?:\s*[,;|])+|\s|\s*$)"
_SHARES = (
    re.compile(rf"\s*{_NAME}{_SHARE}{_BETWEEN}", re.IGNORECASE),
    re.compile(rf"\s*{_SHARE}{_NAME_LAST}{_BETWEEN}", re.IGNORECASE),
)
_MASSES = (
    re.compile(rf"\s*{_NAME}{_MASS}{_BETWEEN}"),
    re.compile(rf"\s*{_MASS}{_NAME_LAST}{_BETWEEN}"),
)
_IN_BRACKETS = re.compile(rf"(?<=\s)\(\s*({_NUMBER}\s*{_PERCENT})\s*\)", re.IGNORECASE)
_OF_ATOMS = re.compile(r"\b(?:mol|at|vol)\.?\s*-?\s*%", re.IGNORECASE)
_WITH_FORM = re.compile(r"(?P<name>\S+?)\s*[(\[](?P<form>[^()\[\]]*[^\W\d][^()\[\]]*)[)\]]")
# What stands for a sign that keyboards have, after compatibility characters were resolved.
_SIGNS = str.maketrans(
    dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}", "-")
    | dict.fromkeys("\N{BULLET OPERATOR}\N{DOT OPERATOR}\N{BULLET}", "\N{MIDDLE DOT}")
    | dict.fromkeys("\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}", "")
)


@dataclass(frozen=True)
class Term:
    """One phase as it was given. Numbers are in hundredths where they are `percent`.

    `sigma` is in the unit of the numbers beside it, unless it has a percent sign of its own.
    """

    name: str
    fraction: float
    percent: bool
    sigma: float | None = None
    sigma_percent: bool = False
    polymorph: str | None = None


def plain(text: str) -> str:
    """A text with the characters that keyboards have: subscripts, full-width signs, minus signs."""
    return unicodedata.normalize("NFKC", text).translate(_SIGNS)


def share_of(text: str, what: str) -> tuple[float, bool, float | None]:
    """A number as people write it, whether in percent, and its sigma, if any, as in 0.930(5).

    Raises AthanorError for anything else.
    """
    found = re.fullmatch(rf"\s*{_SHARE}\s*", plain(text), re.IGNORECASE)
    if not found or found["sigma"]:
        raise AthanorError(f"{what} is {text!r}: give a number, such as 0.02")
    return _float(found["number"]), found["percent"] is not None, _last(found)


def number_of(text: str, what: str) -> float:
    """A number as people write it, `0,02` and `2 %` too. Raises AthanorError."""
    number, percent, last = share_of(text, what)
    if last is not None:
        raise AthanorError(f"{what} is {text!r}: give a number, such as 0.02")
    return number / (100 if percent else 1)


def terms_in(text: str) -> list[Term]:
    """The phases that a text names, with their numbers. Raises AthanorError."""
    if len(text) > LONGEST:
        raise AthanorError(f"that are {len(text):,} letters: {EXAMPLE}")
    read = _unsubscripted(plain(text))
    if _OF_ATOMS.search(read):
        raise AthanorError(f"only fractions by weight are read, wt% and no other: {EXAMPLE}")
    return [
        _term(found)
        for found in _scanned(_IN_BRACKETS.sub(r" \1 ", read), _SHARES, f"phases: {EXAMPLE}")
    ]


def masses_in(text: str, advice: str) -> list[tuple[str, float]]:
    """The powders that a text names, with grams of each. Raises AthanorError with the advice."""
    found = []
    for term in _scanned(_unsubscripted(plain(text)[:LONGEST]), _MASSES, f"masses: {advice}"):
        milli = term["unit"] == "mg"
        grams = _float(term["number"])
        found.append((term["name"], round(grams / 1000, 9) if milli else grams))
    return found


def named(text: str) -> tuple[str, str | None]:
    """A formula and the polymorph that stands behind it in brackets, if any.

    What is in brackets and may be a part of the formula belongs to it: Ca(OH)2.
    """
    found = _WITH_FORM.fullmatch(text.strip())
    if found and not _is_compound(found["form"]):
        return found["name"], " ".join(found["form"].split())
    return text.strip(), None


def _scanned(
    text: str, ways: tuple[re.Pattern[str], re.Pattern[str]], advice: str
) -> Iterator[re.Match[str]]:
    """What stands one after the other in a text. Raises AthanorError where that cannot be read."""
    place = len(text) - len(text.lstrip(" \t\r\n,;|"))
    if place and text[place - 1] == "," and text[place : place + 1].isdigit():
        place -= 1  # ,5 is a half
    way = ways[1] if re.match(_NUMBER, text[place:]) else ways[0]
    while text[place:].strip(" \t\r\n,;|"):
        found = way.match(text, place)
        if not found:
            raise AthanorError(f"cannot read {text[place:].strip()[:60]!r} as {advice}")
        yield found
        place = found.end()


def _term(found: re.Match[str]) -> Term:
    name, polymorph = named(found["name"] + (f" {found['form']}" if found["form"] else ""))
    sigma = _last(found)
    if found["sigma"]:
        if sigma is not None:
            raise AthanorError(f"{name}: the standard deviation is given twice: give it once")
        sigma = _float(found["sigma"])
    return Term(
        name,
        _float(found["number"]),
        found["percent"] is not None,
        sigma,
        found["sigma_percent"] is not None,
        polymorph,
    )


def _last(found: re.Match[str]) -> float | None:
    """The standard deviation in brackets, of the last digits: 0.005 for 0.930(5)."""
    told = found["last"]
    if told is None or not told.isdigit():
        return None if told is None else _float(told)
    decimals = (
        len(re.split("[.,]", found["number"])[1]) if re.search("[.,]", found["number"]) else 0
    )
    return round(int(told) / 10.0**decimals, 12)


def _is_compound(text: str) -> bool:
    try:
        parse(text)
    except (AthanorError, ArithmeticError, LookupError, ValueError):
        return False
    return True


def _unsubscripted(text: str) -> str:
    """Formulas without the marks of TeX: BaTiO$_3$, BaTiO_{3}."""
    return re.sub(r"\$?_\{?(\d+(?:\.\d+)?)\}?\$?", r"\1", text)


def _float(text: str) -> float:
    return float(text.replace(",", "."))
