"""What yttria, barium carbonate and copper oxide pass through on their way up."""

from agents.report.prediction import Prediction, predict
from docs.pictures.paper import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    SKY,
    YELLOW,
    as_svg,
    formula,
    panels,
)
from knowledge.chemistry import molar_mass_g_per_mol
from knowledge.energies import default_energies
from knowledge.literature import literature_model
from knowledge.recipe import AIR

_TARGET, _PRECURSORS = "YBa2Cu3O7", ("Y2O3", "BaCO3", "CuO")
_FROM_C, _TO_C = 300.0, 950.0
_COLOURS = (GREY, "#999999", "#CCCCCC", ORANGE, YELLOW, GREEN, PINK, SKY)
_LIKELY = 0.2


def picture() -> bytes:
    """Weight fractions of the solids after each reaction, beside how likely each phase is."""
    found, _ = predict(
        default_energies(), _TARGET, _PRECURSORS, AIR, _TO_C,
        literature_model().firing(_TARGET), _FROM_C,
    )  # fmt: skip
    mixtures = _mixtures(found)
    solids = list(dict.fromkeys([*_PRECURSORS, *(f for _, m in mixtures for f in m)]))
    solids.sort(key=lambda f: f == _TARGET)
    colours = dict(zip(solids, _COLOURS, strict=False)) | {_TARGET: BLUE}
    figure, (left, right) = panels(2, height_in=3.4, width_ratios=[1.7, 1])
    bottom = [0.0] * len(mixtures)
    for solid in solids:
        shares = [_shares(mixture).get(solid, 0.0) for _, mixture in mixtures]
        left.bar(range(len(mixtures)), shares, bottom=bottom, color=colours[solid], width=0.92)
        for place, share in enumerate(shares):
            if share > 0.08:
                middle = bottom[place] + share / 2
                dark = colours[solid] in (GREY, BLUE)
                left.text(
                    place, middle, formula(solid), ha="center", va="center", fontsize=6,
                    color="white" if dark else "black",
                )  # fmt: skip
        bottom = [b + s for b, s in zip(bottom, shares, strict=True)]
    left.set(xticks=range(len(mixtures)), xticklabels=[name for name, _ in mixtures])
    left.set(ylabel="weight fraction", ylim=(0, 1), xlabel="after each reaction, on the way up")
    left.tick_params(axis="x", length=0)
    left.set_title(f"One pathway to {formula(_TARGET)}")

    told = found.distribution
    likely = {f: p for f, p in told.intermediates.items() if p >= _LIKELY}
    bars = {_TARGET: told.probability_of_target, **likely}
    rows = range(len(bars))
    right.barh(
        rows, [100 * p for p in bars.values()], 0.62, color=[colours.get(f, SKY) for f in bars]
    )
    for row, p in zip(rows, bars.values(), strict=True):
        right.text(100 * p + 2, row, f"{100 * p:.0f} %", va="center", color=GREY)
    right.set(yticks=list(rows), yticklabels=[formula(f) for f in bars], xlim=(0, 100))
    right.set_xlabel(f"forms in so many of {told.samples:,} draws, %")
    right.tick_params(axis="y", length=0)
    right.invert_yaxis()
    right.set_title("Over all that is uncertain")
    return as_svg(figure)


def _mixtures(found: Prediction) -> list[tuple[str, dict[str, float]]]:
    """The solids as weighed in, and after each reaction, under the temperature of it."""
    mixtures = [("weighed in", dict(found.start))]
    for stage in found.stages:
        name = f"{stage.conditions.temperature_c:.0f} C"
        mixtures += [(name, dict(step.mixture)) for step in stage.steps]
    return mixtures


def _shares(mixture: dict[str, float]) -> dict[str, float]:
    masses = {f: n * molar_mass_g_per_mol(f) for f, n in mixture.items()}
    return {f: m / sum(masses.values()) for f, m in masses.items()}
