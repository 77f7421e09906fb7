"""An explanation, printed (rich)."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from agents.why.records import CAUSE_WORDS, Accusation, Explanation, Paper, Repair

# Causes less likely than this are told by name only.
TOLD_IN_FULL = 0.1
_COLOURS = {"made": "green", "missed": "yellow", "pending": "cyan"}


def show(explanation: Explanation, console: Console) -> None:
    """Print all of an explanation: the answer first, what it rests on after."""
    colour = _COLOURS.get(explanation.verdict, "red")
    console.print(
        f"[bold]attempt {explanation.attempt}[/] [dim]{escape(explanation.experiment_id)}[/]"
    )
    console.print(escape(f"{explanation.recipe.target.formula} from {explanation.recipe}"))
    console.print(f"[{colour}]{explanation.verdict}[/]: {escape(explanation.says)}")
    if explanation.causes:
        _heading("what explains it", console)
        _show_causes(explanation.causes, console)
    if explanation.repairs:
        _heading("what to try, cheapest first", console)
        _show_repairs(explanation.repairs, console)
    _heading("why it was tried", console)
    for line in reasons(explanation):
        console.print(f"  {escape(line)}")
    if explanation.surprise is not None:
        _heading("how surprising", console)
        console.print(f"  {escape(explanation.surprise.says)}")
    if explanation.neighbours:
        _heading("nearest experiments", console)
        for near in explanation.neighbours:
            told = "" if near.yield_fraction is None else f" yield {near.yield_fraction:.2f}:"
            line = f"{near.recipe}:{told} {near.outcome}"
            console.print(f"  {escape(line)} [dim]{escape(near.experiment_id)}[/]")
    if explanation.papers:
        _heading("nearest papers", console)
        for paper in explanation.papers:
            console.print(f"  {escape(published(paper))} [dim]doi:{escape(paper.doi)}[/]")
    for note in explanation.notes:
        console.print(f"\n[yellow]note[/]  {escape(note)}")


def reasons(explanation: Explanation) -> Iterable[str]:
    """Why it was tried, line by line."""
    low, high = explanation.interval
    yield f"{explanation.policy}: {explanation.why_tried}"
    yield (
        f"success {explanation.probability_of_success:.0%} likely (90 % interval {low:.0%} to "
        f"{high:.0%})"
    )
    yield f"predicted pathway: {'; '.join(explanation.pathway) or 'no reaction'}"
    if explanation.intermediates:
        yield f"intermediates: {', '.join(explanation.intermediates)}"
    if explanation.teaches:
        yield f"teaches {explanation.teaches}"


def costs(repair: Repair) -> str:
    """What a repair costs and promises, in words; empty where nothing is known."""
    told = []
    if repair.probability_of_success is not None:
        told.append(f"success {repair.probability_of_success:.0%} likely")
    if repair.furnace_h is not None:
        told.append(f"{repair.furnace_h:.0f} h of furnace")
    if repair.price is not None:
        told.append(f"powders {repair.price:.2f}")
    if repair.recipe is not None and not repair.candidate and repair.probability_of_success is None:
        told.append("not among the candidates")
    return ", ".join(told)


def published(paper: Paper) -> str:
    """A published recipe in a line."""
    fired = "" if paper.temperature_c is None else f" at {paper.temperature_c:.0f} C"
    year = "" if paper.year is None else f" ({paper.year})"
    made = f"{paper.target} <- {' + '.join(paper.precursors)}{fired}{year}"
    return f"{made}, {paper.likeness:.0%} alike"


def _show_causes(causes: Iterable[Accusation], console: Console) -> None:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("likely", "before", "", "why"):
        table.add_column(heading, no_wrap=heading != "why")
    rest = []
    for cause in causes:
        if cause.probability < TOLD_IN_FULL:
            rest.append(f"{CAUSE_WORDS[cause.cause]} {cause.probability:.0%}")
            continue
        lines = [cause.says, *(f"[dim]{escape(e)}[/]" for e in cause.evidence)]
        table.add_row(
            f"[bold]{cause.probability:.0%}[/]",
            f"{cause.prior:.0%}",
            CAUSE_WORDS[cause.cause],
            "\n".join([escape(lines[0]), *lines[1:]]),
        )
    console.print(Padding(table, (0, 0, 0, 2)))
    if rest:
        console.print(f"  [dim]and {', '.join(rest)}[/]")


def _show_repairs(repairs: Iterable[Repair], console: Console) -> None:
    for number, repair in enumerate(repairs, start=1):
        what = escape(repair.what) if repair.recipe is None else f"[bold]{escape(repair.what)}[/]"
        console.print(f"{number:>3}  {what} [dim]({CAUSE_WORDS[repair.cause]})[/]")
        if repair.recipe is not None:
            console.print(f"     {escape(str(repair.recipe))}")
        if costs(repair):
            console.print(f"     [dim]{escape(costs(repair))}[/]")


def _heading(text: str, console: Console) -> None:
    console.print(f"\n[bold]{text}[/]")
