"""A weighing sheet, printed (rich)."""

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from agents.bench.failures import Expectation
from agents.bench.sheet import MIXING, Sheet, Step
from agents.report.timeline import duration, grams
from agents.report.weighing_page import volume_in_words
from lab.procedure import Mix, Weigh


def show_sheet(sheet: Sheet, console: Console) -> None:
    """Print all of a sheet: what to do first, what to expect of it after."""
    made = f"{sheet.target_g:g} g {sheet.target}"
    console.rule(f"[bold]{escape(sheet.code)}[/]  {escape(made)}", align="left")
    since = sheet.since[:16].replace("T", " ")
    _line(console, f"{escape(sheet.equation)}")
    _line(console, f"[dim]{escape(sheet.experiment_id)}, given out {escape(since)} UTC[/]")
    _show_steps(sheet, console)
    held = f"{grams(sheet.weighed_g)} g of powder, for a crucible of {sheet.crucible}"
    _line(console, f"  in all {escape(held)}")
    for firing in sheet.firings:
        which = f" {firing.number} of {len(sheet.firings)}" if len(sheet.firings) > 1 else ""
        _heading(f"firing{which}", console)
        table = _table("from, C", "to, C", "C/min", "takes")
        for line in firing.segments:
            rate = "hold" if line.rate_c_per_min is None else f"{line.rate_c_per_min:g}"
            table.add_row(f"{line.from_c:g}", f"{line.to_c:g}", rate, duration(line.hours))
        console.print(Padding(table, (0, 0, 0, 2)))
        for gas in firing.gases:
            _line(console, f"  {escape(gas)}")
    for word, gases in (("given off, at most", sheet.gas_off_ml), ("taken up", sheet.gas_in_ml)):
        if gases:
            told = ", ".join(volume_in_words(gas, ml) for gas, ml in gases.items())
            _line(console, f"\ngas {word}: {escape(told)}")
    _heading("hazards" if sheet.hazards else "hazards: none known", console)
    for hazard in sheet.hazards:
        _line(
            console,
            f"  [yellow]{escape(hazard.rule)}[/]: {escape(hazard.what)}; {escape(hazard.advice)} "
            f"[dim]({escape(hazard.source)})[/]",
        )
    _heading("what to expect", console)
    asked = f"{100 * sheet.yield_asked:.3g} % of the product by weight or more is {sheet.target}"
    _line(console, f"  made, if {escape(asked)}")
    if sheet.expectation is not None:
        _show_expectation(sheet.expectation, console)
    for signs in sheet.signs:
        lines = ", ".join(f"{line.two_theta_deg:.1f}" for line in signs.lines)
        _line(console, f"  [dim]{escape(signs.formula)}: {lines} degrees two theta of copper[/]")
    for note in sheet.notes:
        _line(console, f"[yellow]note[/]  {escape(note)}")
    _heading("to record", console)
    for what, command in sheet.record:
        _line(console, f"  {escape(command)}  [dim]{escape(what)}[/]")
    console.print()


def _show_steps(sheet: Sheet, console: Console) -> None:
    table = _table("", "what to do, in this order", "at", "from")
    for step in sheet.steps:
        table.add_row(str(step.number), escape(step.words), escape(step.station), _lots(step))
    console.print(Padding(table, (1, 0, 0, 2)))
    for step in sheet.steps:
        for note in step.notes:
            _line(console, f"  [yellow]step {step.number}[/]: {escape(note)}")
        if isinstance(step.action, Mix) and sheet.mixing:
            order = ", then ".join(sheet.mixing)
            _line(console, f"  step {step.number}: [bold]{escape(order)}[/], {MIXING}")


def _lots(step: Step) -> str:
    if not isinstance(step.action, Weigh):
        return ""
    return escape("; ".join(str(lot) for lot in step.lots if str(lot)))


def _show_expectation(expected: Expectation, console: Console) -> None:
    low, high = expected.interval
    _line(
        console,
        f"  {expected.probability_of_success:.0%} likely (90 % interval {low:.0%} to {high:.0%})",
    )
    _line(console, f"  on the way: {escape('; '.join(expected.pathway) or 'no reaction')}")
    if expected.teaches:
        _line(console, f"  teaches {escape(expected.teaches)}")
    if expected.failures:
        table = _table("likely", "what may go wrong, each by itself", "would leave")
        for failure in expected.failures:
            left = "; ".join(t for t in (", ".join(failure.leaves), failure.sign) if t)
            table.add_row(
                f"{failure.probability:.0%}",
                f"[bold]{failure.called}[/]: {escape(failure.says)}",
                escape(left),
            )
        console.print(Padding(table, (0, 0, 0, 2)))


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in headings:
        wraps = heading.startswith(("what", "would", "from")) and heading != "from, C"
        table.add_column(heading, no_wrap=not wraps)
    return table


def _line(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)


def _heading(text: str, console: Console) -> None:
    console.print(f"\n[bold]{text}[/]")
