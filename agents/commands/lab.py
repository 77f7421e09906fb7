"""`athanor lab`: what a lab can do, and what a recipe means at its bench, before anything moves."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agents.workplace import Workplace

lab = typer.Typer(
    help="What a lab can do, and what a recipe means at its bench.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

_RecipeFile = Annotated[
    str,
    typer.Argument(
        help="a recipe, or recipes from `athanor propose --json`; - reads what comes in",
        metavar="RECIPE.json",
    ),
]
_Number = Annotated[int, typer.Option(help="which recipe of the file, counted from 1")]
_Name = Annotated[
    str, typer.Option("--lab", help="one of conf/lab, or a YAML file", metavar="NAME_OR_FILE")
]
_Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="e.g. envelope.max_temperature_c=1200; any number of them",
        metavar="KEY=VALUE",
    ),
]
_Grams = Annotated[float | None, typer.Option(help="of target, instead of the lab's usual batch")]
_Json = Annotated[bool, typer.Option("--json", help="print the procedure as JSON instead")]


@lab.callback()
def _help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@lab.command()
def describe(name: _Name = "simulated", settings: _Settings = None) -> None:
    """The stations of a lab, the limits it keeps whoever asks, and what it has in stock."""
    from rich.console import Console

    from agents.report.bench_sheet import show_lab

    show_lab(_workplace(name, settings, None), Console(highlight=False))


@lab.command()
def check(
    recipe_file: _RecipeFile,
    number: _Number = 1,
    name: _Name = "simulated",
    settings: _Settings = None,
    grams: _Grams = None,
    as_json: _Json = False,
) -> None:
    """Whether a lab would run a recipe, and how far it stays inside each limit."""
    from rich.console import Console

    from agents.recipe_file import read_recipes
    from agents.report.bench_sheet import show_check
    from agents.report.margins import margins

    recipes = read_recipes(recipe_file)
    recipe = recipes.recipe(number)
    place = _workplace(name, settings, grams)
    procedure = place.check(recipe)
    if as_json:
        print(procedure.to_json())
        return
    console = Console(highlight=False)
    show_check(recipe, recipes.which(number), margins(recipe, procedure, place), place, console)


@lab.command("dry-run")
def dry_run(
    recipe_file: _RecipeFile,
    number: _Number = 1,
    name: _Name = "simulated",
    settings: _Settings = None,
    grams: _Grams = None,
    at: Annotated[str, typer.Option(help="when it begins, HH:MM", metavar="CLOCK")] = "09:00",
    as_json: _Json = False,
) -> None:
    """What would be weighed, fired and done, when, what comes off, and what is hazardous."""
    from rich.console import Console

    from agents.recipe_file import read_recipes
    from agents.report.bench_sheet import show_dry_run
    from agents.report.timeline import minutes_after_midnight

    begin_min = minutes_after_midnight(at)
    recipes = read_recipes(recipe_file)
    recipe = recipes.recipe(number)
    place = _workplace(name, settings, grams)
    procedure = place.check(recipe)
    if as_json:
        print(procedure.to_json())
        return
    console = Console(highlight=False)
    show_dry_run(recipe, recipes.which(number), procedure, place, begin_min, console)


@lab.command()
def serve(
    name: _Name = "simulated",
    settings: _Settings = None,
    host: Annotated[str, typer.Option(help="where to listen")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes any that is free")] = 8460,
) -> None:
    """Let campaigns elsewhere use a lab (lab=remote), until Ctrl-C.

    Whoever asks must know the token in the environment variable ATHANOR_LAB_TOKEN, if there is one;
    beyond this machine there must be one.
    """
    import os

    from agents.configured_lab import configured_lab
    from lab.remote import LabServer

    token = os.environ.get("ATHANOR_LAB_TOKEN") or None
    served = configured_lab(name, settings or ())
    server = LabServer(served, host, port, token)
    print(f"the {served.name} lab is at {server.url} until Ctrl-C", flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        print()
    finally:
        server.close()


def _workplace(name: str, settings: list[str] | None, batch_g: float | None) -> "Workplace":
    from agents.configured_lab import configured_lab
    from agents.workplace import Workplace

    return Workplace.of(configured_lab(name, settings or ()), batch_g)
