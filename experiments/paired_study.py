"""Run policies side by side on the same targets and worlds: what the studies of policies share."""

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.candidates import Candidates
from experiments.campaign_table import Campaign, CampaignTable
from experiments.contenders import Contender, contenders
from experiments.paired_campaigns import Meeting, Terms, hold, knowledge_of, run_id
from experiments.side_by_side import as_done, in_order
from experiments.simulated_alab import LABS, TARGETS, targets_in
from knowledge.data_folder import dataset
from knowledge.errors import AthanorError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Study:
    """What is compared: policies, on targets, in the worlds of seeds, on equal terms."""

    formulas: Sequence[str]
    seeds: Sequence[int]
    policies: Sequence[Contender]
    terms: Terms


@dataclass(frozen=True)
class Found:
    """The campaigns of a study by policy, target and seed; and targets that cannot be tried."""

    campaigns: dict[tuple[str, str, int], Campaign]
    formulas: list[str]
    seeds: list[int]
    untried: dict[str, str]

    def table(self, policy: str, measure: Callable[[Campaign], float]) -> Floats:
        """A measure of each campaign of a policy; NaN where there is none. (targets, worlds)."""
        rows = [
            [
                measure(c) if (c := self.campaigns.get((policy, f, s))) else np.nan
                for s in self.seeds
            ]
            for f in self.formulas
        ]
        return np.array(rows, dtype=float).reshape(len(self.formulas), len(self.seeds))


def made(campaign: Campaign) -> float:
    """1 where the yield asked for was reached, else 0."""
    return float(campaign[-1].ending == "made")


def best_yield(campaign: Campaign) -> float:
    """The largest weight fraction of target that was measured, 0 to 1."""
    return max((step.weight_fraction or 0.0 for step in campaign), default=0.0)


def length(campaign: Campaign) -> float:
    """How many experiments were run."""
    return float(len(campaign))


def conduct(pool: ProcessPoolExecutor, study: Study, table: CampaignTable) -> Found:
    """Run what the table lacks; each world of a target is in it as soon as it is done.

    Raises AthanorError where no target can be tried.
    """
    asked = partial(knowledge_of, terms=study.terms)
    known = dict(zip(study.formulas, in_order(pool, asked, study.formulas), strict=True))
    tried = {f: k for f, k in known.items() if isinstance(k, Candidates)}
    untried = {f: k for f, k in known.items() if isinstance(k, str)}
    if not tried:
        raise AthanorError(f"no target can be tried: {next(iter(untried.values()))}")
    names = {
        (c.label, formula): run_id(candidates, c, study.terms)
        for formula, candidates in tried.items()
        for c in study.policies
    }
    meetings = []
    for formula, candidates in tried.items():
        for seed in study.seeds:
            left = [
                c
                for c in study.policies
                if (names[c.label, formula], c.label, seed) not in table.campaigns
            ]
            if left:
                meetings.append(Meeting(candidates, seed, left, study.terms))
    for number, steps in enumerate(as_done(pool, hold, meetings), 1):
        table.add(steps)
        _tell(number, len(meetings))
    campaigns = {
        (label, formula, seed): table.campaigns[run, label, seed]
        for (label, formula), run in names.items()
        for seed in study.seeds
    }
    return Found(campaigns, list(tried), list(study.seeds), untried)


def _tell(number: int, meetings: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if number == meetings else "\r"
        print(f"{number} of {meetings} worlds of a target", end=end, file=sys.stderr, flush=True)


def add_arguments(parser: argparse.ArgumentParser, policies: str, seeds: int) -> None:
    """The options that the studies share."""
    parser.add_argument("--targets", type=Path, help="CSV with a column `target`: A-Lab's if none")
    parser.add_argument("--policies", default=policies, help="NAME or NAME:SETTING=VALUE, ...")
    parser.add_argument("--seeds", type=int, default=seeds, help="how many worlds")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--lab", choices=LABS, default=Terms.lab)
    parser.add_argument("--yield-asked", type=float, default=Terms.yield_asked)
    parser.add_argument("--experiments-per-target", type=int, default=Terms.experiments)
    parser.add_argument("--json", type=Path, help="where to write; campaigns go beside it, as CSV")
    parser.add_argument("--table", type=Path, help="the campaigns, where not beside --json")
    parser.add_argument("--again", default="", help="policies in the table that are run again")


def study_of(given: argparse.Namespace) -> Study:
    """What the shared options ask for. Raises AthanorError for what cannot be."""
    if given.seeds < 1 or given.first_seed < 0:
        raise AthanorError(
            f"--seeds {given.seeds} --first-seed {given.first_seed}: give one seed or more, the "
            "first 0 or above"
        )
    return Study(
        formulas=targets_in(given.targets or dataset(TARGETS)),
        seeds=range(given.first_seed, given.first_seed + given.seeds),
        policies=contenders(given.policies),
        terms=Terms(given.lab, given.yield_asked, given.experiments_per_target),
    )


def table_of(given: argparse.Namespace) -> CampaignTable:
    """The table that is named, or beside --json. Raises AthanorError where it has no folder."""
    for option in ("json", "table"):
        path = getattr(given, option)
        if path and not path.parent.is_dir():
            raise AthanorError(f"--{option} {path}: there is no folder {path.parent}")
    again = [c.label for c in contenders(given.again)] if given.again else []
    beside = given.json.with_suffix(".csv") if given.json else None
    return CampaignTable(given.table or beside, again)
