"""`athanor compare`: is one policy better than another? Seeds are added until that is decided."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from knowledge.errors import AthanorError

if TYPE_CHECKING:
    from experiments.comparison.comparing import Comparison
    from experiments.comparison.contest import Contest
    from experiments.comparison.differences import Measure

_AT_MOST = 1000
_SOME_FAILED = 1
_KINDS = (".svg", ".pdf", ".png")


def compare(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="policy=NAME, as study.policies takes it; overrides of athanor study",
            metavar="policy=NAME [OVERRIDE...]",
        ),
    ] = None,
    against: Annotated[
        str, typer.Option(help="who it is held against: a policy, or several", metavar="A,B")
    ] = "",
    until_decided: Annotated[
        bool, typer.Option("--until-decided", help="add seeds until a verdict is there")
    ] = False,
    at_most: Annotated[
        int | None, typer.Option(help=f"so, with no more seeds than this: {_AT_MOST} if not given")
    ] = None,
    margin: Annotated[
        float, typer.Option(help="what does not matter, as a share: 0.02 of the budget")
    ] = 0.02,
    measure: Annotated[
        Literal["experiments", "made", "best_yield"],
        typer.Option(help="experiments saved, targets made, or the best yield"),
    ] = "experiments",
    limits: Annotated[
        bool, typer.Option(help="also draw oracle and random, on the first 20 seeds")
    ] = True,
    processes: Annotated[
        int | None, typer.Option(help="side by side: as many as processors if not given")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="the picture for print: .svg, .pdf, .png", metavar="FILE")
    ] = None,
    config_dir: Annotated[
        Path | None, typer.Option(help="a folder of settings of your own", metavar="DIR")
    ] = None,
) -> int:
    """Is a policy better than another: athanor compare policy=mine --against athanor."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: campaigns run side by side
    if at_most is not None and at_most < 2:
        raise AthanorError(f"--at-most {at_most}: give 2 seeds or more")
    if processes is not None and processes < 1:
        raise AthanorError(f"--processes {processes}: give 1 or more")
    if figure is not None and not (figure.suffix in _KINDS and figure.parent.is_dir()):
        raise AthanorError(
            f"--figure {figure}: name a file that ends in {', '.join(_KINDS)}, in a folder that is "
            "there"
        )
    most = (at_most or _AT_MOST) if until_decided or at_most is not None else None

    from agents.commands.run import hydra_arguments
    from experiments.comparison.contest import contest_of
    from experiments.comparison.differences import MEASURES
    from experiments.comparison.verdict import Rule

    Rule(margin)
    overrides = hydra_arguments(words or [])
    if config_dir is not None:
        if not config_dir.is_dir():
            raise AthanorError(f"--config-dir {config_dir}: there is no such folder")
        overrides.append(f"hydra.searchpath=[file://{config_dir.resolve()}]")
    sys.path.insert(0, str(Path.cwd()))  # a policy of one's own lies there
    with _own_errors():
        contest = contest_of(overrides, against, most, limits)
        found = _compared(contest, MEASURES[measure], margin, processes or os.cpu_count() or 1)
    return _told(found, figure)


@contextmanager
def _own_errors() -> Iterator[None]:
    """Errors without the words on --cfg: that is an option of run and study alone."""
    from agents.settings_check import SEE_ALL

    try:
        yield
    except AthanorError as error:
        told = str(error).removesuffix(f"; {SEE_ALL}")
        if told == str(error):
            raise
        raise AthanorError(told) from error


def _compared(
    contest: "Contest", measure: "Measure", margin: float, processes: int
) -> "Comparison":
    from experiments.comparison.comparing import compare as held_against
    from experiments.comparison.rows import crew
    from experiments.comparison.terminal import watched

    with watched(contest, measure, margin) as watching, crew(processes) as hands:
        return held_against(contest, measure, margin, hands, watching)


def _told(found: "Comparison", figure: Path | None) -> int:
    from experiments.comparison.page import write_page
    from experiments.comparison.picture import write_print
    from experiments.comparison.words import notes, sentences

    for sentence in sentences(found):
        print(sentence)
    for note in notes(found):
        print(f"note: {note}")
    folder = found.contest.study.folder
    print(f"Page: {write_page(found, folder / 'comparison.html')}; athanor summarize {folder}")
    if figure is not None:
        print(f"Figure: {write_print(found, figure)}")
    if found.finished.failed:
        print(f"athanor: {found.finished.failed_in_words}", file=sys.stderr)
    return _SOME_FAILED if found.finished.failed else 0
