"""Figures as plotly draws them: for the page, and for notebooks."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from agents.report.figures import LAYOUT
from agents.report.filling import formulas
from experiments.summary.drawing import Axis, Dots, Figure, Heat, Line, Look, Panel, areas, opacity

_DIAMETER = 16.0  # of the largest marker, pixels
_ROW_PX = 24


def drawn(figure: Figure) -> go.Figure:
    """A figure with its panels and legend; title and caption are left to the page around it."""
    rows = -(-len(figure.panels) // figure.columns)
    titles = [_text(panel.title).replace("\n", "<br>") for panel in figure.panels]
    sheet = make_subplots(
        rows=rows,
        cols=figure.columns,
        subplot_titles=titles if any(titles) else None,
        vertical_spacing=0.32 / rows,
        horizontal_spacing=0.12,
    )
    for number, panel in enumerate(figure.panels):
        place = {"row": number // figure.columns + 1, "col": number % figure.columns + 1}
        for mark in panel.marks:
            if isinstance(mark, Heat):
                _heat(sheet, mark, panel, place)
            elif isinstance(mark, Line):
                _line(sheet, mark, panel, place, opacity(figure))
            else:
                _dots(sheet, mark, panel, place, figure.legend)
        _guide(sheet, panel, place)
        sheet.update_xaxes(**_axis(panel.x), **place)
        sheet.update_yaxes(**_axis(panel.y), **place)
    heights = sum(_height(panel) for panel in figure.panels[:: figure.columns])
    sheet.update_layout(**(LAYOUT | {"margin": {"l": 70, "r": 20, "t": 50 if any(titles) else 20,
                                                "b": 60}}), height=heights)  # fmt: skip
    return sheet.update_layout(showlegend=bool(figure.policies), hovermode="closest")


def _height(panel: Panel) -> int:
    if panel.y.categories:
        return 130 + _ROW_PX * len(panel.y.categories)
    return 420


def _line(sheet: go.Figure, line: Line, panel: Panel, place: dict[str, int], opaque: float) -> None:
    shape = "hv" if line.steps else "linear"
    told, form = None, _format(panel.y)
    between = ""
    if line.band is not None:
        low, high = line.band
        edge: dict[str, Any] = {
            "mode": "lines", "line": {"width": 0, "shape": shape}, "hoverinfo": "skip",
            "showlegend": False, "legendgroup": line.name,
        }  # fmt: skip
        filled = {"fill": "tonexty", "fillcolor": _faint(line.look, opaque)}
        sheet.add_scatter(x=line.x, y=low, **edge, **place)
        sheet.add_scatter(x=line.x, y=high, **edge, **filled, **place)
        told = np.stack([low, high], axis=1)
        between = f" (%{{customdata[0]:{form}}} to %{{customdata[1]:{form}}})"
    sheet.add_scatter(
        x=line.x, y=line.y, mode="lines", name=_text(line.name), legendgroup=line.name,
        line={**_stroke(line.look), "shape": shape},
        customdata=told,
        hovertemplate=f"{_text(line.name)}: %{{y:{form}}}{between} "
        f"at %{{x:{_format(panel.x)}}}<extra></extra>",
        **place,
    )  # fmt: skip


def _dots(sheet: go.Figure, dots: Dots, panel: Panel, place: dict[str, int], legend: bool) -> None:
    middle = dots.x if dots.across else dots.y
    bars = {
        "type": "data", "array": np.maximum(dots.high - middle, 0),
        "arrayminus": np.maximum(middle - dots.low, 0), "thickness": 1.5, "width": 0,
    }  # fmt: skip
    axis, value = (panel.x, "x") if dots.across else (panel.y, "y")
    counts = dots.counts or ("",) * len(dots.x)
    form = _format(axis)
    sheet.add_scatter(
        x=dots.x, y=dots.y, mode="lines+markers" if dots.joined else "markers",
        name=_text(dots.name), line=_stroke(dots.look) if dots.joined else None,
        showlegend=legend,
        marker={
            "color": dots.look.colour, "symbol": dots.look.marker,
            "size": _DIAMETER * np.sqrt(areas(dots.counts, len(dots.x))),
        },
        customdata=[
            (low, high, f" of {count:,}" if count else "")
            for low, high, count in zip(dots.low, dots.high, counts, strict=True)
        ],
        hovertemplate=f"{_text(dots.name)}: %{{{value}:{form}}}%{{customdata[2]}} "
        f"(%{{customdata[0]:{form}}} to %{{customdata[1]:{form}}})<extra></extra>",
        **{f"error_{value}": bars}, **place,
    )  # fmt: skip


def _heat(sheet: go.Figure, heat: Heat, panel: Panel, place: dict[str, int]) -> None:
    swapped = heat.low > heat.high
    sheet.add_heatmap(
        z=heat.values, text=heat.texts, texttemplate="%{text}", xgap=1, ygap=1,
        colorscale="Viridis", reversescale=swapped, zmin=min(heat.low, heat.high),
        zmax=max(heat.low, heat.high), showscale=False,
        customdata=[
            [f"{_text(policy)} for {_name(panel.y, row)}" for policy in panel.x.categories]
            for row in panel.y.categories
        ],
        hovertemplate="%{customdata}: %{text}<extra></extra>", **place,
    )  # fmt: skip
    sheet.update_xaxes(side="top", **place)
    sheet.update_yaxes(autorange="reversed", **place)


def _guide(sheet: go.Figure, panel: Panel, place: dict[str, int]) -> None:
    if panel.guide == "equal":
        sheet.add_scatter(
            x=[0, 1], y=[0, 1], mode="lines", line={"color": "#999999", "dash": "dot", "width": 1},
            hoverinfo="skip", showlegend=False, **place,
        )  # fmt: skip
    elif panel.guide == "zero":
        sheet.add_vline(x=0, line={"color": "#999999", "width": 1}, **place)


def _axis(told: Axis) -> dict[str, Any]:
    asked: dict[str, Any] = {"title": {"text": _text(told.label)}, "automargin": True}
    if told.categories:
        places = list(range(len(told.categories)))
        asked |= {"tickvals": places, "ticktext": [_name(told, c) for c in told.categories]}
    if told.low is not None and told.high is not None:
        share = 0.02 if told.percent else 0.0
        low, high = sorted((told.low, told.high))
        asked["range"] = [low - share, high + share]
        if told.low > told.high:
            asked["range"].reverse()
    elif told.low is not None:
        asked["rangemode"] = "tozero"
    if told.percent:
        asked["tickformat"] = ".0%"
    if told.whole:
        asked["tickformat"] = "d"
    return asked


def _format(told: Axis) -> str:
    if told.percent:
        return ".1%"
    return "d" if told.whole else ".3~g"


def _stroke(look: Look) -> dict[str, Any]:
    return {"color": look.colour, "dash": look.dash, "width": 1.5 if look.limit else 2.2}


def _faint(look: Look, opaque: float) -> str:
    red, green, blue = (int(look.colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opaque:.3f})"


def _name(told: Axis, category: str) -> str:
    return str(formulas(category)) if told.formulas else _text(category)


def _text(text: str) -> str:
    """Text in which nothing is taken for a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
