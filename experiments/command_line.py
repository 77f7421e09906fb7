"""How an experiment ends when its user can mend something: one line, exit status 2."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path

from knowledge.errors import AthanorError


def one_line_errors(main: Callable[[], None]) -> Callable[[], None]:
    """The same command, with AthanorErrors, and files that cannot be had, told in one line."""

    @functools.wraps(main)
    def told() -> None:
        try:
            main()
        except AthanorError as error:
            print(f"{Path(sys.argv[0]).stem}: {error}", file=sys.stderr)
            sys.exit(2)
        except OSError as error:
            where = f" {error.filename}" if error.filename else ""
            print(f"{Path(sys.argv[0]).stem}: {error.strerror or error}:{where}", file=sys.stderr)
            sys.exit(2)

    return told
