"""Reactivity at the terminal (rich)."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agents.reactivity import Reactivity
from agents.report.reactivity_rows import rows_of


def show(known: Reactivity, console: Console) -> None:
    """Print a table of all pairs of which anything is known."""
    rows = rows_of(known)
    if not rows:
        console.print("Nothing is known of any pair yet.")
        return
    gases = sorted({row.belief.atmosphere for row in rows})
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("pair")
    if len(gases) > 1:
        table.add_column("gas")
    for name in ("begins, C", "onset, 90 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("gives")
    table.add_column("seen", justify="right")
    for row in rows:
        gas = [row.belief.atmosphere] if len(gases) > 1 else []
        table.add_row(
            escape(row.name),
            *gas,
            row.begins,
            row.onset,
            escape(" + ".join(row.main_products)),
            str(len(row.belief.observations)) + ("*" if row.torn else ""),
        )
    console.print(table)
    observations = known.observations
    sources = len({o.source for o in observations})
    console.print(
        f"{_count(len(rows), 'pair')} in {', '.join(gases)}: "
        f"{_count(len(observations), 'observation')} by {_count(sources, 'source')}. The onset is "
        "the median of what is possible and the range that holds 90 % of it, if the pair reacts "
        "at all.",
        style="dim",
    )
    if any(row.torn for row in rows):
        console.print("* seen to react, and not to, at the same temperature", style="dim")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
