"""What a target is called never leads out of the folder of its campaign."""

import os
from functools import partial
from pathlib import Path

import pytest

from tests.commands import command

BARE = {"ATHANOR_DATA": "/nonexistent", "COLUMNS": "120"}
run = partial(command, "agents.cli", env=BARE)
QUICK = (
    "policy=random", "literature=frequency", "candidates.spacing_c=400", "candidates.hold_h=[4]",
    "candidates.max_precursor_sets=1", "budget.experiments=1",
)  # fmt: skip
LONG = "Ba" + "TiO" * 100


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (["target=../../x"], True),
        (["target=a/b"], True),
        ([f"target={LONG}"], None),
        (["target=Ba(OH)2·8H2O"], None),
        (["target=CON"], True),
        (["-m", "target=../../x,a/b,CON"], True),
    ],
)
def test_nothing_is_written_elsewhere(
    tmp_path: Path, arguments: list[str], refused: bool | None
) -> None:
    """In a folder two levels down, so that what climbs out of it is seen."""
    here = tmp_path / "one" / "two"
    here.mkdir(parents=True)
    before = tree(tmp_path)
    ended = run("run", *arguments, *QUICK, cwd=here)
    new = tree(tmp_path) - before
    assert all(path.startswith(os.path.join("one", "two", "campaigns")) for path in new), new
    assert all(len(Path(path).name) < 100 for path in new)
    assert ended.returncode in ((2,) if refused else (0, 2)), ended.stderr
    if ended.returncode:
        told = ended.stderr.strip().splitlines()
        assert told, ended.stdout
        assert all(line.startswith("athanor: ") for line in told), ended.stderr
