"""Tutorials run from an empty folder to their end, and their pages say what they do."""

import ast
import runpy
from pathlib import Path

import pytest

from docs.tutorial_pages import page, tutorials
from tests.commands import command
from tests.shown import ROOT

FOLDER = ROOT / "docs" / "tutorials"


class Reader:
    """Follows a tutorial: keeps what its commands print."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}

    def started(self, arguments: list[str]) -> int:
        done = command("agents.cli", *arguments)
        print(done.stdout, done.stderr)
        self.told[arguments[0]] = self.told.get(arguments[0], "") + done.stdout + done.stderr
        return done.returncode


def followed(name: str, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """The tutorial, run in an empty folder, its commands in processes that start quickly."""
    monkeypatch.chdir(empty)
    monkeypatch.syspath_prepend(str(FOLDER))
    import steps

    reader = Reader()
    monkeypatch.setattr(steps, "started", reader.started)
    runpy.run_path(str(FOLDER / f"{name}.py"))
    return reader


def test_a_policy_is_written_checked_studied_and_pictured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = followed("write_a_policy", tmp_path, monkeypatch).told
    assert "my_policy.MyPolicy: 20 of 20 promises kept" in told["check-policy"]
    assert "BROKEN  Nothing that is completed or pending" in told["check-policy"]
    assert "30 of 30 campaigns" in told["study"]
    assert "MyPolicy against others" in told["summarize"]
    for kind in ("svg", "pdf"):
        assert (tmp_path / f"figures/made_experiments.{kind}").stat().st_size > 1000
    assert "mine" in told["run"]


def test_a_lab_is_written_checked_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = followed("write_a_lab", tmp_path, monkeypatch).told
    assert "my_lab.MyLab: 11 of 11 promises kept" in told["check-lab"]
    assert "BROKEN" not in told["check-lab"]
    assert "yield reached after" in told["run"]


@pytest.mark.parametrize("script", tutorials(), ids=lambda p: p.stem)
def test_a_page_says_all_that_its_script_does_in_its_order(script: Path) -> None:
    """What is written and run stands in blocks, word for word; all comments stand around them."""
    text = script.read_text(encoding="utf-8")
    made, at = page(text), 0
    calls = [n.value for n in ast.parse(text).body if isinstance(n, ast.Expr)]
    given = [ast.literal_eval(c.args[-1]) for c in calls if isinstance(c, ast.Call)]
    assert len(given) >= 4
    assert made.count("```") == 2 * len(given)
    for each in given:
        at = made.index(f"\n{each.strip(chr(10))}\n```", at) + 1
    prose = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    assert [line for line in prose if line not in made] == []
    assert "from steps import" not in made


def test_pictures_of_tutorials_are_there() -> None:
    for script in tutorials():
        for line in page(script.read_text(encoding="utf-8")).splitlines():
            if line.startswith("!["):
                assert (FOLDER / line.rpartition("(")[2].rstrip(")")).is_file()
