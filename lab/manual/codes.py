"""Short names of experiments, to be written on a crucible and typed by hand.

Four letters and one that checks them. The sum of the letters' numbers, weighted by their places, is
nought modulo 31: as 31 is a prime and no weight a multiple of it, one wrong letter, or two that
changed places, never give the code of another experiment (the principle of ISBN-10).
"""

import hashlib
from collections.abc import Container

from knowledge.errors import AthanorError

# Without 0, 1, I, L and O, which look alike.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 5
_MODULUS = len(LETTERS)


def code_of(experiment_id: str, taken: Container[str] = ()) -> str:
    """A code for an experiment, the same for the same id, none of those that are taken."""
    salt = 0
    while True:
        digest = hashlib.sha256(f"{experiment_id}/{salt}".encode()).digest()
        number = int.from_bytes(digest[:8], "big")
        code = ""
        for _ in range(LENGTH - 1):
            number, digit = divmod(number, _MODULUS)
            code += LETTERS[digit]
        code += LETTERS[-_sum(code) * pow(LENGTH, -1, _MODULUS) % _MODULUS]
        if code not in taken:
            return code
        salt += 1


def read_code(text: str) -> str | None:
    """The code that was typed, in any case, with blanks or hyphens; none if it looks like none.

    Raises AthanorError for what looks like a code with a slip in it.
    """
    letters = "".join(text.split()).replace("-", "").upper()
    if len(letters) != LENGTH or not (letters.isascii() and letters.isalnum()):
        return None
    strange = sorted(set(letters) - set(LETTERS))
    if strange or _sum(letters) % _MODULUS:
        told = f"it has {', '.join(strange)}, which no code has" if strange else "a letter is wrong"
        raise AthanorError(
            f"{text!r} is no code of an experiment ({told}): look at the sheet again"
        )
    return letters


def _sum(letters: str) -> int:
    return sum(place * LETTERS.index(letter) for place, letter in enumerate(letters, 1))
