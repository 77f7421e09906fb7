"""`athanor pathway`: the reactions a recipe would pass through."""

from pathlib import Path
from typing import Annotated

import typer


def pathway(
    target: Annotated[str, typer.Argument(help="the compound to make, e.g. BaTiO3")],
    precursors: Annotated[str, typer.Option(help="comma-separated, e.g. BaCO3,TiO2")],
    temperature: Annotated[float, typer.Option(help="Celsius")],
    atmosphere: Annotated[str, typer.Option(help="air, oxygen, argon or nitrogen")] = "air",
    energies: Annotated[
        list[Path] | None,
        typer.Option(help="a table of energies of your own, CSV or parquet; any number of them"),
    ] = None,
    materials_project: Annotated[
        bool, typer.Option("--materials-project", help="ask its server for what tables lack")
    ] = False,
) -> None:
    """The pairwise reactions from precursors to target at a temperature."""
    from rich.console import Console

    from knowledge.balance import balance
    from knowledge.energies import energies_from
    from knowledge.literature import frequency_proposer
    from knowledge.reactions import Conditions, ReactionGraph
    from knowledge.recipe import HeatingStep, Target
    from knowledge.recipe import atmosphere as named

    formula = Target(formula=target).formula
    step = HeatingStep(temperature_c=temperature, hold_h=0, atmosphere=named(atmosphere))
    given = tuple(p for p in (part.strip() for part in precursors.split(",")) if p)
    reaction = balance(formula, given)
    firing = frequency_proposer().firing(formula)
    table = energies_from(energies, materials_project)
    graph = ReactionGraph(table, formula, given, firing.mean_c)
    found = graph.pathway(reaction.precursors, Conditions(step.temperature_c, step.atmosphere))

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{reaction.equation}")
    console.print(
        f"[dim]driving force {found.driving_force_ev_per_atom * 1000:.0f} +- "
        f"{found.sigma_ev_per_atom * 1000:.0f} meV/atom at {temperature:g} C in {atmosphere}[/]"
    )
    for number, each in enumerate(found.steps, start=1):
        force = each.reaction.driving_force_ev_per_atom * 1000
        sigma = each.reaction.sigma_ev_per_atom * 1000
        console.print(
            f"{number:3}. {each.reaction.equation}  [dim]{force:.0f} +- {sigma:.0f} meV/atom[/]"
        )
    if not found.steps:
        console.print("  no reaction: nothing here has a driving force at this temperature")
    solids = ", ".join(f"{n:.3g} {f}" for f, n in found.final.items())
    console.print(f"ends with {solids}")
    if found.oxygen_at_temperature is not None:
        console.print(
            f"{formula} holds {found.oxygen_at_temperature:.2f} O per formula unit at "
            f"{temperature:g} C"
        )
    for label in found.labels:
        console.print(f"[yellow]note: {label}[/]")
