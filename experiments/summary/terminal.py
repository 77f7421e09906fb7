"""A summary at the terminal (rich)."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from experiments.summary.cells import (
    CAPTION,
    difference_cells,
    difference_heads,
    score_cells,
    score_heads,
)
from experiments.summary.scores import EVERYTHING, Block, Summary
from experiments.summary.words import notes, sentences


def show(summary: Summary, console: Console) -> None:
    """Print scores, then differences and what they come to, then what to know of both."""
    whole = summary.whole
    console.print(escape(of_what(summary)), soft_wrap=True)
    for block in summary.blocks:
        rows = [score_cells(score, summary) for score in block.scores]
        _print(console, title(block, summary), score_heads(summary), rows)
    console.print(f"{CAPTION}.", style="dim", soft_wrap=True)
    for block in (b for b in summary.blocks if b.of != "target" and b.differences):
        head = escape(f"{summary.reference} against others{_within(block, summary)}")
        rows = [difference_cells(told, summary) for told in block.differences]
        _print(console, head, difference_heads(summary), rows)
    for difference in whole.differences:
        for sentence in sentences(difference):
            console.print(f"- {escape(sentence)}", soft_wrap=True)
    for note in notes(summary):
        console.print(f"note: {escape(note)}", style="dim", soft_wrap=True)


def of_what(summary: Summary) -> str:
    """How many campaigns of what, in words."""
    found = summary.found
    return (
        f"{len(found):,} campaigns: {_count(len(found.policies), 'policy', 'policies')}, "
        f"{_count(len(found.targets), 'target')}, {_count(len(found.worlds), 'world')}, "
        f"{_count(len(found.seeds), 'seed')}; {budget_in_words(summary)}"
    )


def title(block: Block, summary: Summary) -> str:
    """What a block is of, in words; empty where there is but one."""
    return _within(block, summary).removeprefix(", ")


def _within(block: Block, summary: Summary) -> str:
    if block.of != EVERYTHING:
        return f", {block.of} {block.name}" if block.of == "world" else f", {block.name}"
    return ", all together" if len(summary.blocks) > 1 else ""


def budget_in_words(summary: Summary) -> str:
    """What a campaign might spend and what it was asked for."""
    found = summary.found
    least, most = int(found.budget.min()), int(found.budget.max())
    many = f"{most}" if least == most else f"{least} to {most}"
    return f"{many} experiments each, made at {found.yield_asked:.4g} by weight"


def _print(
    console: Console, head: str, heads: Sequence[str], rows: Sequence[tuple[str, ...]]
) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for number, name in enumerate(heads):
        table.add_column(name, justify="right" if number else "left")
    for row in rows:
        table.add_row(*map(escape, row))
    console.print()
    if head:
        console.print(f"[bold]{head}[/]")
    console.print(table)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
