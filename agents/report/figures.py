"""The figures of a report, each a plotly figure made from the history."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from agents.candidates import Candidate
from agents.history import CompletedExperiment

# Okabe and Ito's palette: told apart by people who see colours differently. The target is green.
TARGET_COLOUR = "#009E73"
UNIDENTIFIED_COLOUR = "#BBBBBB"
OTHER_COLOURS = (
    "#E69F00",
    "#56B4E9",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#F0E442",
    "#8C6D31",
    "#5A4FCF",
)
LAYOUT: dict[str, Any] = {
    "template": "plotly_white",
    "font": {"family": "system-ui, sans-serif", "size": 14},
    "margin": {"l": 70, "r": 20, "t": 20, "b": 60},
}


def yield_per_attempt(experiments: Sequence[CompletedExperiment], asked: float) -> go.Figure:
    """Yield of each attempt with its sigma, the best so far, and the yield asked for."""
    numbers = [e.suggestion.decision_index + 1 for e in experiments]
    yields = [e.yield_fraction for e in experiments]
    sigma = [e.outcome.sigma(e.recipe.target.formula) for e in experiments]
    best = [max(yields[: i + 1]) for i in range(len(yields))]
    figure = go.Figure(
        [
            go.Scatter(
                x=numbers, y=best, mode="lines", name="best so far",
                line={"shape": "hv", "color": "#888888", "dash": "dot"},
            ),
            go.Scatter(
                x=numbers, y=yields, mode="markers", name="attempt",
                error_y={"array": sigma, "color": TARGET_COLOUR},
                marker={"size": 11, "color": TARGET_COLOUR},
                text=[str(e.recipe) for e in experiments],
                hovertemplate="%{text}<br>yield %{y:.2f}<extra></extra>",
            ),
        ]
    )  # fmt: skip
    figure.add_hline(
        y=asked,
        line={"color": "#D55E00", "width": 1},
        annotation_text="asked for",
        annotation_position="top left",
    )
    figure.update_layout(
        **LAYOUT, height=340, xaxis_title="attempt", yaxis_title="yield (weight fraction)"
    )
    figure.update_yaxes(range=[-0.03, 1.08])
    figure.update_xaxes(
        dtick=max(1, len(numbers) // 12), range=[0.4, max(numbers, default=1) + 0.6]
    )
    return figure


def phases_per_attempt(experiments: Sequence[CompletedExperiment], target: str) -> go.Figure:
    """What each product consisted of, target first, unidentified last."""
    numbers = [e.suggestion.decision_index + 1 for e in experiments]
    totals: dict[str, float] = {}
    for experiment in experiments:
        for phase in experiment.outcome.phases:
            totals[phase.formula] = totals.get(phase.formula, 0.0) + phase.weight_fraction
    others = sorted((f for f in totals if f != target), key=lambda f: (-totals[f], f))
    bars = [(target, TARGET_COLOUR)] if target in totals else []
    bars += [(f, OTHER_COLOURS[i % len(OTHER_COLOURS)]) for i, f in enumerate(others)]
    figure = go.Figure(
        [
            go.Bar(
                x=numbers,
                y=[e.outcome.weight_fraction(formula) for e in experiments],
                name=formula,
                marker_color=colour,
            )
            for formula, colour in bars
        ]
    )
    unidentified = [e.outcome.unidentified_weight_fraction for e in experiments]
    if any(unidentified):
        figure.add_bar(
            x=numbers, y=unidentified, name="unidentified", marker_color=UNIDENTIFIED_COLOUR
        )
    figure.update_layout(
        **LAYOUT,
        height=380,
        barmode="stack",
        showlegend=True,
        xaxis_title="attempt",
        yaxis_title="weight fraction",
    )
    figure.update_xaxes(
        dtick=max(1, len(numbers) // 12), range=[0.4, max(numbers, default=1) + 0.6]
    )
    return figure


def posterior_map(
    candidates: Sequence[Candidate],
    mean: Sequence[float],
    sigma: Sequence[float],
    tried: dict[str, int],
) -> go.Figure:
    """Predicted yield over precursors and temperature, the best of the other settings each.

    `tried` gives the attempt number by recipe id; those cells are marked.
    """
    best: dict[tuple[str, float], int] = {}
    marks: dict[tuple[str, float], list[int]] = {}
    for i, candidate in enumerate(candidates):
        step = candidate.recipe.hottest
        cell = (" + ".join(candidate.recipe.precursors), step.temperature_c)
        if cell not in best or mean[i] > mean[best[cell]]:
            best[cell] = i
        if candidate.recipe.content_id in tried:
            marks.setdefault(cell, []).append(tried[candidate.recipe.content_id])
    temperatures = sorted({t for _, t in best})
    rank = {s: max(mean[i] for (n, _), i in best.items() if n == s) for s, _ in best}
    sets = sorted(rank, key=lambda s: (rank[s], s))  # best on top
    rows = [[best.get((s, t)) for t in temperatures] for s in sets]
    figure = go.Figure(
        go.Heatmap(
            x=temperatures,
            y=sets,
            z=[[None if i is None else mean[i] for i in row] for row in rows],
            customdata=[
                [
                    "" if i is None else f"{mean[i]:.2f} +- {sigma[i]:.2f}, {candidates[i].recipe}"
                    for i in row
                ]
                for row in rows
            ],
            hovertemplate="%{customdata}<extra></extra>",
            colorscale="Viridis",
            zmin=0,
            zmax=1,
            colorbar={"title": "predicted<br>yield"},
        )
    )
    figure.add_scatter(
        x=[t for _, t in marks],
        y=[s for s, _ in marks],
        mode="markers+text",
        text=[", ".join(str(n) for n in sorted(marks[c])) for c in marks],
        textfont={"color": "white", "size": 13},
        marker={"size": 22, "color": "rgba(0, 0, 0, 0.6)"},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_layout(
        **LAYOUT,
        height=max(300, 110 + 26 * len(sets)),
        xaxis_title="temperature (C)",
    )
    figure.update_yaxes(automargin=True, type="category")
    return figure
