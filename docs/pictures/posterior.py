"""What a campaign believes of every recipe, before its first attempt and after its last."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from agents.ledger import Ledger
from agents.past.campaign import PastCampaign
from agents.posterior import Posterior
from docs.pictures.paper import GREY, as_svg, formula, panels
from docs.pictures.played import played

SETTINGS = ("target=YBa2Cu3O7", "lab.world_seed=2")
_SETS = 8


def picture() -> bytes:
    """Predicted yield over precursors and temperature: the best of the other settings each."""
    campaign = played(*SETTINGS)
    before, after = _yields(campaign, 0), _yields(campaign, len(campaign.events))
    candidates = campaign.candidates.items
    names = [" + ".join(c.recipe.precursors) for c in candidates]
    temperatures = sorted({c.recipe.hottest.temperature_c for c in candidates})
    best = {n: max(after[i] for i, m in enumerate(names) if m == n) for n in names}
    tried_sets = {" + ".join(e.recipe.precursors) for e in campaign.history.completed}
    sets = sorted(best, key=lambda n: (n not in tried_sets, -best[n], n))[:_SETS]
    figure, drawn = panels(2, height_in=0.9 + 0.3 * len(sets), sharey=True)
    grid = np.full((2, len(sets), len(temperatures)), np.nan)
    for i, candidate in enumerate(candidates):
        if names[i] in sets:
            place = sets.index(names[i]), temperatures.index(candidate.recipe.hottest.temperature_c)
            for when, promised in enumerate((before[i], after[i])):
                grid[(when, *place)] = np.nanmax([grid[(when, *place)], promised])
    for axes, shades in zip(drawn, grid, strict=True):
        half = (temperatures[1] - temperatures[0]) / 2
        sides = (temperatures[0] - half, temperatures[-1] + half, len(sets) - 0.5, -0.5)
        image = axes.imshow(
            shades, vmin=0, vmax=1, cmap="viridis", aspect="auto", extent=sides,
            interpolation="nearest",
        )  # fmt: skip
        axes.set(xlabel="temperature, C")
        axes.tick_params(axis="y", length=0)
    drawn[0].set(yticks=range(len(sets)), yticklabels=[formula(n) for n in sets])
    drawn[0].set_title("Before the first attempt")
    drawn[1].set_title(f"After {len(campaign.history.completed)} attempts, numbered")
    _number(drawn[1], campaign, sets)
    figure.colorbar(image, ax=drawn, label="predicted yield", pad=0.01, aspect=14)
    return as_svg(figure)


def _yields(campaign: PastCampaign, events: int) -> NDArray[np.float64]:
    """Of each candidate, by what the journal held after so many events."""
    ledger = Ledger(campaign.events)
    history = ledger.history(campaign.candidates.target)
    if not events:
        history = history.model_copy(update={"completed": (), "pending": ()})
    told = Posterior(campaign.candidates, history).predictions()
    return np.array([prediction.expected_yield for prediction in told])


def _number(axes: Axes, campaign: PastCampaign, sets: list[str]) -> None:
    told: dict[tuple[float, str], list[str]] = {}
    for number, experiment in enumerate(campaign.history.completed, 1):
        name = " + ".join(experiment.recipe.precursors)
        if name in sets:
            told.setdefault((experiment.recipe.hottest.temperature_c, name), []).append(str(number))
    for (temperature_c, name), numbers in told.items():
        axes.text(
            temperature_c, sets.index(name), "\n".join(numbers), ha="center", va="center",
            fontsize=6, color="white", bbox={"boxstyle": "circle,pad=0.15", "fc": GREY, "lw": 0},
        )  # fmt: skip
