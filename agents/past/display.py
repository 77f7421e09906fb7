"""What a replay shows: each experiment in order, and when what was found (rich)."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from agents.history import CompletedExperiment
from agents.past.campaign import PastCampaign, Rederived
from agents.replay import Milestones, Truth
from agents.terminal import describe


def show_experiments(played: Sequence[CompletedExperiment], console: Console) -> None:
    """Each experiment in the order asked for, with its yield; successes are marked."""
    table = _table("#", "recipe", "yield", "", "observed")
    for number, done in enumerate(played, 1):
        table.add_row(
            str(number),
            str(done.recipe),
            f"{done.yield_fraction:.3f}",
            "[green]success[/]" if done.succeeded else "",
            describe(done.outcome),
        )
    console.print(table)


def show_milestones(found: Mapping[str, Milestones], truth: Truth, console: Console) -> None:
    """Experiments until the first, half and all successes and the best result, for each policy."""
    total = len(truth.successes)
    every = f"all {total}" if total else "all"
    table = _table("experiments until", "first success", "half", every, "best result")
    for name, one in found.items():
        reached = (one.first, one.half, one.all, one.best)
        table.add_row(name, *("-" if n is None else str(n) for n in reached))
    console.print(table)
    best = max(truth.yields.values())
    if total == 0:
        console.print(f"no result has {truth.yield_asked:.2%}; the best has {best:.2%}")


def show_decisions(past: PastCampaign, found: Rederived, console: Console) -> None:
    """The decisions of a campaign with what came of them, and how many came out equal."""
    history = past.history
    results = {
        c.suggestion.decision_index: f"{c.yield_fraction:.3f}" if c.measured else c.outcome.status
        for c in history.completed
    }
    every = [c.suggestion for c in history.completed] + [p.suggestion for p in history.pending]
    table = _table("#", "recipe", "yield", "derived again")
    for suggestion in sorted(every, key=lambda s: s.decision_index):
        index = suggestion.decision_index
        verdict = "equal" if index < found.equal else "not asked"
        if found.expected is not None and index == found.expected.decision_index:
            verdict = "[red]differs[/]"
        table.add_row(
            str(index + 1), str(suggestion.recipe), results.get(index, "pending"), verdict
        )
    console.print(table)
    console.print(f"{found.equal} of {len(every)} decisions came out equal")


def _table(*heads: str) -> Table:
    return Table(*heads, box=None, header_style="dim")
