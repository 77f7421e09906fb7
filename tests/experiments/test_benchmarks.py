"""Every benchmark in one command: what is measured is kept, what is not is said."""

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from experiments.benchmarks.__main__ import asked
from experiments.benchmarks.benchmark import Benchmark
from experiments.benchmarks.page import page, shown
from experiments.benchmarks.process_tree import watched
from experiments.benchmarks.registry import BENCHMARKS
from experiments.benchmarks.runs import FAILED, MEASURED, TOO_LONG, Place, lacks, run
from knowledge.errors import AthanorError, RecordError
from tests.commands import command

ROOT = Path(__file__).parents[2]
ONE = Benchmark(
    "one",
    "How many?",
    ("""python -c 'print("forty-two")'""", """python -c 'print("at $OUT")'"""),
    minutes=0.1,
    goal="forty-two",
)


def test_every_name_is_there_once_and_in_order_of_cost() -> None:
    names = [one.name for one in BENCHMARKS]
    assert len(names) == len(set(names))
    assert [b.minutes for b in BENCHMARKS] == sorted(b.minutes for b in BENCHMARKS)


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda b: b.name)
def test_every_command_is_a_module_that_there_is(benchmark: Benchmark) -> None:
    for words in benchmark.words({}):
        assert words[:2] == [sys.executable, "-m"]
        assert find_spec(words[2])


def test_every_experiment_that_the_readme_names_with_a_command_is_a_benchmark() -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"python -m (experiments[\w.]*\w)", told))
    run_here = {word for one in BENCHMARKS for c in one.commands for word in c.split()}
    # Not a module; and the constants' list and the page itself, which measure nothing.
    assert named - run_here <= {"experiments.NAME", "experiments.benchmarks"}


def test_what_is_measured_is_kept_and_what_it_printed_is_on_the_page(tmp_path: Path) -> None:
    place = Place(tmp_path)
    found = run(ONE, place)
    assert (found.ending, place.result(ONE)) == (MEASURED, found)
    told = page([ONE], place)
    assert "```text\nforty-two\nat $OUT\n```" in told
    assert f"Measured on {found.on}" in told
    assert "Aimed at: forty-two." in told
    assert str(tmp_path) not in told


def test_a_result_of_other_commands_is_not_that_of_a_benchmark(tmp_path: Path) -> None:
    place = Place(tmp_path)
    run(ONE, place)
    assert place.result(replace(ONE, commands=ONE.commands[:1])) is None


def test_a_damaged_result_is_told(tmp_path: Path) -> None:
    place = Place(tmp_path)
    run(ONE, place)
    (tmp_path / "one" / "result.json").write_text("{", encoding="utf-8")
    with pytest.raises(RecordError, match="remove it, or give --again"):
        place.result(ONE)


def test_what_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    failing = replace(ONE, commands=("python -c 'raise SystemExit(\"no lab\")'", *ONE.commands))
    assert run(failing, Place(tmp_path)).ending == FAILED
    told = page([failing], Place(tmp_path))
    assert "no lab" in told
    assert "It failed on" in told
    assert "\nforty-two\n" not in told


def test_what_was_begun_goes_on_unless_all_is_asked_again(tmp_path: Path) -> None:
    counts = "from pathlib import Path; p = Path(r'$OUT/n'); n = p.exists(); p.touch(); print(n)"
    counting = replace(ONE, commands=(f'python -c "{counts}"',))
    place = Place(tmp_path)
    said = []
    for again in (False, False, True):
        run(counting, place, again)
        said.append(place.output(counting))
    assert said == ["False", "True", "False"]


def test_what_is_missing_is_said_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATHANOR_DATA", str(tmp_path))
    here = Path(sys.executable)
    assert "needs a.csv" in lacks(replace(ONE, data=("a.csv",)), Place(tmp_path))
    assert "no_such_peer" in lacks(replace(ONE, peers=("no_such_peer",)), Place(tmp_path, here))
    assert lacks(replace(ONE, peers=("no_such_peer", "json")), Place(tmp_path, here)) == ""
    assert "--peer-python" in lacks(replace(ONE, peers=("json",)), Place(tmp_path))
    assert "no quick way" in lacks(ONE, Place(tmp_path, quick=True))
    assert "Not measured on this machine yet (needs a.csv" in page(
        [replace(ONE, data=("a.csv",))], Place(tmp_path)
    )


