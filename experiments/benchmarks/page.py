"""The page of benchmarks: each question, its command, and what was measured, dated."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from experiments.benchmarks.benchmark import Benchmark
from experiments.benchmarks.machine import commit, machine, versions
from experiments.benchmarks.runs import FAILED, MEASURED, TOO_LONG, Place, Result, lacks

_MOST_LINES = 60
_ENDED = {FAILED: "It failed", TOO_LONG: "It was stopped at its time limit"}
_INTRODUCTION = """\
Every figure on this page was measured by `make benchmarks`, which runs each command below in a
process of its own and writes down what it printed. `$OUT` is a folder of the benchmark's own,
`$ATHANOR_DATA` that of the data, `$PEER` a Python with other packages. Run it again and it goes on:
what is measured is kept, unless `--again` is given. `make benchmarks ARGS='--only known_chemistry'`
runs one."""


def page(benchmarks: Sequence[Benchmark], place: Place) -> str:
    """The page as Markdown. Raises RecordError for results that are damaged."""
    results = {one.name: place.result(one) for one in benchmarks}
    return "\n\n".join([*_head(benchmarks, results), *_parts(benchmarks, results, place)]) + "\n"


def _head(benchmarks: Sequence[Benchmark], results: Mapping[str, Result | None]) -> Iterator[str]:
    there = sum(1 for found in results.values() if found and found.ending == MEASURED)
    yield "# Benchmarks"
    yield _INTRODUCTION
    yield "\n".join(
        [
            f"- Written {date.today().isoformat()}: {there} of {len(benchmarks)} are measured",
            f"- Machine: {machine()}",
            f"- {versions()}",
            f"- Commit: {commit() or 'none'}",
        ]
    )
    yield "\n".join(_contents(benchmarks, results))


def _contents(
    benchmarks: Sequence[Benchmark], results: Mapping[str, Result | None]
) -> Iterator[str]:
    yield "| | question | measured | CPU min |"
    yield "|---|---|---|---|"
    for one in benchmarks:
        found = results[one.name]
        when = (found.on if found.ending == MEASURED else found.ending) if found else "not yet"
        took = f"{found.cpu_s / 60:.1f}" if found else f"about {one.minutes:g}"
        yield f"| [{one.name}](#{one.name}) | {one.question} | {when} | {took} |"


def _parts(
    benchmarks: Sequence[Benchmark], results: Mapping[str, Result | None], place: Place
) -> Iterator[str]:
    for one in benchmarks:
        yield f"## {one.name}"
        yield one.question
        yield _fenced("\n".join(one.commands), "sh")
        if one.goal:
            yield f"Aimed at: {one.goal}."
        found = results[one.name]
        if found is None:
            yield _not_run(one, place)
        else:
            said = place.output(one)
            if said:
                yield _fenced(shown(one, said) if found.ending == MEASURED else _last(said, 3))
            yield _took(found)


def _not_run(benchmark: Benchmark, place: Place) -> str:
    why = lacks(benchmark, place)
    if not why and benchmark.long:
        why = "run with --all alone"
    told = f" ({why})" if why else f" (about {benchmark.minutes:g} CPU minutes)"
    return f"Not measured on this machine yet{told}."


def _took(found: Result) -> str:
    ended = _ENDED.get(found.ending, "Measured")
    quick = ", with a tiny budget: no figure of it means anything" if found.quick else ""
    busy = ""
    if found.load > 0.5:
        busy = (
            f" The machine had other work (load {found.load:g} on {found.cores} cores when it "
            "began): seconds are longer than they need be, and CPU seconds too, somewhat."
        )
    other = "" if found.machine == machine() else f" Machine: {found.machine}."
    return (
        f"{ended} on {found.on} at commit {found.commit or 'none'}: {found.wall_s:,.0f} s, "
        f"{found.cpu_s:,.0f} CPU s, at most {found.peak_mb:,.0f} MB in a process"
        f"{quick}.{busy}{other}"
    )


def shown(benchmark: Benchmark, said: str) -> str:
    """Of what a benchmark printed, what answers its question."""
    if benchmark.figures:
        return "\n".join(f"{key}: {_at(_last_json(said), key)}" for key in benchmark.figures)
    lines = [line for line in said.splitlines() if not line.startswith(("shard ", "[Parallel"))]
    return _last("\n".join(lines), _MOST_LINES)


def _last(said: str, count: int) -> str:
    lines = said.splitlines()
    return "\n".join(lines if len(lines) <= count else ["...", *lines[-count:]])


def _last_json(said: str) -> Any:
    """The JSON that the last lines are."""
    lines = said.splitlines()
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith(("{", "[")):
            try:
                return json.loads("\n".join(lines[number:]))
            except json.JSONDecodeError:
                continue
    return {}


def _at(found: Any, key: str) -> Any:
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return "not told" if found is None else found


def _fenced(text: str, language: str = "text") -> str:
    return f"```{language}\n{text}\n```"
