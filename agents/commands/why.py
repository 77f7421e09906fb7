"""`athanor why`: what went wrong with an experiment, or why it was tried."""

from pathlib import Path
from typing import Annotated

import typer


def why(
    experiment: Annotated[
        str, typer.Argument(help="its id, or with --folder the number of the attempt")
    ],
    folder: Annotated[
        Path | None, typer.Option(help="the campaign's; found by the id if left out", metavar="DIR")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="write all of it here too", metavar="FILE")
    ] = None,
) -> None:
    """What went wrong with an experiment and the cheapest repair, or why it was tried."""
    from rich.console import Console

    from agents.past.campaign import past_campaign_of
    from agents.report.why import show
    from agents.why.campaign import background, folder_of, probabilities
    from agents.why.explanation import explain, find, verdict_of

    campaign = past_campaign_of(folder or folder_of(experiment), experiment)
    candidates, history = campaign.candidates, campaign.history
    found = find(history, experiment)
    # Repairs are for what missed; what they promise takes seconds to work out.
    chance = probabilities(candidates, history) if verdict_of(found) == "missed" else {}
    known = background(candidates, campaign.settings.get("energies") or {}, chance)
    explanation = explain(found, history, candidates, known)
    show(explanation, Console(highlight=False, soft_wrap=True))
    if json_file is not None:
        from agents.files import write_whole

        write_whole(json_file, explanation.to_json() + "\n")
