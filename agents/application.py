"""The Hydra application behind `athanor run`: compose, instantiate, run, report.

Importing this registers the resolver that names campaign folders, so that workers of a parallel
launcher, which import it to find the task, know it too.
"""

import math
import re
import secrets
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from agents.bench.errands import Errands
from agents.campaign import Budget, Campaign, Watcher
from agents.candidate_files import write_candidates
from agents.candidates import CandidateGrid
from agents.conditions import code_version, libraries
from agents.ending import LEFT
from agents.gathering import Gathering, targets_of
from agents.identity import NOT_OF_IT, identity_of
from agents.journal import begin_in
from agents.one_line import in_one_line
from agents.pairs.pin import give_back, pinned
from agents.policies.registry import made
from agents.pursuit import Pursuit
from agents.report.page import write_report
from agents.settings_check import PARTS, SEE_ALL, check_named, check_part, check_settings
from agents.terminal import Terminal
from agents.watch import Notice, watches
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError
from knowledge.literature import Proposer
from knowledge.record import content_hash
from lab import Lab, Real

_KINDS: dict[str, type] = {
    "energies": EnergyStack,
    "lab": Lab,
    "candidates": CandidateGrid,
    "budget": Budget,
    "literature": Proposer,
    "policy": Callable,  # type: ignore[dict-item]
}
# What jobs of this process failed with; Hydra would print each as a traceback.
failures: list[Exception] = []


@hydra.main(version_base="1.3", config_path="pkg://conf", config_name="config")
def main(config: DictConfig) -> float:
    """One campaign, or one of a sweep; returns its best yield, for sweepers that optimise."""
    hydra_config = HydraConfig.get()
    sweep = hydra_config.mode == RunMode.MULTIRUN
    in_this_process = "BasicLauncher" in hydra_config.launcher._target_
    try:
        return campaign(config, Path(hydra_config.runtime.output_dir))
    except (AthanorError, OSError, HydraException) as error:
        if sweep and not in_this_process:
            raise
        told = in_one_line(error) if isinstance(error, HydraException) else error
        if sweep:
            print(f"athanor: {told} (the rest of the sweep goes on)", file=sys.stderr)
        failures.append(told)
        return math.nan


@dataclass(frozen=True)
class Parts:
    """What a campaign is put together from; of policies, what makes one for each target."""

    energies: EnergyStack
    lab: Lab
    candidates: CandidateGrid
    budget: Budget
    literature: Proposer
    policy: Callable[..., Any]


def settings_of(config: DictConfig) -> dict[str, Any]:
    """The settings as plain values. Raises AthanorError for one that cannot be.

    Raises HydraException or OmegaConfBaseException for what refers to nothing.
    """
    settings = OmegaConf.to_container(config, resolve=True)
    check_settings(settings)
    assert isinstance(settings, dict)
    return {str(key): value for key, value in settings.items()}


def parts_of(config: DictConfig) -> Parts:
    """The parts that settings describe. Raises AthanorError for what is no such part.

    Raises HydraException for one that cannot be made.
    """
    return Parts(**{name: part_of(config, name) for name in PARTS})


def part_of(config: DictConfig, name: str) -> Any:
    """One of the parts that settings describe, by its name. Raises as `parts_of` does."""
    try:
        made = instantiate(config[name])
    except (TypeError, ValueError) as error:  # Hydra's own words for a `_partial_` that is none
        raise AthanorError(
            f"{name} cannot be made ({' '.join(str(error).split())}); {SEE_ALL}"
        ) from error
    check_part(name, made, _KINDS[name])
    return made


