"""Replay policies on a published table of syntheses: experiments until its best recipes are found.

    python -m experiments.replay_table --table FILE.csv --target YBa2Cu3O7 [--json OUT]

A policy chooses among the recipes of the table and learns a result only by asking for it. It goes
on until it has found all successes and a best result. Each figure is a mean over seeds with its
standard error; a seed is the policy's, and with --permuted that of the names too. What a policy
knows beforehand is general: literature and energies, nothing that was learned on this table.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agents.files import write_whole
from experiments.command_line import one_line_errors
from experiments.contenders import contenders
from experiments.replay_scores import FOUND_AT, scores
from experiments.replay_setup import (
    DEFAULT_POLICIES,
    LITERATURE,
    Setup,
    table_of,
    with_settings,
)
from experiments.replay_work import run
from knowledge.errors import AthanorError
from lab.recorded import MISSING


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def arguments() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="replay_table",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    option = parser.add_argument
    option("--table", type=Path, required=True, help="CSV, or an Exp.json of ARROWS")
    option("--target", required=True, metavar="FORMULA")
    option("--success", type=float, default=99.5, metavar="PERCENT", help="by weight, of target")
    option("--policies", default=DEFAULT_POLICIES, metavar="A,B,C")
    option("--seeds", type=int, default=50, metavar="N", help="seeds 0 to N - 1")
    option("--json", type=Path, metavar="OUT", help="where the figures go")
    option("--literature", choices=LITERATURE, default=LITERATURE[0])
    option("--permuted", action="store_true", help="precursor sets get each other's results")
    option("--objective", help="what athanor aims at: one, all ...")
    option(
        "--without", type=_listed, default=(), metavar="A,B", help="sources athanor goes without"
    )
    option(
        "--missing",
        choices=MISSING,
        default=MISSING[0],
        help="nearest: each set at each of the table's firings, answered by the nearest result",
    )
    option("--batch", type=int, default=1, metavar="N", help="experiments told together")
    option("--processes", type=int, default=2, metavar="N")
    return parser


def setup_of(given: argparse.Namespace) -> Setup:
    """The settings of a replay. Raises AthanorError for what cannot be."""
    return Setup(
        table=given.table,
        target=given.target,
        policies=with_settings(contenders(given.policies), given.objective, given.without),
        success=given.success,
        seeds=given.seeds,
        literature=given.literature,
        permuted=given.permuted,
        missing=given.missing,
        batch=given.batch,
    )


@one_line_errors
def main() -> None:
    """Run, print the figures, and write JSON where asked."""
    given = arguments().parse_args()
    setup = setup_of(given)
    if given.processes < 1:
        raise AthanorError(f"--processes is {given.processes}: it must be above zero")
    if given.json and not given.json.parent.is_dir():
        raise AthanorError(f"--json {given.json}: there is no folder {given.json.parent}")
    table = table_of(setup)
    for line in table.told():
        print(f"replay_table: {line}", file=sys.stderr)
    told = scores(setup, table, run(setup, table, given.processes))
    show(told)
    if given.json:
        write_whole(given.json, json.dumps(told, indent=1, allow_nan=False) + "\n")


def show(told: dict[str, Any]) -> None:
    """Print the figures as a table."""
    print(
        f"{told['target']}: {told['cells']} recipes, {told['successes']} of them with "
        f"{told['success']:g} % or more; {told['seeds']} seeds"
    )
    counts = "".join(f"{f'in {n}':>8}" for n in FOUND_AT)
    heads = "".join(f"{h:>15}" for h in ("first", "half", "all", "best"))
    print(f"{'policy':12}{heads}{counts}{'CPU s':>9}")
    for name, score in told["policies"].items():
        cells = "".join(f"{_number(score[k]):>15}" for k in ("first", "half", "all", "best"))
        found = "".join(f"{score['found_at'][str(n)]:8.2f}" for n in FOUND_AT)
        print(f"{name:12}{cells}{found}{score['cpu_s_per_suggestion']:9.4f}")


def _number(mean_and_error: list[float] | None) -> str:
    if mean_and_error is None:
        return "-"
    return "{:.2f} +- {:.2f}".format(*mean_and_error)


if __name__ == "__main__":
    main()
