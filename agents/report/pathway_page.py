"""The page of a predicted pathway: one HTML file that opens without a network."""

from pathlib import Path

from agents.files import write_whole
from agents.report.filling import as_html, fill
from agents.report.pathway_figures import amounts_along, likelihoods
from agents.report.pathway_tree import percent, solids, weight_fractions
from agents.report.prediction import Prediction, Surroundings, surroundings
from agents.report.surroundings_figures import interface_hull, reaches, reacting, stability
from knowledge.errors import RecordError
from knowledge.reactions import ReactionGraph


def write_pathway_page(prediction: Prediction, graph: ReactionGraph, path: Path) -> Path:
    """Write the page of a prediction; returns its path.

    Raises RecordError where the file cannot be written.
    """
    page = render(prediction, surroundings(prediction, graph))
    try:
        write_whole(path, page)
    except OSError as error:
        raise RecordError(
            f"{path} cannot be written ({error.strerror}): name a file in a folder that is there"
        ) from error
    return path


def render(prediction: Prediction, around: Surroundings) -> str:
    """The whole page as one HTML text, plotly's script included."""
    figures = {
        "amounts": amounts_along(prediction),
        "likelihoods": likelihoods(prediction),
        "stability": stability(around, prediction.conditions.temperature_c),
    }
    for number, hull in enumerate(around.interfaces):
        figures[f"interface{number}"] = interface_hull(hull, prediction.target)
    html = as_html(figures)
    return fill(
        "pathway.html",
        prediction=prediction,
        pathway=prediction.pathway,
        odds=prediction.distribution,
        conditions=prediction.conditions,
        ends_with=solids(prediction.final),
        target_share=weight_fractions(prediction.final).get(prediction.target, 0.0),
        steps=[
            (stage.conditions.temperature_c, step)
            for stage in prediction.stages
            for step in stage.steps
        ],
        interfaces=[
            (hull, reacting(hull), reaches(hull, prediction.target), html[f"interface{number}"])
            for number, hull in enumerate(around.interfaces)
        ],
        solids=solids,
        percent=percent,
        figures_have_arrows=bool(figures["amounts"].layout.annotations),
        notes=[*prediction.pathway.labels, *around.guessed],
        figures=html,
    )
