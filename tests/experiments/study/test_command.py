"""`athanor study` as a user runs it: the same rows however it is run, and bad input in one line."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from agents.commands.run import hydra_arguments
from experiments.commands.study import parted
from experiments.study.application import begin, study_overrides
from knowledge.errors import AthanorError
from tests.commands import command
from tests.experiments.study.cases import words

ROOT = Path(__file__).parents[3]
CASES = "tests.experiments.study.cases"


def study(*given: object, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return command("agents.cli", "study", *given, cwd=cwd, env={"PYTHONPATH": str(ROOT)})


def begun(folder: Path, *given: str) -> None:
    """What the command does before any campaign is run."""
    begin(study_overrides(parted(hydra_arguments(words(folder, *given)))[1]))


def cold(*given: object) -> "subprocess.CompletedProcess[str]":
    """In a process of its own, which may start others."""
    return subprocess.run(
        [sys.executable, "-m", "agents.cli", "study", *map(str, given)],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def results(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "results.parquet")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of four shards, run in one process."""
    folder = tmp_path_factory.mktemp("studies") / "one"
    done = study(*words(folder), *SHARDED)
    assert done.returncode == 0, done.stderr
    assert f"{folder}: 200 of 200 campaigns" in done.stdout
    return folder


SHARDED = ("study.seeds=[0-99]", "study.shard_size=50")


@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_rows_are_the_same_however_they_are_run(
    launcher: str, undisturbed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / launcher
    few = ["study.seeds=[0-59]"]  # two blocks of each policy, of which one is not full
    done = cold(*words(folder, *few), "study.shard_size=100", "-m", f"hydra/launcher={launcher}")
    assert done.returncode == 0, done.stderr
    whole = results(undisturbed)
    wanted = whole[whole.seed < 60].reset_index(drop=True)
    pd.testing.assert_frame_equal(results(folder), wanted)
    if launcher == "submitit_local":  # and the rest by one process: the file is the same
        assert study(*words(folder), *SHARDED).returncode == 0
        assert (folder / "results.parquet").read_bytes() == (
            undisturbed / "results.parquet"
        ).read_bytes()


def test_started_again_it_has_nothing_to_do(undisturbed: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in undisturbed.glob("rows/*.parquet")}
    assert study(*words(undisturbed), *SHARDED, "-m").returncode == 0
    assert {p: p.stat().st_mtime_ns for p in undisturbed.glob("rows/*.parquet")} == before


def test_one_policy_that_raises_stops_no_other(tmp_path: Path) -> None:
    given = words(tmp_path, f"study.policies=[thermo,{CASES}.Raises]", "study.seeds=8")
    done = study(*given)
    rows = results(tmp_path)
    failed = rows[rows.ending == "failed"]
    assert done.returncode == 1
    assert len(rows) == 16
    assert 0 < len(failed) < 8
    assert set(failed.policy) == {"Raises"}
    assert set(failed.error) == {"RuntimeError: no idea about <object object> at all"}
    assert f"{len(failed)} campaigns failed, such as Raises for BaTiO3 in easy" in done.stderr
    assert done.stderr.count("\n") == 1
    again = study(*given)  # nothing is left to do, and it still says so
    assert (again.returncode, again.stderr) == (1, done.stderr)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["study.policies=[nope]"], "no policy is called 'nope': allowed are random, hottest"),
        (["experiment=nope"], "Could not find 'experiment/nope': allowed are alab_simulated"),
        (["study.worlds=[nowhere]"], "Could not find 'lab/nowhere': allowed are alabos, easy"),
        (["study.seeds=[0-9,5-14]"], "study.seeds overlap: 0-9 and 5-14 share 5-9"),
        (["study.policies=[athanor:objective=foo]"], "objective is 'foo': allowed are one, all"),
        (["study.policies=[athanor:nosuch=1]"], "Could not override 'policy.nosuch'"),
        (["study.policies=[no_module.Mine]"], "there is no module no_module"),
        (["study.worlds=[manual]"], "a study runs in simulated labs"),
        (["lab=hostile"], "lab=hostile: a study says that by a list: study.worlds=[hostile]"),
        (["target=BaTiO3"], "study.targets=[BaTiO3]"),
        (["reactivity=map.sqlite"], "campaigns of a study share nothing"),
        (["study.table=ybco"], "study.table=ybco is of YBa2Cu3O7, not BaTiO3"),
        (["study.sead=3"], "Could not override 'study.sead'"),
        (["study.policies=[thermo,{two:['policy=thermo']}]"], "have the same settings"),
        (["study.targets=[LrO]"], "no target can be had"),
        (["--config-dir", "/nowhere"], "there is no such folder"),
    ],
)
def test_bad_input_is_told_and_leaves_nothing(given: list[str], told: str, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with pytest.raises(AthanorError, match=re.escape(told)) as refused:
        begun(folder, "study.seeds=1", *given)
    assert "\n" not in str(refused.value)
    assert not folder.exists()


def test_the_folder_of_another_study_is_left_as_it_is(undisturbed: Path) -> None:
    before = {p: p.read_bytes() for p in undisturbed.rglob("*") if p.is_file()}
    with pytest.raises(AthanorError, match=r"another study \(budget.experiments 3, now 4"):
        begun(undisturbed, "budget.experiments=4", *SHARDED)
    assert {p: p.read_bytes() for p in undisturbed.rglob("*") if p.is_file()} == before


def test_rows_cut_in_half_are_told_and_run_again_once_removed(tmp_path: Path) -> None:
    given = words(tmp_path, "study.seeds=3", "study.policies=[thermo]")
    assert study(*given).returncode == 0
    whole = (tmp_path / "results.parquet").read_bytes()
    (block,) = tmp_path.glob("rows/*.parquet")
    block.write_bytes(block.read_bytes()[:900])
    done = study(*given)
    assert done.returncode == 2
    assert f"{block} is damaged or cut off" in done.stderr
    assert done.stderr.count("\n") == 1
    block.unlink()
    assert study(*given).returncode == 0
    assert (tmp_path / "results.parquet").read_bytes() == whole
