"""The network of a map: phases, the pairs that react, to what, and the pairs that do not."""

from collections.abc import Sequence
from typing import Any

import networkx as nx
import plotly.graph_objects as go

from agents.report.figures import LAYOUT
from agents.report.filling import formulas
from agents.report.reactivity_layout import Place, places
from agents.report.reactivity_rows import Row, temperatures

_INERT_COLOUR = "#999999"
_EDGE_COLOUR = "#B9C4CE"
_PHASE_COLOUR = "#0072B2"
_SCALE = "Plasma"
# Beyond this many edges heads of arrows are clutter, and slow.
_MOST_ARROWS = 300
_STEP_C = 100.0
_FAINT = 0.12

_Reaction = tuple[str, int]


def network(rows: Sequence[Row]) -> go.Figure:
    """Phases as circles, a diamond where a pair reacts, arrows to the products; inert pairs dashed.

    The colour of a diamond is the median of the onset. The slider fades what is not likely to have
    reacted by a temperature.
    """
    reacting = [row for row in rows if row.seen_to_react]
    inert = [row for row in rows if not row.seen_to_react and len(row.belief.pair) == 2]
    at = places(_graph(reacting, inert))
    diamonds = _diamonds(reacting, at)
    figure = go.Figure(
        [
            _lines(_inert_edges(inert, at), _INERT_COLOUR, "dot", "does not react"),
            _crosses(inert, at),
            _lines(_edges(reacting, at), _EDGE_COLOUR, "solid", None),
            _phases(rows, at),
            diamonds,
        ]
    )
    _arrows(figure, reacting, at)
    figure.update_layout(
        **{**LAYOUT, "margin": {"l": 10, "r": 10, "t": 40, "b": 10}},
        height=_height(at),
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        hoverlabel={"align": "left", "bgcolor": "white", "font": {"size": 13}},
        sliders=_sliders(reacting, len(figure.data) - 1),
    )
    hidden: dict[str, Any] = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x")
    return figure


def told(row: Row) -> str:
    """All that is known of a pair, as lines of HTML for a hover."""
    lines = [f"<b>{formulas(row.name)}</b> in {row.belief.atmosphere}"]
    lines += [
        f"&#8594; {formulas(' + '.join(products))} ({100 * share:.0f} % of the times)"
        for products, share in row.products[:4]
    ]
    if row.reacted:
        lines.append(f"had reacted at {temperatures(row.reacted)}")
    if row.inert:
        lines.append(f"had not at {temperatures(row.inert)}")
    low, median, high = row.onset_c
    lines.append(f"onset {median:.0f} C, with 90 % between {max(low, 0):.0f} and {high:.0f} C")
    if not row.seen_to_react:
        lines.append(f"reacts at some temperature: {100 * row.reacts:.0f} % likely")
    if row.torn:
        lines.append("what was seen contradicts itself")
    return "<br>".join([*lines, f"<i>{_wrapped(row.sources)}</i>"])


def _graph(reacting: Sequence[Row], inert: Sequence[Row]) -> "nx.Graph":
    graph = nx.Graph()
    for number, row in enumerate(reacting):
        node: _Reaction = ("reaction", number)
        solids = {*row.belief.pair, *(row.products[0][0] if row.products else ())}
        graph.add_edges_from((node, solid) for solid in sorted(solids))
    for row in inert:
        graph.add_edge(*row.belief.pair)
    return graph


