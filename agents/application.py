"""The Hydra application behind `athanor run`: compose, instantiate, run, report.

Importing this registers the resolver that names campaign folders, so that workers of a parallel
launcher, which import it to find the task, know it too.
"""

import math
import re
import sys
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, InstantiationException
from hydra.types import RunMode
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from agents.campaign import Campaign
from agents.candidates import Candidates, gather, knowledge_behind
from agents.files import write_whole
from agents.journal import Journal, campaigns_in
from agents.pairs.pin import give_back, pin, pinned
from agents.past.campaign import candidates_in
from agents.policies.registry import made
from agents.report.page import write_report
from agents.terminal import Terminal
from agents.workplace import Workplace
from knowledge.errors import AthanorError, RecordError
from knowledge.recipe import Target
from knowledge.record import content_hash

_SEE_ALL = "athanor run --cfg job prints all keys with their values"
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


def campaign(config: DictConfig, folder: Path) -> float:
    """Run, or go on with, the campaign in a folder; returns its best yield."""
    settings = OmegaConf.to_container(config, resolve=True)
    assert isinstance(settings, dict)
    if not isinstance(config.seed, int) or config.seed < 0:
        raise AthanorError(f"seed is {config.seed}: it must be a whole number, zero or above")
    target = Target(formula=str(config.target), yield_asked=config.yield_asked)
    parts = ("energies", "lab", "candidates", "budget", "literature")
    energies, lab, grid, budget, literature = (instantiate(config[part]) for part in parts)
    journal = Journal.in_folder(folder, _name_in(folder) or _campaign_name_of(config))
    candidates = _begun_with(folder, journal, target, knowledge_behind(energies, literature))
    if candidates is None:
        price = Workplace.of(lab).price
        candidates = gather(target, lab.inventory, lab.check, energies, literature, grid, price)
        candidates = pin(journal, config.reactivity, candidates)
    policy = made(instantiate(config.policy), candidates, config.seed)
    terminal = Terminal(target, budget.experiments)
    terminal.begin(candidates, policy.name, lab.name, folder)
    identity = pinned(_identity(settings), journal)
    run = Campaign(candidates, policy, lab, journal, budget, identity, terminal.watcher)
    run.start()
    write_whole(folder / "candidates.json", candidates.to_json())
    ending = run.run()
    terminal.end(ending, write_report(folder))
    if config.reactivity:
        give_back(config.reactivity, run.history(), journal.campaign, lab.name)
    journal.close()
    return ending.best.yield_fraction if ending.best else 0.0


def _begun_with(
    folder: Path, journal: Journal, target: Target, knowledge: str
) -> Candidates | None:
    """The candidates of a campaign that has begun, with the same knowledge; else none.

    They are not gathered again: a bottle may be empty by now, and the lab says so itself.
    """
    events = journal.events()
    if not any(e.kind == "started" for e in events):
        return None
    try:
        found = candidates_in(folder, events)
    except RecordError:  # cut off before it was written, or lost: it is written again
        return None
    return found if (found.target, found.knowledge) == (target, knowledge) else None


def in_one_line(error: Exception) -> AthanorError:
    """Hydra's error as one of ours: what was given, what is allowed, where to see it."""
    cause = error.__cause__
    if isinstance(cause, AthanorError):
        return cause
    text = str(error)
    first = text.splitlines()[0] if text else type(error).__name__
    first = first.removesuffix(", set env var HYDRA_FULL_ERROR=1 to see chained exception")
    if isinstance(error, InstantiationException):
        return AthanorError(f"{first.rstrip(':')} {_last_cause(error)}; {_SEE_ALL}")
    options = re.search(r"Available options in '\w+':\s*(.+?)\n\S", text + "\n\n.", re.DOTALL)
    if options:
        return AthanorError(f"{first}: allowed are {', '.join(options[1].split())}")
    return AthanorError(
        f"{first.rstrip('.')}: keys are target, yield_asked, seed, reactivity, policy, lab, "
        f"literature, budget.*, candidates.*, energies.*, lab.*; {_SEE_ALL}"
    )


def _last_cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return f"({error})"


def _name_in(folder: Path) -> str | None:
    """The campaign that the folder already holds, whatever the folder is called by now."""
    names = campaigns_in(folder) if (folder / "journal.sqlite").exists() else []
    return names[0] if names else None


def _identity(settings: dict[Any, Any]) -> dict[str, Any]:
    """The settings that make a campaign what it is: with more experiments it is still the same."""
    kept = {str(k): v for k, v in settings.items() if k != "hydra"}
    if not kept.get("reactivity"):
        kept.pop("reactivity", None)
    kept["budget"] = {k: v for k, v in kept["budget"].items() if k != "experiments"}
    return kept


def _campaign_name(target: str, policy: str, *, _root_: DictConfig) -> str:
    """Resolves `campaign_name`: target, policy, and a hash of the settings."""
    kept = OmegaConf.create({k: v for k, v in _root_.items_ex(resolve=False) if k != "hydra"})
    plain = OmegaConf.to_container(kept, resolve=True)
    assert isinstance(plain, dict)
    safe = re.sub(r"[^A-Za-z0-9.()]", "_", str(target)).strip(".")[:60]
    return f"{safe or 'no-target'}-{policy}-{content_hash(_identity(plain))[:8]}"


def _campaign_name_of(config: DictConfig) -> str:
    """The same name outside Hydra's own resolution: it does not depend on the folder."""
    return _campaign_name(
        str(config.target), HydraConfig.get().runtime.choices["policy"], _root_=config
    )


OmegaConf.register_new_resolver("campaign_name", _campaign_name, replace=True)
