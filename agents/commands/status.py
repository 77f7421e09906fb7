"""`athanor status`: where a campaign stands, once or live."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from agents.history import History
    from agents.journal import Journal
    from agents.ledger import Ledger

_EVERY_S = 1.0


def status(
    folder: Annotated[Path, typer.Argument(help="the folder of a campaign", metavar="DIR")],
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="stay, and show what is new, until it ends")
    ] = False,
    json_out: Annotated[bool, typer.Option("--json", help="print it as one JSON object")] = False,
) -> None:
    """Attempts so far, what is pending or in question, the best yield, and who runs it."""
    import time

    from rich.console import Console
    from rich.live import Live

    from agents.journal import campaigns_in, journal_of
    from agents.ledger import Ledger

    console = Console(highlight=False, soft_wrap=True)
    if json_out:
        print(_as_json(folder))
        return
    if not follow:
        for name in campaigns_in(folder):
            journal = journal_of(folder, name)
            console.print(_shown(journal, Ledger(journal.events())))
            journal.close()
        return
    journal = journal_of(folder)
    ledger = Ledger(journal.events())
    with Live(_shown(journal, ledger), console=console, refresh_per_second=4) as live:
        while ledger.ended is None:
            time.sleep(_EVERY_S)
            ledger.take(journal.refresh())
            live.update(_shown(journal, ledger))


def _shown(journal: "Journal", ledger: "Ledger") -> "RenderableType":
    from rich.console import Group
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    from agents.terminal import describe
    from lab.manual.codes import code_of

    parts: list[RenderableType] = []
    targets = ledger.targets
    for target in targets:
        history = ledger.history(target)
        title = f"[bold]{escape(target.formula)}[/]"
        name = f" [dim]{escape(journal.campaign)}[/]" if target == targets[0] else ""
        parts.append(Text.from_markup(title + name))
        at_bench = _is_at_bench(ledger)
        table = Table("#", "recipe", "yield", "observed", box=None, header_style="dim")
        for done in history.completed:
            result = f"{done.yield_fraction:.2f}" if done.measured else done.outcome.status
            number = str(done.suggestion.decision_index + 1)
            table.add_row(number, escape(str(done.recipe)), result, escape(describe(done.outcome)))
        for waiting in history.pending:
            number = str(waiting.suggestion.decision_index + 1)
            reason = ledger.unknown.get(waiting.experiment_id)
            stands = "pending" if reason is None else "unknown"
            recipe = escape(str(waiting.suggestion.recipe))
            code = f"with a person, {code_of(waiting.experiment_id)}" if at_bench else ""
            table.add_row(number, recipe, stands, escape(reason or code))
        parts += [table, _best(history)] if table.row_count else [_best(history)]
    for name, reason in ledger.unknown.items():
        parts.append(Text(f"question: what became of {name}? ({reason}); athanor amend answers it"))
    parts += [Text(str(word)) for word in ledger.words]
    parts.append(Text(_state(journal, ledger)))
    return Group(*parts)


def _is_at_bench(ledger: "Ledger") -> bool:
    """Whether experiments have codes on sheets."""
    started = ledger.started.payload if ledger.started else {}
    settings = (started.get("settings") or {}).get("lab") or {}
    return str(settings.get("_target_", "")).endswith(".ManualLab")


def _best(history: "History") -> str:
    best = f"best yield {history.best.yield_fraction:.2f}" if history.best else "no yield yet"
    return f"{best}, {history.target.yield_asked:g} asked for"


def _state(journal: "Journal", ledger: "Ledger") -> str:
    if ledger.ended is not None:
        return f"ended: {ledger.ended.payload['reason']}"
    if journal.is_run():
        paused = "paused, " if ledger.paused else ""
        return f"{paused}run by {journal.owner}"
    return "not ended: its command goes on with it"


def _as_json(folder: Path) -> str:
    import json

    from agents.journal import journal_of
    from agents.ledger import Ledger

    journal = journal_of(folder)
    ledger = Ledger(journal.events())
    told = {
        "campaign": journal.campaign,
        "state": _state(journal, ledger),
        "targets": [_target_as_json(ledger.history(t)) for t in ledger.targets],
        "questions": ledger.unknown,
        "said": [str(word) for word in ledger.words],
        "last_event": ledger.last.time if ledger.last else None,
    }
    journal.close()
    return json.dumps(told, indent=1)


def _target_as_json(history: "History") -> dict[str, object]:
    best = history.best
    return {
        "target": history.target.formula,
        "yield_asked": history.target.yield_asked,
        "completed": [c.experiment_id for c in history.completed],
        "pending": [p.experiment_id for p in history.pending],
        "best_yield": best.yield_fraction if best else None,
        "best_recipe": str(best.recipe) if best else None,
    }
