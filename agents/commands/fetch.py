"""`athanor fetch`: public datasets, from their origin, verified."""

from pathlib import Path
from typing import Annotated

import typer


def fetch(
    name: Annotated[str, typer.Argument(help="energies or literature", metavar="DATASET")],
    source: Annotated[
        str | None,
        typer.Option("--from", help="a mirror's address, or a file at hand", metavar="URL_OR_PATH"),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="instead of the folder that ATHANOR_DATA names", metavar="FOLDER"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="replace what is there")] = False,
) -> None:
    """Bring a public dataset: formation energies (energies) or published recipes (literature)."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from knowledge import datasets
    from knowledge.data_folder import data_folder

    dataset = datasets.dataset_named(name)
    folder = into.expanduser() if into else data_folder()
    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=None)
        done = datasets.fetch(
            dataset,
            folder,
            source,
            force,
            lambda at_hand, in_all: bar.update(task, completed=at_hand, total=in_all),
        )
    if done.already_there:
        console.print(f"{done.place} is there and verified: {done.rows} rows; nothing to do")
        return
    console.print(f"{done.place}: {done.rows} rows")
    checked = "matches the published one" if dataset.sha256 else "noted; none was published"
    console.print(f"[dim]SHA-256 of what was fetched: {done.source_sha256}, {checked}[/]")
    console.print(f"[dim]{dataset.citation}; licence {dataset.licence}[/]")
