"""Numbers as people type them: 0.5, 0,5 and 99.9 %. What could mean two things is refused.

So 1,234 is refused here, where a number may be large: grams of a delivery, prices. What a person
says of an experiment is read elsewhere (`agents.recording`): masses on a sheet are a few grams and
weight fractions at most one, so that a comma there is always a decimal comma, and 1,234 is 1.234 g.
"""

import re
from decimal import Decimal

from knowledge.errors import RecordError

_PLAIN = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?")
_COMMA = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{0,30}),(?P<part>[0-9]{1,30})")
_LONGEST = 200
# 1,234 is one thousand and more to some, and a little more than one to others; 0,234 is not.
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")


def number(text: str, name: str, comma: bool = False) -> Decimal:
    """The number that a text is.

    `comma`: what stands beside it has decimal commas, so 1,234 is clear and 1.234 is not. Raises
    RecordError, with `name`, for what is no number or could be two.
    """
    text = text.strip()
    doubtful = bool(_AMBIGUOUS.fullmatch(text)) and ("," in text) is not comma
    if doubtful:
        whole, part = re.split("[.,]", text)
        raise RecordError(
            f"{name} is {text}, which may be read in two ways: write {whole}{part}, or "
            f"{whole}.{part}0"
        )
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    with_comma = _COMMA.fullmatch(text)
    if with_comma:
        return Decimal(f"{with_comma['sign']}{with_comma['whole'] or 0}.{with_comma['part']}")
    raise RecordError(
        f"{name} is {text[:40]!r}: write one number, such as 0.5 or 0,5, with nothing between "
        "thousands and no unit"
    )


def line(text: str, name: str) -> str:
    """A name or the like, without spaces at its ends. Raises RecordError for more than a line."""
    text = text.strip()
    if len(text) > _LONGEST or not text.isprintable():
        raise RecordError(
            f"{name} is {text[:20]!r}...: give at most {_LONGEST} printable characters"
        )
    return text


def has_decimal_comma(text: str) -> bool:
    """Whether a text is a number with a decimal comma, beyond doubt."""
    text = text.strip().removesuffix("%").strip()
    return bool(_COMMA.fullmatch(text)) and not _AMBIGUOUS.fullmatch(text)


def purity(text: str, percent: bool = False, comma: bool = False) -> float:
    """A weight fraction, from 0.999 or 99.9 %; with `percent`, 99.9 alone is percent too.

    Raises RecordError for what is no fraction above 0, at most 1.
    """
    plain = text.strip().removesuffix("%")
    per_cent = percent or plain != text.strip()
    found = number(plain, "purity", comma) / (100 if per_cent else 1)
    if not 0 < found <= 1:
        raise RecordError(
            f"purity is {text.strip()}: it is a weight fraction, above 0 and at most 1; write "
            "0.999 or 99.9 %"
        )
    return float(found)
