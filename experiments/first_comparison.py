"""Compare policies in simulated worlds: experiments to the first success, paired by world.

    python -m experiments.first_comparison [--worlds 20] [--targets BaTiO3,YBa2Cu3O7] [--json OUT]

Every policy makes each target in each world, with a seed of its own. A campaign that spends its
budget without success counts as budget + 1, which understates how far behind it is. Differences
are paired by world; intervals are 95 % bootstrap intervals of the mean.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import OmegaConf

from agents.campaign import Budget, Campaign
from agents.candidates import CandidateGrid, Candidates, gather
from agents.journal import Journal
from agents.policies import Policy
from agents.policies.bayes import BayesPolicy
from agents.policies.hottest import HottestPolicy
from agents.policies.random import RandomPolicy
from agents.policies.thermo import ThermoPolicy
from knowledge.energies import default_energies
from knowledge.errors import AthanorError
from knowledge.literature import frequency_proposer
from knowledge.recipe import Target
from lab.simulated import SimulatedLab

POLICIES: dict[str, Callable[[Candidates, int], Policy]] = {
    "random": RandomPolicy,
    "hottest": HottestPolicy,
    "thermo": ThermoPolicy,
    "bayes": BayesPolicy,
}
REFERENCE = "bayes"
BUDGET = 20
_RESAMPLES = 10_000


def common_inventory() -> list[str]:
    """The precursors of the default simulated lab."""
    text = files("conf").joinpath("lab/simulated.yaml").read_text(encoding="utf-8")
    return list(OmegaConf.create(text).inventory)


def candidates_for(target: str) -> Candidates:
    """What every policy chooses from: the default grid and inventory."""
    lab = SimulatedLab(0, common_inventory())
    return gather(
        Target(formula=target),
        lab.inventory,
        lab.check,
        default_energies(),
        frequency_proposer(),
        CandidateGrid(),
    )


def experiments_to_success(candidates: Candidates, policy: str, world: int, budget: int) -> int:
    """Experiments until the yield asked for; budget + 1 where it is never reached."""
    campaign = Campaign(
        candidates,
        POLICIES[policy](candidates, world),
        SimulatedLab(world, common_inventory()),
        Journal("sqlite://", f"{policy}-{world}"),
        Budget(budget),
    )
    ending = campaign.run()
    return ending.experiments if ending.reason == "yield reached" else budget + 1


def compare(target: str, worlds: int, budget: int) -> dict[str, list[int]]:
    """Experiments to the first success by policy, one for each world in order."""
    import torch

    torch.set_num_threads(1)  # targets run side by side
    candidates = candidates_for(target)
    return {
        policy: [experiments_to_success(candidates, policy, w, budget) for w in range(worlds)]
        for policy in POLICIES
    }


def summary(results: dict[str, list[int]], budget: int) -> dict[str, Any]:
    """Mean, share of successes, and the paired difference to the reference with its interval."""
    rng = np.random.default_rng(0)
    reference = np.array(results[REFERENCE])
    scores: dict[str, Any] = {}
    for policy, counts in results.items():
        values = np.array(counts)
        scores[policy] = {
            "mean": float(values.mean()),
            "mean_interval": _bootstrap(values, rng),
            "reached": int((values <= budget).sum()),
            "worlds": len(values),
        }
        if policy != REFERENCE:
            saved = values - reference
            scores[policy]["more_than_bayes"] = float(saved.mean())
            scores[policy]["more_than_bayes_interval"] = _bootstrap(saved, rng)
    return scores


def _bootstrap(values: "np.ndarray[Any, np.dtype[Any]]", rng: np.random.Generator) -> list[float]:
    draws = rng.choice(values, size=(_RESAMPLES, len(values)), replace=True).mean(axis=1)
    return [float(q) for q in np.percentile(draws, [2.5, 97.5])]


def run(targets: Sequence[str], worlds: int, budget: int) -> dict[str, Any]:
    """The whole comparison, two targets at a time."""
    with get_context("spawn").Pool(min(2, len(targets))) as pool:
        found = pool.starmap(compare, [(t, worlds, budget) for t in targets])
    return {
        target: {"summary": summary(results, budget), "experiments": results}
        for target, results in zip(targets, found, strict=True)
    }


def main() -> None:
    """Run, print a table, and write JSON where asked."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--worlds", type=int, default=20)
    arguments.add_argument("--budget", type=int, default=BUDGET)
    arguments.add_argument("--targets", default="BaTiO3,YBa2Cu3O7")
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    if given.worlds < 1 or given.budget < 1:
        arguments.error("--worlds and --budget must be above zero")
    try:
        results = run(given.targets.split(","), given.worlds, given.budget)
    except AthanorError as error:
        sys.exit(f"first_comparison: {error}")
    print(f"{'target':12} {'policy':8} {'experiments to success':26} {'reached':8} more than bayes")
    for target, result in results.items():
        for policy, score in result["summary"].items():
            low, high = score["mean_interval"]
            line = f"{target:12} {policy:8} {score['mean']:5.2f} ({low:5.2f} to {high:5.2f})"
            line = f"{line:48}{score['reached']:>3}/{score['worlds']:<4}"
            if policy != REFERENCE:
                low, high = score["more_than_bayes_interval"]
                line += f"{score['more_than_bayes']:+7.2f} ({low:+.2f} to {high:+.2f})"
            print(line)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
