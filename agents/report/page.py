"""The page: figures and tables put together from what the campaign folder holds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.candidate_files import candidates_in
from agents.candidates import Candidates
from agents.files import write_whole
from agents.history import CompletedExperiment, History
from agents.journal import Event, journal_of
from agents.ledger import Ledger
from agents.posterior import Posterior
from agents.reactivity import learn
from agents.report.figures import phases_per_attempt, posterior_map, yield_per_attempt
from agents.report.filling import as_html, fill, write_script
from agents.report.overview import overview
from agents.report.why_page import explained
from agents.why.campaign import by_recipe

_BATCH_G = 10.0


def write_report(folder: Path, events: Sequence[Event] | None = None) -> Path:
    """Write `report.html` into a campaign folder; returns its path.

    It tells of the events given, else of those in the folder's journal.

    Of several targets each has a page of its own, and `report.html` tells of all; what `athanor
    why` would say of each experiment is left to that. Raises RecordError where the folder holds no
    campaign.
    """
    if events is None:
        journal = journal_of(folder)
        events = journal.events()
        journal.close()
    ledger = Ledger(events)
    path, targets = folder / "report.html", ledger.targets
    if len(targets) == 1:
        write_whole(path, render(ledger, candidates_in(folder, ledger)))
        return path
    pages = [folder / f"report-{n:02d}.html" for n in range(1, len(targets) + 1)]
    for target, page in zip(targets, pages, strict=True):
        candidates = candidates_in(folder, ledger, target.formula)
        write_whole(page, render(ledger, candidates, one_of_many=True))
    write_script(folder)
    write_whole(path, overview(ledger, [p.name for p in pages]))
    return path


def render(ledger: Ledger, candidates: Candidates, one_of_many: bool = False) -> str:
    """The page of a target as one HTML text, plotly's script included unless it is one of many."""
    history, started = ledger.history(candidates.target), ledger.started
    assert started is not None
    experiments = list(history.measured)
    target = candidates.target.formula
    posterior = Posterior(candidates, history)
    told = posterior.predictions()
    mean, sigma = [p.expected_yield for p in told], [p.yield_sigma for p in told]
    tried = {c.recipe.content_id: c.suggestion.decision_index + 1 for c in history.completed}
    figures = {
        "yields": yield_per_attempt(experiments, candidates.target.yield_asked),
        "phases": phases_per_attempt(experiments, target),
        "posterior": posterior_map(candidates.items, mean, sigma, tried),
    }
    return fill(
        "template.html",
        target=candidates.target,
        policy=started.payload["policy"],
        lab=started.payload["lab"],
        started=started.time[:16].replace("T", " "),
        ended=ledger.ended.payload if ledger.ended else None,
        history=history,
        experiments=experiments,
        best=_best(history),
        figures=as_html(figures, script_beside=one_of_many),
        beliefs=learn(history.completed, candidates.onset_priors).beliefs,
        candidates=candidates,
        batch_g=_BATCH_G,
        why=None if one_of_many else _why(history, candidates, started, posterior),
    )


def _why(history: History, candidates: Candidates, started: Event, posterior: Posterior) -> str:
    """What `athanor why` says of each experiment."""
    energies = (started.payload.get("settings") or {}).get("energies") or {}
    return explained(history, candidates, energies, by_recipe(candidates, posterior.probability))


def _best(history: History) -> dict[str, Any] | None:
    best: CompletedExperiment | None = history.best
    if best is None:
        return None
    masses = best.recipe.masses_g(_BATCH_G)
    rows = [(f, best.recipe.precursors[f], masses[f]) for f in best.recipe.precursors]
    return {"experiment": best, "rows": rows}
