"""The folder of a study: what it is, the rows that are there, and the result when all are.

    study.json          what is compared, under which settings and code: another study is refused
    rows/BLOCK.parquet  rows of some seeds of one policy, target and world, replaced as a whole
    results.parquet     every row in the order of the study; nothing in it depends on who ran what
    timings.parquet     CPU seconds of each

A row is known by its key, so it does not matter how the work was cut when it was done.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.study.row import FAILED, ROW_SCHEMA, TIMING_SCHEMA, Row, Timing, as_table
from knowledge.errors import AthanorError, RecordError

RESULTS, TIMINGS, ROWS, MANIFEST = "results.parquet", "timings.parquet", "rows", "study.json"
_BLOCK_SCHEMA = pa.schema([*ROW_SCHEMA, *list(TIMING_SCHEMA)[1:]])
_RUN_AGAIN = "remove it, and the same command runs it again"


class Store:
    """The rows of a study in a folder, which is made if it is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows = folder / ROWS
        self._rows.mkdir(parents=True, exist_ok=True)

    def lock_file(self, block: str) -> Path:
        """What whoever works on a block holds."""
        return self._rows / f"{block}.lock"

    def block(self, block: str) -> dict[str, dict[str, Any]]:
        """What a block has, by key: rows with their timing. Raises RecordError if damaged."""
        path = self._rows / f"{block}.parquet"
        if not path.exists():
            return {}
        table = read_table(path, _BLOCK_SCHEMA, _RUN_AGAIN)
        return {row["key"]: row for row in table.to_pylist()}

    def write(self, block: str, rows: Iterable[dict[str, Any]]) -> None:
        """Replace the rows of a block by these, all at once."""
        write_table(self._rows / f"{block}.parquet", as_table(list(rows), _BLOCK_SCHEMA))

    def counts(self) -> dict[str, int]:
        """How many rows each block has, without reading them. Raises RecordError if damaged."""
        found = {}
        for path in self._rows.glob("*.parquet"):
            try:
                found[path.stem] = pq.read_metadata(path).num_rows
            except (pa.ArrowException, OSError) as error:
                raise _damaged(path, error, _RUN_AGAIN) from error
        return found

    def every(self) -> pa.Table:
        """All rows of all blocks, with their timing, in no order."""
        files = sorted(self._rows.glob("*.parquet"))
        tables = [read_table(f, _BLOCK_SCHEMA, _RUN_AGAIN) for f in files]
        return pa.concat_tables(tables) if tables else _BLOCK_SCHEMA.empty_table()

    def finish(self, order: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
        """Write the result, all rows that there are in this order; returns it."""
        rows = order(self.every().to_pandas())
        for name, schema in ((RESULTS, ROW_SCHEMA), (TIMINGS, TIMING_SCHEMA)):
            table = pa.Table.from_pandas(rows[schema.names], schema=schema, preserve_index=False)
            write_table(self.folder / name, table.replace_schema_metadata(None))
        return rows

    def reopen(self) -> None:
        """Take the result away: it is not whole any more."""
        for name in (RESULTS, TIMINGS):
            (self.folder / name).unlink(missing_ok=True)


def timed(row: Row, timing: Timing) -> dict[str, Any]:
    """A row as a block holds it."""
    return row.model_dump() | timing.model_dump()


def has_failed(row: dict[str, Any]) -> bool:
    """Whether a campaign ended with an error."""
    return bool(row["ending"] == FAILED)


def read_results(paths: Sequence[Path]) -> pd.DataFrame:
    """The campaigns of study folders, or of files of rows, each once, in the order given.

    Of a study that is not finished, what is there by now. Raises RecordError for what cannot be
    read, holds nothing, or tells of one campaign twice and differently.
    """
    tables = []
    for path in paths:
        files = _files(path)
        tables += [read_table(f, ROW_SCHEMA, "run the study again, or leave it out") for f in files]
    frame = pa.concat_tables(tables).to_pandas()
    told = frame[frame.duplicated("key", keep=False)]
    if len(told):
        for key, same in told.groupby("key", sort=False):
            if len({repr(list(row)) for row in same.itertuples(index=False)}) > 1:
                first = same.iloc[0]
                raise RecordError(
                    f"{', '.join(map(str, paths))} tell of {first.policy} for {first.target} in "
                    f"{first.world} {first.seed} ({key}) twice and differently, perhaps by other "
                    "code: summarize them apart"
                )
        frame = frame.drop_duplicates("key", ignore_index=True)
    return frame


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.exists():
        raise AthanorError(f"{path}: there is no such folder; give that of an `athanor study`")
    result = path / RESULTS
    found = [result] if result.is_file() else sorted((path / ROWS).glob("*.parquet"))
    if not found:
        raise AthanorError(
            f"{path} holds no results of a study: give the folder that `athanor study` named"
        )
    return found


def read_table(path: Path, schema: pa.Schema, advice: str = "") -> pa.Table:
    """A parquet file with at least these columns. Raises RecordError for what is none."""
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error, advice) from error
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise RecordError(f"{path} is no table of campaigns: it has no column {missing[0]}")
    return table.select(schema.names).cast(schema)


def _damaged(path: Path, error: Exception, advice: str) -> RecordError:
    told = str(error).splitlines()[0] if str(error) else type(error).__name__
    return RecordError(f"{path} is damaged or cut off ({told[:80]}): {advice}".rstrip(": "))


def write_table(path: Path, table: pa.Table) -> None:
    """Write beside its place and move it there, on disk: no reader sees half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            pq.write_table(table, stream, compression="zstd")
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
