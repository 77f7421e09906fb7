"""What a campaign shows while it runs (rich)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from agents.candidates import Candidates
from agents.ending import Ending
from agents.history import CompletedExperiment, PendingExperiment
from agents.watch import Notice
from knowledge.outcome import Outcome
from knowledge.recipe import Target

_LABEL = "[dim]{:>10}[/]  {}"


class Terminal:
    """Prints a campaign as it goes. `decided` and `finished` are what the campaign calls."""

    def __init__(
        self, targets: Sequence[Target], experiments: int, console: Console | None = None
    ) -> None:
        self._targets, self._budget = tuple(targets), experiments
        self._console = console or Console(highlight=False)

    def begin(
        self,
        candidates: Sequence[Candidates],
        policy: str,
        lab: str,
        folder: Path,
        without: Mapping[str, str],
    ) -> None:
        """Say what is about to happen, and why some targets are left out."""
        formulas = ", ".join(t.formula for t in self._targets)
        self._console.rule(f"[bold]{escape(formulas)}[/]", align="left")
        recipes = [c.recipe for each in candidates for c in each.items]
        sets = len({(r.target.formula, *r.precursors) for r in recipes})
        several = f" for {len(self._targets)} targets" if len(self._targets) > 1 else ""
        self._line("candidates", f"{len(recipes)} recipes from {sets} precursor sets{several}")
        observations = {o for each in candidates for o in each.observations}
        if observations:
            seen = f"{len(observations)} earlier observations of pairs taken in"
            self._line("reactivity", seen)
        self._line("policy", f"{policy}, in the {lab} lab, {self._budget} experiments at most")
        self._line("folder", str(folder))
        for formula, reason in without.items():
            self._line("left out", f"[yellow]{escape(formula)}: {escape(reason)}[/]", markup=True)
        for warning in dict.fromkeys(w for each in candidates for w in each.warnings):
            self._line("note", f"[yellow]{escape(warning)}[/]", markup=True)

    def end(self, ending: Ending, report: Path) -> None:
        """Say why it stopped, and where the report is."""
        self._console.rule(align="left")
        spent = f"{ending.experiments} experiment{'s' if ending.experiments != 1 else ''}"
        colour = "green" if ending.reason == "yield reached" else "yellow"
        self._line("ended", f"[{colour}]{ending.reason}[/] after {spent}", markup=True)
        if ending.words:
            self._line("", ending.words)
        if len(self._targets) > 1:
            made = f"{len(ending.made)} of {len(self._targets)} targets"
            self._line("made", f"{made}: {', '.join(ending.made)}" if ending.made else made)
        elif ending.best:
            self._line("best", f"{ending.best.yield_fraction:.2f} with {ending.best.recipe}")
        else:
            self._line("best", "no experiment was measured")
        self._line("explained", f"one by one: athanor why NUMBER --folder {report.parent}")
        self._console.print(f"Report: {report}", soft_wrap=True)

    def decided(self, pending: PendingExperiment) -> None:
        """Say what is tried next, and why."""
        suggestion = pending.suggestion
        reason = suggestion.reason
        number = suggestion.decision_index + 1
        of = f" at {suggestion.recipe.target.formula}" if len(self._targets) > 1 else ""
        self._console.rule(f"attempt {number}{escape(of)}", align="left", style="dim")
        self._line("recipe", str(suggestion.recipe))
        self._line("equation", suggestion.recipe.equation)
        self._line("pathway", str(reason.pathway))
        low, high = reason.interval
        self._line("why", reason.why)
        self._line(
            "success",
            f"{reason.probability_of_success:.0%} likely (90 % interval {low:.0%} to {high:.0%})",
        )
        self._line("teaches", reason.teaches)

    def finished(self, done: CompletedExperiment, left: int) -> None:
        """Say what came of an experiment."""
        number = done.suggestion.decision_index + 1
        several = len(self._targets) > 1
        which = f"attempt {number} at {done.recipe.target.formula}: " if several else ""
        self._line("observed", which + describe(done.outcome))
        mark = "[green]reached[/]" if done.succeeded else "not reached"
        if done.measured:
            asked = f"{done.recipe.target.yield_asked:g} asked: {mark}"
            experiments = f"{left} experiment{'s' if left != 1 else ''} left"
            told = f"[bold]{done.yield_fraction:.2f}[/], {asked}; {experiments}"
            self._line("yield", told, markup=True)
        for fault in done.outcome.faults:
            self._line("fault", f"{fault.kind} at {fault.stage}: {fault.message}")

    def noticed(self, notice: Notice) -> None:
        """Say what a person has to see to, and that the lab does not answer."""
        if notice.kind in ("question", "unreachable"):
            self._line(notice.kind, f"[yellow]{escape(notice.text)}[/]", markup=True)

    def _line(self, label: str, text: str, markup: bool = False) -> None:
        self._console.print(_LABEL.format(label, text if markup else escape(text)), soft_wrap=True)


def describe(outcome: Outcome) -> str:
    """Observed phases in words: `BaTiO3 0.93, Ba2TiO4 0.07`."""
    parts = [f"{p.formula} {p.weight_fraction:.2f}" for p in outcome.phases]
    if outcome.unidentified_weight_fraction > 0:
        parts.append(f"unidentified {outcome.unidentified_weight_fraction:.2f}")
    return ", ".join(parts) or outcome.status
