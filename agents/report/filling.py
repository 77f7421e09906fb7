"""Templates filled with figures: what all pages share."""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment
from markupsafe import Markup, escape
from plotly.offline import get_plotlyjs

from agents.files import write_whole

_COUNT = re.compile(r"(?<=[A-Za-z)])(\d+(?:\.\d+)?)")


def fill(template: str, **values: Any) -> str:
    """A template of this folder with values; formulas get subscripts by the filter `formulas`."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["formulas"] = formulas
    return environment.from_string(_text(template)).render(style=_text("style.css"), **values)


def formulas(text: object) -> Markup:
    """Text with the numbers in formulas as subscripts, for a page or a label of a figure."""
    return Markup(_COUNT.sub(r"<sub>\1</sub>", str(escape(text))))


def write_script(folder: Path) -> None:
    """Write the script that figures need into a folder, for pages that do not bring their own."""
    write_whole(folder / "plotly.min.js", get_plotlyjs())


def as_html(figures: Mapping[str, go.Figure], script_beside: bool = False) -> dict[str, str]:
    """Figures as HTML, in the order of the page: the first brings the script that all use.

    With `script_beside` the page asks for the file of `write_script`, which many pages share.
    """
    brought: bool | str = "directory" if script_beside else True
    return {
        key: figure.to_html(
            full_html=False,
            include_plotlyjs=brought if number == 0 else False,
            config={"displayModeBar": False, "responsive": True},
        )
        for number, (key, figure) in enumerate(figures.items())
    }


def _text(name: str) -> str:
    return files("agents.report").joinpath(name).read_text(encoding="utf-8")
