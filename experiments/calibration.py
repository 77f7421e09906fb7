"""Whether a policy knows how good its suggestions are: every one against what came of it.

    python -m experiments.calibration --json OUT.json --html OUT.html
    python -m experiments.calibration --table COMPARISON.csv --policies athanor,gp

The campaigns are those of experiments.compare_policies, with the same options; its table, given as
--table, is read, and only what it lacks is run. Told by policy: the expected calibration error of
the probability of success over ten bins of equal mass, beside what a perfect forecaster would have
by chance; the Brier skill over always saying the base rate; and how often the 90 % interval holds
the yield that was measured; all of that also by the number of experiments done before.

A policy that says no interval of the yield has the one of its mean and sigma, cut off at 0 and 1. A
lost sample did not reach the yield asked for, and says nothing of intervals.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from agents.files import write_whole
from experiments.calibration_figure import as_page
from experiments.command_line import one_line_errors
from experiments.literature_metrics import brier_skill
from experiments.paired_campaigns import Step
from experiments.paired_statistics import crossed_mean
from experiments.paired_study import Found, add_arguments, conduct, study_of, table_of
from experiments.reliability import (
    calibration_error,
    covered,
    error_by_chance,
    reliability,
)
from experiments.side_by_side import workers
from knowledge.errors import AthanorError

_HALF_OF_90 = float(norm.ppf(0.95))


def said_and_seen(steps: Sequence[Step], yield_asked: float) -> dict[str, Any]:
    """The scores of some suggestions. `coverage_90` is none where no interval was ever said."""
    probability = np.array([s.probability for s in steps])
    happened = np.array([(s.weight_fraction or 0.0) >= yield_asked for s in steps])
    chance, chance_95 = error_by_chance(probability)
    intervals = [(*i, s.weight_fraction) for s in steps if s.weight_fraction is not None
                 and (i := interval(s))]  # fmt: skip
    low, high, measured = np.array(intervals).reshape(-1, 3).T
    inside = covered(low, high, measured)
    return {
        "suggestions": len(steps),
        "lost": sum(s.weight_fraction is None for s in steps),
        "mean_probability": round(float(probability.mean()), 4),
        "base_rate": round(float(happened.mean()), 4),
        "calibration_error": round(calibration_error(probability, happened), 4),
        "calibration_error_by_chance": round(chance, 4),
        "calibration_error_by_chance_95": round(chance_95, 4),
        "brier_skill": round(brier_skill(probability, happened), 4),
        "coverage_90": round(float(inside.mean()), 4) if len(inside) else None,
        "width_90": round(float((high - low).mean()), 4) if len(inside) else None,
        "too_high": round(float((~inside & (low > measured)).mean()), 4) if len(inside) else None,
    }


def interval(step: Step) -> tuple[float, float] | None:
    """The 90 % interval of the yield that a suggestion came with, 0 to 1; none without any."""
    if step.yield_low is not None and step.yield_high is not None:
        return step.yield_low, step.yield_high
    if step.predicted_yield is None or step.sigma is None:
        return None
    half = _HALF_OF_90 * step.sigma
    return max(step.predicted_yield - half, 0.0), min(step.predicted_yield + half, 1.0)


def scores(found: Found, policy: str, yield_asked: float) -> dict[str, Any]:
    """The scores of one policy: of all its suggestions, by number, and its reliability diagram.

    Intervals of the two means come from drawing targets and worlds anew.
    """
    steps = [s for (p, *_), campaign in found.campaigns.items() if p == policy for s in campaign]
    numbers = sorted({s.number for s in steps})
    probability = np.array([s.probability for s in steps])
    happened = np.array([(s.weight_fraction or 0.0) >= yield_asked for s in steps])
    return {
        **said_and_seen(steps, yield_asked),
        "too_hopeful": crossed_mean(found.table(policy, _too_hopeful(yield_asked))).rounded(),
        "by_experiments_before": {
            str(n): said_and_seen([s for s in steps if s.number == n], yield_asked) for n in numbers
        },
        "reliability": [asdict(b) for b in reliability(probability, happened)],
    }


def _too_hopeful(yield_asked: float) -> Any:
    """How far the first suggestion's probability lies above what came of it."""
    return lambda campaign: (
        campaign[0].probability - ((campaign[0].weight_fraction or 0.0) >= yield_asked)
    )


def show(told: dict[str, Any]) -> None:
    """Print a line for each policy, and for each number of experiments before."""
    print(
        f"{'policy':12} {'done':>4} {'said':>6} {'is':>5}  {'error (by chance, 95 %)':>24}  "
        f"{'Brier skill':>11}  {'in 90 %':>7}  {'wide':>5}  suggestions"
    )
    for policy, score in told.items():
        for before, part in (("all", score), *score["by_experiments_before"].items()):
            print(
                f"{policy:12} {before:>4} {part['mean_probability']:6.3f} {part['base_rate']:.3f}  "
                f"{part['calibration_error']:9.3f} ({part['calibration_error_by_chance']:.3f}, "
                f"{part['calibration_error_by_chance_95']:.3f})  {part['brier_skill']:11.3f}  "
                f"{_percent(part['coverage_90']):>7}  {_number(part['width_90']):>5}  "
                f"{part['suggestions']}"
            )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _number(width: float | None) -> str:
    return "" if width is None else f"{width:.2f}"


@one_line_errors
def main() -> None:
    """Run what the table lacks, print, and write JSON and a page where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser, "athanor", seeds=20)
    parser.add_argument("--html", type=Path, help="reliability diagrams, one file, no network")
    given = parser.parse_args()
    study = study_of(given)
    if given.html and not given.html.parent.is_dir():
        raise AthanorError(f"--html {given.html}: there is no folder {given.html.parent}")
    table = table_of(given)
    with workers() as pool:
        found = conduct(pool, study, table)
    asked = study.terms.yield_asked
    told = {c.label: scores(found, c.label, asked) for c in study.policies}
    show(told)
    if given.json:
        text = json.dumps({"terms": asdict(study.terms), "policies": told}, indent=1)
        write_whole(given.json, text + "\n")
    if given.html:
        write_whole(given.html, as_page(told))


if __name__ == "__main__":
    main()
