"""The journal of a campaign, event by event."""

from docs.pictures.paper import BLUE, GREY, ORANGE, SKY, as_svg, formula, panels
from docs.pictures.played import played

SETTINGS = (
    "targets=[BaTiO3,SrTiO3]", "policy=thermo", "lab=realistic", "lab.world_seed=4",
    "budget.parallel=3", "budget.experiments=8",
)  # fmt: skip
_LOOKS = {"decided": ("o", "white"), "submitted": ("o", SKY), "finished": ("o", BLUE)}


def picture() -> bytes:
    """A row for each experiment, a mark for each event, in the order in which they were written."""
    events = played(*SETTINGS).events
    experiments = list(dict.fromkeys(e.experiment for e in events if e.experiment))
    targets = {e.experiment: e.target for e in events if e.kind == "decided"}
    figure, (axes,) = panels(height_in=0.9 + 0.27 * len(experiments))
    for row, experiment in enumerate(experiments, 1):
        places = [e.sequence for e in events if e.experiment == experiment]
        axes.plot([min(places), max(places)], [row, row], color=GREY, lw=0.8, zorder=1)
    for kind, (marker, colour) in _LOOKS.items():
        marked = [e for e in events if e.kind == kind]
        axes.scatter(
            [e.sequence for e in marked], [1 + experiments.index(e.experiment) for e in marked],
            marker=marker, c=colour, ec=BLUE, s=46, zorder=2, label=kind,
        )  # fmt: skip
    for event in events:
        if not event.experiment:
            axes.scatter([event.sequence], [0], marker="s", c=ORANGE, s=34, zorder=2)
            axes.annotate(
                event.kind, (event.sequence, 0), (0, -9), textcoords="offset points",
                ha="center", va="top", fontsize=7.5, annotation_clip=False,
            )  # fmt: skip
    names = [f"{n}  {formula(targets[e])}" for n, e in enumerate(experiments, 1)]
    axes.set(yticks=range(1, len(names) + 1), yticklabels=names)
    axes.set(ylim=(-0.9, len(names) + 0.6), xlabel="number of the event")
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower right", ncols=3, bbox_to_anchor=(1, 1), borderaxespad=0)
    axes.set_title("Experiments of one campaign, three in the lab at a time")
    return as_svg(figure)