def _diamonds(reacting: Sequence[Row], at: dict[object, Place]) -> go.Scatter:
    spots = [at["reaction", i] for i in range(len(reacting))]
    medians = [row.onset_c[1] for row in reacting]
    return go.Scatter(
        x=[x for x, _ in spots],
        y=[y for _, y in spots],
        mode="markers",
        name="reacts",
        marker={
            "symbol": "diamond",
            "size": 15,
            "color": medians,
            "colorscale": _SCALE,
            "line": {"color": "white", "width": 1},
            "colorbar": {"title": "onset (C)", "thickness": 14, "len": 0.6, "x": 1.0},
            "showscale": bool(reacting),
        },
        customdata=[told(row) for row in reacting],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _phases(rows: Sequence[Row], at: dict[object, Place]) -> go.Scatter:
    names = [node for node in at if isinstance(node, str)]
    about = {name: _about(name, rows) for name in names}
    return go.Scatter(
        x=[at[name][0] for name in names],
        y=[at[name][1] for name in names],
        mode="markers+text",
        name="phase",
        text=[str(formulas(name)) for name in names],
        textposition="top center",
        textfont={"size": 14},
        marker={"size": 11, "color": _PHASE_COLOUR, "line": {"color": "white", "width": 1}},
        customdata=[about[name] for name in names],
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
    )


def _about(name: str, rows: Sequence[Row]) -> str:
    """What a phase reacts with, what it does not, and what it comes from."""
    mine = [row for row in rows if name in row.belief.pair]
    lines = [f"<b>{formulas(name)}</b>"]
    for row in mine:
        partner = next((f for f in row.belief.pair if f != name), "alone")
        if row.seen_to_react:
            lines.append(
                f"{formulas(partner)}: reacts by {row.belief.reacted_by_c:g} C"
                f"{f' to {formulas(row.gives)}' if row.gives else ''}"
            )
        elif row.belief.inert_up_to_c is not None:
            lines.append(f"{formulas(partner)}: inert up to {row.belief.inert_up_to_c:g} C")
    makers = [row.name for row in rows if row.products and name in row.products[0][0]]
    lines += [f"comes from {formulas(maker)}" for maker in makers]
    return "<br>".join(lines)


def _crosses(inert: Sequence[Row], at: dict[object, Place]) -> go.Scatter:
    middles = [_middle(at[row.belief.pair[0]], at[row.belief.pair[1]]) for row in inert]
    return go.Scatter(
        x=[x for x, _ in middles],
        y=[y for _, y in middles],
        mode="markers",
        showlegend=False,
        marker={"symbol": "x", "size": 8, "color": _INERT_COLOUR},
        customdata=[told(row) for row in inert],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _inert_edges(inert: Sequence[Row], at: dict[object, Place]) -> list[tuple[Place, Place]]:
    return [(at[row.belief.pair[0]], at[row.belief.pair[1]]) for row in inert]


def _edges(reacting: Sequence[Row], at: dict[object, Place]) -> list[tuple[Place, Place]]:
    """From reactants to their reaction; arrows lead on to the products, where they are few."""
    return [
        (at[solid], at["reaction", number])
        for number, row in enumerate(reacting)
        for solid in row.belief.pair
    ]


def _lines(
    edges: Sequence[tuple[Place, Place]], colour: str, dash: str, name: str | None
) -> go.Scatter:
    return go.Scatter(
        x=[x for (x1, _), (x2, _) in edges for x in (x1, x2, None)],
        y=[y for (_, y1), (_, y2) in edges for y in (y1, y2, None)],
        mode="lines",
        line={"color": colour, "dash": dash, "width": 1.5},
        name=name,
        showlegend=bool(name and edges),
        hoverinfo="skip",
    )


def _arrows(figure: go.Figure, reacting: Sequence[Row], at: dict[object, Place]) -> None:
    ways = [
        (at["reaction", number], at[product])
        for number, row in enumerate(reacting)
        for product in (row.products[0][0] if row.products else ())
    ]
    if len(ways) > _MOST_ARROWS:
        figure.add_trace(_lines(ways, _EDGE_COLOUR, "solid", None))
        return
    figure.update_layout(
        annotations=[
            {
                "x": x2, "y": y2, "ax": x1, "ay": y1, "xref": "x", "yref": "y", "axref": "x",
                "ayref": "y", "text": "", "showarrow": True, "arrowhead": 2, "arrowsize": 1.1,
                "arrowwidth": 1.5, "arrowcolor": _EDGE_COLOUR, "standoff": 8, "startstandoff": 8,
            }
            for (x1, y1), (x2, y2) in ways
        ]
    )  # fmt: skip


def _sliders(reacting: Sequence[Row], trace: int) -> list[dict[str, Any]]:
    if not reacting:
        return []
    seen = [t for row in reacting for t in row.reacted]
    first, last = min(seen) - 2 * _STEP_C, max(seen) + _STEP_C
    marks = [first + i * _STEP_C for i in range(round((last - first) / _STEP_C) + 1)]
    settings: list[tuple[str, list[float]]] = [("all", [1.0] * len(reacting))]
    settings += [
        (
            f"{t:g} C",
            [_FAINT + (1 - _FAINT) * row.belief.probability_mobile(t) for row in reacting],
        )
        for t in marks
    ]
    return [
        {
            "active": 0,
            "currentvalue": {"prefix": "likely to have reacted by: ", "font": {"size": 13}},
            "pad": {"t": 10, "b": 10},
            "len": 0.9,
            "steps": [
                {
                    "label": label,
                    "method": "restyle",
                    "args": [{"marker.opacity": [opacity]}, [trace]],
                }
                for label, opacity in settings
            ],
        }
    ]


def _middle(one: Place, other: Place) -> Place:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _height(at: dict[object, Place]) -> int:
    """Pixels, so that neighbours stand some way apart on a page 62 rem wide."""
    if not at:
        return 300
    wide = max(x for x, _ in at.values()) - min(x for x, _ in at.values()) + 1
    high = max(y for _, y in at.values()) - min(y for _, y in at.values()) + 1
    return int(min(max(900 * high / wide, 420), 1400)) + 130


def _wrapped(text: str, width: int = 70) -> str:
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return "<br>".join([*lines, line])
