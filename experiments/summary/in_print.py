"""Figures as SVG and PDF for print: a single column of 85 mm, text as text, the same every time."""

import io
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from experiments.summary.drawing import Axis, Dots, Figure, Heat, Line, Look, Panel, areas, opacity
from knowledge.errors import RecordError

WIDTH_MM = 85.0
FORMATS = ("svg", "pdf")
_INCH = 1 / 25.4
_DASHES: dict[str, Any] = {
    "solid": "-", "dash": (0, (5, 2)), "dashdot": (0, (5, 1.5, 1, 1.5)), "dot": (0, (1, 1.2)),
}  # fmt: skip
_MARKERS = {"circle": "o", "square": "s", "diamond": "D", "triangle-up": "^", "x": "X"}
_AREA = 34.0  # of the largest marker, points squared
_COUNT = re.compile(r"(?<=[A-Za-z)])(\d+(?:\.\d+)?)")
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: everywhere the same
    "font.size": 7,
    "axes.labelsize": 7,
    "axes.titlesize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 6.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "athanor",
    "pdf.fonttype": 42,
}


def write_prints(figure: Figure, folder: Path) -> list[Path]:
    """Write NAME.svg and NAME.pdf into a folder; returns their paths.

    Raises RecordError where they cannot be written.
    """
    paths = [folder / f"{figure.name}.{kind}" for kind in FORMATS]
    for path, kind in zip(paths, FORMATS, strict=True):
        part = path.with_suffix(f".{kind}.part")
        try:
            part.write_bytes(printed(figure, kind))
            part.replace(path)
        except OSError as error:
            raise RecordError(
                f"{path} cannot be written ({error.strerror}): name a folder that can be"
            ) from error
    return paths


def printed(figure: Figure, kind: str = "svg") -> bytes:
    """A figure as a file of that kind, svg, pdf or png: equal figures give equal files."""
    dates: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        file = io.BytesIO()
        sheet_of(figure).savefig(file, format=kind, metadata=dates.get(kind), dpi=300)
    return file.getvalue()


