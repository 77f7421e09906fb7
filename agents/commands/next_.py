"""`athanor next`: what to weigh and fire now, for the person at the bench."""

from pathlib import Path
from typing import Annotated

import typer


def next_(
    experiments: Annotated[
        list[str] | None,
        typer.Argument(help="codes or ids; all that wait for a result if left out"),
    ] = None,
    bench: Annotated[
        Path, typer.Option(envvar="ATHANOR_BENCH", help="the folder of the bench", metavar="DIR")
    ] = Path("bench"),
    folder: Annotated[
        Path | None,
        typer.Option(help="the campaign's; found by the ids if left out", metavar="DIR"),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="write pages to print, A4: FILE.html, or a folder", metavar="PATH"),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(help="write what to weigh and fire: FILE.csv, or a folder", metavar="PATH"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print sheets as JSON instead")] = False,
    every: Annotated[bool, typer.Option("--all", help="also what has a result")] = False,
) -> None:
    """What to weigh and fire: a sheet for each experiment that is with a person.

    In the terminal, unless it is written to files.
    """
    from shlex import quote

    from agents.bench.place import bench_option
    from agents.bench.sheets import sheets, write_pages, write_tables
    from lab.manual.looking import look

    book = look(bench)
    try:
        asked = [book.find(name) for name in experiments or ()]
        asked = asked or (book.experiments() if every else book.open())
        made = sheets(book, asked, folder)
    finally:
        book.close()
    if as_json:
        print(f"[{','.join(sheet.to_json() for sheet in made)}]")
    elif not made:
        there = f" {quote(f'lab.folder={bench}')}" if bench_option(bench) else ""
        print(
            f"nothing to weigh or fire at the bench in {bench}: "
            f"athanor run lab=manual{there} target=BaTiO3 brings something"
        )
        return
    written = [
        *(write_pages(made, html) if html else ()),
        *(write_tables(made, csv) if csv else ()),
    ]
    if as_json:
        return
    if written:
        for path in written:
            print(f"written: {path}")
        return
    from rich.console import Console

    from agents.report.weighing_sheet import show_sheet

    console = Console(highlight=False)
    for sheet in made:
        show_sheet(sheet, console)
