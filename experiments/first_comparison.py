"""Compare policies in simulated worlds: experiments to the first success, paired by world.

    python -m experiments.first_comparison [--worlds 20] [--targets BaTiO3,YBa2Cu3O7]
        [--policies athanor,thermo,hottest] [--json OUT.json]

Every policy makes each target in each world of the default lab, with a seed of its own and
precursors weighed by the frequency proposer. A campaign that spends its budget without success
counts as budget + 1, which understates how far behind it is. Differences are to the first policy,
paired by world; intervals are 95 % bootstrap intervals of the mean. Beside OUT.json a table OUT.csv
holds every campaign, and those that it has are not run again: name another when the code has
changed.
"""

import argparse
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from omegaconf import OmegaConf

from agents.campaign import Budget, Campaign
from agents.candidates import CandidateGrid, Candidates, gather
from agents.files import write_whole
from agents.journal import Journal
from agents.pursuit import Pursuit
from experiments.alab_world import agent_seed
from experiments.command_line import one_line_errors
from experiments.contenders import Contender, contenders
from experiments.paired_statistics import crossed_mean
from experiments.record_table import add, as_text, records_in
from experiments.side_by_side import as_done, in_order, workers
from knowledge.energies import default_energies
from knowledge.errors import AthanorError
from knowledge.literature import frequency_proposer
from knowledge.recipe import Target
from knowledge.record import Record, content_hash
from lab.simulated import SimulatedLab

POLICIES = "athanor,random,hottest,thermo"
BUDGET = 20


class Made(Record):
    """Experiments that a policy took to the yield asked for in a world; none where it did not.

    `run` is the hash of all it depends on but the code.
    """

    run: str
    target: str
    policy: str
    world: int
    experiments: int | None = None

    @property
    def name(self) -> tuple[str, str, int]:
        """What tells it from other campaigns."""
        return self.run, self.policy, self.world


class Trial(NamedTuple):
    """One policy in one world: the argument of a worker."""

    candidates: Candidates
    contender: Contender
    world: int
    budget: int

    @property
    def run(self) -> str:
        """Hash of what a campaign depends on, but its world and the code."""
        known = [self.candidates.target.model_dump(mode="json"), self.candidates.fingerprint]
        return content_hash([*known, self.contender.key, self.budget, common_inventory()])

    @property
    def name(self) -> tuple[str, str, int]:
        """That of what comes of it."""
        return self.run, self.contender.label, self.world


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


def campaign(trial: Trial) -> Made:
    """A campaign until the yield asked for, or to the end of its budget."""
    policy = trial.contender.make(trial.candidates, agent_seed(trial.world))
    done = Campaign(
        [Pursuit.with_policy(trial.candidates, policy)],
        SimulatedLab(trial.world, common_inventory()),
        Journal("sqlite://", f"{trial.contender.name}-{trial.world}", at_once=True),
        Budget(trial.budget),
    ).run()
    return Made(
        run=trial.run,
        target=trial.candidates.target.formula,
        policy=trial.contender.label,
        world=trial.world,
        experiments=done.experiments if done.reason == "yield reached" else None,
    )


def compare(
    targets: Sequence[str],
    policies: Sequence[Contender],
    worlds: int,
    budget: int,
    table: Path | None = None,
) -> dict[str, dict[str, list[int]]]:
    """Experiments to success by target and policy, one for each world in order; else budget + 1.

    What the table has is not run again.
    """
    known = {m.name: m for m in (records_in(table, Made) if table else [])}
    if table:
        write_whole(table, as_text(known.values(), Made))
    with workers() as pool:
        found = in_order(pool, candidates_for, targets)
        trials = [
            Trial(candidates, policy, world, budget)
            for candidates in found
            for policy in policies
            for world in range(worlds)
        ]
        for made in as_done(pool, campaign, [t for t in trials if t.name not in known]):
            known[made.name] = made
            if table:
                add(table, [made], Made)
    counts: dict[str, dict[str, list[int]]] = {t: {p.label: [] for p in policies} for t in targets}
    for trial in trials:
        taken = known[trial.name].experiments
        of_target = counts[trial.candidates.target.formula]
        of_target[trial.contender.label].append(budget + 1 if taken is None else taken)
    return counts


def summary(results: dict[str, list[int]], budget: int) -> dict[str, Any]:
    """Mean, successes, and by how many more than the first policy, with intervals."""
    reference = np.array(next(iter(results.values())), dtype=float)
    scores: dict[str, Any] = {}
    for number, (policy, counts) in enumerate(results.items()):
        values = np.array(counts, dtype=float)
        scores[policy] = {
            "experiments": crossed_mean(values[None, :]).rounded(),
            "reached": int((values <= budget).sum()),
            "worlds": len(values),
        }
        if number:
            scores[policy]["more"] = crossed_mean((values - reference)[None, :]).rounded()
    return scores


def show(told: dict[str, Any]) -> None:
    """Print a table for each target."""
    for target, result in told.items():
        reference = next(iter(result["summary"]))
        print(f"{target}: experiments to success, worlds, and how many more than {reference}")
        for policy, score in result["summary"].items():
            more = _interval(score["more"], "+") if "more" in score else ""
            share = f"{score['reached']}/{score['worlds']}"
            print(f"  {policy:32} {_interval(score['experiments']):24} {share:>7}  {more}")


def _interval(value: dict[str, float], sign: str = "") -> str:
    return f"{value['mean']:{sign}.2f} ({value['low']:{sign}.2f} to {value['high']:{sign}.2f})"


@one_line_errors
def main() -> None:
    """Run what is left, print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--budget", type=int, default=BUDGET)
    parser.add_argument("--targets", default="BaTiO3,YBa2Cu3O7")
    parser.add_argument("--policies", default=POLICIES)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.worlds < 1 or given.budget < 1:
        raise AthanorError(
            f"--worlds {given.worlds} --budget {given.budget}: both must be above zero"
        )
    if given.json and not given.json.parent.is_dir():
        raise AthanorError(f"--json {given.json}: there is no folder {given.json.parent}")
    targets = list(dict.fromkeys(t.strip() for t in given.targets.split(",") if t.strip()))
    table = given.json.with_suffix(".csv") if given.json else None
    counts = compare(targets, contenders(given.policies), given.worlds, given.budget, table)
    told = {
        target: {"summary": summary(results, given.budget), "experiments": results}
        for target, results in counts.items()
    }
    show(told)
    if given.json:
        write_whole(given.json, json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
