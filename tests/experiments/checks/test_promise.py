"""Verdicts tell what happened, where, and come for every promise."""

import time
from pathlib import Path

import pytest

from experiments.checks.promise import Contract, Verdict, expect, judged
from experiments.checks.show import line, summed_up

THINGS: Contract[list[int]] = Contract()


@THINGS.promise("put something in")
def has_something(things: list[int]) -> None:
    """There is something in it.

    More is not told.
    """
    expect(bool(things), "it is empty")


@THINGS.promise("take them out")
def has_no_zeros(things: list[int]) -> None:
    """Everything has an inverse."""
    assert [1 / thing for thing in things]


@THINGS.promise("be quick")
def is_quick(things: list[int]) -> None:
    """It takes no time."""
    time.sleep(0.0 if len(things) < 3 else 60)


def test_each_promise_has_a_verdict_and_none_stops_the_next() -> None:
    kept, broken, also_kept = judged(THINGS.promises, [1, 0])
    assert kept == Verdict("has_something", "There is something in it", "put something in")
    assert (kept.kept, broken.kept, also_kept.kept) == (True, False, True)
    assert line(kept) == "kept    There is something in it"


def test_what_was_raised_is_told_with_its_line() -> None:
    (_, broken, _) = judged(THINGS.promises, [1, 0])
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    number = 1 + next(n for n, text in enumerate(source) if "assert [1 / thing" in text)
    told = f"it raised ZeroDivisionError: division by zero (line {number} of test_promise.py)"
    assert broken.happened == told
    assert line(broken) == f"BROKEN  Everything has an inverse: {told}; to do: take them out"


def test_without_the_first_the_others_are_not_tried() -> None:
    (only,) = found = list(judged(THINGS.promises, []))
    assert only.happened == "it is empty"
    assert summed_up(found, 3) == "0 of 3 promises kept; 2 not tried without the first"


def test_what_never_ends_is_broken_off() -> None:
    began = time.monotonic()
    *_, slow = judged(THINGS.promises, [1, 2, 3], limit_s=0.2)
    assert slow.happened is not None
    assert slow.happened.startswith("it was not done after 0.2 s (line")
    assert time.monotonic() - began < 30  # seconds; the promise would take 60


def test_an_interrupt_is_no_verdict() -> None:
    class Interrupting(list[int]):
        def __bool__(self) -> bool:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(judged(THINGS.promises, Interrupting()))


def test_leaving_the_program_is_broken_and_goes_on() -> None:
    class Leaving(list[int]):
        def __iter__(self) -> "Leaving":  # type: ignore[override]
            raise SystemExit(0)

    verdicts = list(judged(THINGS.promises, Leaving([1])))
    assert [v.kept for v in verdicts] == [True, False, True]
