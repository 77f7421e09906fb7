"""Every benchmark of the project in one command, and one dated page.

    python -m experiments.benchmarks [--only known_chemistry,replay] [--again]
    python -m experiments.benchmarks --quick --folder /tmp/tried

In order of what they cost. What is measured is kept, and a run that was killed goes on. What cannot
be run here is skipped, and said: peers that are not installed (--peer-python), datasets that are
not in ATHANOR_DATA. What fails is told, and the others go on; then the exit status is 1. Trainings
that take an hour or more are run with --all, or when --only names them. With --quick each has a
tiny budget, which shows that it runs and measures nothing; the page is then in the folder.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from agents.files import write_whole
from experiments.benchmarks.benchmark import Benchmark
from experiments.benchmarks.page import page
from experiments.benchmarks.registry import BENCHMARKS
from experiments.benchmarks.runs import FAILED, MEASURED, Place, Result, lacks, run
from experiments.command_line import one_line_errors
from knowledge.errors import AthanorError


def asked(names: str | None, every: bool) -> list[Benchmark]:
    """The benchmarks to run. Raises AthanorError for a name that there is not."""
    if names is None:
        return [one for one in BENCHMARKS if every or not one.long]
    known = {one.name: one for one in BENCHMARKS}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise AthanorError(f"--only names {name}: there are {', '.join(sorted(known))}")
    return [one for one in BENCHMARKS if one.name in wanted]


def _work(benchmarks: Sequence[Benchmark], place: Place, again: bool, to: Path) -> bool:
    """Run what is not there, the page written anew after each; whether all went well."""
    well, run_here = True, 0
    for one in benchmarks:
        why = lacks(one, place)
        there = None if again else place.result(one)
        run_here += not why
        if why:
            print(f"{one.name}: skipped, {why}")
        elif there and there.ending == MEASURED:
            print(f"{one.name}: measured on {there.on}, kept")
        else:
            print(f"{one.name}: {one.question} (about {one.minutes:g} CPU minutes)", flush=True)
            found = run(one, place, again)
            well = well and found.ending == MEASURED
            print(f"{one.name}: {_told(found, place, one)}", flush=True)
            write_whole(to, page(BENCHMARKS, place))
    write_whole(to, page(BENCHMARKS, place))
    return well and run_here > 0


def _told(found: Result, place: Place, benchmark: Benchmark) -> str:
    took = f"{found.wall_s:,.0f} s, {found.cpu_s:,.0f} CPU s"
    if found.ending != FAILED:
        return f"{found.ending}, {took}"
    last = place.output(benchmark).splitlines()[-1:]
    return f"{found.ending} after {took}: {''.join(last) or 'it said nothing'}"


@one_line_errors
def main() -> None:
    """Run, and write the page."""
    parser = argparse.ArgumentParser(
        prog="benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="A,B", help="these alone")
    parser.add_argument("--all", action="store_true", help="long trainings too")
    parser.add_argument("--again", action="store_true", help="also what is measured")
    parser.add_argument("--quick", action="store_true", help="with tiny budgets")
    parser.add_argument("--folder", type=Path, default=Path("benchmarks"), help="for results")
    parser.add_argument(
        "--page", type=Path, help="where the page goes: FOLDER/index.md if not given"
    )
    parser.add_argument("--peer-python", type=Path, help="of an environment with other packages")
    given = parser.parse_args()
    chosen = asked(given.only, given.all)
    given.folder.mkdir(parents=True, exist_ok=True)
    write_whole(given.folder / ".gitignore", "*\n")  # results of a machine are nobody's source
    to = given.page or given.folder / "index.md"
    if not to.parent.is_dir():
        raise AthanorError(f"--page {to}: there is no folder {to.parent}")
    well = _work(chosen, Place(given.folder, given.peer_python, given.quick), given.again, to)
    print(f"The page: {to}")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
