"""When each pair of a map reacts: what was seen, and what that leaves possible."""

from collections.abc import Sequence

import plotly.graph_objects as go

from agents.report.figures import LAYOUT
from agents.report.filling import formulas
from agents.report.reactivity_hover import about_pair
from agents.report.reactivity_rows import Row

_POSSIBLE = "#C9D3DC"
_MEDIAN = "#222222"
_REACTED = "#D55E00"
_INERT = "#0072B2"
_ROW_PX = 26


def onsets(rows: Sequence[Row]) -> go.Figure:
    """A line for each pair: 90 % of the possible onsets, their median, and each observation."""
    ordered = sorted(rows, key=lambda row: (row.onset_c[1], row.name))
    names = [_label(row, rows) for row in ordered]
    labelled = list(zip(names, ordered, strict=True))
    reacted = [(n, t, c, row) for n, row in labelled for t, c in row.reacted.items()]
    inert = [(n, t, c, row) for n, row in labelled for t, c in row.inert.items()]
    figure = go.Figure(
        [
            go.Bar(
                y=names,
                base=[max(row.onset_c[0], 0.0) for row in ordered],
                x=[row.onset_c[2] - max(row.onset_c[0], 0.0) for row in ordered],
                orientation="h",
                width=0.5,
                name="onset, 90 %",
                marker={"color": _POSSIBLE, "opacity": [row.reacts**2 for row in ordered]},
                customdata=[about_pair(row) for row in ordered],
                hovertemplate="%{customdata}<extra></extra>",
            ),
            go.Scatter(
                x=[row.onset_c[1] if row.onset_is_likely else None for row in ordered],
                y=names,
                mode="markers",
                name="median",
                marker={"symbol": "line-ns-open", "size": 13, "color": _MEDIAN, "line_width": 2.5},
                hoverinfo="skip",
            ),
            *(
                go.Scatter(
                    x=[t for _, t, _, _ in seen],
                    y=[n for n, _, _, _ in seen],
                    mode="markers",
                    name=name,
                    marker={
                        "symbol": symbol,
                        "size": [9 + min(3.0 * (c - 1) ** 0.5, 9) for _, _, c, _ in seen],
                        "color": colour,
                        "line": {"color": "white", "width": 1},
                    },
                    customdata=[about_pair(row) for *_, row in seen],
                    hovertemplate="%{customdata}<extra></extra>",
                )
                for seen, name, symbol, colour in (
                    (inert, "had not reacted", "triangle-right", _INERT),
                    (reacted, "had reacted", "diamond", _REACTED),
                )
            ),
        ]
    )
    figure.update_layout(
        **{**LAYOUT, "margin": {**LAYOUT["margin"], "t": 50}},
        height=140 + _ROW_PX * len(rows),
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        xaxis_title="temperature (C)",
        hoverlabel={"align": "left", "bgcolor": "white", "font": {"size": 13}},
    )
    figure.update_yaxes(automargin=True, type="category", autorange="reversed", ticksuffix=" ")
    figure.update_xaxes(rangemode="tozero", showgrid=True)
    return figure


def _label(row: Row, rows: Sequence[Row]) -> str:
    """The name of a row, with its gas where there are several."""
    gases = {other.belief.atmosphere for other in rows}
    gas = f" in {row.belief.atmosphere}" if len(gases) > 1 else ""
    return str(formulas(row.name)) + gas
