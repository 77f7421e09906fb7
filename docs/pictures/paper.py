"""The paper that pictures are drawn on: one style, and SVG that is the same every time."""

import io
import re
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by people who see colours differently.
BLUE, ORANGE, GREEN, PINK, YELLOW, SKY = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
)  # fmt: skip
GREY = "#666666"
_COUNT = re.compile(r"(?<=[A-Za-z)])(\d+(?:\.\d+)?)")
_PATH, _LONG = re.compile(r' d="[^"]*"'), re.compile(r"-?\d+\.\d{3,}")
_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "mathtext.default": "regular",
    "svg.fonttype": "path",  # readers need no font
    "svg.hashsalt": "athanor",
}
_WIDTH_IN = 7.6
mpl.rcParams.update(_STYLE)  # type: ignore[arg-type]


def panels(count: int = 1, height_in: float = 3.1, **options: Any) -> tuple[Figure, list[Axes]]:
    """A figure with so many panels side by side."""
    figure = Figure(figsize=(_WIDTH_IN, height_in), layout="constrained")
    drawn = figure.subplots(1, count, squeeze=False, **options)
    return figure, list(drawn[0])


def as_svg(figure: Figure) -> bytes:
    """The figure as a file: equal figures give equal files."""
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    drawn = _PATH.sub(_rounded, file.getvalue().decode())
    return re.sub(r"\n\s*", "\n", drawn).encode()


def _rounded(path: re.Match[str]) -> str:
    """A path with two digits after the point: half the file, and the same to the eye."""
    return _LONG.sub(lambda number: f"{float(number[0]):.2f}", path[0])


def formula(text: str) -> str:
    """Formulas with their numbers low."""
    return _COUNT.sub(r"$_{\1}$", text)
