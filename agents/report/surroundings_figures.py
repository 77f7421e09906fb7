"""The figures around a pathway: what two precursors form, and where the target is stable."""

import numpy as np
import plotly.graph_objects as go

from agents.report.figures import LAYOUT, TARGET_COLOUR
from agents.report.filling import formulas
from agents.report.prediction import InterfaceHull, Surroundings
from knowledge.reactions.kinks import Kink

_UNSTABLE_COLOUR = "#D55E00"
_HULL_COLOUR = "#0072B2"
# What the colours of the map cover at least and at most, meV/atom either side of the hull.
_SCALE_MEV = (20.0, 150.0)


def interface_hull(hull: InterfaceHull, target: str) -> go.Figure:
    """Reaction energy over the mixing ratio of a pair: the lower hull, its kinks by number."""
    figure = go.Figure(
        go.Scatter(
            x=[100 * k.second_share for k in hull.kinks],
            y=[1000 * k.ev_per_atom for k in hull.kinks],
            mode="lines",
            line={"color": _HULL_COLOUR},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    named = [(n, k) for n, k in enumerate(reacting(hull), start=1) if k.reaction]
    goal = [(n, k) for n, k in named if k.reaction and target in k.reaction.products]
    rest = [pair for pair in named if pair not in goal]
    for name, kinks, colour in (
        ("reaction on the hull", rest, _HULL_COLOUR),
        (f"makes {formulas(target)}", goal, TARGET_COLOUR),
    ):
        if kinks:
            figure.add_scatter(
                x=[100 * k.second_share for _, k in kinks],
                y=[1000 * k.ev_per_atom for _, k in kinks],
                mode="markers+text",
                name=name,
                marker={"size": 20, "color": colour},
                text=[str(n) for n, _ in kinks],
                textfont={"color": "white", "size": 12},
                customdata=[_told(k) for _, k in kinks],
                hovertemplate="%{customdata}<extra></extra>",
            )
    straight = hull.to_target
    if straight is not None and not reaches(hull, target):
        figure.add_scatter(
            x=[100 * straight.second_share],
            y=[1000 * straight.ev_per_atom],
            mode="markers",
            name=f"straight to {formulas(target)}, above the hull",
            marker={"size": 13, "color": TARGET_COLOUR, "symbol": "diamond-open", "line_width": 3},
            customdata=[_told(straight)],
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.update_layout(
        **LAYOUT,
        height=330,
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis_title=(
            f"share of {formulas(hull.second)} in a mixture with {formulas(hull.first)} "
            "(% of the atoms)"
        ),
        yaxis_title="reaction energy (meV/atom)",
    )
    lowest = min(1000 * k.ev_per_atom for k in hull.kinks)
    figure.update_xaxes(range=[-3, 103], zeroline=False)
    figure.update_yaxes(range=[min(lowest * 1.15, -10), max(-lowest * 0.08, 3)])
    return figure


def reacting(hull: InterfaceHull) -> list[Kink]:
    """The kinks at which something changes, in the order of their numbers in the figure."""
    return [kink for kink in hull.kinks if kink.reaction is not None]


def reaches(hull: InterfaceHull, target: str) -> bool:
    """Whether the target is among the products at some kink."""
    return any(k.reaction and target in k.reaction.products for k in hull.kinks)


def stability(around: Surroundings, temperature_c: float) -> go.Figure:
    """The target's distance from the hull over temperature and oxygen pressure.

    A line where it is zero, dashed ones a standard deviation either side, a mark where the recipe
    fires.
    """
    found = around.stability
    mev = 1000 * np.where(np.isfinite(found.above_ev_per_atom), found.above_ev_per_atom, np.nan).T
    sigma = 1000 * found.sigma_ev_per_atom.T
    reach = np.nanmax(np.abs(mev), initial=0.0) if np.isfinite(mev).any() else 0.0
    limit = float(np.clip(reach, *_SCALE_MEV))
    told = [
        [
            f"{found.temperatures_c[i]:g} C, O<sub>2</sub> {10.0 ** found.log10_oxygen_atm[j]:.2g}"
            f" atm<br>{mev[j, i]:.0f} &plusmn; {sigma[j, i]:.0f} meV/atom<br>"
            f"beside {formulas(' + '.join(found.rivals[i][j]))}"
            for i in range(len(found.temperatures_c))
        ]
        for j in range(len(found.log10_oxygen_atm))
    ]
    axes = {"x": found.temperatures_c, "y": found.log10_oxygen_atm}
    figure = go.Figure(
        go.Heatmap(
            **axes,
            z=mev,
            zmin=-limit,
            zmax=limit,
            colorscale=[[0, TARGET_COLOUR], [0.5, "#FFFFFF"], [1, _UNSTABLE_COLOUR]],
            customdata=told,
            hovertemplate="%{customdata}<extra></extra>",
            colorbar={"title": "meV/atom<br>from the hull", "len": 0.9},
        )
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        sigmas = mev / sigma
    for level, dash in ((-1.0, "dot"), (0.0, "solid"), (1.0, "dot")):
        if np.nanmin(sigmas) < level < np.nanmax(sigmas):
            figure.add_contour(
                **axes,
                z=sigmas,
                contours={"start": level, "end": level, "size": 1, "coloring": "lines"},
                colorscale=[[0, "#222222"], [1, "#222222"]],
                line={"width": 1 if level else 2.5, "dash": dash},
                showscale=False,
                hoverinfo="skip",
            )
    figure.add_scatter(
        x=[temperature_c],
        y=[around.log10_oxygen_atm],
        mode="markers",
        marker={
            "size": 14,
            "symbol": "x",
            "color": "#222222",
            "line": {"color": "white", "width": 1.5},
        },
        hovertemplate="the recipe fires here<extra></extra>",
    )
    powers = range(round(found.log10_oxygen_atm[0]), round(found.log10_oxygen_atm[-1]) + 1)
    figure.update_layout(
        **LAYOUT,
        height=420,
        showlegend=False,
        xaxis_title="temperature (C)",
        yaxis_title="oxygen pressure (atm)",
    )
    figure.update_yaxes(
        tickvals=list(powers), ticktext=[f"10<sup>{n}</sup>" if n else "1" for n in powers]
    )
    return figure


def _told(kink: Kink) -> str:
    if kink.reaction is None:
        return "nothing changes"
    force = 1000 * kink.reaction.driving_force_ev_per_atom
    sigma = 1000 * kink.reaction.sigma_ev_per_atom
    return (
        f"{formulas(kink.reaction.equation)}<br>{force:.0f} &plusmn; {sigma:.0f} meV/atom at "
        f"{100 * kink.second_share:.0f} %"
    )
