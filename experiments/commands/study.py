"""`athanor study`: many campaigns, configured by Hydra."""

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from knowledge.errors import AthanorError

# Hydra only shows something for these.
_SHOWS = (
    "--help", "-h", "--hydra-help", "--version", "--cfg", "-c", "--resolve", "--package", "-p",
    "--info", "-i", "--shell-completion", "-sc",
)  # fmt: skip
_MULTIRUN = ("--multirun", "-m")
_CONFIG_DIR = ("--config-dir", "-cd")
_SOME_FAILED = 1


def study(context: typer.Context) -> int:
    """Run a study: athanor study experiment=policy_ablation study.seeds=50 (-m: jobs by Hydra)."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: campaigns run side by side
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # exceptions reach us, to be told in one line
    from agents.commands.run import hydra_arguments

    given = hydra_arguments(context.args)
    if any(word.partition("=")[0] in _SHOWS for word in given):
        _hydra(given)
        return 0
    return _study(given)


study.takes_any_arguments = True  # type: ignore[attr-defined]


def _study(given: Sequence[str]) -> int:
    from experiments.study.application import begin, finish, study_overrides

    options, overrides = parted(given)
    if "hydra/launcher=submitit_slurm" in overrides and shutil.which("srun") is None:
        raise AthanorError(
            "hydra/launcher=submitit_slurm: there is no Slurm here (no srun): start it on a node "
            "of the cluster, or use hydra/launcher=joblib"
        )
    begun = begin(study_overrides(overrides))
    if begun.left:
        many = any(option in _MULTIRUN for option in options)
        jobs = [f"study.shard={_listed(begun.left)}"] if many else []
        try:
            _hydra([*options, *overrides, *jobs])
        except KeyboardInterrupt:
            print(f"\n{begun.in_words}", file=sys.stderr)
            raise
    finished = finish(begun)
    folder, size = begun.study.folder, begun.study.plan.size
    there = f"{size - finished.missing:,} of {size:,} campaigns"
    print(f"{folder}: {there}; athanor summarize {shlex.quote(str(folder))}")
    if finished.missing:
        print(f"athanor: {finished.missing:,} are missing: run it again", file=sys.stderr)
    if finished.failed:
        print(f"athanor: {finished.failed_in_words}", file=sys.stderr)
    return _SOME_FAILED if finished.failed or finished.missing else 0


def parted(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options, and overrides after them: Hydra takes them in no other order.

    A folder of settings of one's own becomes an override, which jobs are given too.
    """
    options: list[str] = []
    overrides: list[str] = []
    words = iter(given)
    for word in words:
        option, equals, value = word.partition("=")
        if option in _CONFIG_DIR:
            folder = Path(value if equals else next(words, "")).resolve()
            if not folder.is_dir():
                raise AthanorError(f"{option} {folder}: there is no such folder")
            overrides.append(f"hydra.searchpath=[file://{folder}]")
        elif word.startswith("-"):
            options.append(word)
        else:
            overrides.append(word)
    return options, overrides


def _hydra(arguments: Sequence[str]) -> None:
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from agents.one_line import in_one_line
    from experiments.study import application

    sys.argv = ["athanor study", *arguments]
    try:
        application.main()
    except (HydraException, OmegaConfBaseException) as error:
        raise in_one_line(error, ", study.*") from error
    if application.failures:
        raise application.failures[0]


def _listed(shards: Sequence[int]) -> str:
    """The shards as a sweep: a range where they are one after the other."""
    first, last = shards[0], shards[-1]
    if len(shards) > 1 and last - first + 1 == len(shards):
        return f"range({first},{last + 1})"
    return ",".join(map(str, shards))
