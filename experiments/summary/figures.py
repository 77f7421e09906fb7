"""The figures of a study, each answering one question, in the order of a page."""

from experiments.summary import curves, plates
from experiments.summary.drawing import Figure
from experiments.summary.resampling import Resampling
from experiments.summary.scores import Summary


def figures_of(summary: Summary) -> list[Figure]:
    """All figures that a study has something to show in.

    Where campaigns go on after a success, as in a replay of a table, successes come first.
    """
    found, drawn = summary.found, Resampling(summary.found)
    drawings = [
        curves.made_by_experiments(found, drawn),
        curves.made_by_hours(found, drawn),
        curves.made_by_cost(found, drawn, summary.prices),
        plates.differences(summary),
        curves.regret_curve(found, drawn),
        plates.worlds(found),
        plates.targets(found),
        plates.calibration(found),
    ]
    if found.goes_on:
        drawings.insert(0, curves.successes_found(found, drawn))
    return [drawing for drawing in drawings if drawing is not None]
