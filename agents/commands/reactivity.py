"""`athanor reactivity`: which pairs of solids react, from which temperature, and to what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from knowledge.kinetics import PairObservation

reactivity = typer.Typer(
    help="Which pairs of solids react, from which temperature, and to what.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

_Map = Annotated[str, typer.Argument(help="a map: a file, or the URL of a database", metavar="MAP")]
_Places = Annotated[
    list[str] | None,
    typer.Argument(
        help="maps, CSV files or folders of campaigns; without any, reactivity.sqlite",
        metavar="[MAP_OR_FOLDER]...",
    ),
]
_File = Annotated[Path, typer.Argument(help="a table of pairs", metavar="FILE.csv")]
_Atmosphere = Annotated[
    str | None, typer.Option(help="air, oxygen, argon or nitrogen", metavar="NAME")
]


@reactivity.callback()
def _help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@reactivity.command("map")
def draw(
    places: _Places = None,
    html: Annotated[
        Path | None, typer.Option(help="write a page of pictures here", metavar="FILE")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="write all of it as JSON here", metavar="FILE")
    ] = None,
    atmosphere: _Atmosphere = None,
) -> None:
    """What is known: each pair, when it reacts, what it gives, and on what evidence."""
    from rich.console import Console

    from agents.pairs.places import known_at
    from agents.reactivity import Reactivity
    from agents.report.reactivity_page import as_json, write_reactivity_page
    from agents.report.reactivity_table import show
    from knowledge.kinetics import RulePriors

    observations = _within(known_at(places or []), atmosphere)
    known = Reactivity(RulePriors(), observations)
    show(known, Console(highlight=False))
    if json_file is not None:
        from agents.pairs.tables import write_text

        write_text(json_file, as_json(known))
        print(f"JSON: {json_file}")
    if html is not None:
        print(f"Page: {write_reactivity_page(known, html)}")


@reactivity.command("import")
def take_in(
    place: _Map,
    file: _File,
    source: Annotated[
        str | None,
        typer.Option(help="what to cite where the table cites nothing; by default its name"),
    ] = None,
    atmosphere: _Atmosphere = None,
) -> None:
    """Add a table to a map, which is begun where there is none.

    Either kind of table: one observation a row, as `export` writes it, or pairs with ranges of
    temperature, as published with ARROWS3.
    """
    from agents.pairs.tables import read_table
    from knowledge.recipe import atmosphere as named

    found = read_table(file, source, named(atmosphere).name if atmosphere else "air")
    _add(place, found)


@reactivity.command()
def export(
    place: _Map,
    file: _File,
    ranges: Annotated[
        bool, typer.Option("--ranges", help="pairs with ranges of temperature instead")
    ] = False,
    atmosphere: _Atmosphere = None,
) -> None:
    """Write a map as a table, one observation a row: nothing is lost."""
    from agents.pairs.places import known_at
    from agents.pairs.ranges import ranges_text
    from agents.pairs.tables import write_table, write_text

    found = _within(known_at([place]), atmosphere)
    if ranges:
        write_text(file, ranges_text(found))
    else:
        write_table(file, found)
    print(f"Table: {file} ({_count(len(found), 'observation')})")


@reactivity.command()
def merge(
    place: _Map,
    others: Annotated[
        list[str],
        typer.Argument(help="maps, CSV files or folders of campaigns", metavar="OTHER..."),
    ],
) -> None:
    """Add to a map what others know. Nothing is counted twice."""
    from agents.pairs.places import known_at

    _add(place, known_at(others))


def _add(place: str, found: "list[PairObservation]") -> None:
    from agents.pairs.store import ReactivityMap

    kept = ReactivityMap(place, make=True)
    new = kept.add(found)
    total = len(kept.observations())
    kept.close()
    added = f"{_count(new, 'new observation')} of {len(found)} given"
    print(f"Map: {kept.place} ({added}; it holds {total})")


def _within(found: "list[PairObservation]", atmosphere: str | None) -> "list[PairObservation]":
    """The observations in one atmosphere, or all of them."""
    from knowledge.errors import RecordError
    from knowledge.recipe import atmosphere as named

    if atmosphere is None:
        return found
    kept = [o for o in found if o.atmosphere == named(atmosphere).name]
    if not kept:
        gases = ", ".join(sorted({o.atmosphere for o in found})) or "none"
        raise RecordError(f"nothing is known in {atmosphere}: known are {gases}")
    return kept


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
