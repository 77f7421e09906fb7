"""Codes of experiments: a slip of the hand never names another experiment."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import AthanorError
from lab.manual.codes import LETTERS, code_of, read_code

NAMES = st.text(min_size=1, max_size=60)


@given(NAMES)
def test_a_code_is_read_as_it_is_typed(name: str) -> None:
    code = code_of(name)
    assert code == code_of(name)
    assert read_code(code) == read_code(f" {code[:2].lower()}-{code[2:]} ") == code
    other = code_of(name, taken={code})
    assert other != code
    assert read_code(other) == other


@pytest.mark.parametrize("name", ["BaTiO3-athanor-1a2b3c4d-0001", "x", "é"])
def test_every_slip_of_one_letter_or_two_places_is_seen(name: str) -> None:
    """All of them: 5 places x 30 letters, and all pairs that change places."""
    code = code_of(name)
    slips = {code[:i] + letter + code[i + 1 :] for i in range(5) for letter in LETTERS}
    for i, j in itertools.combinations(range(5), 2):
        swapped = list(code)
        swapped[i], swapped[j] = code[j], code[i]
        slips.add("".join(swapped))
    for slip in slips - {code}:
        with pytest.raises(AthanorError, match="no code"):
            read_code(slip)


@pytest.mark.parametrize("text", ["", "BaTiO3-0001", "0001", "ÄÖÜßé", "A B", "ABCDEF"])
def test_what_looks_like_no_code_is_none(text: str) -> None:
    assert read_code(text) is None


def test_letters_that_look_alike_are_in_no_code() -> None:
    assert len(LETTERS) == len(set(LETTERS)) == 31
    assert not set("01ILO") & set(LETTERS)
    with pytest.raises(AthanorError, match="O, which no code has"):
        read_code("ABCDO")
