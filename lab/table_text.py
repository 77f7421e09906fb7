"""Tables as spreadsheets save them: cells between commas, semicolons or tabs, in UTF-8."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

from knowledge.errors import RecordError

_MOST_BYTES = 10_000_000
_HEADING = re.compile(r"(?P<name>[^(\[/]*?)\s*(?:[(\[](?P<in>[^)\]]*)[)\]]|/(?P<per>.*))?")


def rows_of(
    path: Path | str, what: str, is_known: Callable[[str], bool]
) -> list[tuple[int, list[str]]]:
    """The rows of a table, the heading first, each with the line of the file that it ends on.

    `what` it is said to be, for messages; `is_known` says of a heading without its unit whether it
    is one: cells are separated by what makes most of the heading known, or as the first line
    `sep=;` says. Raises RecordError for a file that cannot be read.
    """
    try:
        size = Path(path).stat().st_size
        if size > _MOST_BYTES:
            raise RecordError(
                f"cannot read {what} {path}: it has {size:,} bytes, and at most {_MOST_BYTES:,} "
                "are read"
            )
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, what) from error
    except (OSError, ValueError) as error:
        raise RecordError(f"cannot read {what} {path}: {error}") from error
    if "\0" in text.split("\n", 1)[0]:  # of UTF-16, half of the bytes
        raise _not_utf8(path, what)
    told = re.match(r"\"?sep=(.)\"?[^\S\n]*\n", text)
    heading = text.split("\n", 2)[1 if told else 0] if text else ""
    separator = told[1] if told else _separator(heading, is_known)
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream, delimiter=separator, skipinitialspace=separator != "\t")
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise RecordError(f"{path}, line {reader.line_num}: {error}") from error
    return rows[1 if told else 0 :]


def heading_of(text: str) -> tuple[str, str]:
    """A heading in lower case, its unit apart: in brackets, or after a slash."""
    plain = " ".join(text.strip().strip('"').casefold().replace("_", " ").split())
    found = _HEADING.fullmatch(plain)
    if found is None:
        return plain, ""
    return found["name"], (found["in"] or found["per"] or "").strip(" ()[]")


def _separator(heading: str, is_known: Callable[[str], bool]) -> str:
    def known(separator: str) -> int:
        return sum(is_known(heading_of(cell)[0]) for cell in heading.split(separator))

    return max((",", ";", "\t"), key=known)


def _not_utf8(path: Path | str, what: str) -> RecordError:
    return RecordError(f"cannot read {what} {path}: it is not UTF-8; save it as CSV UTF-8")
