"""`athanor record`: what came of an experiment that a person was given."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agents.recording.notebook import Written
    from agents.recording.said import Said
    from lab.manual import AtBench, BenchBook, Record


def record(
    experiment: Annotated[
        str | None, typer.Argument(help="its code from the sheet, its id, or the end of that")
    ] = None,
    phases: Annotated[
        str | None,
        typer.Option(help="by weight: BaTiO3=0.93,Ba2TiO4=0.07; the rest is unidentified"),
    ] = None,
    sigma: Annotated[str, typer.Option(help="standard deviation of a weight fraction")] = "0.02",
    csv: Annotated[
        Path | None,
        typer.Option(help="of many: columns experiment, phase, weight_fraction, sigma"),
    ] = None,
    lost: Annotated[bool, typer.Option("--lost", help="it was fired, and gave no result")] = False,
    not_fired: Annotated[
        bool, typer.Option("--not-fired", help="it was not fired, and will not be")
    ] = False,
    weighed: Annotated[
        str | None, typer.Option(help="grams, where not as asked: BaCO3=1.7012,TiO2=0.6850")
    ] = None,
    correct: Annotated[
        str | None, typer.Option(help="put a result right that was recorded; say why")
    ] = None,
    note: Annotated[str, typer.Option(help="anything worth keeping")] = "",
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
    from agents.recording.notebook import write
    from agents.steering import check_words, me
    from lab.manual import BenchBook

    said_by = me() if who is None else who
    why = correct if correct is not None else note
    check_words(who=said_by, **({"correct": correct} if correct is not None else {}))
    if note:
        check_words(note=note)
    book = BenchBook(bench, must_exist=True)
    try:
        says_it_all = phases is not None or lost or not_fired
        if csv is not None:
            _alone(csv, experiment, says_it_all, weighed)
            records = _from_file(book, csv, sigma, said_by, why)
        elif says_it_all:
            known = _named(book, experiment)
            said = _said(known, phases, sigma, lost, not_fired, weighed, note)
            records = [_checked(book, known, said, said_by, why)]
        else:
            records = _asked(book, experiment, said_by, why)
        for each in write(book, records, folder) if records else ():
            _echo(each)
        _tell_what_is_left(book, bool(records))
    finally:
        book.close()


def _named(book: "BenchBook", experiment: str | None) -> "AtBench":
    from knowledge.errors import AthanorError

    if experiment is None:
        codes = ", ".join(e.code for e in book.open()) or "none is open"
        raise AthanorError(f"say which experiment, by the code on its sheet: {codes}")
    return book.find(experiment)


def _said(
    known: "AtBench",
    phases: str | None,
    sigma: str,
    lost: bool,
    not_fired: bool,
    weighed: str | None,
    note: str,
) -> "Said":
    """What the options say of an experiment."""
    from agents.recording.result import phases_of, sigma_of
    from agents.recording.said import Said, weighed_of

    formulas = [known.recipe.target.formula, *known.recipe.precursors]
    product = phases_of(phases, sigma_of(sigma), formulas) if phases is not None else None
    weighed_g = weighed_of(weighed, known) if weighed is not None else {}
    return Said(product, lost, not_fired, weighed_g, note)


def _checked(
    book: "BenchBook", known: "AtBench", said: "Said", who: str, why: str
) -> "tuple[AtBench, Record]":
    from agents.recording.said import outcome_of
    from lab.manual import Record

    outcome = outcome_of(known, said, book.experiments(), book.stock)
    return known, Record(outcome, who, said.weighed_g, why)


def _from_file(
    book: "BenchBook", path: Path, sigma: str, who: str, why: str
) -> "list[tuple[AtBench, Record]]":
    from agents.recording.result import sigma_of
    from agents.recording.result_file import products_in
    from agents.recording.said import Said
    from knowledge.errors import AthanorError

    found: dict[str, tuple[AtBench, Record]] = {}
    for name, product in products_in(path, sigma_of(sigma)).items():
        try:
            known = book.find(name)
            if known.experiment_id in found:
                raise AthanorError("it is named in two ways: use one of them")
            found[known.experiment_id] = _checked(book, known, Said(product), who, why)
        except AthanorError as error:
            raise AthanorError(f"{path}, experiment {name}: {error}; nothing was taken") from error
    return list(found.values())


def _asked(
    book: "BenchBook", experiment: str | None, who: str, why: str
) -> "list[tuple[AtBench, Record]]":
    """What a person answers to questions; nothing where they leave off."""
    import sys

    from agents.recording.questions import LeftOff, Questions
    from knowledge.errors import AthanorError
    from lab.manual import Record

    if not sys.stdin.isatty():
        raise AthanorError(
            "say what came of it: --phases BaTiO3=0.93,Ba2TiO4=0.07, --lost, --not-fired or "
            "--csv FILE; questions are asked at a terminal only"
        )
    questions, waiting = Questions(input, print), book.open()
    if experiment is None and not waiting:
        return []
    try:
        known = book.find(experiment) if experiment else questions.which(waiting, book.find)
        print(f"{known.code}: {known.recipe.target.formula} from {known.recipe}")
        outcome, weighed_g = questions.outcome(known, book.experiments(), book.stock)
        if not questions.sure(known, outcome):
            raise LeftOff
    except (LeftOff, EOFError):
        print("nothing was written down")
        return []
    return [(known, Record(outcome, who, weighed_g, why))]


def _alone(csv: Path, experiment: str | None, says_it_all: bool, weighed: str | None) -> None:
    from knowledge.errors import AthanorError

    if experiment is not None or says_it_all or weighed is not None:
        raise AthanorError(f"--csv {csv} names experiments and phases itself: give nothing beside")


def _echo(written: "Written") -> None:
    from agents.recording.questions import described
    from agents.recording.said import doubts

    known = written.experiment
    told = described(known, written.outcome)
    if not written.changed:
        print(f"{known.code} was recorded so already, nothing changed: {told}")
    elif written.before is not None:
        print(f"{known.code} was {described(known, written.before)}; now {told}")
    else:
        print(f"{known.code} {known.recipe.target.formula}: {told}")
    for fault in written.outcome.faults:
        print(f"  {fault.kind}: {fault.message}")
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
