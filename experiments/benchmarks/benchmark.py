"""A benchmark: a question, and the commands whose output answers it."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

_PYTHONS = {"python": (), "athanor": ("-m", "agents.cli")}


@dataclass(frozen=True)
class Benchmark:
    """What is asked, by which commands, and what they need.

    `commands` are one or more lines of a shell, begun by `python` or `athanor`; in them
    `$ATHANOR_DATA` is the data folder, `$OUT` a folder of the benchmark's own, `$PEER` a Python of
    another environment. `goal` is what was aimed at. `minutes` is about what it takes, in CPU
    minutes. `data` are datasets below the data folder; `peers` modules of other environments, any
    of which will do. `quick` is added to the first command for a try with a small budget: without
    it there is none. `figures` are keys of the JSON that it prints last, dotted, shown instead of
    all that it prints. `long` ones are run only when all are asked for.
    """

    name: str
    question: str
    commands: tuple[str, ...]
    minutes: float
    goal: str = ""
    data: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    quick: str | None = None
    figures: tuple[str, ...] = ()
    long: bool = False

    @property
    def limit_s(self) -> float:
        """When it is given up: on a machine that is slower, or busy, but not this slow."""
        return 60 * (10 + 8 * self.minutes)

    def words(self, values: Mapping[str, str], quick: bool = False) -> list[list[str]]:
        """Its commands as words, with what stands for a folder or a Python filled in."""
        found = []
        for number, line in enumerate(self.commands):
            asked = f"{line} {self.quick or ''}" if quick and number == 0 else line
            first, *words = shlex.split(asked)
            filled = [Template(word).safe_substitute(values) for word in words]
            found.append([sys.executable, *_PYTHONS[first], *filled])
        return found
