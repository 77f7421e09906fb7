"""Reliability diagrams as one HTML page that opens without a network."""

from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.io import to_html
from plotly.subplots import make_subplots

_COVERAGE = 0.9


def reliability_figure(policy: str, score: dict[str, Any]) -> go.Figure:
    """One policy: said against seen, by bins, and the yields inside their intervals, by number.

    Bars on the points hold each frequency with 90 % probability; a size goes with how many
    suggestions a point stands for.
    """
    titles = ("reached the yield asked for", "yields inside their 90 % interval")
    figure = make_subplots(rows=1, cols=2, subplot_titles=titles)
    bins, parts = score["reliability"], score["by_experiments_before"]
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": "grey"},
        hoverinfo="skip", row=1, col=1,
    )  # fmt: skip
    figure.add_scatter(
        x=[b["probability"] for b in bins],
        y=[b["frequency"] for b in bins],
        error_y={
            "type": "data",
            "array": [b["high"] - b["frequency"] for b in bins],
            "arrayminus": [max(b["frequency"] - b["low"], 0) for b in bins],
        },
        mode="markers",
        marker={"size": 10, "color": "#b5462f"},
        customdata=[b["count"] for b in bins],
        hovertemplate="said %{x:.0%}, was %{y:.0%} of %{customdata}<extra></extra>",
        row=1,
        col=1,
    )
    told = {n: part for n, part in parts.items() if part["coverage_90"] is not None}
    figure.add_bar(
        x=list(told),
        y=[part["coverage_90"] for part in told.values()],
        customdata=[part["suggestions"] - part["lost"] for part in told.values()],
        marker={"color": "#3d6a8c"},
        hovertemplate="%{y:.1%} of %{customdata}<extra></extra>",
        row=1,
        col=2,
    )
    figure.add_hline(y=_COVERAGE, line={"dash": "dot", "color": "grey"}, row=1, col=2)
    percent = {"range": [0, 1], "tickformat": ".0%"}
    figure.update_xaxes(title="probability said", **percent, row=1, col=1)
    figure.update_yaxes(title="share that did", **percent, row=1, col=1)
    figure.update_xaxes(title="experiments done before", type="category", row=1, col=2)
    figure.update_yaxes(**percent, row=1, col=2)
    return figure.update_layout(
        title=f"{policy}: {score['suggestions']} suggestions, calibration error "
        f"{score['calibration_error']:.3f} (by chance {score['calibration_error_by_chance']:.3f}), "
        f"Brier skill {score['brier_skill']:.2f}",
        showlegend=False,
        template="plotly_white",
        height=480,
    )


def as_page(told: dict[str, dict[str, Any]]) -> str:
    """The diagrams of all policies, by name, with plotly's script."""
    figures = [
        to_html(reliability_figure(policy, score), full_html=False, include_plotlyjs=number == 0)
        for number, (policy, score) in enumerate(told.items())
    ]
    title = escape(f"Calibration: {', '.join(told)}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head>\n<body>{''.join(figures)}</body></html>\n"
    )
