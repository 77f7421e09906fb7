"""A simulated A-Lab: the 42 targets of Szymanski et al., Nature 624, 86 (2023), in one laboratory.

    python -m experiments.simulated_alab --seeds 20 --json OUT.json

All targets share four box furnaces and 17 simulated days, each with an agent of its own. A target
counts as made at 50 % by weight, as the A-Lab counted it: the majority phase. Its agent stops then,
or after 10 recipes. Each seed is another world; what the agents know beforehand is the same in all.
Beside OUT.json a table OUT.csv holds what became of each target in each world; worlds that it has
already are not run again. The targets are those of ATHANOR_DATA unless --targets names a table.
"""

import argparse
import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from hydra.utils import instantiate
from omegaconf import OmegaConf

from agents.candidates import Candidates, gather
from agents.files import write_whole
from experiments.alab_world import Row, Rules, World, live
from experiments.command_line import one_line_errors
from experiments.literature_metrics import paired_gain
from experiments.side_by_side import as_done, in_order, workers
from knowledge.data_folder import dataset
from knowledge.errors import AthanorError, RecordError
from knowledge.recipe import Target
from knowledge.record import content_hash

TARGETS = "campaigns/alab_targets.csv"
LABS = ("realistic", "simulated", "easy", "hostile")
POLICIES = (
    "athanor", "literature", "thermo", "arrows", "genetic", "gp", "forest", "hottest", "random",
)  # fmt: skip
_NEARLY_PURE = 0.9


def targets_in(table: Path) -> list[str]:
    """The formulas in the column `target`, each once. Raises RecordError where there are none."""
    with table.open(encoding="utf-8", newline="") as stream:
        found = [row.get("target") or "" for row in csv.DictReader(stream)]
    formulas = list(dict.fromkeys(f.strip() for f in found if f.strip()))
    if not formulas:
        raise RecordError(f"{table} names no targets: it needs formulas in a column `target`")
    return formulas


@lru_cache(maxsize=1)
def _laboratory(rules: Rules) -> tuple[Any, ...]:
    """A laboratory to ask what it would run, and where knowledge comes from."""
    config = rules.config
    parts = (instantiate(config[part]) for part in ("energies", "literature", "candidates"))
    return (rules.open_lab(0), *parts)


def knowledge_of(formula: str, rules: Rules) -> Candidates | str:
    """What an agent knows of a target beforehand, or why it cannot be tried."""
    lab, energies, literature, grid = _laboratory(rules)
    try:
        target = Target(formula=formula, yield_asked=rules.yield_asked)
        return gather(target, lab.inventory, lab.check, energies, literature, grid)
    except AthanorError as error:
        return str(error)


def run_id(rules: Rules, candidates: Sequence[Candidates]) -> str:
    """Hash of all that a run depends on but the code: rules, laboratory, recipes, knowledge."""
    lab = OmegaConf.to_container(rules.config.lab, resolve=True)
    return content_hash([asdict(rules), lab, [c.fingerprint for c in candidates]])


def rows_in(table: Path, run: str) -> list[Row]:
    """The rows that an earlier call wrote. Raises RecordError for those of another run."""
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as stream:
        rows = [Row(**row) for row in csv.DictReader(stream)]
    if any(row.run != run for row in rows):
        raise RecordError(
            f"{table} holds another run, with other rules, targets or knowledge: name another "
            "--json, or remove it"
        )
    return rows


