"""`athanor inventory`: the powders on a shelf, what is changed there, and what is worth buying."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agents.shelf_file import ShelfFile
    from lab.inventory import Held

inventory = typer.Typer(
    help="The powders on a shelf: list, add, correct, and what would be worth buying.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

_Formula = Annotated[str, typer.Argument(help="e.g. BaCO3 or CoCl2·6H2O", metavar="FORMULA")]
_Table = Annotated[Path, typer.Argument(help="a table of lots", metavar="FILE.csv")]
_Bench = Annotated[
    Path | None,
    typer.Option(
        help="the folder of the bench; without it ATHANOR_BENCH, else `bench`", metavar="DIR"
    ),
]
_File = Annotated[
    Path | None, typer.Option(help="the books of another lab: its inventory_file", metavar="FILE")
]
_Json = Annotated[bool, typer.Option("--json", help="print it as JSON instead")]
_All = Annotated[bool, typer.Option("--all", help="lots that are used up, too")]
_Lot = Annotated[
    str | None, typer.Option(help="its name; not needed where there is one", metavar="NAME")
]
_Purity = Annotated[
    str | None, typer.Option(help="weight fraction: 0.999, or 99.9 %", metavar="FRACTION")
]
_Hydration = Annotated[
    str | None, typer.Option(help="moles of water in a formula unit, 0 to 20", metavar="MOLES")
]
_Supplier = Annotated[str | None, typer.Option(metavar="NAME")]
_Price = Annotated[str | None, typer.Option(help="of a gram", metavar="AMOUNT")]
_Currency = Annotated[str | None, typer.Option(help="of all prices; EUR at first", metavar="CODE")]
_Size = Annotated[str | None, typer.Option(help="of its particles, micrometres", metavar="UM")]


@inventory.callback()
def _list_without_command(
    context: typer.Context,
    bench: _Bench = None,
    file: _File = None,
    every: _All = False,
    as_json: _Json = False,
) -> None:
    context.obj = bench, file
    if context.invoked_subcommand is None:
        _list(_books(context, None, None), every, as_json)


@inventory.command("list")
def list_(
    context: typer.Context,
    bench: _Bench = None,
    file: _File = None,
    every: _All = False,
    as_json: _Json = False,
) -> None:
    """What is on the shelf: each lot, what is left of it and what is promised to experiments."""
    _list(_books(context, bench, file), every, as_json)


@inventory.command()
def add(
    context: typer.Context,
    formula: _Formula,
    grams: Annotated[
        str | None,
        typer.Option(help="delivered; without it, it is bought as needed", metavar="GRAMS"),
    ] = None,
    lot: Annotated[
        str | None, typer.Option(help="its name; the next number if left out", metavar="NAME")
    ] = None,
    purity: _Purity = None,
    hydration: _Hydration = None,
    supplier: _Supplier = None,
    price: _Price = None,
    currency: _Currency = None,
    particle_size: _Size = None,
    bench: _Bench = None,
    file: _File = None,
) -> None:
    """Enter a delivery. The first one begins the books."""
    told = {
        "grams": grams,
        "lot": lot,
        "purity": purity,
        "hydration": hydration,
        "supplier": supplier,
        "price_per_g": price,
        "currency": currency,
        "particle_size_um": particle_size,
    }
    print(_books(context, bench, file).add(formula, told))


@inventory.command()
def correct(
    context: typer.Context,
    formula: _Formula,
    lot: _Lot = None,
    grams: Annotated[
        str | None,
        typer.Option(
            help="on the shelf now, promised ones too; or as-needed: it never runs short",
            metavar="GRAMS",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="call the lot this", metavar="NAME")] = None,
    purity: _Purity = None,
    hydration: _Hydration = None,
    supplier: _Supplier = None,
    price: _Price = None,
    currency: _Currency = None,
    particle_size: _Size = None,
    bench: _Bench = None,
    file: _File = None,
) -> None:
    """Put a lot right, as a stocktake finds it; an empty text makes a value unknown."""
    told = {
        "grams": grams,
        "name": name,
        "purity": purity,
        "supplier": supplier,
        "price_per_g": price,
        "currency": currency,
        "particle_size_um": particle_size,
    }
    print(_books(context, bench, file).correct(formula, lot, hydration, told))


@inventory.command()
def remove(
    context: typer.Context,
    formula: _Formula,
    lot: _Lot = None,
    hydration: _Hydration = None,
    bench: _Bench = None,
    file: _File = None,
) -> None:
    """Take a lot out that was entered by mistake: nothing of it was weighed or promised."""
    from agents.shelf_file import named

    asked = named(formula, hydration)
    with _books(context, bench, file).change() as books:
        print(books.remove(asked, lot))


@inventory.command("import")
def take_in(
    context: typer.Context, table: _Table, bench: _Bench = None, file: _File = None
) -> None:
    """Enter the lots of a CSV file, all or none; those that are there already are skipped.

    Columns: formula, hydration, lot, grams, purity, supplier, price per g, currency, particle size
    um; commas, semicolons or tabs between them.
    """
    new, there = _books(context, bench, file).take_in(table)
    for change in new:
        print(change)
    for lot in there:
        print(f"skipped {lot}: it is there already")


@inventory.command()
def export(context: typer.Context, table: _Table, bench: _Bench = None, file: _File = None) -> None:
    """Write the shelf as it is now, used up lots too, as a CSV file that `import` reads."""
    from agents.files import write_whole
    from lab.stock_table import as_csv

    with _books(context, bench, file).look() as books:
        shelf = books.shelf
    write_whole(table, "\ufeff" + as_csv(shelf))  # so that spreadsheets see that it is UTF-8
    print(f"Table: {table} ({len(shelf)} lot{'s' if len(shelf) != 1 else ''})")


@inventory.command()
def history(
    context: typer.Context, bench: _Bench = None, file: _File = None, as_json: _Json = False
) -> None:
    """Every lot that was added, corrected or removed: when, by whom, and what it was."""
    import json

    from agents.report.shelf_table import show_history, wide_console

    with _books(context, bench, file).look() as books:
        changes = books.history
    if as_json:
        print(json.dumps([change.model_dump(mode="json") for change in changes], indent=1))
    else:
        show_history(changes, wide_console())


@inventory.command()
def wanted(
    context: typer.Context,
    target: Annotated[str, typer.Argument(help="the compound to make", metavar="TARGET")],
    folder: Annotated[
        Path | None,
        typer.Option(help="a campaign, whose results and settings count", metavar="DIR"),
    ] = None,
    lab: Annotated[
        str | None,
        typer.Option(help="one of conf/lab, or a YAML file: its shelf and limits", metavar="NAME"),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="e.g. envelope.max_temperature_c=1200", metavar="KEY=VALUE"),
    ] = None,
    bench: _Bench = None,
    file: _File = None,
    as_json: _Json = False,
) -> None:
    """What would be worth buying for a target: what the shelf lacks, and how much it would gain.

    With --lab and --bench or --file, the shelf is that of the books and the limits are the lab's.
    """
    import json

    from agents.report.purchases_table import show_wanted, wanted_values
    from agents.report.shelf_table import wide_console
    from agents.wanting import Question, answered

    books = _books(context, bench, file)
    named = any(given is not None for given in (bench, file, *context.obj))
    question = Question(target, books, named, lab, settings or (), folder)
    found, assumes = answered(question)
    if as_json:
        print(json.dumps(wanted_values(found, assumes), indent=1))
    else:
        show_wanted(found, assumes, wide_console())


def _books(context: typer.Context, bench: Path | None, file: Path | None) -> "ShelfFile":
    """The books that are meant: by the options of a command, else of those before it."""
    from agents.shelf_file import ShelfFile

    return ShelfFile(*((bench, file) if bench or file else context.obj))


def _list(books: "ShelfFile", every: bool, as_json: bool) -> None:
    import json
    import sys

    from agents.report.shelf_table import shelf_values, show_shelf, wide_console

    if not books.is_there:
        print(books.absence, file=sys.stderr if as_json else sys.stdout)
    shelf: tuple[Held, ...] = ()
    if books.is_there:
        with books.look() as opened:
            shelf = opened.shelf
    if as_json:
        shown = [held for held in shelf if every or held.left_g > 0]
        print(json.dumps({"file": str(books.path), "lots": shelf_values(shown)}, indent=1))
    elif books.is_there:
        show_shelf(shelf, every, wide_console())
