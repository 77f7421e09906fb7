"""A comparison, round by round: seeds are added until every verdict is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from experiments.comparison.contest import Contest
from experiments.comparison.differences import Measure, paired
from experiments.comparison.rows import Crew, Rows
from experiments.comparison.verdict import Rule, Verdict, rounds
from experiments.study.application import Finished
from experiments.study.manifest import entered
from experiments.study.plan import Plan
from experiments.study.preflight import check
from experiments.study.row import FAILED
from experiments.study.store import Store


@dataclass(frozen=True)
class Watching:
    """Who is told how it goes: `begins` the campaigns of a round, `there` so many of them.

    `stands` is told what is known of each opponent after a round.
    """

    begins: Callable[[int, int], None] = lambda seeds, campaigns: None  # noqa: ARG005
    there: Callable[[int], None] = lambda campaigns: None  # noqa: ARG005
    stands: Callable[[Mapping[str, Verdict]], None] = lambda verdicts: None  # noqa: ARG005


@dataclass(frozen=True)
class Comparison:
    """What came of a contest: a verdict on each opponent, and all rows behind them.

    `cells` is how many campaigns a policy had with each seed.
    """

    contest: Contest
    measure: Measure
    rule: Rule
    verdicts: Mapping[str, Verdict]
    rows: pd.DataFrame = field(repr=False)
    finished: Finished = field(repr=False)

    @property
    def cells(self) -> int:
        """How many campaigns a policy had with each seed."""
        study = self.contest.study
        return sum(cell.policy == self.contest.ours for cell in study.plan.cells)


def compare(
    contest: Contest, measure: Measure, margin: float, crew: Crew, watching: Watching
) -> Comparison:
    """Run a contest in its folder, or go on with it there. Raises AthanorError where it cannot be.

    It comes to the same however often it was stopped, and whoever ran its campaigns.
    """
    rule = Rule(margin, opponents=len(contest.others))
    study = contest.study
    check(study.plan)  # nothing is written of what cannot be run
    held = entered(study.folder, study.manifest, study.accept)
    if study.journals is not None:
        study.journals.mkdir(exist_ok=True)
    rows = Rows(Store(study.folder), crew, study.again, study.journals)
    verdicts: dict[str, Verdict] = {}
    plans: list[Plan] = []
    every_seed, seeds = len(contest.seeds), 0
    for seeds in [every_seed] if contest.most is None else rounds(every_seed):
        undecided = _open(contest, verdicts)
        plan = contest.plan((contest.ours, *undecided), seeds)
        _fill(rows, plan, seeds, watching)
        plans.append(plan)
        frame = rows.frame(plan)
        for other in undecided:
            found = paired(frame, contest.ours, other, contest.seeds[:seeds], measure)
            verdicts[other] = rule.of(found)
        watching.stands(verdicts)
        if not _open(contest, verdicts):
            break
    if contest.limits:
        plans.append(contest.plan(contest.limits, min(contest.limit_seeds, seeds)))
        _fill(rows, plans[-1], min(contest.limit_seeds, seeds), watching)
    every = pd.concat([rows.frame(plan) for plan in plans]).drop_duplicates(
        "key", ignore_index=True
    )
    rows.store.finish(held.ordered)
    finished = Finished(0, every[every["ending"] == FAILED])
    return Comparison(contest, measure, rule, verdicts, held.ordered(every), finished)


def _open(contest: Contest, verdicts: Mapping[str, Verdict]) -> list[str]:
    """Opponents of whom nothing is decided yet."""
    return [
        other
        for other in contest.others
        if other not in verdicts or verdicts[other].kind == "undecided"
    ]


def _fill(rows: Rows, plan: Plan, seeds: int, watching: Watching) -> None:
    watching.begins(seeds, plan.size)
    rows.fill(plan, watching.there)
