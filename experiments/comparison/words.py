"""What came of a comparison, in a sentence for each opponent."""

from collections.abc import Iterator
from dataclasses import dataclass

from experiments.comparison.comparing import Comparison
from experiments.comparison.differences import Measure
from experiments.comparison.verdict import Rule, Verdict
from experiments.study.row import FAILED
from experiments.summary.campaigns import campaigns_of
from experiments.summary.replays import of_tables
from experiments.summary.words import CAPPED


@dataclass(frozen=True)
class Unit:
    """How differences of a measure are told: times `factor`, with so many `digits`.

    `more` and `less` are sentences of who has more and who has less.
    """

    factor: float
    digits: int
    label: str
    more: str
    less: str

    def number(self, value: float) -> str:
        """A difference in this unit; nothing has no sign."""
        told = f"{self.factor * value:.{self.digits}f}"
        return told.lstrip("-") if float(told) == 0 else told


def unit_of(measure: Measure, budget: int | None) -> Unit:
    """How differences of a measure are told, for campaigns of that budget, or of unlike ones."""
    if measure.name == "made":
        said = "{ours} makes its target in {mean} points {way} of the campaigns{ends} than {other}"
        return Unit(
            100.0, 1, "made more often, points",
            said.replace("{way}", "more"), said.replace("{way}", "fewer"),
        )  # fmt: skip
    if measure.name == "best_yield":
        said = "the best yield of {ours} is {mean} {way}{ends} than that of {other}"
        return Unit(
            1.0, 3, "best yield higher, weight fraction",
            said.replace("{way}", "higher"), said.replace("{way}", "lower"),
        )  # fmt: skip
    known = budget is not None
    what = f"experiments of {budget}" if known else "% of its experiments"
    return Unit(
        factor=budget + 1.0 if budget is not None else 100.0,
        digits=1,
        label="experiments saved, number" if known else "experiments saved, % of the budget",
        more=f"{{ours}} saves {{mean}} {what}{{ends}} against {{other}}",
        less=f"{{ours}} needs {{mean}} {what} more{{ends}} than {{other}}",
    )


def sentences(comparison: Comparison) -> list[str]:
    """The verdict on each opponent."""
    return [
        f"{difference(comparison.contest.ours, other, verdict, comparison.measure)}: "
        f"{judged(verdict, comparison.rule, comparison.measure)}, "
        f"{_when(verdict, 2 * comparison.cells)}"
        for other, verdict in comparison.verdicts.items()
    ]


def difference(ours: str, other: str, verdict: Verdict, measure: Measure) -> str:
    """The difference with what it lies within, in words; alone where there is no chance in it."""
    unit = unit_of(measure, verdict.found.budget)
    mean, low, high = verdict.now
    sign = -1.0 if mean < 0 else 1.0
    low, high = sorted((sign * low, sign * high))
    return (unit.less if mean < 0 else unit.more).format(
        ours=ours,
        other=other,
        mean=unit.number(abs(mean)),
        ends="" if verdict.kind == "same" else f" ({unit.number(low)} to {unit.number(high)})",
    )


def judged(verdict: Verdict, rule: Rule, measure: Measure) -> str:
    """What that comes to."""
    unit = unit_of(measure, verdict.found.budget)
    matters = f"{unit.factor * rule.margin:.2g}"
    if verdict.kind == "alike":
        return f"no difference that matters (beyond {matters})"
    if verdict.kind == "same":
        return "the same in every seed: there is no chance in it, more seeds tell nothing"
    if verdict.kind == "undecided":
        return "undecided"
    _, low, high = verdict.now
    small = max(abs(low), abs(high)) <= rule.margin
    return f"{verdict.kind}{f', though by no more than {matters}' if small else ''}"


def notes(comparison: Comparison) -> Iterator[str]:
    """What a reader must know of it, besides the verdicts."""
    rows, contest = comparison.rows, comparison.contest
    held = rows[rows["policy"].isin((contest.ours, *contest.others))]
    for name, own in rows[rows["ending"] == FAILED].groupby("policy", sort=False):
        yield (
            f"{len(own):,} of {int((rows['policy'] == name).sum()):,} campaigns of {name} failed "
            f"with an error and count as not made, such as for {own.iloc[0].target} in "
            f"{own.iloc[0].world} {own.iloc[0].seed}: {own.iloc[0].error}"
        )
    if comparison.measure.name == "experiments" and not held["made"].all():
        yield CAPPED
    found = campaigns_of(held)
    yield from of_tables(found)
    if any(v.kind == "undecided" for v in comparison.verdicts.values()):
        more = f"; more seeds would tell (--at-most {10 * len(contest.seeds):,})"
        yield (
            "undecided: the difference may be 0, and may be larger than the margin"
            f"{'' if found.replayed.any() else more}"
        )
    if len(comparison.verdicts) > 1:
        yield (
            f"all {len(comparison.verdicts)} verdicts hold together with 95 %: each interval has "
            f"{100 * (1 - comparison.rule.error / comparison.rule.opponents):.4g} %"
        )


def _when(verdict: Verdict, campaigns_a_seed: int) -> str:
    run = f"{_count(verdict.seeds, 'seed')} ({campaigns_a_seed * verdict.seeds:,} campaigns)"
    if verdict.after is None:
        return f"after {run}"
    if verdict.after == verdict.seeds:
        return f"decided after {run}"
    return f"decided after {verdict.after:,} of {run}"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"
