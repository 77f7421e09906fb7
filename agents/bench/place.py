"""Where commands find a bench by themselves, and what they must be told where it is elsewhere."""

import os
from pathlib import Path
from shlex import quote

BENCH_VARIABLE, BENCH = "ATHANOR_BENCH", "bench"


def usual_bench() -> Path:
    """The folder of the bench where none is named."""
    return Path(os.environ.get(BENCH_VARIABLE) or BENCH)


def bench_option(folder: Path) -> str:
    """` --bench FOLDER` for a shell, as the folder was given; nothing for the usual bench."""
    usual = usual_bench().absolute() == folder.absolute() or _is_one(usual_bench(), folder)
    return "" if usual else f" --bench {quote(str(folder))}"


def _is_one(one: Path, other: Path) -> bool:
    """Whether two paths are of one folder, by whatever links."""
    return one.exists() and other.exists() and one.samefile(other)
