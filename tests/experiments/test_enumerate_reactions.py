"""What the command prints and writes, and how it answers bad input: one line, exit status 2."""

import json
import sys
from pathlib import Path

import pytest

from experiments.enumerate_reactions import main
from tests.commands import command as process

HEADER = "formula,energy_per_atom_eV\n"
GOOD = HEADER + "Ba,0\nTi,0\nO2,0\nBaO,-2.8\nTiO2,-3.2\nBaTiO3,-3.4\nBa2TiO4,-3.3\n"
SALT = HEADER + "Ba,0\nC,0\nO2,0\nBaO,-2.8\nCO2,-1.4\nBaCO3,-2.5\n"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "entries.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def command(path: Path, *more: str) -> list[str]:
    given = ["--entries", str(path), *more]
    return given if "--temperature" in more else [*given, "--temperature", "1000"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """The command in this process: exit status, stdout, stderr."""

    def go(path: Path, *more: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["enumerate_reactions.py", *command(path, *more)])
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return go


def refused(answer: tuple[int, str, str], said: str) -> None:
    status, out, err = answer
    assert status == 2
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 1, err
    assert lines[0].startswith("enumerate_reactions: ")
    assert said in lines[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "Ba,0\nXx2O,-1\n", "line 3"),  # no such element
        (HEADER + "Ba,0\n,-1\n", "line 3"),
        (HEADER + "Ba,0\nnot a formula!,-1\n", "line 3"),
        (HEADER + "Ba,0\nO2,0\nBaO,-2\nBa2O2,-2.1\n", "Ba2O2 is given twice"),
        (HEADER + "Ba,0\nO2,0\nBaO,nan\n", "energy of BaO is nan"),
        (HEADER + "Ba,0\nO2,0\nBaO,inf\n", "energy of BaO is inf"),
        (HEADER + "Ba,0\nO2,0\nBaO,\n", "line 4"),
        (HEADER + "Ba,0\nO2,0\nBaO\n", "line 4"),
        (HEADER + "Ba,0\nO2,0\nBaO,much\n", "line 4"),
        (HEADER + "Ba,0\nBaO,-2.8\n", "no entry for the element O"),
        ("formula,energy\nBa,0\n", "energy_per_atom_eV"),
        ("", "columns none"),
        ("\n\n", "columns"),
        (HEADER, "there are no entries"),
        (b"\xff\xfe\x00formula", "cannot read"),
    ],
)
def test_files_that_hold_no_entries(tmp_path: Path, run, text: str | bytes, said: str) -> None:  # type: ignore[no-untyped-def]
    refused(run(write(tmp_path, text)), said)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--temperature", "299"), "300"),
        (("--temperature", "2001"), "2000"),
        (("--temperature", "nan"), "nan"),
        (("--temperature", "-5"), "-5"),
        (("--target", "BaTi2O5"), "BaTi2O5 is not among the 7 phases"),
        (("--target", "Xx"), "no such element: Xx"),
        (("--open", "CO2"), "CO2"),
        (("--open", "BaO"), "BaO holds Ba, O"),
        (("--open", "N2"), "N2 is not among"),
        (("--mu", "nan"), "potential of O is nan"),
        (("--max-reactions", "-1"), "max_reactions is -1"),
        (("--max-reactions", "3"), "more than the 3 reactions"),
    ],
)
def test_options_that_cannot_be_met(tmp_path: Path, run, more: tuple[str, str], said: str) -> None:  # type: ignore[no-untyped-def]
    refused(run(write(tmp_path, GOOD), *more), said)


def test_a_gas_of_two_elements(tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    refused(run(write(tmp_path, SALT), "--open", "CO2"), "CO2 holds")


def test_files_that_are_not_there(tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    refused(run(tmp_path / "none.csv"), "none.csv")
    refused(run(tmp_path), "cannot read")


def test_folders_that_take_no_file(tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    path = write(tmp_path, GOOD)
    for out in (tmp_path / "none" / "out.json", path / "out.json", tmp_path):
        refused(run(path, "--json", str(out)), f"cannot write {out}")


def test_what_is_printed_and_written(tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out.json"
    status, printed, err = run(write(tmp_path, GOOD), "--target", "Ba2Ti2O6", "--json", str(out))
    assert (status, err) == (0, "")
    report = json.loads(out.read_text())
    assert report["temperature_k"] == 1000
    found = report["enumerators"]
    assert list(found) == [
        "basic_enum_all",
        "basic_enum_target",
        "basic_open_O2_all",
        "minimize_gibbs_all",
        "minimize_gibbs_target",
        "minimize_grandpot_O_mu0",
    ]
    for name, way in found.items():
        assert way["count"] == len(way["reactions"]) > 0
        assert way["cpu_s"] >= 0
        assert way["peak_mib"] > 0
        assert any(line.startswith(name) for line in printed.splitlines())
    made = dict(found["basic_enum_target"]["reactions"])
    # 5 (-3.4) - 2 (-2.8) - 3 (-3.2) = -1.8 eV over five atoms.
    assert made["BaO + TiO2 -> BaTiO3"] == pytest.approx(-0.36)
    assert all("BaTiO3" in equation.split(" -> ")[1] for equation in made)
    assert set(report["chempot_distance"]) == set(made)
    assert set(report["competition"]) <= set(made)


def test_without_a_gas_there_are_no_open_ways(tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    alloys = HEADER + "Ba,0\nTi,0\nBaTi,-0.3\n"
    status, printed, _ = run(write(tmp_path, alloys))
    assert status == 0
    assert [line.split()[0] for line in printed.splitlines()] == [
        "basic_enum_all",
        "minimize_gibbs_all",
    ]


def test_at_the_command_line(tmp_path: Path) -> None:
    """The same in a process of its own."""
    given = command(write(tmp_path, GOOD), "--temperature", "20")
    done = process("experiments.enumerate_reactions", *given)
    refused((done.returncode, done.stdout, done.stderr), "20 K is outside")
