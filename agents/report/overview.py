"""The page of a campaign with several targets: what became of each."""

from collections.abc import Sequence

from agents.history import History
from agents.ledger import Ledger
from agents.report.filling import fill


def overview(ledger: Ledger, pages: Sequence[str]) -> str:
    """One HTML text with a row for each target, linked to its own page."""
    rows = []
    for target, page in zip(ledger.targets, pages, strict=True):
        history = ledger.history(target)
        rows.append(
            {
                "target": target,
                "page": page,
                "history": history,
                "best": history.best,
                "state": _state(history, ledger.of(target.formula).dropped),
            }
        )
    started = ledger.started
    assert started is not None
    return fill(
        "overview.html",
        rows=rows,
        made=sum(row["state"] == "made" for row in rows),
        policy=started.payload["policy"],
        lab=started.payload["lab"],
        started=started.time[:16].replace("T", " "),
        ended=ledger.ended.payload if ledger.ended else None,
        words=ledger.words,
    )


def _state(history: History, dropped: str | None) -> str:
    if history.best is not None and history.best.succeeded:
        return "made"
    if dropped is not None:
        return f"given up: {dropped}"
    return "in the lab" if history.pending else "open"
