"""What the two backends draw: files for print, the same every time, and a page."""

import re
import zlib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from experiments.summary.campaigns import campaigns_of
from experiments.summary.drawing import Figure, Line
from experiments.summary.figures import figures_of
from experiments.summary.in_plotly import drawn
from experiments.summary.in_print import printed, write_prints
from experiments.summary.page import render
from experiments.summary.scores import Summary, summarize
from knowledge.errors import AthanorError
from tests.experiments.summary.rows import failed, frame, row

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def summary() -> Summary:
    rows = [
        row(name, [0.1] * n + [0.95], target, seed, world, promised=(0.3,) * (n + 1))
        for name, n in (("athanor", 1), ("gp:a=<b>&$c", 2), ("oracle", 0))
        for target in ("La0.7Sr0.3MnO3", "BaTiO3")
        for seed in range(3)
        for world in ("easy", "hostile")
    ]
    return summarize(campaigns_of(frame(*rows, failed("athanor", seed=8))))


@pytest.fixture(scope="module")
def pictures(summary: Summary) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures_of(summary)}


@pytest.mark.parametrize("name", ["made_experiments", "differences", "targets"])
def test_a_print_is_a_column_wide_well_formed_and_has_its_text_as_text(
    pictures: dict[str, Figure], name: str
) -> None:
    root = ET.fromstring(printed(pictures[name], "svg"))
    assert root.tag == f"{_SVG}svg"
    assert float(root.attrib["width"].removesuffix("pt")) == pytest.approx(85 / 25.4 * 72)
    text = " ".join("".join(each.itertext()) for each in root.iter(f"{_SVG}text"))
    assert pictures[name].title in text
    assert "gp:a=<b>&$c" in text
    if name == "targets":
        assert "La₀.₇Sr₀.₃MnO₃" in text


def test_equal_figures_give_equal_files(pictures: dict[str, Figure]) -> None:
    figure = pictures["differences"]
    for kind in ("svg", "pdf"):
        assert printed(figure, kind) == printed(figure, kind)


def test_letters_of_a_pdf_can_be_searched(pictures: dict[str, Figure]) -> None:
    """Fonts are embedded as TrueType, with the table that leads from glyphs to characters."""
    pdf = printed(pictures["worlds"], "pdf")
    inflated = b"".join(
        _inflated(part) for part in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.S)
    )
    assert b"/FontFile2" in pdf
    assert b"beginbfchar" in inflated or b"beginbfrange" in inflated
    assert b"/CreationDate" not in pdf


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_prints_are_written_side_by_side(pictures: dict[str, Figure], tmp_path: Path) -> None:
    paths = write_prints(pictures["differences"], tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["differences.pdf", "differences.svg"]
    assert all(path.stat().st_size > 1000 for path in paths)
    with pytest.raises(AthanorError, match=r"differences\.svg cannot be written"):
        write_prints(pictures["differences"], tmp_path / "no")


def test_the_page_has_every_figure_and_loads_nothing(
    summary: Summary, pictures: dict[str, Figure]
) -> None:
    page = render(summary, list(pictures.values()))
    for figure in pictures.values():
        assert f'<h2 id="{figure.name}">' in page
    outside = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert "http" not in outside
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=", page)
    assert "@import" not in outside
    assert "1 of 13 campaigns of athanor failed" in outside
    assert "gp:a=&lt;b&gt;&amp;$c" in outside
    assert "<b>" not in outside


def test_both_backends_draw_the_same_numbers(pictures: dict[str, Figure]) -> None:
    figure = pictures["made_experiments"]
    (ours,) = [
        m for p in figure.panels for m in p.marks if isinstance(m, Line) and m.name == "athanor"
    ]
    (trace,) = [t for t in drawn(figure).data if t.name == "athanor"]
    assert list(trace.x) == list(ours.x)
    assert list(trace.y) == list(ours.y)
    assert trace.line.dash == ours.look.dash
    assert trace.line.color == ours.look.colour
