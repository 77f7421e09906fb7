"""Where fetched data lies."""

import os
from pathlib import Path

from knowledge.errors import MissingDataError


def data_folder() -> Path:
    """`ATHANOR_DATA`, else the user's data folder; it need not exist."""
    given = os.environ.get("ATHANOR_DATA")
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "athanor"


def dataset(name: str) -> Path:
    """The path of a dataset below the data folder. Raises MissingDataError where it is not."""
    path = data_folder() / name
    if not path.is_file():
        raise MissingDataError(
            f"{name} is not in {data_folder()}: set ATHANOR_DATA to the folder that holds it"
        )
    return path
