"""`athanor propose`: what the literature would do."""

from typing import Annotated

import typer


def propose(
    target: Annotated[str, typer.Argument(help="the compound to make, e.g. BaTiO3")],
    count: Annotated[int, typer.Option(help="how many precursor sets", min=1, max=100)] = 5,
) -> None:
    """Precursors and temperature that published syntheses suggest for a target."""
    from rich.console import Console
    from rich.table import Table

    from knowledge.balance import balance
    from knowledge.errors import AthanorError, UnbalancedError
    from knowledge.literature import frequency_proposer
    from knowledge.recipe import Target

    formula = Target(formula=target).formula
    proposer = frequency_proposer()
    proposals = proposer.propose(formula, count)
    if not proposals:
        raise AthanorError(
            f"no published precursor is known for some element of {formula}: give precursors "
            "yourself, athanor pathway TARGET --precursors A,B"
        )
    firing = proposer.firing(formula)
    console = Console(highlight=False)
    table = Table("precursors", "probability", "reaction", box=None, header_style="dim")
    for proposal in proposals:
        try:
            equation = balance(formula, proposal.precursors).equation
        except UnbalancedError:
            equation = "does not balance"
        table.add_row(" + ".join(proposal.precursors), f"{proposal.probability:.1%}", equation)
    console.print(table)
    console.print(
        f"Hottest firing: {firing.mean_c:.0f} C, give or take {firing.sigma_c:.0f} C "
        f"({proposer.name} of published recipes)"
    )
