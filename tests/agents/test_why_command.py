"""`athanor why` on a campaign in a folder: what it prints and writes, how it finds and refuses."""

import json
import re
import tomllib
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pandas as pd
import pytest

from agents.campaign import Budget, Campaign
from agents.candidates import CandidateGrid, Candidates, gather
from agents.commands.why import why
from agents.journal import Journal
from agents.policies.hottest import HottestPolicy
from agents.pursuit import Pursuit
from agents.report.page import write_report
from agents.why.campaign import folder_of
from agents.why.records import Explanation
from knowledge.energies import default_energies
from knowledge.errors import AthanorError, RecordError
from knowledge.literature import frequency_proposer
from knowledge.recipe import Target
from lab.simulated import SimulatedLab

NAME = "BaTiO3-hottest-12345678"
# Below what BaCO3 and TiO2 need: nothing reacts, whatever the world.
COLD = CandidateGrid(spacing_c=100, span_sigmas=6, hold_h=(4.0,))


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, so that energies are those that come with the project."""
    monkeypatch.setenv("ATHANOR_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ATHANOR_ENERGIES", raising=False)
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def folder(tmp_path: Path, no_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished campaign that could only fire too cold, under campaigns/ of the working folder."""
    del no_data
    monkeypatch.chdir(tmp_path)
    lab, energies = SimulatedLab(0, ("BaCO3", "TiO2")), default_energies()
    target = Target(formula="BaTiO3")
    found = gather(target, lab.inventory, lab.check, energies, frequency_proposer(), COLD)
    cold = [c for c in found.items if c.recipe.hottest.temperature_c <= 700]
    assert len(cold) > 2
    candidates: Candidates = found.model_copy(update={"items": tuple(cold)})
    place = tmp_path / "campaigns" / NAME
    place.mkdir(parents=True)
    journal = Journal.in_folder(place, NAME)
    pursuit = Pursuit.with_policy(candidates, HottestPolicy(candidates, 0))
    Campaign([pursuit], lab, journal, Budget(2)).run()
    journal.close()
    (place / "candidates.json").write_text(candidates.to_json(), encoding="utf-8")
    return place


def test_what_went_wrong_from_id_to_repair(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    written = tmp_path / "why.json"
    why(f"{NAME}-0001", json_file=written)
    told = " ".join(capsys.readouterr().out.split())
    for said in (
        "attempt 2", "missed", "too slow", "BaCO3 + TiO2 did not react to the end",
        "what to try, cheapest first", "h of furnace", "predicted pathway", "success",
        "how surprising", "nearest experiments", f"{NAME}-0000", "athanor fetch literature",
    ):  # fmt: skip
        assert said in told
    explanation = Explanation.from_json(written.read_text(encoding="utf-8"))
    assert explanation.likeliest is not None
    assert explanation.likeliest.cause == "kinetics"
    assert json.loads(written.read_text())["experiment_id"] == f"{NAME}-0001"

    why("2", folder=folder)
    again = " ".join(capsys.readouterr().out.split())
    assert again == told


def test_papers_with_their_doi(
    folder: Path, no_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = no_data / "literature" / "recipes.parquet"
    place.parent.mkdir()
    row = {
        "target": "BaTiO3", "precursors": ["BaCO3", "TiO2"], "temperature_c": 1100.0,
        "doi": "10.1007/s10832-007-9070-1", "year": 2008,
    }  # fmt: skip
    pd.DataFrame([row]).to_parquet(place)
    why("1", folder=folder)
    told = capsys.readouterr().out
    assert "doi:10.1007/s10832-007-9070-1" in told
    assert "at 1100 C (2008), 100% alike" in told
    assert "athanor fetch" not in told


def test_energies_that_are_not_the_campaigns(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("formula,ev_per_atom,source\nBa3TiO5,-2.8,me\n", encoding="utf-8")
    monkeypatch.setenv("ATHANOR_ENERGIES", str(mine))
    why("1", folder=folder)
    told = " ".join(capsys.readouterr().out.split())
    assert "are not those of the campaign" in told
    assert "too slow" in told  # what it was predicted to do says enough


def test_the_page_explains_each_attempt(folder: Path) -> None:
    page = write_report(folder).read_text(encoding="utf-8")
    part = page.split("Why each was tried")[1].split("What the candidates promise")[0]
    assert part.count("<details") == 2
    assert part.count("<details open") == 1  # the latest that missed
    for said in ("too slow", "did not react to the end", "cheapest first", "h of furnace"):
        assert said in part
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", part)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda f: why("7", folder=f), r"no experiment '7'.*there are .*-0000, .*-0001"),
        (lambda _: why("nonsense"), r"'nonsense' is no experiment id"),
        (lambda _: why("BaTiO3-athanor-ffffffff-0000"), rf"there are: {NAME}"),
        (lambda f: why("1", folder=f.parent), "holds no campaign"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    asked: Callable[[Path], None], said: str, folder: Path
) -> None:
    with pytest.raises(AthanorError, match=said) as refused:
        asked(folder)
    assert "\n" not in str(refused.value)


def test_a_campaign_is_found_by_its_name_whatever_its_folder_is_called(folder: Path) -> None:
    assert folder_of(f"{NAME}-0000").resolve() == folder
    moved = folder.rename(folder.parent / "another name")
    assert folder_of(f"{NAME}-0000").resolve() == moved


def test_candidates_that_are_gone(folder: Path) -> None:
    (folder / "candidates.json").unlink()
    with pytest.raises(RecordError, match=r"candidates\.json"):
        why("1", folder=folder)


def test_the_command_is_registered() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    named = tomllib.loads(text)["project"]["entry-points"]["athanor.commands"]["why"]
    assert EntryPoint("why", named, "athanor.commands").load() is why
