"""The network of a map: phases, the pairs that react, to what, and the pairs that do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from agents.report.figures import LAYOUT
from agents.report.filling import formulas
from agents.report.reactivity_hover import about_pair, about_phase
from agents.report.reactivity_layout import Place, places
from agents.report.reactivity_rows import Row

_INERT_COLOUR = "#AAAAAA"
_PHASE_COLOUR = "#33475B"
_SCALE = "Plasma"
_SCALE_END = 0.88  # its last part is too bright for thin lines
# Inert pairs stand further apart than those that react, which leaves room in the middle.
_INERT_LENGTH = 2.5
# Beyond this many edges heads of arrows are clutter, and slow.
_MOST_ARROWS = 400
_STEP_C = 100.0
_FAINT = 0.12


@dataclass(frozen=True)
class _Edge:
    """From a reactant to its reaction, or from there on to a product."""

    start: Place
    end: Place
    reaction: int
    leads_on: bool


def network(rows: Sequence[Row]) -> go.Figure:
    """Phases, a diamond where a pair reacts, arrows to the products; inert pairs dotted.

    The colour of a reaction is the median of its onset. The slider fades what is not likely to
    have begun by a temperature.
    """
    reacting = [row for row in rows if row.seen_to_react]
    inert = [row for row in rows if not row.seen_to_react and len(row.belief.pair) == 2]
    at = places(_graph(reacting, inert))
    colours = _colours(reacting)
    edges = _edges(reacting, at)
    arrows = [] if len(edges) > _MOST_ARROWS else [_arrow(e, colours[e.reaction]) for e in edges]
    figure = go.Figure(
        [
            _lines([_ends(row, at) for row in inert], "dot", "does not react"),
            _crosses(inert, at),
            *([] if arrows else [_lines([(e.start, e.end) for e in edges], "solid", "")]),
            _spots(rows, at),
            _diamonds(reacting, at, colours),
        ]
    )
    figure.update_layout(
        **{**LAYOUT, "margin": {"l": 10, "r": 10, "t": 30, "b": 10}},
        height=_height(at),
        annotations=[*arrows, *_labels(rows, at)],
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        hoverlabel={"align": "left", "bgcolor": "white", "font": {"size": 13}},
        sliders=_sliders(reacting, edges if arrows else [], len(figure.data) - 1),
    )
    hidden: dict[str, Any] = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x")
    return figure


def _graph(reacting: Sequence[Row], inert: Sequence[Row]) -> "nx.Graph":
    graph = nx.Graph()
    for number, row in enumerate(reacting):
        for solid in sorted({*row.belief.pair, *row.main_products}):
            graph.add_edge(("reaction", number), solid, length=1.0)
    for row in inert:
        graph.add_edge(*row.belief.pair, length=_INERT_LENGTH)
    return graph


def _edges(reacting: Sequence[Row], at: dict[object, Place]) -> list[_Edge]:
    found = []
    for number, row in enumerate(reacting):
        here = at["reaction", number]
        found += [_Edge(at[solid], here, number, False) for solid in row.belief.pair]
        found += [_Edge(here, at[solid], number, True) for solid in row.main_products]
    return found


def _colours(reacting: Sequence[Row]) -> list[str]:
    """A colour for each reaction by the median of its onset."""
    medians = [row.onset_c[1] for row in reacting]
    low, high = (min(medians), max(medians)) if medians else (0.0, 1.0)
    spread = max(high - low, 1.0)
    shares = [_SCALE_END * (m - low) / spread for m in medians]
    return [str(c) for c in sample_colorscale(_SCALE, shares)] if shares else []


def _diamonds(
    reacting: Sequence[Row], at: dict[object, Place], colours: Sequence[str]
) -> go.Scatter:
    spots = [at["reaction", number] for number in range(len(reacting))]
    medians = [row.onset_c[1] for row in reacting]
    used = [[i / 10, c] for i, c in enumerate(sample_colorscale(_SCALE, _shares()))]
    return go.Scatter(
        x=[x for x, _ in spots],
        y=[y for _, y in spots],
        mode="markers",
        name="reacts",
        marker={
            "symbol": "diamond",
            "size": 15,
            "color": medians,
            "colorscale": used,
            "line": {"color": "white", "width": 1},
            "colorbar": {"title": "onset (C)", "thickness": 14, "len": 0.6, "x": 1.0},
            "showscale": bool(colours),
        },
        customdata=[about_pair(row) for row in reacting],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _shares() -> list[float]:
    return [_SCALE_END * i / 10 for i in range(11)]


def _spots(rows: Sequence[Row], at: dict[object, Place]) -> go.Scatter:
    """Where the phases are, under their labels, for the pointer."""
    names = _phases(at)
    return go.Scatter(
        x=[at[name][0] for name in names],
        y=[at[name][1] for name in names],
        mode="markers",
        name="phase",
        marker={"size": 22, "color": "white", "line": {"color": _PHASE_COLOUR, "width": 1}},
        customdata=[about_phase(name, rows) for name in names],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _labels(rows: Sequence[Row], at: dict[object, Place]) -> list[dict[str, Any]]:
    return [
        {
            "x": at[name][0],
            "y": at[name][1],
            "text": f"<b>{formulas(name)}</b>",
            "showarrow": False,
            "font": {"size": 13, "color": _PHASE_COLOUR},
            "bgcolor": "white",
            "bordercolor": _PHASE_COLOUR,
            "borderpad": 3,
            "hovertext": about_phase(name, rows),
        }
        for name in _phases(at)
    ]


def _phases(at: dict[object, Place]) -> list[str]:
    return [node for node in at if isinstance(node, str)]


def _crosses(inert: Sequence[Row], at: dict[object, Place]) -> go.Scatter:
    ends = [_ends(row, at) for row in inert]
    return go.Scatter(
        x=[(one[0] + other[0]) / 2 for one, other in ends],
        y=[(one[1] + other[1]) / 2 for one, other in ends],
        mode="markers",
        showlegend=False,
        marker={"symbol": "x", "size": 9, "color": _INERT_COLOUR},
        customdata=[about_pair(row) for row in inert],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _ends(row: Row, at: dict[object, Place]) -> tuple[Place, Place]:
    return at[row.belief.pair[0]], at[row.belief.pair[1]]


def _lines(edges: Sequence[tuple[Place, Place]], dash: str, name: str) -> go.Scatter:
    return go.Scatter(
        x=[x for (x1, _), (x2, _) in edges for x in (x1, x2, None)],
        y=[y for (_, y1), (_, y2) in edges for y in (y1, y2, None)],
        mode="lines",
        line={"color": _INERT_COLOUR, "dash": dash, "width": 1.5},
        name=name,
        showlegend=bool(name and edges),
        hoverinfo="skip",
    )


def _arrow(edge: _Edge, colour: str) -> dict[str, Any]:
    (x1, y1), (x2, y2) = edge.start, edge.end
    return {
        "x": x2, "y": y2, "ax": x1, "ay": y1, "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
        "text": "", "showarrow": True, "arrowcolor": colour, "arrowwidth": 1.6,
        "arrowhead": 2 if edge.leads_on else 0, "arrowsize": 1.2,
        "standoff": 16 if edge.leads_on else 8, "startstandoff": 8 if edge.leads_on else 0,
    }  # fmt: skip


def _sliders(reacting: Sequence[Row], edges: Sequence[_Edge], trace: int) -> list[dict[str, Any]]:
    """One step for all, and one a hundred degrees, each with the opacity of every reaction."""
    if not reacting:
        return []
    seen = [t for row in reacting for t in row.reacted]
    first, last = min(seen) - 2 * _STEP_C, max(seen) + _STEP_C
    marks = [first + i * _STEP_C for i in range(round((last - first) / _STEP_C) + 1)]
    settings: list[tuple[str, list[float]]] = [("all", [1.0] * len(reacting))]
    for t in marks:
        likely = (row.belief.probability_mobile(t) for row in reacting)
        settings.append((f"{t:g} C", [round(_FAINT + (1 - _FAINT) * p, 2) for p in likely]))
    steps = [
        {
            "label": label,
            "method": "update",
            "args": [
                {"marker.opacity": [opacity]},
                {f"annotations[{i}].opacity": opacity[e.reaction] for i, e in enumerate(edges)},
                [trace],
            ],
        }
        for label, opacity in settings
    ]
    shown = {"prefix": "likely to have begun by: ", "font": {"size": 13}}
    return [{"active": 0, "currentvalue": shown, "pad": {"t": 10, "b": 10}, "steps": steps}]


def _height(at: dict[object, Place]) -> int:
    """Pixels, so that neighbours stand some way apart on a page 62 rem wide."""
    if not at:
        return 300
    wide = max(x for x, _ in at.values()) - min(x for x, _ in at.values()) + 1
    high = max(y for _, y in at.values()) - min(y for _, y in at.values()) + 1
    return int(min(max(900 * high / wide, 420), 1400)) + 130
