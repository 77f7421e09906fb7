"""The figures of a predicted pathway: amounts along it, and how likely each phase is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from agents.report.figures import LAYOUT, OTHER_COLOURS, TARGET_COLOUR
from agents.report.filling import formulas
from agents.report.pathway_tree import percent, weight_fractions
from agents.report.prediction import Prediction
from knowledge.chemistry import molar_mass_g_per_mol
from knowledge.reactions import PathwayStep

_GAS_COLOUR = "#EEEEEE"
# Slices thinner than this hold no text, in % of what was weighed in.
_LABEL_FROM = 7.0
_INTERMEDIATES = 12
_MOST_STAGES_LABELLED = 8


@dataclass(frozen=True)
class _Bar:
    """One mixture: where it stands on the way, and the step that made it, if any."""

    label: str
    mixture: Mapping[str, float]
    step: PathwayStep | None


def amounts_along(prediction: Prediction) -> go.Figure:
    """Mass of every solid in each mixture on the way, per 100 g weighed in; the gas that is gone.

    An arrow between two bars gives the driving force of the step between them.
    """
    bars = _bars(prediction)
    weighed = _mass(prediction.start)
    colours = _colours(bars, prediction.target)
    places = list(range(len(bars)))
    traces = [
        go.Bar(
            x=places,
            y=[100 * shares.get(name, 0.0) for shares in _shares(bars, weighed)],
            name=str(formulas(name)),
            marker={"color": colour, "line": {"color": "white", "width": 1}},
            text=[
                str(formulas(name)) if 100 * shares.get(name, 0.0) >= _LABEL_FROM else ""
                for shares in _shares(bars, weighed)
            ],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            customdata=[
                f"{bar.mixture.get(name, 0.0):.3g} mol, weight fraction "
                f"{weight_fractions(bar.mixture).get(name, 0.0):.2f}"
                for bar in bars
            ],
            hovertemplate="%{y:.1f} g %{fullData.name}<br>%{customdata}<extra></extra>",
        )
        for name, colour in colours.items()
    ]
    gone = [max(100 * (1 - sum(shares.values())), 0.0) for shares in _shares(bars, weighed)]
    if max(gone) > 0.05:
        traces.append(
            go.Bar(
                x=places,
                y=gone,
                name="gas given off",
                marker={"color": _GAS_COLOUR, "pattern": {"shape": "/", "fgcolor": "#BBBBBB"}},
                hovertemplate="%{y:.1f} g given off as gas<extra></extra>",
            )
        )
    figure = go.Figure(traces)
    for place, bar in enumerate(bars):
        if bar.step is not None and len(bars) <= _MOST_STAGES_LABELLED:
            _arrow(figure, place, bar.step)
    figure.update_layout(
        **LAYOUT, height=440, barmode="stack", showlegend=True,
        bargap=0.45 if len(bars) < 6 else 0.25,
        uniformtext={"minsize": 10, "mode": "hide"},
        yaxis_title="g per 100 g weighed in",
    )  # fmt: skip
    figure.update_layout(
        legend_traceorder="normal", margin_t=50 if figure.layout.annotations else 20
    )
    figure.update_xaxes(tickvals=places, ticktext=[bar.label for bar in bars], tickangle=0)
    figure.update_yaxes(range=[0, 100 * max(sum(s.values()) for s in _shares(bars, weighed)) + 4])
    return figure


def likelihoods(prediction: Prediction) -> go.Figure:
    """Share of the draws in which the target, and each of the likeliest intermediates, forms."""
    odds = prediction.distribution
    likely = list(odds.intermediates.items())[:_INTERMEDIATES]
    rows = [(odds.target, odds.probability_of_target), *likely]
    figure = go.Figure(
        go.Bar(
            x=[100 * p for _, p in rows],
            y=[str(formulas(f)) for f, _ in rows],
            orientation="h",
            marker_color=[TARGET_COLOUR, *["#56B4E9"] * len(likely)],
            text=[percent(p) for _, p in rows],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y} forms in %{x:.1f} % of the draws<extra></extra>",
        )
    )
    figure.update_layout(
        **LAYOUT,
        height=110 + 28 * len(rows),
        xaxis_title=f"forms in this share of {odds.samples} draws (%)",
    )
    figure.update_xaxes(range=[0, 108], tickvals=[0, 20, 40, 60, 80, 100])
    figure.update_yaxes(autorange="reversed", automargin=True, type="category", ticksuffix=" ")
    return figure


def _bars(prediction: Prediction) -> list[_Bar]:
    bars = [_Bar("weighed in", prediction.start, None)]
    for stage in prediction.stages:
        at = f"{stage.conditions.temperature_c:g} C"
        for step in stage.steps:
            bars.append(_Bar(f"step {len(bars)}<br>{at}", step.mixture, step))
    if prediction.final and bars[-1].mixture != prediction.stages[-1].mixture:
        bars.append(_Bar("at the end", prediction.final, None))
    return bars


def _arrow(figure: go.Figure, place: int, step: PathwayStep) -> None:
    force = step.reaction.driving_force_ev_per_atom * 1000
    sigma = step.reaction.sigma_ev_per_atom * 1000
    figure.add_annotation(
        x=place - 0.5, y=1.0, yref="paper", yanchor="bottom", showarrow=False,
        text=f"{force:.0f} &plusmn; {sigma:.0f}<br><span style='font-size:20px'>&#8594;</span>",
        font={"size": 12, "color": "#666666"},
    )  # fmt: skip


def _colours(bars: Sequence[_Bar], target: str) -> dict[str, str]:
    """A colour for every solid, the target's first, the others in the order they appear."""
    solids = dict.fromkeys(f for bar in bars for f in weight_fractions(bar.mixture))
    others = [f for f in solids if f != target]
    found = {target: TARGET_COLOUR} if target in solids else {}
    return found | {f: OTHER_COLOURS[i % len(OTHER_COLOURS)] for i, f in enumerate(others)}


def _shares(bars: Sequence[_Bar], weighed: float) -> list[dict[str, float]]:
    """Mass of each solid in each bar over the mass weighed in."""
    return [
        {f: w * _mass(bar.mixture) / weighed for f, w in weight_fractions(bar.mixture).items()}
        for bar in bars
    ]


def _mass(mixture: Mapping[str, float]) -> float:
    return sum(n * molar_mass_g_per_mol(f) for f, n in mixture.items())
