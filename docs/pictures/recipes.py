"""What literature would do for lithium cobalt oxide: precursors, and how hot they are fired."""

import numpy as np

from docs.pictures.paper import BLUE, GREY, SKY, as_svg, formula, panels
from knowledge.literature import literature_model

_TARGET = "LiCoO2"


def picture() -> bytes:
    """Bars of precursor sets, beside the firing temperatures that papers would choose."""
    model = literature_model()
    sets = model.propose(_TARGET, 5)
    spread = model.conditions(_TARGET, sets[0].precursors).temperature_c
    figure, (left, right) = panels(2, width_ratios=[1.15, 1])
    names = [formula(" + ".join(p.precursors)) for p in sets]
    shares = [100 * p.probability for p in sets]
    rows = range(len(sets))
    left.barh(rows, shares, color=BLUE, height=0.62)
    for row, share in zip(rows, shares, strict=True):
        left.text(share + 1.5, row, f"{share:.1f} %", va="center", color=GREY)
    left.set(
        yticks=list(rows),
        yticklabels=names,
        xlim=(0, 1.3 * max(shares)),
        xlabel="of papers would take, %",
    )
    left.invert_yaxis()
    left.tick_params(axis="y", length=0)
    left.set_title(f"Precursors for {formula(_TARGET)}")

    values, low_high = np.array(spread.values), spread.interval(0.9)
    right.fill_between(values, 100 * spread.probabilities, step="mid", color=SKY, alpha=0.35, lw=0)
    right.step(values, 100 * spread.probabilities, where="mid", color=BLUE, lw=1.2)
    top = 108 * spread.probabilities.max()
    right.hlines(top, *low_high, color=GREY, lw=1.5)
    right.text(float(np.mean(low_high)), 1.03 * top, "90 % of papers", ha="center", color=GREY)
    right.axvline(spread.quantile(0.5), color=GREY, lw=0.8, ls=":")
    right.set(
        xlim=(400, 1400), ylim=(0, 1.2 * top), xlabel="hottest firing, C", ylabel="of papers, %"
    )
    right.set_title(f"Firing {names[0]}")
    return as_svg(figure)
