"""`athanor summarize`: the results of studies as a table, and as pictures."""

from pathlib import Path
from typing import Annotated, Literal

import typer

_PIPE_WIDTH = 200


def summarize(
    places: Annotated[
        list[Path],
        typer.Argument(help="folders of studies, or their results", metavar="DIR..."),
    ],
    by: Annotated[
        Literal["world", "target"] | None,
        typer.Option(help="also in each world, or for each target: world or target", metavar="BY"),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(help="whom the others are held against: the first if none", metavar="POLICY"),
    ] = None,
    policies: Annotated[
        str | None, typer.Option(help="these alone, in this order", metavar="A,B,C")
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="write the table as CSV here", metavar="FILE")
    ] = None,
    latex_file: Annotated[
        Path | None, typer.Option("--latex", help="write it as LaTeX here", metavar="FILE")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="write all of it as JSON here", metavar="FILE")
    ] = None,
    figures_folder: Annotated[
        Path | None,
        typer.Option("--figures", help="write a page and pictures for print here", metavar="DIR"),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="write the page alone here", metavar="FILE")
    ] = None,
    per_experiment: Annotated[
        float, typer.Option(help="what an experiment costs besides furnace and precursors")
    ] = 1.0,
    per_furnace_hour: Annotated[float, typer.Option(help="what a furnace hour costs")] = 0.1,
) -> None:
    """Which policy makes more, sooner and cheaper: medians, intervals, differences, pictures."""
    import os
    import sys

    from rich.console import Console

    from experiments.study.store import read_results
    from experiments.summary.campaigns import campaigns_of
    from experiments.summary.measures import Prices
    from experiments.summary.scores import summarize as summarized
    from experiments.summary.terminal import show

    prices = Prices(per_experiment, per_furnace_hour)
    found = campaigns_of(read_results(places), _names(policies))
    summary = summarized(found, reference, by, prices)
    # In a pipe or a file a row is a line, however long.
    free = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPE_WIDTH
    show(summary, Console(highlight=False, width=free))

    from agents.pairs.tables import write_text
    from experiments.summary.tables import as_csv, as_json, as_latex

    for path, written, kind in (
        (csv_file, as_csv, "CSV"),
        (latex_file, as_latex, "LaTeX"),
        (json_file, as_json, "JSON"),
    ):
        if path is not None:
            write_text(path, written(summary))
            print(f"{kind}: {path}")
    if figures_folder is not None or html is not None:
        from experiments.summary.figures import figures_of
        from experiments.summary.page import write_page

        figures = figures_of(summary)
        if html is not None:
            print(f"Page: {write_page(summary, figures, html)}")
        if figures_folder is not None:
            from experiments.summary.in_print import write_prints

            figures_folder.mkdir(parents=True, exist_ok=True)
            print(f"Page: {write_page(summary, figures, figures_folder / 'page.html')}")
            for figure in figures:
                svg, pdf = write_prints(figure, figures_folder)
                print(f"Figure: {svg}, {pdf.name} ({figure.title})")


def _names(text: str | None) -> list[str]:
    """Policies named in a list with commas, none for all; a comma within brackets is a setting's.

    Raises AthanorError where a list names none.
    """
    import re

    from knowledge.errors import AthanorError

    if text is None:
        return []
    names = [name.strip() for name in re.split(r",(?![^\[]*\])", text) if name.strip()]
    if not names:
        raise AthanorError(f"--policies {text!r} names no policy: give them as in athanor,thermo")
    return list(dict.fromkeys(names))
