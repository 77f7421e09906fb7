"""The shelf of a lab and what was changed on it, printed (rich) or as plain values for JSON."""

import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab.inventory import Change, Held


def wide_console() -> Console:
    """The terminal; where the output goes elsewhere, wide enough for whole lines."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, 160)
    return console


def show_shelf(shelf: Sequence[Held], every: bool, console: Console) -> None:
    """Print lots, grams to 0.1 mg; those that are used up are counted, or with `every` shown."""
    shown = [held for held in shelf if every or held.left_g > 0]
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in (
        "powder", "lot", "left, g", "promised, g", "purity", "hydration", "supplier", "price per g",
    ):  # fmt: skip
        number = heading in ("left, g", "promised, g", "purity", "hydration", "price per g")
        table.add_column(
            heading,
            no_wrap=heading not in ("supplier", "lot"),
            overflow="fold",
            justify="right" if number else "left",
        )
    for held in shown:
        lot = held.lot
        table.add_row(
            escape(lot.formula),
            escape(lot.lot),
            "as needed" if math.isinf(held.left_g) else f"{held.left_g:.4f}",
            f"{held.promised_g:.4f}" if held.promised_g else "",
            "" if lot.purity is None else f"{lot.purity:.6g}",
            f"{held.hydration:g}" if held.hydration else "",
            escape(lot.supplier),
            "" if lot.price_per_g is None else f"{lot.price_per_g:g} {escape(lot.currency)}",
        )
    if shown:
        console.print(table)
    used_up = len(shelf) - len(shown)
    if used_up:
        lots = "1 lot is" if used_up == 1 else f"{used_up} lots are"
        console.print(f"[dim]{lots} used up: --all shows them[/]")
    elif not shown:
        console.print("the shelf is empty")


def shelf_values(shelf: Sequence[Held]) -> list[dict[str, Any]]:
    """Every lot as plain values; grams are null for what is bought as needed."""
    return [
        {
            **held.lot.model_dump(exclude={"grams"}),
            "hydration": held.hydration,
            "left_g": None if math.isinf(held.left_g) else held.left_g,
            "promised_g": held.promised_g,
            "weighed_g": held.weighed_g,
        }
        for held in shelf
    ]


def show_history(changes: Sequence[Change], console: Console) -> None:
    """Print when, who and what, the oldest first."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("when (UTC)", no_wrap=True)
    table.add_column("who", overflow="fold")
    table.add_column("what", overflow="fold")
    for change in changes:
        when = change.time.replace("T", " ").removesuffix("+00:00")
        table.add_row(when, escape(change.who) or "a lab's settings", escape(str(change)))
    if changes:
        console.print(table)
    else:
        console.print("nothing was changed yet")
