"""The pictures of a comparison: what is drawn in them, and that they open anywhere."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from experiments.comparison.page import render
from experiments.comparison.picture import narrowing, print_of, write_print
from experiments.summary.drawing import Line
from experiments.summary.in_print import printed
from knowledge.errors import RecordError
from tests.experiments.comparison.cases import compared
from tests.experiments.summary.rows import row

ROWS = [
    each
    for seed in range(25)
    for each in (
        row("mine", [0.95], seed=seed),
        row("other", [0.1, 0.95] if seed % 3 else [0.95], seed=seed),
        row("random", [0.1, 0.1, 0.1, 0.2], seed=seed),
        row("oracle", [1.0], seed=seed),
    )
]


def test_the_picture_shows_zero_the_margin_and_how_the_doubt_narrows() -> None:
    found = compared(ROWS, limits=("random", "oracle"))
    (panel,) = narrowing(found).panels
    nothing, doubt = (mark for mark in panel.marks if isinstance(mark, Line))
    assert nothing.band is not None
    assert doubt.band is not None
    assert [*nothing.y, nothing.band[0][0], nothing.band[1][0]] == pytest.approx([0, 0, -0.1, 0.1])
    assert list(doubt.x) == list(range(1, 26))
    width = doubt.band[1] - doubt.band[0]
    assert (np.diff(width) <= 0).all()
    assert doubt.y[-1] == pytest.approx(16 / 25)  # one experiment saved with 16 seeds of 25


def test_limits_are_drawn_with_both_policies_and_an_opponent_is_never_a_limit() -> None:
    assert {"mine", "other", "oracle", "random"} <= set(
        print_of(compared(ROWS, limits=("random", "oracle"))).policies
    )
    found = narrowing(compared(ROWS, ("random", "other"), limits=("oracle",)))
    assert not found.policies["against random"].limit


def test_print_is_well_formed_and_the_same_every_time() -> None:
    figure = print_of(compared(ROWS, limits=("random", "oracle")))
    once, again = (printed(figure, "svg") for _ in range(2))
    assert once == again
    text = " ".join(ElementTree.fromstring(once).itertext())
    assert "experiments saved, number" in text
    assert "campaigns that made their target" in text


def test_the_page_loads_nothing_and_tells_the_verdict() -> None:
    page = render(compared(ROWS, limits=("random", "oracle")))
    assert "mine saves 0.6 experiments of 4 (" in page
    assert not re.findall(r"""<(?:script|link|img)[^>]*(?:src|href)=["']?http""", page)


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        write_print(compared(ROWS), tmp_path / "none" / "a.svg")
