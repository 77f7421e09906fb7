"""`athanor pathway`: the reactions a recipe would pass through."""

from pathlib import Path
from typing import Annotated

import typer


def pathway(
    target: Annotated[str, typer.Argument(help="the compound to make, e.g. BaTiO3")],
    precursors: Annotated[str, typer.Option(help="comma-separated, e.g. BaCO3,TiO2")],
    temperature: Annotated[float, typer.Option(help="Celsius")],
    atmosphere: Annotated[str, typer.Option(help="air, oxygen, argon or nitrogen")] = "air",
    start: Annotated[
        float | None,
        typer.Option("--from", help="Celsius: heat up from here, 100 C at a time"),
    ] = None,
    samples: Annotated[int, typer.Option(help="draws of all uncertain energies")] = 1000,
    seed: Annotated[int, typer.Option(help="of the draws")] = 0,
    html: Annotated[
        Path | None, typer.Option(help="write a page of pictures here", metavar="FILE")
    ] = None,
    energies: Annotated[
        list[Path] | None,
        typer.Option(help="a table of energies of your own, CSV or parquet; any number of them"),
    ] = None,
    materials_project: Annotated[
        bool, typer.Option("--materials-project", help="ask its server for what tables lack")
    ] = False,
) -> None:
    """The pairwise reactions from precursors to target, and how sure each of them is."""
    from rich.console import Console

    from agents.report.pathway_tree import show
    from agents.report.prediction import predict
    from knowledge.energies import energies_from
    from knowledge.literature import literature_model
    from knowledge.recipe import HeatingStep, Target
    from knowledge.recipe import atmosphere as named

    formula = Target(formula=target).formula
    gas = named(atmosphere)
    for temperature_c in (temperature, start):
        if temperature_c is not None:  # a step checks its temperature
            HeatingStep(temperature_c=temperature_c, hold_h=0, atmosphere=gas)
    prediction, graph = predict(
        energies_from(energies, materials_project),
        formula,
        tuple(p for p in (part.strip() for part in precursors.split(",")) if p),
        gas,
        temperature,
        literature_model().firing(formula),
        start,
        samples,
        seed,
    )
    show(prediction, Console(highlight=False, soft_wrap=True))
    if html is not None:
        from agents.report.pathway_page import write_pathway_page

        print(f"Page: {write_pathway_page(prediction, graph, html)}")
