"""A sheet read as a person reads it: the words on the screen and on the page, taken at their word.

Readers of words know the sentences and nothing else of the project; numbers are what is written.
"""

import io
import re
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from agents.bench.sheet import Sheet
from agents.report.weighing_page import page
from agents.report.weighing_sheet import show_sheet
from tests.agents.bench.sheet_cases import Read

Account = list[tuple[str, dict[str, Any]]]

_N = r"(-?[0-9.]+(?:e[+-][0-9]+)?)"
_SENTENCES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "weigh": (rf"weigh {_N} g (\S+)", ("mass_g", "formula")),
    "mix": (rf"mix {_N} min", ("minutes",)),
    "fill": (r"fill into a crucible of (\w+)", ("crucible",)),
    "heat": (
        rf"heat to {_N} C at {_N} C/min(?:, hold {_N} h)? in (\w+)",
        ("temperature_c", "ramp_c_per_min", "hold_h", "gas"),
    ),
    "cool": (rf"cool to {_N} C at {_N} C/min in (\w+)", ("to_c", "rate_c_per_min", "gas")),
    "recover": (r"take out of the crucible", ()),
    "grind": (rf"grind {_N} min", ("minutes",)),
    "scan": (
        rf"scan {_N} to {_N} degrees in {_N} min",
        ("from_deg", "to_deg", "minutes"),
    ),
}
_WORDS = ("formula", "crucible", "gas")
_GAS = re.compile(r"(all|heat|cool) in (\w+), (flowing|sealed): (?:(.*?) atm, the rest )?inert")
_LINE = re.compile(rf"{_N} to {_N} C at {_N} C/min \([^)]*\)|hold (?:(\d+) h)? ?(?:(\d+) min)?")


def as_shown(told: Sheet) -> Account:
    """The steps on the screen, number by number."""
    text = io.StringIO()
    show_sheet(told, Console(file=text, width=1000, color_system=None))
    steps = re.search(r"what to do, in this order.*\n((?: +\d+ .*\n)+)", text.getvalue())
    assert steps is not None
    return _numbered(steps[1].splitlines())


def as_printed(told: Sheet) -> tuple[Account, list[list[dict[str, float]]], list[list[str]]]:
    """The steps on the page, and of each firing the lines of its programme and its gases."""
    read = Read(page([told]))
    programmes, gases = [], []
    for line in read.text.splitlines():
        if " in all; " in line and "C/min" in line:
            programme, _, gas = line.partition(" in all; ")
            programmes.append([_programme_line(m) for m in _LINE.finditer(programme)])
            gases.append(gas.split("; "))
    return _numbered([" ".join(step.split()) for step in read.steps]), programmes, gases


def gas_of(said: list[str], heats: bool, name: str) -> dict[str, Any]:
    """Name, flow and pressures of the gas that is heated or cooled in, by the name in the step."""
    for each in said:
        found = _GAS.fullmatch(each)
        assert found is not None, each
        if found[2] == name and found[1] in ("all", "heat" if heats else "cool"):
            pairs = (pair.split() for pair in (found[4] or "").split(", ") if pair)
            pressures = {f"{gas} atm": float(value) for gas, value in pairs}
            return {"gas": found[2], "flowing": found[3] == "flowing", **pressures}
    raise AssertionError(f"no {name} is said: {said}")


def as_rounded(planned: Account) -> Account:
    """An account with its numbers as they are shown: masses to 0.1 mg, others to six digits."""
    return [(kind, {k: _rounded(k, value) for k, value in said.items()}) for kind, said in planned]


def _rounded(name: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.4f}" if name == "mass_g" else f"{value:g}")


def _numbered(lines: list[str]) -> Account:
    account: Account = []
    for number, line in enumerate(lines, start=1):
        found = re.match(r" *(\d+) +(.*)", line)
        assert found is not None, line
        assert int(found[1]) == number
        account.append(_understood(found[2]))
    return account


def _understood(words: str) -> tuple[str, dict[str, Any]]:
    """What a sentence at the beginning of a line says. Cooling is always to room temperature."""
    for kind, (pattern, names) in _SENTENCES.items():
        found = re.match(rf"{pattern}(?= |$)", words)
        if found is not None:
            said: dict[str, Any] = {
                name: value if name in _WORDS else float(value or 0)
                for name, value in zip(names, found.groups(), strict=True)
            }
            if kind == "cool":
                assert said.pop("to_c") == 25
            return kind, said
    raise AssertionError(f"this cannot be followed: {words}")


def _programme_line(found: "re.Match[str]") -> dict[str, float]:
    if found[3] is None:
        return {"hold_min": 60 * int(found[4] or 0) + int(found[5] or 0)}
    return {"from_c": float(found[1]), "to_c": float(found[2]), "rate": float(found[3])}
