"""`athanor report`: write a campaign's report again."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(help="the folder of a campaign", metavar="DIR")],
) -> None:
    """Write report.html into a campaign folder, also while the campaign runs."""
    from agents.report.page import write_report

    print(f"Report: {write_report(folder)}")
