"""How a comparison goes, for who watches a terminal."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from experiments.comparison.comparing import Watching
from experiments.comparison.contest import Contest
from experiments.comparison.differences import Measure
from experiments.comparison.verdict import Rule, Verdict
from experiments.comparison.words import difference, judged


@contextmanager
def watched(contest: Contest, measure: Measure, margin: float) -> Iterator[Watching]:
    """A bar for each round, and what is known after it; nothing where no terminal is."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield Watching()
        return
    rule, told = Rule(margin, opponents=len(contest.others)), set[str]()
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("campaigns")

        def begins(seeds: int, campaigns: int) -> None:
            progress.reset(task, total=campaigns, description=f"{seeds:,} seeds")

        def stands(verdicts: Mapping[str, Verdict]) -> None:
            for other, verdict in verdicts.items():
                if other in told:
                    continue
                if verdict.kind != "undecided":
                    told.add(other)
                said = difference(contest.ours, other, verdict, measure)
                line = f"{verdict.seeds:,} seeds: {said}: {judged(verdict, rule, measure)}"
                console.print(escape(line), soft_wrap=True)

        yield Watching(begins, lambda there: progress.advance(task, there), stands)
