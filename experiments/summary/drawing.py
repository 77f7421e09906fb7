"""Figures as they are before anything draws them: what stands where, in which look, saying what.

One description serves the page (in_plotly) and print (in_print), so that both show the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from experiments.summary.campaigns import Floats
from experiments.summary.replays import ORACLE

Dash = Literal["solid", "dash", "dashdot", "dot"]
Marker = Literal["circle", "square", "diamond", "triangle-up", "x"]
# Okabe and Ito's colours, told apart by people who see colours differently, dark ones first; line
# styles and markers tell the same apart in grey.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_DASHES: tuple[Dash, ...] = ("solid", "dash", "dashdot", "dot")
_LEAST_AREA = 0.1
_MARKERS: tuple[Marker, ...] = ("circle", "square", "diamond", "triangle-up", "x")


@dataclass(frozen=True)
class Look:
    """How a policy looks in every figure. `limit`: drawn in grey, behind the others."""

    colour: str
    dash: Dash = "solid"
    marker: Marker = "circle"
    limit: bool = False


# What no policy can do better than, and what each should: they frame the picture.
LIMITS = {
    ORACLE: Look("#444444", "dash", "diamond", limit=True),
    "random": Look("#8A8A8A", "dot", "x", limit=True),
}


def looks(policies: Sequence[str]) -> dict[str, Look]:
    """The look of each policy; the same ones get the same, as long as their order stays."""
    found = {name: LIMITS[name] for name in policies if name in LIMITS}
    for number, name in enumerate(p for p in policies if p not in LIMITS):
        found[name] = Look(
            _COLOURS[number % len(_COLOURS)],
            _DASHES[(number + number // len(_COLOURS)) % len(_DASHES)],
            _MARKERS[number % len(_MARKERS)],
        )
    return found


@dataclass(frozen=True)
class Line:
    """A curve of a policy, and the band around it, low and high. `steps`: it jumps."""

    name: str
    x: Floats
    y: Floats
    look: Look
    band: tuple[Floats, Floats] | None = None
    steps: bool = False


@dataclass(frozen=True)
class Dots:
    """Points with bars. `across`: bars lie along x; `joined`: a line leads from each to the next.

    `counts`: what each point stands for, shown by its size.
    """

    name: str
    x: Floats
    y: Floats
    low: Floats
    high: Floats
    look: Look
    across: bool = False
    joined: bool = False
    counts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Heat:
    """A colour and a text in each cell, rows from the top. `values` has NaN where there is none.

    Bright is good: `low` and `high` are the values of the darkest and the brightest colour.
    """

    values: Floats
    texts: tuple[tuple[str, ...], ...]
    low: float
    high: float
    scale: str


@dataclass(frozen=True)
class Axis:
    """What an axis shows, with its unit. `categories` stand at 0, 1, 2 ...; shares as percent.

    `whole`: what is counted, so that nothing between two numbers is marked.
    """

    label: str
    low: float | None = None
    high: float | None = None
    percent: bool = False
    whole: bool = False
    categories: tuple[str, ...] = ()
    formulas: bool = False


@dataclass(frozen=True)
class Panel:
    """Axes and what is drawn in them. `guide`: a thin line, of equal x and y or where x is zero."""

    x: Axis
    y: Axis
    marks: tuple[Line | Dots | Heat, ...]
    title: str = ""
    guide: Literal["equal", "zero", ""] = ""


@dataclass(frozen=True)
class Figure:
    """One question, as its title, and the picture that answers it.

    `name` is that of its files; the caption says of how many campaigns, and what bands and bars
    are. `columns`: how many panels stand side by side.
    """

    name: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    columns: int = 1
    legend: bool = True

    @property
    def policies(self) -> dict[str, Look]:
        """The names in the legend, each once."""
        marks = [m for panel in self.panels for m in panel.marks if isinstance(m, Line | Dots)]
        return {m.name: m.look for m in marks} if self.legend else {}


def opacity(figure: Figure) -> float:
    """Of the bands of a figure: the more there are, the fainter, so that lines stay seen."""
    marks = [mark for panel in figure.panels for mark in panel.marks]
    bands = sum(isinstance(mark, Line) and mark.band is not None for mark in marks)
    return min(0.16, 0.5 / max(bands, 1))


def areas(counts: Sequence[int], points: int) -> Floats:
    """Relative areas of so many markers, that of the largest count 1; alike without counts."""
    if not counts:
        return np.full(points, 0.5)
    return np.maximum(np.asarray(counts, dtype=np.float64) / max(counts), _LEAST_AREA)
