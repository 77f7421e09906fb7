"""The commands as a user runs them: what they print, what they leave, how they refuse."""

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.commands import command as process

ATHANOR = [sys.executable, "-m", "agents.cli"]
QUICK = ["candidates.spacing_c=200", "candidates.hold_h=[4]", "budget.experiments=2"]


BARE = {"ATHANOR_DATA": "/nonexistent", "COLUMNS": "120"}
run = partial(process, "agents.cli", env=BARE)


def cold(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """The same in a process that has nothing imported yet."""
    return subprocess.run(
        [*ATHANOR, *arguments],
        capture_output=True, text=True, cwd=cwd, env=os.environ | BARE, timeout=300, check=False,
    )  # fmt: skip


def test_a_campaign_from_formula_to_report(tmp_path: Path) -> None:
    command = ("run", "target=YBa2Cu3O7", "policy=random", "lab.world_seed=3", *QUICK)
    first = cold(*command, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    for said in ("attempt 1", "recipe", "pathway", "why", "observed", "yield", "left", "ended"):
        assert said in first.stdout
    report = Path(re.findall(r"Report: (.+)", first.stdout)[-1])
    assert first.stdout.rstrip().endswith(str(report))
    page = report.read_text(encoding="utf-8")
    assert "YBa<sub>2</sub>Cu<sub>3</sub>O<sub>7</sub>" in page
    assert "Plotly.newPlot" in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=.https?:", page)  # opens offline
    for heading in ("recipe", "Yield per attempt", "Predicted and observed", "candidates promise"):
        assert heading in page

    again = run(*command, cwd=tmp_path)  # the same command goes on with the same folder
    assert again.returncode == 0
    assert "attempt" not in again.stdout
    assert len(list((tmp_path / "campaigns").iterdir())) == 1

    more = run(*command[:-1], "budget.experiments=3", cwd=tmp_path)
    assert "attempt 3" in more.stdout or "yield reached" in more.stdout
    assert len(list((tmp_path / "campaigns").iterdir())) == 1

    moved = report.parent.rename(tmp_path / "moved")  # a campaign knows itself wherever it lies
    report = moved / "report.html"
    same = run(*command[:-1], "budget.experiments=3", "hydra.run.dir=moved", cwd=tmp_path)
    assert same.returncode == 0
    assert "attempt" not in same.stdout
    other = run(*command[:-1], "seed=9", "hydra.run.dir=moved", cwd=tmp_path)
    assert other.returncode == 2
    assert "settings.seed 0, now 9" in other.stderr

    status = run("status", str(report.parent))
    assert status.returncode == 0
    assert "YBa2Cu3O7" in status.stdout
    assert "best yield" in status.stdout
    report.unlink()
    assert run("report", str(report.parent)).returncode == 0
    assert report.is_file()


def test_a_bottle_that_runs_short_changes_nothing_of_what_was_begun(tmp_path: Path) -> None:
    """Once a firing has used it up, what the campaign chose from stays in its folder."""
    bottle = "{formula: BaO, lot: A1, grams: 2}"  # for one firing of 2 g, and not for two
    command = [
        "run", "target=BaTiO3", f"lab.inventory=[{bottle},TiO2]", "lab.inventory_file=stock.sqlite",
        "yield_asked=1", "hydra.run.dir=D", *QUICK, "budget.experiments=1",
    ]  # fmt: skip
    assert run(*command, cwd=tmp_path).returncode == 0
    begun = (tmp_path / "D" / "candidates.json").read_bytes()
    again = run(*command, "budget.experiments=2", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "refused" in again.stdout
    assert (tmp_path / "D" / "candidates.json").read_bytes() == begun
    replayed = run("replay", "D", cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stderr


def test_stopped_by_hand_it_says_how_to_go_on(tmp_path: Path) -> None:
    slow = "lab.polls_until_done=1000000"  # still in the furnace when the signal comes
    command = [*ATHANOR, "run", "target=BaTiO3", "policy=random", "yield_asked=1", slow, *QUICK]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        # What runs in the background of a shell ignores Ctrl-C, and hands that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as campaign:
        assert campaign.stdout is not None
        for line in campaign.stdout:
            if "attempt 1" in line:
                campaign.send_signal(signal.SIGINT)
                break
        _, said = campaign.communicate(timeout=60)
    assert campaign.returncode == 130
    assert "the same command goes on from here" in said
    assert "Traceback" not in said
    journals = list((tmp_path / "campaigns").glob("*/journal.sqlite"))
    assert len(journals) == 1


def test_a_sweep_survives_a_target_that_cannot_be_had(tmp_path: Path) -> None:
    sweep = run("run", "-m", "target=SrTiO3,UO2", "policy=hottest", *QUICK, cwd=tmp_path)
    assert sweep.returncode == 2
    assert "UO2" in sweep.stderr
    assert "Traceback" not in sweep.stderr
    reports = list((tmp_path / "campaigns").glob("*/report.html"))
    assert len(reports) == 1
    assert "SrTiO3" in str(reports[0])


def test_propose_and_pathway(tmp_path: Path) -> None:
    proposed = cold("propose", "BaTiO3", "--count", "3", cwd=tmp_path)
    assert proposed.returncode == 0
    assert "BaCO3 + TiO2 -> BaTiO3 + CO2" in proposed.stdout
    assert "firing: the hottest one" in proposed.stdout
    asked = ("pathway", "BaTiO3", "--precursors", "BaCO3,TiO2", "--temperature", "900")
    found = cold(*asked, cwd=tmp_path)
    assert found.returncode == 0
    assert "meV/atom" in found.stdout
    assert "ends with 1 BaTiO3" in found.stdout
    fractional = run(
        "pathway", "La0.7Sr0.3MnO3", "--precursors", "La2O3,SrCO3,MnO2", "--temperature", "1200"
    )
    assert "interpolated" in fractional.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "target=Xx2"], "no such element: Xx"),
        (["run", "target="], "must be a formula"),
        (["run", "target=CO2"], "besides O, C, H and N"),
        (["run", "target=BaNb2O6"], "no energies for compounds of Nb"),
        (["run", "lab.inventory=[BaCO3,CuO]"], "extra_precursors"),
        (["run", "polcy=athanor"], "keys are target"),
        (
            ["run", "policy=nonsense"],
            "allowed are arrows, athanor, forest, genetic, gp, hottest, language",
        ),
        (["run", "budget.experiments=0"], "above zero"),
        (["run", "seed=-1"], "seed is -1"),
        (["run", "yield_asked=7"], "above 0, at most 1"),
        (["run", "candidates.atmospheres=[moon]"], "allowed are air"),
        (["run", "lab.envelope.max_temperature_c=300"], "refused by the lab"),
        (["run", "+lab.world.nonsense=1"], "nonsense"),
        (["run", "lab.envelope.max_temperature_c=hot"], "must be a number"),
        (["run", "lab.polls_until_done=abc"], "whole number"),
        (["run", "candidates.max_precursor_sets=2.5"], "must be a whole number"),
        (["run", "candidates.atmospheres=[]"], "such as [air]"),
        (["pathway", "BaO", "--precursors", "BaO", "--temperature", "900"], "its own precursors"),
        (["run", "hydra.run.dir=/dev/null/x"], "choose a folder"),
        (["run", "lab.extra_precursors=[Zz]"], "no such element: Zz"),
        (["run", "energies.tables=[nowhere.csv]"], "nowhere.csv, which is no file"),
        (["run", "energies.materials_project=perhaps"], "allowed are true and false"),
        (["run", "energies.materials_project=true"], "pip install mp-api"),
        (["propose", ""], "the formula is empty"),
        (["propose", "NeO2"], "no published precursor"),
        (["pathway", "BaTiO3", "--precursors", "BaCO3", "--temperature", "900"], "no amounts"),
        (["pathway", "BaTiO3", "--precursors", "BaO,TiO2", "--temperature", "9000"], "at most"),
        (["pathway", "BaTiO3", "--precursors", "BaO,TiO2", "--temperature", "hot"], "valid"),
        (["pathway", "BaTiO3"], "--precursors"),
        (["status", "/nonexistent"], "holds no campaign"),
        (["report", "/"], "holds no campaign"),
        (["nonsense"], "nonsense"),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    refused = run(*arguments, cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    assert said in refused.stderr
    assert refused.stderr.startswith("athanor: ")
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "Traceback" not in refused.stdout


def test_formulas_that_hydra_would_misread(tmp_path: Path) -> None:
    """Brackets are no function call and NaN is sodium nitride, which has no energy here."""
    done = run("run", "target=Ca(OH)2", "budget.experiments=1", *QUICK[:2], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    nitride = run("run", "target=NaN", cwd=tmp_path)
    assert nitride.returncode == 2
    assert "NaN" in nitride.stderr


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    """Niobium is in no table that comes with the project."""
    mine = tmp_path / "mine.csv"
    mine.write_text("formula,ev_per_atom,source\nLiNbO3,-2.8,me\nNb2O5,-2.7,me\n")
    target = ("LiNbO3", "--precursors", "Li2CO3,Nb2O5", "--temperature", "900")
    assert "no energies for compounds of Nb" in run("pathway", *target).stderr
    found = run("pathway", *target, "--energies", str(mine))
    assert "ends with 1 LiNbO3" in found.stdout, found.stderr
    campaign = run(
        "run", "target=LiNbO3", "policy=hottest", "energies.tables=[mine.csv]", *QUICK,
        "lab.extra_precursors=[Nb2O5]", cwd=tmp_path,
    )  # fmt: skip
    assert campaign.returncode == 0, campaign.stderr
    assert "observed" in campaign.stdout
