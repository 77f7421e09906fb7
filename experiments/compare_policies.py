"""Which policy makes more targets: all on the same targets, in the same simulated worlds.

    python -m experiments.compare_policies --json OUT.json
    python -m experiments.compare_policies --targets experiments/data/development_targets.csv
        --first-seed 1000 --policies athanor,thermo,"athanor:without=[literature]" --json DEV.json

Each policy has six experiments for each target of the A-Lab (Szymanski et al., Nature 624, 86
(2023)) in each world, and a lab of its own with the mishaps of `lab=realistic`. A target is made at
50 % by weight. Differences are ours less theirs, paired by target and world; their 95 % intervals
come from drawing targets and worlds anew; McNemar's test is exact. Beside OUT.json a table OUT.csv
holds every experiment: campaigns that it has are not run again, so name another file, or the policy
with --again, when the code has changed. Settings are developed on other targets and worlds than
those that are reported, as in the second command.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from agents.files import write_whole
from experiments.command_line import one_line_errors
from experiments.paired_statistics import crossed_mean, mcnemar
from experiments.paired_study import (
    Floats,
    Found,
    Study,
    add_arguments,
    best_yield,
    conduct,
    length,
    made,
    study_of,
    table_of,
)
from experiments.side_by_side import workers
from knowledge.errors import AthanorError

POLICIES = "athanor,literature,thermo,arrows,gp"


def scores(found: Found, policy: str, experiments: int) -> dict[str, Any]:
    """What one policy did.

    `reached`: share of campaigns that made their target. `experiments_to_success`: mean over
    those, and `experiments_capped` over all, where one that failed counts as one more than it had.
    """
    reached, spent = found.table(policy, made), spent_by(found, policy, experiments)
    cpu_s = [s.cpu_s for (p, *_), c in found.campaigns.items() if p == policy for s in c]
    return {
        "reached": crossed_mean(reached).rounded(),
        "targets_a_world": round(float(reached.sum(axis=0).mean()), 3),
        "experiments_to_success": _mean(spent[reached == 1]),
        "experiments_capped": crossed_mean(spent).rounded(),
        "best_yield": crossed_mean(found.table(policy, best_yield)).rounded(),
        "cpu_s_per_suggestion": _mean(cpu_s),
        "by_target": dict(
            zip(found.formulas, reached.sum(axis=1).astype(int).tolist(), strict=True)
        ),
    }


def differences(found: Found, ours: str, theirs: str, experiments: int) -> dict[str, Any]:
    """Ours less theirs: share of campaigns that made their target, and experiments saved."""
    reached = {p: found.table(p, made) for p in (ours, theirs)}
    spent = {p: spent_by(found, p, experiments) for p in (ours, theirs)}
    return {
        "reached": crossed_mean(reached[ours] - reached[theirs]).rounded(),
        "experiments_saved": crossed_mean(spent[theirs] - spent[ours]).rounded(),
        "mcnemar": asdict(mcnemar(reached[ours], reached[theirs])),
    }


def spent_by(found: Found, policy: str, experiments: int) -> Floats:
    """Experiments until the target was made; one more than there were where it was not."""
    reached = found.table(policy, made)
    return np.where(reached == 1, found.table(policy, length), float(experiments + 1))


def summary(found: Found, study: Study, reference: str) -> dict[str, Any]:
    """All scores, and the difference of the reference to every other policy."""
    labels, most = [c.label for c in study.policies], study.terms.experiments
    return {
        "terms": asdict(study.terms),
        "targets": len(found.formulas),
        "untried": found.untried,
        "first_seed": found.seeds[0],
        "worlds": len(found.seeds),
        "reference": reference,
        "policies": {label: scores(found, label, most) for label in labels},
        "differences": {
            label: differences(found, reference, label, most)
            for label in labels
            if label != reference
        },
    }


def _mean(values: "Sequence[float] | np.ndarray[Any, Any]") -> float | None:
    return round(float(np.mean(values)), 4) if len(values) else None


def show(told: dict[str, Any]) -> None:
    """Print what each policy reached, then how the reference differs from each."""
    terms = told["terms"]
    print(
        f"{told['targets']} targets in {told['worlds']} worlds from {told['first_seed']}, lab "
        f"{terms['lab']}, {terms['experiments']} experiments each, made at "
        f"{terms['yield_asked']:.0%} by weight"
    )
    wide = max(map(len, told["policies"]))
    print(f"{'policy':{wide}}  targets made, %       a world  experiments: to make  or all  CPU ms")
    for label, score in told["policies"].items():
        mean = score["experiments_to_success"]
        print(
            f"{label:{wide}}  {_percent(score['reached'])}  {score['targets_a_world']:7.2f}  "
            f"{'none' if mean is None else f'{mean:.2f}':>20}  "
            f"{score['experiments_capped']['mean']:6.2f}  "
            f"{score['cpu_s_per_suggestion'] * 1000:6.0f}"
        )
    for label, found in told["differences"].items():
        chance, saved = found["mcnemar"], found["experiments_saved"]
        print(
            f"{told['reference']} less {label}: {_percent(found['reached'], '+')} points; only one "
            f"made it: {chance['only_ours']} to {chance['only_theirs']}, "
            f"p {chance['p_value']:.2g}; experiments saved {saved['mean']:+.2f} "
            f"({saved['low']:+.2f} to {saved['high']:+.2f})"
        )
    for formula, reason in told["untried"].items():
        print(f"not tried: {formula}: {reason}")


def _percent(share: dict[str, float], sign: str = "") -> str:
    mean, low, high = (100 * share[k] for k in ("mean", "low", "high"))
    return f"{mean:{sign}5.1f} ({low:{sign}.1f} to {high:{sign}.1f})"


@one_line_errors
def main() -> None:
    """Run what is left, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser, POLICIES, seeds=20)
    parser.add_argument("--reference", help="whom the others are held against: the first if none")
    given = parser.parse_args()
    study = study_of(given)
    labels = [c.label for c in study.policies]
    reference = given.reference or labels[0]
    if reference not in labels:
        raise AthanorError(f"--reference {reference}: choose among {', '.join(labels)}")
    table = table_of(given)
    with workers() as pool:
        found = conduct(pool, study, table)
    told = summary(found, study, reference)
    show(told)
    if given.json:
        write_whole(given.json, json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