def sheet_of(figure: Figure) -> Sheet:
    """A figure drawn by matplotlib, as in a notebook: title, legend, panels, caption."""
    rows = -(-len(figure.panels) // figure.columns)
    title = textwrap.fill(figure.title, 50)
    caption = textwrap.fill(_unbroken(figure.caption), 80)
    legend_rows = -(-len(figure.policies) // _abreast(figure.policies))
    height_mm = (
        sum(_height_mm(panel, figure.columns) for panel in figure.panels[:: figure.columns])
        + 4 * (title.count("\n") + 1) + 2.6 * (caption.count("\n") + 1) + 3.5 * legend_rows
    )  # fmt: skip
    sheet = Sheet(figsize=(WIDTH_MM * _INCH, height_mm * _INCH), layout=_layout())
    drawn = sheet.subplots(rows, figure.columns, squeeze=False).ravel()
    for axes, panel in zip(drawn, figure.panels, strict=False):
        _draw(axes, panel, opacity(figure), wide=figure.columns == 1)
    for axes in drawn[len(figure.panels) :]:
        axes.set_visible(False)
    if figure.policies:
        dotted = any(isinstance(m, Dots) for panel in figure.panels for m in panel.marks)
        _legend(drawn[0], figure.policies, marked=dotted)
    sheet.suptitle(_plain(title), x=0.01, ha="left", fontsize=8, fontweight="bold")
    sheet.supxlabel(_plain(caption), x=0.01, ha="left", fontsize=5.5, color="#444444")
    return sheet


def _layout() -> ConstrainedLayoutEngine:
    """Room on the right, into which the last label of an axis may reach."""
    return ConstrainedLayoutEngine(rect=(0, 0, 0.98, 1))


def _height_mm(panel: Panel, columns: int) -> float:
    if any(isinstance(mark, Heat) for mark in panel.marks):
        above = _turned_mm(panel.x) if _long(panel.x) else 0.0
        return 12 + 3.3 * len(panel.y.categories) + above
    if panel.y.categories:
        lines = max(_broken(c).count("\n") + 1 for c in panel.y.categories)
        return 14 + len(panel.y.categories) * max(5.0, 3.1 * lines)
    tall = 55 if columns == 1 else 44
    return tall + (_turned_mm(panel.x) if _long(panel.x) else 0)


def _turned_mm(axis: Axis) -> float:
    """How long the longest name is, set upright."""
    return 1.5 * max(len(line) for c in axis.categories for line in _broken(c).split("\n"))


def _long(axis: Axis) -> bool:
    """Whether names are too long to stand side by side."""
    return sum(len(c) + 2 for c in axis.categories) > 50


def _draw(axes: Axes, panel: Panel, opaque: float, wide: bool) -> None:
    for mark in panel.marks:
        if isinstance(mark, Heat):
            _heat(axes, mark)
        elif isinstance(mark, Line):
            _line(axes, mark, opaque)
        else:
            _dots(axes, mark)
    if panel.guide == "equal":
        axes.plot([0, 1], [0, 1], color="#999999", lw=0.6, ls=_DASHES["dot"], zorder=0)
    elif panel.guide == "zero":
        axes.axvline(0, color="#999999", lw=0.6, zorder=0)
    if panel.title:
        name, *more = panel.title.split("\n")
        title = "\n".join([_broken(name, 30), *more])
        axes.set_title(_plain(title), loc="left", fontsize=5.5)
    heat = any(isinstance(mark, Heat) for mark in panel.marks)
    _axis(axes, panel.x, "x", turned=_long(panel.x))
    _axis(axes, panel.y, "y")
    if not wide:
        axes.set_xlabel(textwrap.fill(axes.get_xlabel(), 18))
    if heat:
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)


def _axis(axes: Axes, told: Axis, which: str, turned: bool = False) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    limits = axes.set_xlim if which == "x" else axes.set_ylim
    axis.set_label_text(_plain(told.label))
    if told.low is not None or told.high is not None:
        share = 0.02 if told.percent else 0.0  # a line at nothing or all is seen whole
        low, high = told.low, told.high
        limits(None if low is None else low - share, None if high is None else high + share)
    if told.whole:
        axis.set_major_locator(MaxNLocator(integer=True))
    if told.percent:
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    if told.categories:
        names = [_formula(c) if told.formulas else _plain(_broken(c)) for c in told.categories]
        axis.set_ticks(range(len(names)), labels=names, rotation=90 if turned else 0)
        axes.tick_params(axis="x" if which == "x" else "y", length=0)


def _line(axes: Axes, line: Line, opaque: float) -> None:
    jumps: dict[str, Any] = {"drawstyle": "steps-post"} if line.steps else {}
    axes.plot(line.x, line.y, **_stroke(line.look), **jumps)
    if line.band is not None:
        step: Any = "post" if line.steps else None
        axes.fill_between(line.x, *line.band, step=step, color=line.look.colour, alpha=opaque, lw=0)


def _stroke(look: Look) -> dict[str, Any]:
    width, order = (0.9, 1) if look.limit else (1.2, 2)
    return {"color": look.colour, "ls": _DASHES[look.dash], "lw": width, "zorder": order}


def _dots(axes: Axes, dots: Dots) -> None:
    middle = dots.x if dots.across else dots.y
    bars = np.maximum([middle - dots.low, dots.high - middle], 0)
    sides: dict[str, Any] = {"xerr" if dots.across else "yerr": bars}
    axes.errorbar(dots.x, dots.y, **sides, fmt="none", ecolor=dots.look.colour, elinewidth=0.9)
    axes.scatter(
        dots.x, dots.y, s=_AREA * areas(dots.counts, len(dots.x)),
        c=dots.look.colour, marker=_MARKERS[dots.look.marker], lw=0, zorder=3,
    )  # fmt: skip
    if dots.joined:
        axes.plot(dots.x, dots.y, **(_stroke(dots.look) | {"lw": 0.7}))


def _heat(axes: Axes, heat: Heat) -> None:
    # Cells are drawn, not an image: they stay sharp, and a PDF of them has no picture in it.
    shade = (heat.values - heat.low) / (heat.high - heat.low or 1.0)
    colours = mpl.colormaps["viridis"]
    rows, columns = heat.values.shape
    for row, column in np.ndindex(rows, columns):
        value = shade[row, column]
        there = bool(np.isfinite(value))
        axes.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5), 1, 1, lw=0.3, ec="white",
                fc=colours(float(value)) if there else "#EEEEEE",
            )
        )  # fmt: skip
        axes.text(
            column, row, heat.texts[row][column], ha="center", va="center_baseline", fontsize=5.5,
            color="black" if not there or value > 0.55 else "white",
        )  # fmt: skip
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)


def _legend(axes: Axes, policies: dict[str, Look], marked: bool) -> None:
    handles = [
        Line2D([], [], **_stroke(look), marker=_MARKERS[look.marker], ms=3.5 if marked else 0)
        for look in policies.values()
    ]
    axes.legend(
        handles, [_plain(name) for name in policies], loc="lower left",
        bbox_to_anchor=(-0.02, 1.0), ncols=_abreast(policies), frameon=False, handlelength=3,
        columnspacing=1.2, borderaxespad=0.2,
    )  # fmt: skip


def _unbroken(text: str) -> str:
    """Text in which a number and its sign stay on one line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%").replace(
        "n = ", "n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
    )


def _abreast(policies: Iterable[str]) -> int:
    """How many names of a legend stand side by side."""
    longest = max(map(len, policies), default=0)
    return next((n for n, most in ((3, 11), (2, 24)) if longest <= most), 1)


def _broken(text: str, width: int = 18) -> str:
    """A name with settings, or of many words, on several lines where it is longer than that."""
    lines = [""]
    for part in re.split(r"(?<=[:;,= ])", text):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def _plain(text: str) -> str:
    """Text in which a dollar sign begins no formula."""
    return text.replace("$", r"\$")


def _formula(text: str) -> str:
    """A formula with its numbers low: as characters, which a reader can search for."""
    return _COUNT.sub(lambda count: count[1].translate(_LOW), _plain(text))
