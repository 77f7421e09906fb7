"""`athanor record`: what came of an experiment that a person was given."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agents.recording.notebook import Written
    from lab.manual import BenchBook


def record(
    experiment: Annotated[
        str | None, typer.Argument(help="its code from the sheet, its id, or the end of that")
    ] = None,
    phases: Annotated[
        str | None,
        typer.Option(help="by weight: BaTiO3=0.93,Ba2TiO4=0.07; the rest is unidentified"),
    ] = None,
    sigma: Annotated[
        str | None,
        typer.Option(help="standard deviation of a weight fraction, 0.02 if left out"),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(help="of many: columns experiment, phase, weight_fraction, sigma"),
    ] = None,
    lost: Annotated[bool, typer.Option("--lost", help="it was fired, and gave no result")] = False,
    not_fired: Annotated[
        bool, typer.Option("--not-fired", help="it was not fired, and will not be")
    ] = False,
    weighed: Annotated[
        str | None,
        typer.Option(help="grams, where not as asked: BaCO3=1.7012,TiO2=0.6850, or 684.9 mg"),
    ] = None,
    correct: Annotated[
        str | None, typer.Option(help="put a result right that was recorded; say why")
    ] = None,
    note: Annotated[str, typer.Option(help="anything worth keeping; changes no result")] = "",
    who: Annotated[str | None, typer.Option(help="user@machine if left out")] = None,
    bench: Annotated[
        Path, typer.Option(envvar="ATHANOR_BENCH", help="the folder of the bench", metavar="DIR")
    ] = Path("bench"),
    folder: Annotated[
        Path | None, typer.Option(help="the campaign's, where it is not found by itself")
    ] = None,
) -> None:
    """Record what came of an experiment; without options it asks.

    A campaign takes it in when it runs on.
    """
    import sys

    from agents.recording.handing_in import Options, hand_in
    from agents.recording.questions import Questions
    from lab.manual import BenchBook

    options = Options(
        experiment, phases, sigma, csv, lost, not_fired, weighed, correct, note, who, folder
    )
    book = BenchBook(bench, must_exist=True)
    try:
        written = hand_in(book, options, Questions(input, print) if sys.stdin.isatty() else None)
        if written is None:
            print("nothing was written down")
        for each in written or ():
            _echo(each)
        _tell_what_is_left(book, bool(written))
    finally:
        book.close()


def _echo(written: "Written") -> None:
    from agents.recording.questions import described
    from agents.recording.said import doubts

    known = written.experiment
    told = described(known, written.outcome)
    if not written.changed:
        kept = "the note was kept" if written.noted else "nothing changed"
        print(f"{known.code} was recorded so already, {kept}: {told}")
    elif written.before is not None:
        print(f"{known.code} was {described(known, written.before)}; now {told}")
    else:
        print(f"{known.code} {known.recipe.target.formula}: {told}")
    for fault in written.outcome.faults:
        print(f"  {fault.kind}: {fault.message}")
    for formula, missing_g in known.short_g.items():
        print(
            f"  shelf: {known.due_g[formula]:.4f} g of {formula} were used, {missing_g:.4f} g more "
            "than the books had to give: put them right with athanor inventory correct"
        )
    for doubt in doubts(known, written.outcome) if written.changed else ():
        print(f"  {doubt}")


def _tell_what_is_left(book: "BenchBook", wrote: bool) -> None:
    waiting = book.open()
    if waiting:
        codes = ", ".join(e.code for e in waiting)
        print(f"{len(waiting)} still with you: {codes}")
    elif wrote:
        print("nothing is with you any more: run the campaign's command again to go on")
    else:
        print("no experiment is with you: athanor run lab=manual target=BaTiO3 gives you one")
