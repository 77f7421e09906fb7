"""`athanor propose`: what the literature would do."""

from pathlib import Path
from typing import Annotated

import typer


def propose(
    target: Annotated[str, typer.Argument(help="the compound to make, e.g. BaTiO3")],
    count: Annotated[int, typer.Option(help="how many recipes", min=1, max=100)] = 5,
    precursors: Annotated[
        str | None, typer.Option(help="the firing for these instead, e.g. BaO2,TiO2")
    ] = None,
    inventory: Annotated[
        str | None, typer.Option(help="choose from these alone, e.g. BaCO3,BaO2,TiO2")
    ] = None,
    grams: Annotated[float, typer.Option(help="of target, to weigh out for")] = 5.0,
    why: Annotated[
        bool, typer.Option("--why", help="the nearest published recipes, with their DOIs")
    ] = False,
    proposer: Annotated[
        str,
        typer.Option(
            help="model, frequency, or the folder of a causal language model",
            metavar="NAME_OR_FOLDER",
        ),
    ] = "model",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="write the recipes there", metavar="FILE")
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="write a table of them there", metavar="FILE")
    ] = None,
) -> None:
    """Recipes that published syntheses suggest for a target, with how sure each is."""
    from rich.console import Console

    from agents.literature import Asked, answer

    asked = Asked(target, count, _listed(precursors), _listed(inventory), grams, why, proposer)
    console = Console(highlight=False)
    answer(asked, json_file, csv_file, console)


def _listed(text: str | None) -> list[str] | None:
    return None if text is None else [p for p in (part.strip() for part in text.split(",")) if p]
