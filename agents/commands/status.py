"""`athanor status`: where a campaign stands."""

from pathlib import Path
from typing import Annotated

import typer


def status(
    folder: Annotated[Path, typer.Argument(help="the folder of a campaign", metavar="DIR")],
) -> None:
    """Attempts so far, what is pending, and the best yield."""
    from rich.console import Console
    from rich.table import Table

    from agents.campaign import target_of
    from agents.journal import Journal, campaigns_in, fold
    from agents.terminal import describe

    console = Console(highlight=False, soft_wrap=True)
    for name in campaigns_in(folder):
        journal = Journal.in_folder(folder, name)
        events = journal.events()
        journal.close()
        target = target_of(events)
        history = fold(events, target)
        console.print(f"[bold]{target.formula}[/] [dim]{name}[/]")
        table = Table("#", "recipe", "yield", "observed", box=None, header_style="dim")
        for done in history.completed:
            result = f"{done.yield_fraction:.2f}" if done.measured else done.outcome.status
            number = str(done.suggestion.decision_index + 1)
            table.add_row(number, str(done.recipe), result, describe(done.outcome))
        for waiting in history.pending:
            number = str(waiting.suggestion.decision_index + 1)
            table.add_row(number, str(waiting.suggestion.recipe), "pending", "")
        console.print(table)
        ended = events[-1].payload if events[-1].kind == "ended" else None
        best = f"best yield {history.best.yield_fraction:.2f}" if history.best else "no yield yet"
        state = f"ended: {ended['reason']}" if ended else "not ended: its command goes on with it"
        console.print(f"{state}; {best}, {target.yield_asked:g} asked for")
