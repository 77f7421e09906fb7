"""Comparisons that are worked out by hand: rows, and what they decide."""

from collections.abc import Sequence
from pathlib import Path

from experiments.comparison.comparing import Comparison
from experiments.comparison.contest import Contest
from experiments.comparison.differences import MEASURES, paired
from experiments.comparison.verdict import Rule
from experiments.study.application import Finished
from experiments.study.plan import Cell, Plan
from experiments.study.row import FAILED, Row
from experiments.study.study import Study
from tests.experiments.summary.rows import frame


class Broken:
    """A policy that has nothing to say."""

    name = "broken"

    def __init__(self, **_: object) -> None:
        pass

    def suggest(self, history: object, count: int) -> list[object]:  # noqa: ARG002
        """Raises RuntimeError."""
        raise RuntimeError("no idea")


def compared(
    rows: Sequence[Row],
    others: Sequence[str] = ("other",),
    limits: Sequence[str] = (),
    measure: str = "experiments",
    margin: float = 0.02,
) -> Comparison:
    """The comparison of `mine` with others in these rows, all of one world."""
    table = frame(*rows)
    seeds = sorted(set(table["seed"]))
    cells = [
        Cell(policy, target, "easy", {"policy": policy, "target": target})
        for target in dict.fromkeys(table["target"])
        for policy in ("mine", *others, *limits)
    ]

    def nowhere() -> None:
        raise AssertionError("it is entered nowhere")

    study = Study(Path("nowhere"), Plan(cells, seeds), nowhere, 100, False, False, ())  # type: ignore[arg-type]
    contest = Contest("mine", tuple(others), tuple(limits), study, None)
    rule = Rule(margin, opponents=len(others))
    verdicts = {
        other: rule.of(paired(table, "mine", other, seeds, MEASURES[measure])) for other in others
    }
    finished = Finished(0, table[table["ending"] == FAILED])
    return Comparison(contest, MEASURES[measure], rule, verdicts, table, finished)