def campaign(config: DictConfig, folder: Path) -> float:
    """Run, or go on with, the campaign in a folder; returns its best yield.

    Of several targets, the share that was made.
    """
    settings = settings_of(config)
    targets = targets_of(config.target, settings["targets"], config.yield_asked)
    parts = parts_of(config)
    lab, budget = parts.lab, parts.budget
    with ExitStack() as opened:
        watch = watches(folder, **settings["watch"])
        opened.callback(watch.close)
        name = _campaign_name_of(config)
        if isinstance(lab, Real):  # in another folder this is another campaign, of the same lab
            name += f"-{secrets.token_hex(2)}"
        journal = begin_in(folder, name, **settings["journal"])
        gathering = Gathering(
            parts.energies, lab, parts.candidates, parts.literature, config.reactivity
        )
        begun = gathering.begun(folder, journal, targets)
        make = partial(made, parts.policy, seed=config.seed)
        pursuits = [Pursuit(candidates, make) for candidates in begun.found]
        terminal = Terminal([p.target for p in pursuits], budget.experiments)
        terminal.begin(begun.found, pursuits[0].policy.name, lab.name, folder, begun.without)
        errands = Errands(lab, folder)

        def tell(notice: Notice) -> None:
            watch.tell(notice)
            terminal.noticed(notice)
            errands.heard(notice)

        conditions = {
            "settings": pinned(identity_of(settings), journal),
            "seed": config.seed,
            "code": code_version(),
            "libraries": libraries(),
        }
        run = Campaign(
            pursuits,
            lab,
            journal,
            budget,
            conditions,
            Watcher(_keep(folder, pursuits), terminal.decided, terminal.finished, tell),
            poll_seconds=config.poll_seconds,
            patience_h=config.patience_h,
            accept=settings["accept"],
        )
        ending = run.run()
        journal.commit()
        report = write_report(folder, journal.events())
        left = ending.reason == LEFT
        if left:
            errands.left(journal.campaign, _command(), run.ledger.paused)
        else:
            terminal.end(ending, report)
        for pursuit in pursuits if config.reactivity and not left else ():
            history = run.history(pursuit.target)
            give_back(config.reactivity, history, journal.campaign, lab.name)
        journal.close()
    if len(pursuits) > 1:
        return len(ending.made) / len(pursuits)
    return ending.best.yield_fraction if ending.best else 0.0


def _command() -> str:
    """What was typed, to be typed again; values of secrets are not in it."""
    given = HydraConfig.get().overrides
    folder = [word for word in given.hydra if word.startswith("hydra.run.dir=")]
    # Formulas were quoted for Hydra (agents.commands.run), which does that again.
    typed = [re.sub(r"^(\+{0,2}target)='([^',]+)'$", r"\1=\2", word) for word in given.task]
    return shlex.join(["athanor", "run", *typed, *folder])


def _keep(folder: Path, pursuits: Sequence[Pursuit]) -> Callable[[], None]:
    """Keeps in a folder what each target chooses from, once the campaign is this process's."""

    def keep() -> None:
        for number, pursuit in enumerate(pursuits, 1):
            write_candidates(folder, number, pursuit.given)

    return keep


def _campaign_name(target: str, policy: str, *, _root_: DictConfig) -> str:
    """Resolves `campaign_name`: target, policy, and a hash of the settings."""
    of_it = {k: v for k, v in _root_.items_ex(resolve=False) if k not in NOT_OF_IT}
    plain = OmegaConf.to_container(OmegaConf.create(of_it), resolve=True)
    assert isinstance(plain, dict)
    check_named({str(key): value for key, value in plain.items()})
    called = "many-targets" if plain.get("targets") else str(target)
    safe = re.sub(r"[^A-Za-z0-9.()]", "_", called).strip(".")[:60]
    return f"{safe or 'no-target'}-{policy}-{content_hash(identity_of(plain))[:8]}"


def _campaign_name_of(config: DictConfig) -> str:
    """The same name outside Hydra's own resolution: it does not depend on the folder."""
    return _campaign_name(
        str(config.target), HydraConfig.get().runtime.choices["policy"], _root_=config
    )


OmegaConf.register_new_resolver("campaign_name", _campaign_name, replace=True)
