"""The command line. Subcommands are entry points of the group `athanor.commands`.

An entry point is a function that typer understands, or a `typer.Typer` with commands of its own.
A function whose arguments belong to Hydra carries `takes_any_arguments = True`. Modules of commands
import what is slow inside their functions, so that `athanor --help` answers at once.
"""

import sys
import warnings
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer

from knowledge.errors import AthanorError

_INTERRUPTED = 130  # what a shell calls a program stopped by Ctrl-C
_ANY_ARGUMENTS: dict[Any, Any] = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}


def main() -> None:
    """Run the command; errors a user can mend are one line and exit status 2."""
    arguments = sys.argv[1:] or ["--help"]
    if "" not in sys.path:  # code of one's own, beside one, is found after all that is installed
        sys.path.append("")
    if not sys.warnoptions:  # what libraries warn about is for developers: python -W default
        warnings.simplefilter("ignore")
    try:
        status = _application()(args=arguments, standalone_mode=False)
        if status == _INTERRUPTED:  # typer turns the interrupt into a status
            raise KeyboardInterrupt
        sys.exit(status if isinstance(status, int) else 0)
    except AthanorError as error:
        _fail(str(error))
    except typer.TyperException as error:
        told = error.format_message() if hasattr(error, "format_message") else str(error)
        _fail(f"{told.rstrip('.')}; see athanor --help")
    except (typer.Abort, KeyboardInterrupt):
        print("\nathanor: stopped; the same command goes on from here", file=sys.stderr)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        _fail(f"{error.strerror or error}:{where}; choose a folder that can be written")


def _application() -> typer.Typer:
    application = typer.Typer(
        name="athanor",
        help="From a formula to a recipe that makes it, with the experiments that prove it.",
        add_completion=False,
        rich_markup_mode=None,
    )
    application.callback()(lambda: None)
    for entry in sorted(entry_points(group="athanor.commands"), key=lambda e: e.name):
        function = _load(entry)
        if function is None:
            continue
        if isinstance(function, typer.Typer):
            application.add_typer(function, name=entry.name)
            continue
        free = getattr(function, "takes_any_arguments", False)
        application.command(
            name=entry.name,
            add_help_option=not free,
            context_settings=_ANY_ARGUMENTS if free else None,
        )(function)
    return application


def _load(entry: EntryPoint) -> Any | None:
    """The command, or none with a warning: somebody's broken plug-in must not break the rest."""
    try:
        return entry.load()
    except Exception as error:
        print(f"athanor: command {entry.name} ({entry.value}) is broken: {error}", file=sys.stderr)
        return None


def _fail(message: str) -> None:
    print(f"athanor: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
