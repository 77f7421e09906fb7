"""`athanor run`: a campaign, or a sweep of them, configured by Hydra."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import typer

from knowledge.errors import AthanorError

# Left out of a campaign's name: more budget goes on with the same campaign.
_NOT_IN_NAME = ("hydra", "budget")


def run(context: typer.Context) -> None:
    """Run a campaign: athanor run target=BaTiO3 policy=bayes seed=0 (any Hydra override, -m)."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    sys.argv = ["athanor run", *(_quoted(a) for a in context.args)]
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # exceptions reach us, to be told in one line
    try:
        _hydra_main()()
    except (HydraException, OmegaConfBaseException) as error:
        cause = error.__cause__ if isinstance(error.__cause__, AthanorError) else None
        raise cause or AthanorError(_hydra_line(error)) from error


run.takes_any_arguments = True  # type: ignore[attr-defined]


def _hydra_main() -> Any:
    import hydra
    from omegaconf import DictConfig, OmegaConf

    OmegaConf.register_new_resolver("campaign_name", _campaign_name, replace=True)

    @hydra.main(version_base="1.3", config_path="pkg://conf", config_name="config")
    def campaign(config: DictConfig) -> float:
        return _run(config)

    return campaign


def _run(config: Any) -> float:
    """One campaign in Hydra's output folder; returns the best yield, for optimising sweepers."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    from agents.campaign import Campaign
    from agents.candidates import gather
    from agents.journal import Journal
    from agents.report import write_report
    from agents.terminal import Terminal
    from knowledge.energies import default_energies
    from knowledge.literature import frequency_proposer
    from knowledge.recipe import Target

    settings = OmegaConf.to_container(config, resolve=True)
    assert isinstance(settings, dict)
    target = Target(formula=str(config.target), yield_asked=config.yield_asked)
    seed = config.seed
    if not isinstance(seed, int) or seed < 0:
        raise AthanorError(f"seed is {seed}: it must be a whole number, zero or above")
    lab, grid, budget = (instantiate(config[part]) for part in ("lab", "candidates", "budget"))
    candidates = gather(
        target, lab.inventory, lab.check, default_energies(), frequency_proposer(), grid
    )
    policy = instantiate(config.policy)(candidates=candidates, seed=seed)

    folder = Path(HydraConfig.get().runtime.output_dir)
    terminal = Terminal(target, budget.experiments)
    terminal.begin(candidates, policy.name, lab.name, folder)
    journal = Journal.in_folder(folder, folder.name)
    snapshot = folder / "candidates.json"
    campaign = Campaign(
        candidates, policy, lab, journal, budget, _identifying(settings), terminal.watcher
    )
    campaign.start()
    if not snapshot.exists():
        snapshot.write_text(candidates.to_json(), encoding="utf-8")
    ending = campaign.run()
    report = write_report(folder)
    terminal.end(ending, report)
    journal.close()
    return ending.best.yield_fraction if ending.best else 0.0


def _identifying(settings: dict[Any, Any]) -> dict[str, Any]:
    return {str(k): v for k, v in settings.items() if k not in _NOT_IN_NAME}


def _campaign_name(target: str, policy: str, *, _root_: Any) -> str:
    """A folder name: target, policy, and a hash of every setting but the budget."""
    from omegaconf import OmegaConf

    from knowledge.record import content_hash

    settings = {k: v for k, v in _root_.items_ex(resolve=False) if k not in _NOT_IN_NAME}
    plain = OmegaConf.to_container(OmegaConf.create(settings), resolve=False)
    safe = re.sub(r"[^A-Za-z0-9.()]", "_", str(target)).strip(".")[:60]
    return f"{safe or 'no-target'}-{policy}-{content_hash(plain)[:8]}"


def _quoted(argument: str) -> str:
    """Formulas quoted for Hydra, whose grammar would read NaN as a number and Ca(OH)2 as a call."""
    found = re.fullmatch(r"(\+{0,2}target)=([A-Za-z0-9.()\[\]·,]+)", argument)
    if not found or found[2].startswith("["):
        return argument
    formulas = ",".join(f"'{f}'" for f in found[2].split(",")) if found[2] else ""
    return f"{found[1]}={formulas}"


def _hydra_line(error: Exception) -> str:
    """The first line of Hydra's message, with what can be overridden where a key is wrong."""
    text = str(error)
    first = text.splitlines()[0] if text else type(error).__name__
    if "not in" in text and "struct" in text or "Could not override" in text:
        return (
            f"{first} Keys are target, yield_asked, seed, policy, lab, budget.*, candidates.*, "
            "lab.*; athanor run --cfg job prints them all"
        )
    options = re.search(r"Available options in '(\w+)':\s*(.+)", text, re.DOTALL)
    if options:
        return f"{first} Allowed are {', '.join(options[2].split())}"
    return f"{first}; athanor run --cfg job prints the configuration"
