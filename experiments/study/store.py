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

from experiments.study.manifest import read
from experiments.study.row import FAILED, ROW_SCHEMA, TIMING_SCHEMA, Row, Timing, as_table
from knowledge.errors import AthanorError, RecordError

RESULTS, TIMINGS, ROWS = "results.parquet", "timings.parquet", "rows"
_BLOCK_SCHEMA = pa.schema([*ROW_SCHEMA, *list(TIMING_SCHEMA)[1:]])
_ENDINGS = pa.schema([ROW_SCHEMA.field("key"), ROW_SCHEMA.field("ending")])
_NAMES = ["policy", "target", "world", "seed"]
_PART = ".part"
_WRITE_ANEW = "run the study again, which writes it anew"
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

    def endings(self, block: str) -> dict[str, str]:
        """How the campaigns of a block ended, by key. Raises RecordError if damaged."""
        path = self._rows / f"{block}.parquet"
        if not path.exists():
            return {}
        table = read_table(path, _ENDINGS, _RUN_AGAIN)
        return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def tidy(self, block: str) -> None:
        """Remove what processes that were killed left of a block. For who holds its lock."""
        for path in self._rows.glob(f"{block}.*{_PART}"):
            path.unlink(missing_ok=True)

    def write(self, block: str, rows: Iterable[dict[str, Any]]) -> None:
        """Replace the rows of a block by these, all at once."""
        write_table(self._rows / f"{block}.parquet", as_table(list(rows), _BLOCK_SCHEMA))

    def counts(self) -> dict[str, int]:
        """How many rows each block has, without reading them. Raises RecordError if damaged."""
        return {path.stem: _rows_in(path) for path in self._rows.glob("*.parquet")}

    def finish(self, order: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Write the result: all rows that there are, in this order of policy, target, world, seed.

        Rows stay as they are in the files: a million of them would not fit as objects of Python.
        """
        files = sorted(self._rows.glob("*.parquet"))
        tables = [read_table(f, _BLOCK_SCHEMA, _RUN_AGAIN) for f in files]
        every = pa.concat_tables(tables) if tables else _BLOCK_SCHEMA.empty_table()
        names = every.select(_NAMES).to_pandas()
        names["place"] = range(len(names))
        rows = every.take(order(names)["place"].to_numpy())
        for name, schema in ((RESULTS, ROW_SCHEMA), (TIMINGS, TIMING_SCHEMA)):
            write_table(self.folder / name, rows.select(schema.names).combine_chunks())

    def told(self) -> pd.DataFrame:
        """Of each campaign of the result, what it was and how it ended."""
        columns = ["key", *_NAMES, "ending", "error"]
        return pq.read_table(self.folder / RESULTS, columns=columns).to_pandas()

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
    frames = []
    for path in paths:
        files = _files(path)
        tables = [read_table(f, ROW_SCHEMA, "run the study again, or leave it out") for f in files]
        frame = pa.concat_tables(tables).to_pandas()
        held = read(path) if len(files) > 1 else None
        frames.append(held.ordered(frame) if held else frame)
    frame = pd.concat(frames, ignore_index=True)
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
    result, blocks = path / RESULTS, sorted((path / ROWS).glob("*.parquet"))
    # A study that has grown, or was shared, may have more rows than when its result was written.
    whole = result.is_file() and _rows_in(result, _WRITE_ANEW)
    if result.is_file() and (not blocks or whole >= sum(map(_rows_in, blocks))):
        return [result]
    if not blocks:
        raise AthanorError(
            f"{path} holds no results of a study: give the folder that `athanor study` named"
        )
    return blocks


def _rows_in(path: Path, advice: str = _RUN_AGAIN) -> int:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error, advice) from error


def read_table(path: Path, schema: pa.Schema, advice: str = "") -> pa.Table:
    """A parquet file with at least these columns. Raises RecordError for what is none."""
    try:
        table = pq.read_table(path, columns=_there(path, schema))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error, advice) from error
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise RecordError(f"{path} is no table of campaigns: it has no column {missing[0]}")
    return table.select(schema.names).cast(schema)


def _there(path: Path, schema: pa.Schema) -> list[str]:
    """Those of the columns that a file has."""
    return [name for name in schema.names if name in pq.read_schema(path).names]


def _damaged(path: Path, error: Exception, advice: str) -> RecordError:
    told = str(error).partition(". ")[0].partition("\n")[0] or type(error).__name__
    return RecordError(f"{path} is damaged or cut off ({told[:80]}): {advice}".rstrip(": "))


def write_table(path: Path, table: pa.Table) -> None:
    """Write beside its place and move it there, on disk: no reader sees half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}.", suffix=_PART)
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
