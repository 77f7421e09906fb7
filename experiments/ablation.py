"""What each source of knowledge is worth: the default policy with one of them switched off.

    python -m experiments.ablation --json OUT.json
    python -m experiments.ablation --results FILE.csv --results-target F --skip-worlds

Once on simulated targets, as experiments.compare_policies has it, and once on a published table of
results, which is the embedded one of YBa2Cu3O7 unless --results names another. Differences are the
full policy less the one without: targets made (in points), and experiments saved. Intervals are
95 %; on the table they are over random parts of it (experiments.subset_replays). Beside OUT.json
the tables OUT.csv and OUT_replays.csv hold what was run, and a killed run goes on.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from agents.features import SOURCES
from agents.files import write_whole
from agents.past.tables import candidates_of, read_table
from experiments.command_line import one_line_errors
from experiments.compare_policies import differences, scores
from experiments.contenders import Contender, contenders
from experiments.paired_statistics import crossed_mean
from experiments.paired_study import add_arguments, conduct, study_of, table_of
from experiments.side_by_side import workers
from experiments.subset_replays import Parts, Replay, replays
from knowledge.energies import default_energies
from knowledge.errors import AthanorError
from knowledge.literature import literature_model
from knowledge.recipe import Target

POLICIES = ",".join(["athanor", *(f"athanor:without=[{source}]" for source in SOURCES)])
MILESTONES = ("first", "half", "all")
_EMBEDDED = ("ybco.csv", "YBa2Cu3O7")


def on_the_table(
    found: Mapping[tuple[str, int], Replay], policies: Sequence[Contender]
) -> dict[str, Any]:
    """Experiments to each milestone on the whole table, and what the first policy saves.

    A saving is the mean over parts, with the interval from drawing parts anew.
    """
    full, *others = [c.label for c in policies]
    parts = sorted({part for _, part in found} - {0})
    whole = {label: {m: getattr(found[label, 0], m) for m in MILESTONES} for label in
             (full, *others)}  # fmt: skip
    saved: dict[str, Any] = {}
    for label in others if parts else ():
        values = {
            m: np.array(
                [[getattr(found[label, p], m) - getattr(found[full, p], m) for p in parts]],
                dtype=float,
            )
            for m in MILESTONES
        }
        saved[label] = {m: crossed_mean(v).rounded() for m, v in values.items()}
    return {
        "cells": found[full, 0].cells,
        "successes": found[full, 0].successes,
        "parts": len(parts),
        "whole": whole,
        "saved": saved,
        "cpu_s": round(sum(r.cpu_s for r in found.values()), 1),
    }


def parts_of(given: argparse.Namespace) -> Parts:
    """The table of results that was asked for. Raises AthanorError for what is no table."""
    if given.results_parts < 0 or not 0 < given.results_success <= 100:
        raise AthanorError(
            f"--results-parts {given.results_parts} --results-success {given.results_success:g}: "
            "give 0 parts or more, and percent by weight above 0, to 100"
        )
    if given.results and not given.results_target:
        raise AthanorError(f"--results {given.results}: name what it makes with --results-target")
    embedded, formula = _EMBEDDED
    path = given.results or Path(str(files("agents").joinpath("data", embedded)))
    asked = given.results_success / 100
    target = Target(formula=given.results_target or formula, yield_asked=asked)
    table = read_table(path, target)
    return Parts(
        table, candidates_of(table, default_energies(), literature_model()), given.results_parts
    )


def show(told: dict[str, Any]) -> None:
    """Print what each source is worth."""
    worlds, table = told.get("worlds"), told["table"]
    if worlds:
        full = next(iter(worlds["policies"]))
        print(f"{worlds['targets']} simulated targets in {worlds['seeds']} worlds")
        print(f"{full}: {100 * worlds['policies'][full]['reached']['mean']:.1f} % made")
        for label, found in worlds["differences"].items():
            chance = found["mcnemar"]
            print(
                f"  less {label:36} {_interval(found['reached'], 100)} points, p "
                f"{chance['p_value']:.2g}; experiments saved "
                f"{_interval(found['experiments_saved'])}"
            )
    print(f"{table['cells']} tabled recipes, {table['successes']} successes: first, half, all")
    for label, numbers in table["whole"].items():
        saved = table["saved"].get(label, {})
        more = "; ".join(_interval(saved[m]) for m in MILESTONES) if saved else ""
        counts = " ".join(f"{numbers[m]:4d}" for m in MILESTONES)
        print(f"  {label:36} {counts}  {'saved: ' + more if more else ''}")


def _interval(value: dict[str, float], factor: float = 1) -> str:
    mean, low, high = (factor * value[k] for k in ("mean", "low", "high"))
    return f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"


@one_line_errors
def main() -> None:
    """Run what is left, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser, POLICIES, seeds=20)
    parser.add_argument("--skip-worlds", action="store_true", help="the table of results only")
    parser.add_argument("--results", type=Path, help="CSV of results, or Exp.json of ARROWS")
    parser.add_argument("--results-target", metavar="FORMULA")
    parser.add_argument("--results-success", type=float, default=99.5, metavar="PERCENT")
    parser.add_argument("--results-parts", type=int, default=20, metavar="N")
    given = parser.parse_args()
    policies, parts, table = contenders(given.policies), parts_of(given), table_of(given)
    study = None if given.skip_worlds else study_of(given)
    beside = given.json.with_name(f"{given.json.stem}_replays.csv") if given.json else None
    told: dict[str, Any] = {}
    with workers() as pool:
        if study:
            found = conduct(pool, study, table)
            labels, most = [c.label for c in policies], study.terms.experiments
            told["worlds"] = {
                "terms": asdict(study.terms),
                "targets": len(found.formulas),
                "seeds": len(found.seeds),
                "policies": {label: scores(found, label, most) for label in labels},
                "differences": {
                    label: differences(found, labels[0], label, most) for label in labels[1:]
                },
            }
        done = replays(pool, parts, policies, beside)
    told["table"] = on_the_table(done, policies)
    show(told)
    if given.json:
        write_whole(given.json, json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
