"""Records in a CSV file, a row each, to which more are added and that survives being cut short.

Empty cells are fields left at their defaults, so that `None` and empty text come back as they were.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from knowledge.errors import RecordError
from knowledge.record import Record

R = TypeVar("R", bound=Record)


def records_in(path: Path, kind: type[R]) -> list[R]:
    """The records of a file, none where there is no file; a last line that is torn is left out.

    Raises RecordError for a file with other columns.
    """
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    reader = csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1]))
    if reader.fieldnames != list(kind.model_fields):
        raise RecordError(
            f"{path} is no table of this study: name another --json or --table, or remove it"
        )
    return [kind(**{k: v for k, v in row.items() if v not in ("", None)}) for row in reader]


def as_text(records: Iterable[R], kind: type[R], header: bool = True) -> str:
    """Records as CSV text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(kind.model_fields), lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(record.model_dump() for record in records)
    return text.getvalue()


def add(path: Path, records: Sequence[R], kind: type[R]) -> None:
    """Write records at the end of a file that has its header; they are on disk after this."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(as_text(records, kind, header=False))
        stream.flush()
        os.fsync(stream.fileno())