def test_figures_are_taken_from_the_json_that_is_printed_last() -> None:
    asked_for = replace(ONE, figures=("mae.all", "gone"))
    said = f"read\n{json.dumps({'mae': {'all': 0.07}}, indent=1)}"
    assert shown(asked_for, said) == "mae.all: 0.07\ngone: not told"


def test_long_ones_and_names_that_there_are_not() -> None:
    long = {one.name for one in BENCHMARKS if one.long}
    assert long
    assert not long & {one.name for one in asked(None, every=False)}
    assert {one.name for one in asked(None, every=True)} == {one.name for one in BENCHMARKS}
    assert [one.name for one in asked("train_energies", every=False)] == ["train_energies"]
    with pytest.raises(AthanorError, match="there are ablation"):
        asked("abladtion", every=False)


def test_a_command_past_its_limit_ends_with_all_that_it_started(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', "
        f'\'import time; time.sleep(3); open(r"{tmp_path / "late"}", "w")\']); time.sleep(60)'
    )
    began = time.monotonic()
    done = watched([sys.executable, "-c", script], tmp_path / "said", limit_s=1.0)
    assert done.status is None
    assert time.monotonic() - began < 30
    time.sleep(3)
    assert not (tmp_path / "late").exists()


def test_a_benchmark_ends_with_the_process_that_runs_it(tmp_path: Path) -> None:
    late, here = tmp_path / "late", tmp_path / "here"
    slow = (
        f"import pathlib, time; pathlib.Path({str(here)!r}).touch(); time.sleep(4); "
        f"pathlib.Path({str(late)!r}).touch()"
    )
    code = (
        "import sys, pathlib; from experiments.benchmarks.process_tree import watched; "
        f"watched([sys.executable, '-c', {slow!r}], pathlib.Path({str(tmp_path / 'said')!r}))"
    )
    runner = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    while not here.exists():
        time.sleep(0.05)
    runner.terminate()
    assert runner.wait(30) == 128 + signal.SIGTERM
    time.sleep(4)
    assert not late.exists()


def test_cpu_seconds_of_orphans_count_too(tmp_path: Path) -> None:
    """A grandchild that nobody waits for burns a known time."""
    burnt = tmp_path / "burnt"
    burn = (
        "import time, pathlib\n"
        "while time.process_time() < 0.6: pass\n"
        f"pathlib.Path({str(burnt)!r}).touch(); time.sleep(60)"
    )
    script = (
        "import os, pathlib, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {burn!r}])\n"
        f"while not pathlib.Path({str(burnt)!r}).exists(): time.sleep(0.05)\n"
        "time.sleep(0.5); os._exit(0)"
    )
    done = watched([sys.executable, "-c", script], tmp_path / "said", every_s=0.02)
    assert done.status == 0
    others = sum(s for pid, s in done.cpu_by_process.items() if pid != done.root)
    # The system counts user and system time in hundredths that are full; a sleep is not quite free.
    assert 0.57 < others < 0.8
    assert done.cpu_s >= others
    assert done.wall_s < 60


def test_the_cheapest_are_run_quickly_and_put_on_a_page(tmp_path: Path) -> None:
    done = command(
        "experiments.benchmarks",
        "--quick",
        "--only",
        "journal,reaction_network",
        "--folder",
        tmp_path / "all",
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert "journal: measured" in done.stdout
    assert "reaction_network: skipped, there is no quick way" in done.stdout
    told = (tmp_path / "all" / "index.md").read_text(encoding="utf-8")
    assert "with a tiny budget" in told
    assert "open_cpu_s" in told
    for one in BENCHMARKS:
        assert f"## {one.name}\n" in told


def test_a_benchmark_past_its_limit_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Benchmark, "limit_s", 0.3)
    sleeping = replace(ONE, commands=("python -c 'import time; time.sleep(30)'",))
    assert run(sleeping, Place(tmp_path)).ending == TOO_LONG
    assert "stopped at its time limit" in page([sleeping], Place(tmp_path))


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    done = command("experiments.benchmarks", "--only", "nonsense", cwd=tmp_path)
    assert done.returncode == 2
    assert "--only names nonsense" in done.stderr
    assert "Traceback" not in done.stderr
