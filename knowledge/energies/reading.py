"""Energy tables as they lie on disk: CSV, gzipped or not, and parquet, read into columns.

A table is read as columns of text, each with the line (CSV) or row (parquet) that it came from,
so that whatever is wrong further on can be told with its place.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import RecordError

SUFFIXES = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True)
class Columns:
    """The columns of a table by lower-case name, and where each row stands in its file."""

    name: str
    content: bytes
    cells: dict[str, Sequence[str]]
    places: Sequence[int]
    unit: str = "line"

    def at(self, row: int) -> str:
        """The place of a row in words: `mine.csv, line 7`."""
        return f"{self.name}, {self.unit} {self.places[row]}"


def read_columns(path: Path) -> Columns:
    """The columns of a CSV or parquet file. Raises RecordError, naming the file."""
    if not path.name.lower().endswith(SUFFIXES):
        raise RecordError(
            f"{path} is no energy table: allowed are files that end in {', '.join(SUFFIXES)}"
        )
    try:
        raw = path.read_bytes()
        if path.name.lower().endswith(".parquet"):
            return parquet_columns(raw, path.name)
        content = gzip.decompress(raw) if path.name.lower().endswith(".gz") else raw
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordError(
            f"cannot read the energy table {path}: byte {error.start} is not UTF-8 text; save it "
            "as CSV in UTF-8"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        told = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise RecordError(f"cannot read the energy table {path}: {told}") from error
    return csv_columns(text, path.name)


def csv_columns(text: str, name: str) -> Columns:
    """The columns of a CSV text with a header. Raises RecordError naming the line."""
    rows = csv.reader(io.StringIO(text))
    try:
        header = [h.strip().lower() for h in next(rows, [])]
        kept = list(rows)
        lines: Sequence[int] = range(2, len(kept) + 2)
        if rows.line_num != len(kept) + 1 or {len(row) for row in kept} - {len(header)}:
            kept, lines = _whole_rows(text, name, len(header))
    except csv.Error as error:
        raise RecordError(f"{name}, line {rows.line_num}: {error}: it is no CSV file") from error
    _unique(header, f"{name}, line 1")
    columns = list(zip(*kept, strict=True)) or [()] * len(header)
    return Columns(name, text.encode(), dict(zip(header, columns, strict=True)), lines)


def _whole_rows(text: str, name: str, width: int) -> tuple[list[list[str]], list[int]]:
    """Rows with the line that each ends on, blank lines left out: slower, for uneven files."""
    rows = csv.reader(io.StringIO(text))
    next(rows, None)
    kept: list[list[str]] = []
    lines: list[int] = []
    for row in rows:
        if len(row) == width:
            kept.append(row)
            lines.append(rows.line_num)
        elif row:
            raise RecordError(
                f"{name}, line {rows.line_num}: {len(row)} cells where the header has {width}: "
                "correct the line or delete it"
            )
    return kept, lines


def parquet_columns(content: bytes, name: str) -> Columns:
    """The columns of a parquet file as text, nulls as empty. Raises RecordError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise RecordError(f"cannot read the energy table {name}: {reason}") from error
    header = [str(c).strip().lower() for c in table.column_names]
    _unique(header, name)
    columns = (
        ["" if value is None else str(value) for value in column.to_pylist()]
        for column in table.columns
    )
    places = range(1, table.num_rows + 1)
    return Columns(name, content, dict(zip(header, columns, strict=True)), places, "row")


def _unique(header: Sequence[str], where: str) -> None:
    twice = sorted({h for h in header if header.count(h) > 1 and h})
    if twice:
        raise RecordError(f"{where}: the column {', '.join(twice)} is there twice: delete one")