def as_table(rows: Sequence[Row]) -> str:
    """Rows as CSV text, by seed."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(Row.model_fields), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.model_dump() for row in sorted(rows, key=lambda r: r.seed))
    return text.getvalue()


def run(
    pool: ProcessPoolExecutor, formulas: Sequence[str], seeds: int, rules: Rules, table: Path | None
) -> tuple[list[Row], dict[str, str]]:
    """The rows of all worlds, and the targets that cannot be tried with the reason.

    Each world that is done is written to the table at once.
    """
    asked = partial(knowledge_of, rules=rules)
    known = dict(zip(formulas, in_order(pool, asked, formulas), strict=True))
    candidates = [k for k in known.values() if isinstance(k, Candidates)]
    untried = {f: k for f, k in known.items() if isinstance(k, str)}
    if not candidates:
        raise AthanorError(f"no target can be tried: {next(iter(untried.values()))}")
    name = run_id(rules, candidates)
    rows = rows_in(table, name) if table else []
    left = sorted(set(range(seeds)) - {row.seed for row in rows})
    worlds = (World(name, seed, candidates, rules) for seed in left)
    for found in as_done(pool, live, worlds):
        rows += found
        if table:
            write_whole(table, as_table(rows))
    return [row for row in sorted(rows, key=lambda r: r.seed) if row.seed < seeds], untried


def summary(rows: Sequence[Row], untried: dict[str, str]) -> dict[str, Any]:
    """Means over worlds with 95 % bootstrap intervals, reasons of failure, and each target.

    Shares are of all targets, those that cannot be tried included. Agents stop at the yield asked
    for, so that `share_nearly_pure` is the least that could be had.
    """
    worlds: dict[int, list[Row]] = {}
    for row in rows:
        worlds.setdefault(row.seed, []).append(row)
    targets = len(next(iter(worlds.values()))) + len(untried)

    def mean(measure: Callable[[list[Row]], float]) -> dict[str, float]:
        values = np.array([measure(found) for found in worlds.values()])
        return paired_gain(values, np.zeros(len(values)), [str(seed) for seed in worlds])

    def made(found: Sequence[Row]) -> list[Row]:
        return [row for row in found if row.ending == "made"]

    failures = Counter(row.reason for row in rows if row.ending != "made")
    lost = Counter(kind for row in rows for kind in row.lost.split("; ") if kind)
    return {
        "worlds": len(worlds),
        "targets": targets,
        "share_made": mean(lambda found: len(made(found)) / targets),
        "share_nearly_pure": mean(
            lambda found: sum(r.best_yield >= _NEARLY_PURE for r in found) / targets
        ),
        "experiments": mean(lambda found: sum(r.experiments for r in found)),
        "experiments_to_make": _mean([row.experiments for row in made(rows)]),
        "days_to_make": _mean([row.day for row in made(rows)]),
        "cpu_s": sum(found[0].cpu_s for found in worlds.values()),
        "failures_per_world": {k: n / len(worlds) for k, n in failures.most_common()},
        "lost_per_world": {k: n / len(worlds) for k, n in lost.most_common()},
        "untried": untried,
        "by_target": {t: _of_target([r for r in rows if r.target == t]) for t in _targets(rows)},
    }


def _targets(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.target for row in rows))


def _of_target(rows: Sequence[Row]) -> dict[str, Any]:
    failures = Counter(row.reason for row in rows if row.ending != "made")
    return {
        "made": sum(row.ending == "made" for row in rows),
        "experiments": _mean([row.experiments for row in rows]),
        "best_yield": _mean([row.best_yield for row in rows]),
        "usual_failure": failures.most_common(1)[0][0] if failures else "",
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 3) if values else None


def show(told: dict[str, Any], rules: Rules) -> None:
    """Print the figures, then each target."""
    print(
        f"{told['targets']} targets in {told['worlds']} worlds, policy {rules.policy}, lab "
        f"{rules.lab}, {rules.days:g} days, at most {rules.experiments} recipes each"
    )
    for name, label, factor in (
        ("share_made", f"% made ({rules.yield_asked:.0%} by weight)", 100),
        ("share_nearly_pure", f"% with {_NEARLY_PURE:.0%} by then", 100),
        ("experiments", "experiments a world", 1),
    ):
        mean, low, high = (told[name][key] * factor for key in ("mean", "low", "high"))
        print(f"{label:30} {mean:6.1f} ({low:.1f} to {high:.1f})")
    if told["days_to_make"] is not None:
        print(f"{'experiments to make a target':30} {told['experiments_to_make']:6.1f}")
        print(f"{'days to make a target':30} {told['days_to_make']:6.1f}")
    print(f"\n{'not made, targets a world':60}")
    for reason, count in told["failures_per_world"].items():
        print(f"{reason:60} {count:5.2f}")
    for formula, reason in told["untried"].items():
        print(f"not tried: {formula}: {reason}")
    print(f"\n{'target':22} {'made':>7} {'recipes':>8} {'best':>6}  usual failure")
    for formula, one in told["by_target"].items():
        made = f"{one['made']}/{told['worlds']}"
        print(
            f"{formula:22} {made:>7} {one['experiments']:8.1f} {one['best_yield']:6.0%}  "
            f"{one['usual_failure']}"
        )


@one_line_errors
def main() -> None:
    """Run, print the figures, and write table and JSON where asked."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=20, help="worlds, numbered from 0")
    arguments.add_argument("--json", type=Path, help="where figures go, and rows beside it")
    arguments.add_argument("--targets", type=Path, help="a CSV file with a column `target`")
    arguments.add_argument("--policy", choices=POLICIES, default=Rules.policy)
    arguments.add_argument("--lab", choices=LABS, default=Rules.lab, help="simulated: no mishaps")
    arguments.add_argument("--days", type=float, default=Rules.days)
    arguments.add_argument("--yield-asked", type=float, default=Rules.yield_asked)
    arguments.add_argument(
        "--experiments-per-target", type=int, default=Rules.experiments, metavar="N"
    )
    arguments.add_argument("--at-a-time", type=int, default=Rules.at_a_time, metavar="N")
    given = arguments.parse_args()
    if given.seeds < 1:
        arguments.error(f"--seeds is {given.seeds}: it must be above zero")
    rules = Rules(
        policy=given.policy,
        lab=given.lab,
        yield_asked=given.yield_asked,
        experiments=given.experiments_per_target,
        at_a_time=given.at_a_time,
        days=given.days,
    )
    formulas = targets_in(given.targets or dataset(TARGETS))
    table = given.json.with_suffix(".csv") if given.json else None
    if table and not table.parent.is_dir():
        raise AthanorError(f"--json {given.json}: there is no folder {table.parent}")
    with workers() as pool:
        rows, untried = run(pool, formulas, given.seeds, rules, table)
    told = summary(rows, untried)
    show(told, rules)
    if given.json:
        text = json.dumps({"rules": asdict(rules), **told}, indent=1)
        write_whole(given.json, text + "\n")


if __name__ == "__main__":
    main()
