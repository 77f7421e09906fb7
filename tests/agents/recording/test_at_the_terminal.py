"""A chemist without robots, at a real terminal: begins, walks away, comes back, errs, corrects."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import pexpect  # type: ignore[import-untyped]
import pytest

from lab.manual import BenchBook
from tests.commands import command

BENCH = {"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}


class Desk:
    """A terminal in a folder, where `athanor` is typed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def type(self, *words: str) -> Any:
        """A command that goes on: what it prints and asks is read from what is given back."""
        return pexpect.spawn(
            sys.executable, ["-m", "agents.cli", *words], cwd=str(self._folder), timeout=120,
            env=os.environ | BENCH, encoding="utf-8", dimensions=(50, 200), echo=False,
        )  # fmt: skip

    def until_it_ends(self, *words: str) -> str:
        """What a command prints at the terminal."""
        process = self.type(*words)
        process.expect(pexpect.EOF)
        process.close()
        assert process.exitstatus == 0, process.before
        return str(process.before).replace("\r\n", "\n")

    def read(self, *words: str, status: int = 0) -> str:
        """What a command prints where nobody sits."""
        done = command("agents.cli", *words, cwd=self._folder)
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr


CAMPAIGN = (
    "run", "lab=manual", "target=BaTiO3", "policy=hottest", "literature=frequency",
    "candidates.span_sigmas=0.3", "candidates.hold_h=[4]", "budget.experiments=5",
)  # fmt: skip


def test_from_an_empty_shelf_to_a_finished_campaign(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    # The first day. There is nothing on the shelf; then there is.
    assert "athanor inventory add" in desk.read(*CAMPAIGN, status=2)
    desk.read("inventory", "add", "BaCO3", "--grams", "100")
    desk.read("inventory", "add", "TiO2", "--grams", "50")
    shown = desk.until_it_ends(*CAMPAIGN)
    [code] = re.findall(r"^  (\w{5})  BaTiO3 from", shown, re.MULTILINE)
    assert "weigh 1.6925 g BaCO3" in shown
    assert "weigh 0.6850 g TiO2" in shown
    assert f"athanor record {code}" in shown

    # Walks away. Another day the sheet is still there, and the campaign still waits.
    assert code in desk.read("next")
    assert f"athanor next {code}" in desk.read(*CAMPAIGN)
    assert len(BenchBook(tmp_path / "bench", must_exist=True).experiments()) == 1

    # Comes back and answers questions, with slips: none of them is written down.
    asked = desk.type("record")
    asked.expect(re.escape(f"[{code}] "))
    asked.sendline("")
    asked.expect("by weight")
    asked.sendline("BaTiO3=0.39,Ba2TiO4=1.2")
    asked.expect("at most 1")
    asked.expect("by weight")
    asked.sendline("BaTi03=0.39,Ba2TiO4=0.61")
    asked.expect(r"is it BaTiO3\?")
    asked.expect("by weight")
    asked.sendline("BaTiO₃ 39 %, Ba₂TiO₄ 61 %")
    asked.expect("otherwise than asked")
    asked.sendline("TiO2=0,7001")
    asked.expect("Standard deviation")
    asked.sendline("")
    asked.expect(r"yield 0.39, 0.9 asked: not reached.*Write that down\? \[y/n\] ")
    assert BenchBook(tmp_path / "bench").open()
    asked.sendline("y")
    asked.expect(pexpect.EOF)
    asked.close()
    assert asked.exitstatus == 0

    # It was 0.93 and not 0.39. Without saying so nothing is put right.
    again = ("record", code, "--phases", "BaTiO3=0.61,Ba2TiO4=0.39")
    assert "has a result already" in desk.read(*again, status=2)
    assert "now BaTiO3 0.61" in desk.read(*again, "--correct", "the two were mixed up")
    going_on = desk.read(*CAMPAIGN)
    assert "observed  BaTiO3 0.61, Ba2TiO4 0.39" in going_on
    [second] = re.findall(r"^  (\w{5})  BaTiO3 from", going_on, re.MULTILINE)
    assert second != code

    # The campaign has heard it: what is corrected now is an amendment of its journal.
    late = ("record", code, "--phases", "BaTiO3=0.66,Ba2TiO4=0.34", "--correct", "read again")
    assert "now BaTiO3 0.66" in desk.read(*late)
    [folder] = [p for p in (tmp_path / "campaigns").iterdir() if (p / "report.html").exists()]
    status = desk.read("status", str(folder))
    assert "BaTiO3 0.66, Ba2TiO4 0.34" in status
    assert "read again" in status

    # That it was not fired is refused as before; where the campaign is not found, nothing is.
    never = ("record", code, "--not-fired", "--correct", "a slip")
    assert "off the shelf" in desk.read(*never, status=2)
    (tmp_path / "campaigns").rename(tmp_path / "elsewhere")
    assert "give it with --folder DIR" in desk.read(*again, status=2)
    assert "give it with --folder DIR" in desk.read(*late, status=2)
    told = desk.read(*late, "--folder", str(tmp_path / "elsewhere" / folder.name))
    assert "recorded so already" in told
    (tmp_path / "elsewhere").rename(tmp_path / "campaigns")
    masses = ("--weighed", "TiO2=0.71", "--correct", "the balance was read again")
    assert "now BaTiO3 0.66" in desk.read(*late[:-2], *masses)

    # The second one succeeds. The campaign is told first: another result is a second one.
    found = ("--phases", "BaTiO3=0,95;TiO2=0,05")
    desk.read("amend", str(folder), second, *found, "--why", "told by telephone")
    other = ("record", second, "--phases", "BaTiO3=0.5,TiO2=0.5")
    assert "has a result already: BaTiO3 0.95" in desk.read(*other, status=2)
    assert "recorded so already" in desk.read("record", second, *found)
    assert BenchBook(tmp_path / "bench").open() == []

    # The campaign ends.
    ended = desk.until_it_ends(*CAMPAIGN)
    assert "yield reached after 2 experiments" in ended
    assert "athanor run" in desk.read("next")

    # Two batches came off the shelf: the first as it was weighed, read again, the second as asked.
    shelf = BenchBook(tmp_path / "bench").stock
    shown_to = 2 * 5e-5  # the sheet shows 0.1 mg
    assert shelf.left_g("TiO2") == pytest.approx(50 - 0.71 - 0.6850, abs=shown_to)
    assert shelf.left_g("BaCO3") == pytest.approx(100 - 2 * 1.6925, abs=shown_to)
