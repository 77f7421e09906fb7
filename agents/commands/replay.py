"""`athanor replay`: derive a past campaign's decisions again, or let a policy choose anew."""

from typing import Annotated

import typer

_PIPE_WIDTH = 200


def replay(
    where: Annotated[
        str,
        typer.Argument(
            help="a campaign's folder, a table of results (CSV, or Exp.json of ARROWS), or ybco",
            metavar="DIR_OR_TABLE",
        ),
    ],
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            help="policy=NAME seed=N as for athanor run; for a table also target=FORMULA "
            "success=PERCENT; experiments=N ends early",
            metavar="[KEY=VALUE]...",
        ),
    ] = None,
) -> int:
    """A campaign's decisions, derived again; or what another policy finds in past results.

    Fails where a decision comes out otherwise than recorded. With policy=NAME that policy chooses
    among what was measured, and learns a result only by choosing it.
    """
    import os
    import sys

    from rich.console import Console

    from agents.past.command import replay as replayed

    # In a pipe or a file a row is a line, however long.
    free = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPE_WIDTH

    return replayed(where, settings or [], Console(highlight=False, soft_wrap=True, width=free))
