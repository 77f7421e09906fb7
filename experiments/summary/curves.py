"""Curves along a campaign: successes and regret against experiments, furnace hours and cost."""

from dataclasses import replace

import numpy as np

from experiments.summary.campaigns import Campaigns, Floats
from experiments.summary.drawing import Axis, Figure, Line, Panel, looks
from experiments.summary.measures import (
    Prices,
    costs,
    first_success,
    furnace_hours,
    regret,
    successes,
    until_success,
)
from experiments.summary.resampling import Resampling

_POINTS = 61
_RESAMPLES = 500  # for a band in a picture
_MOST = 0.98  # axes of hours and cost end where this share of successes has been
BAND = "Bands hold 95 % at each point (targets and seeds drawn anew)"


def successes_found(found: Campaigns, drawn: Resampling) -> Figure:
    """Successes against experiments, of campaigns that go on after the first."""
    curve = successes(found)
    return Figure(
        "successes",
        "How many good recipes are found by then?",
        f"Mean number of experiments with a yield of {found.yield_asked:.4g} or more. "
        f"{_whose(found)}",
        (_along(found, drawn, curve, Axis("recipes that reached the yield, number", low=0)),),
    )


def regret_curve(found: Campaigns, drawn: Resampling) -> Figure:
    """What the best yield so far lacks, against experiments."""
    lacking = regret(found)
    return Figure(
        "regret",
        "How far is the best product from what could be had?",
        f"Regret: {lacking.against}, less the best yield so far; mean. {_whose(found)}",
        (_along(found, drawn, lacking.after, Axis("regret, weight fraction", low=0)),),
    )


def made_by_experiments(found: Campaigns, drawn: Resampling) -> Figure:
    """The share of campaigns that made their target, against experiments."""
    first = first_success(found)
    # Of campaigns that go on, what follows the last one's first success is the same to the end.
    reached = int(np.max(first[np.isfinite(first)], initial=1))
    most = reached if found.goes_on else int(found.budget.max())
    axis = Axis("experiments done", 0, most, whole=True)
    return _made(
        found, drawn, first, _numbers(most), axis,
        "made_experiments", "Which policy makes its target in few experiments?", "",
    )  # fmt: skip


def made_by_hours(found: Campaigns, drawn: Resampling) -> Figure:
    """The share of campaigns that made their target, against furnace hours."""
    hours = until_success(found, furnace_hours(found))
    axis = Axis("furnace hours used, h", 0, _end(hours))
    return _made(
        found, drawn, hours, _grid(hours), axis,
        "made_furnace_hours", "Which policy makes its target in few furnace hours?", "",
    )  # fmt: skip


def made_by_cost(found: Campaigns, drawn: Resampling, prices: Prices) -> Figure:
    """The share of campaigns that made their target, against what they cost."""
    spent = until_success(found, costs(found, prices))
    axis = Axis("cost, in the currency of prices", 0, _end(spent))
    lacking = np.isnan(found.of_step["price"][1])
    none = " (no precursor had a price)" if lacking.all() else ""
    some = f" ({lacking.sum():,} experiments had no price of precursors)" if lacking.any() else ""
    return _made(
        found, drawn, spent, _grid(spent), axis,
        "made_cost", "Which policy makes its target for little?",
        f" An experiment costs {prices.per_experiment:g}, {prices.per_furnace_hour:g} for each "
        f"furnace hour, and its precursors{none or some}.",
    )  # fmt: skip


def _made(
    found: Campaigns, drawn: Resampling, until: Floats, at: Floats, axis: Axis,
    name: str, title: str, more: str,
) -> Figure:  # fmt: skip
    """Shares of campaigns that had made their target with no more than that."""
    by_then = (until[:, None] <= at).astype(np.float64)
    share = Axis("campaigns that made their target", 0, 1, percent=True)
    panel = Panel(axis, share, _lines(found, drawn, by_then, at, steps=True))
    return Figure(
        name,
        title,
        f"Share of all campaigns that had made their target, at {found.yield_asked:.4g} by weight, "
        f"with that much; each ended after {_budget(found)} experiments at most.{more} "
        f"{_whose(found)}",
        (panel,),
    )


def _along(found: Campaigns, drawn: Resampling, values: Floats, axis: Axis) -> Panel:
    """A mean after each number of experiments. `values`: shape (n, budget + 1)."""
    # After the last experiment of all nothing changes.
    most = min(max(int(found.experiments.max()), 1), values.shape[1] - 1)
    at = _numbers(most)
    lines = _lines(found, drawn, values[:, at.astype(np.intp)], at)
    return Panel(Axis("experiments done", 0, most, whole=True), axis, lines)


def _lines(
    found: Campaigns, drawn: Resampling, values: Floats, at: Floats, steps: bool = False
) -> tuple[Line, ...]:
    """The mean of each policy at each point, with bands but for limits. `values`: (n, points).

    Without a band too where nothing is drawn anew.
    """
    look = looks(found.policies)
    with_none = np.vstack([values, np.full(values.shape[1], np.nan)])
    lines = []
    for number, name in enumerate(found.policies):
        laid = found.once(np.moveaxis(with_none[found.cell[number]], -1, 0), number)
        if not np.isfinite(laid).any():
            continue
        means = drawn.means(laid, _RESAMPLES)
        line = Line(name, at, np.array([m.mean for m in means]), look[name], steps=steps)
        if not line.look.limit:
            low, high = np.array([(m.low, m.high) for m in means]).T
            line = replace(line, band=None if np.isnan(low).all() else (low, high))
        lines.append(line)
    return tuple(lines)


def _numbers(most: int) -> Floats:
    """Numbers of experiments at which a curve is drawn, from none to all."""
    return np.unique(np.round(np.linspace(0, most, min(most + 1, _POINTS))))


def _end(until: Floats) -> float:
    reached = until[np.isfinite(until)]
    return float(np.quantile(reached, _MOST)) if len(reached) else 1.0


def _grid(until: Floats) -> Floats:
    return np.linspace(0, max(_end(until), 1e-9), _POINTS)


def _budget(found: Campaigns) -> str:
    least, most = int(found.budget.min()), int(found.budget.max())
    return f"{most}" if least == most else f"{least} to {most}"


def _whose(found: Campaigns) -> str:
    limits = [name for name in found.policies if looks(found.policies)[name].limit]
    grey = f"; {' and '.join(limits)} in grey, without band" if limits else ""
    return f"{BAND}{grey}. {number_of(found)}"


def number_of(found: Campaigns) -> str:
    """Of how many campaigns a figure tells, in words."""
    counts = [int(((found.policy == p) & found.counted).sum()) for p in range(len(found.policies))]
    least, most = min(counts), max(counts)
    each = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    parts = [
        found.targets[0] if len(found.targets) == 1 else f"{len(found.targets)} targets",
        f"{len(found.worlds)} worlds" if len(found.worlds) > 1 else f"world {found.worlds[0]}",
        f"{len(found.seeds):,} seed{'s' if len(found.seeds) > 1 else ''}",
    ]
    return f"n = {each} campaigns a policy: {', '.join(parts)}."
