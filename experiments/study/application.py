"""The Hydra application behind `athanor study`: one job runs one shard, or all of them."""

import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import hydra
import pandas as pd
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from agents.one_line import in_one_line
from experiments.study.manifest import entered, read
from experiments.study.plan import Block
from experiments.study.preflight import check
from experiments.study.row import FAILED
from experiments.study.shard import Worker
from experiments.study.store import Store
from experiments.study.study import Study, study_of
from knowledge.errors import AthanorError

_LOOK_EVERY_S = 1.0
_SHARD, _SEARCHPATH = "study.shard=", "hydra.searchpath="
# What jobs of this process failed with; Hydra would print each as a traceback.
failures: list[Exception] = []


@hydra.main(version_base="1.3", config_path="pkg://conf", config_name="study")
def main(config: DictConfig) -> None:
    """The campaigns of one shard, or of all, that are not there yet."""
    hydra_config = HydraConfig.get()
    elsewhere = (
        hydra_config.mode == RunMode.MULTIRUN
        and "BasicLauncher" not in hydra_config.launcher._target_
    )
    if elsewhere:
        _end_with_parent()
    try:
        given = [*hydra_config.overrides.hydra, *hydra_config.overrides.task]
        _work(study_overrides(given), config.study.shard)
    except (AthanorError, HydraException, OSError) as error:
        told = in_one_line(error) if isinstance(error, HydraException) else error
        if elsewhere:  # in words alone: not every error of ours survives between processes
            raise AthanorError(str(told)) from None
        failures.append(told)


@lru_cache(maxsize=1)
def _end_with_parent() -> None:
    """Once a process: see to it that it does not go on working for a command that was killed."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def study_overrides(overrides: Sequence[str]) -> list[str]:
    """Those that say what a study is: neither which job this is, nor how Hydra runs it."""
    bare = [(word, word.lstrip("+~")) for word in overrides]
    return [
        word
        for word, name in bare
        if not name.startswith(_SHARD)
        and (not name.startswith(("hydra.", "hydra/")) or name.startswith(_SEARCHPATH))
    ]


def _work(overrides: Sequence[str], shard: int | None) -> None:
    study = study_of(overrides)
    if shard is not None and not (isinstance(shard, int) and 0 <= shard < len(study.shards)):
        raise AthanorError(
            f"study.shard is {shard}: the study has shards 0 to {len(study.shards) - 1}; -m sets it"
        )
    blocks = study.plan.blocks if shard is None else study.shards[shard]
    with _progress(sum(len(block.seeds) for block in blocks)) as progress:
        task = progress.add_task("campaigns", total=sum(len(block.seeds) for block in blocks))
        Worker(
            Store(study.folder),
            study.again,
            study.journals,
            lambda there: progress.advance(task, there),
        ).work(blocks)
    if shard is not None:
        print(f"shard {shard} of {len(study.shards)}: done", file=sys.stderr)


def _progress(campaigns: int) -> Progress:
    """A bar for who watches a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    return Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not (console.is_terminal and campaigns > 1),
    )


@dataclass(frozen=True)
class Begun:
    """A study that is entered in its folder, and its shards with work left."""

    study: Study
    left: list[int]

    @property
    def in_words(self) -> str:
        """How many campaigns its folder has by now."""
        there = sum(Store(self.study.folder).counts().values())
        return f"{self.study.folder}: {there:,} campaigns are there, of {self.study.plan.size:,}"


def begin(overrides: Sequence[str]) -> Begun:
    """Enter the study in its folder, and find what is left to do. Raises AthanorError."""
    study = study_of(overrides)
    check(study.plan)  # nothing is written of what cannot be run
    entered(study.folder, study.manifest, study.accept)
    store = Store(study.folder)
    if study.journals is not None:
        study.journals.mkdir(exist_ok=True)
    left = [n for n, blocks in enumerate(study.shards) if _lacks(store, study, blocks)]
    if left:
        store.reopen()
    return Begun(study, left)


def _lacks(store: Store, study: Study, blocks: Sequence[Block]) -> bool:
    for block in blocks:
        endings = store.endings(block.name)
        if any(key not in endings for key in block.keys):
            return True
        if study.again and any(endings[key] == FAILED for key in block.keys):
            return True
    return False


@dataclass(frozen=True)
class Finished:
    """What is left of a study that has ended: rows that are missing, and those that failed."""

    missing: int
    failures: pd.DataFrame

    @property
    def failed(self) -> int:
        """How many campaigns failed."""
        return len(self.failures)

    @property
    def failed_in_words(self) -> str:
        """How many failed, and why one did."""
        row = self.failures.iloc[0]
        return (
            f"{self.failed:,} campaigns failed, such as {row.policy} for {row.target} in "
            f"{row.world} {row.seed}: {row.error}; run them again with study.again=true"
        )


def finish(begun: Begun) -> Finished:
    """Write the result of a study whose jobs are done, as far as they are."""
    folder = begun.study.folder
    store, held = Store(folder), read(folder)
    # As the folder has it now: others may have made the study grow meanwhile.
    store.finish((held or begun.study.manifest).ordered)
    wanted = {cell.key(seed) for cell, seed in begun.study.plan.campaigns()}
    told = store.told()
    own = told[told["key"].isin(wanted)]
    return Finished(len(wanted) - len(own), own[own["ending"] == FAILED])
