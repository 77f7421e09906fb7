"""`athanor reactivity` as a user runs it, and campaigns that share a map."""

import json
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from agents.commands.reactivity import reactivity
from agents.journal import Event, Journal, campaigns_in
from agents.pairs.places import known_at
from knowledge.errors import AthanorError
from tests.commands import command

RANGES = (
    "Pairwise reactants,Pairwise Products,Temperature Range\n"
    '"BaCO3 + CuO", None, Does not react at or below 900 C\n'
    '"Y2O3 + BaCuO2", BaY2CuO5, Reacts between 800-900 C\n'
    "CuCO3, CO2 + CuO, Reacts below 600 C\n"
)


def ran(*arguments: str | Path) -> None:
    reactivity([str(a) for a in arguments], standalone_mode=False)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.csv"
    path.write_text(RANGES)
    return path


def test_it_is_a_command_of_athanor() -> None:
    root = Path(__file__).parents[2]
    commands = tomllib.loads((root / "pyproject.toml").read_text())["project"]["entry-points"]
    value = commands["athanor.commands"]["reactivity"]
    assert EntryPoint("reactivity", value, "athanor.commands").load() is reactivity


def test_from_a_table_to_pictures_and_back(
    tmp_path: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "map.sqlite"
    ran("import", kept, table)
    assert "4 new observations of 4 given; it holds 4" in capsys.readouterr().out
    ran("import", kept, table)
    assert "0 new observations of 4 given; it holds 4" in capsys.readouterr().out

    page, data = tmp_path / "page.html", tmp_path / "map.json"
    ran("map", kept, "--html", page, "--json", data)
    told = capsys.readouterr().out
    assert "3 pairs in air: 4 observations by 1 source" in told
    assert "BaCuO2 + Y2O3" in told
    assert f"Page: {page}" in told
    assert "BaY<sub>2</sub>CuO<sub>5</sub>" in page.read_text()
    assert len(json.loads(data.read_text())["pairs"]) == 3

    own, ranges = tmp_path / "own.csv", tmp_path / "ranges.csv"
    ran("export", kept, own)
    ran("export", kept, ranges, "--ranges")
    other = tmp_path / "other.sqlite"
    ran("merge", other, own, kept)
    again = tmp_path / "again.csv"
    ran("export", other, again)
    assert again.read_text() == own.read_text()
    assert "Y2O3,BaY2CuO5,Reacts between 800-900 C" in ranges.read_text()


def test_sources_and_gases_may_be_given(
    tmp_path: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "map.sqlite"
    ran("import", kept, table)
    ran("import", kept, table, "--source", "Smith 1999", "--atmosphere", "argon")
    ran("map", kept, "--atmosphere", "argon")
    assert "3 pairs in argon: 4 observations by 1 source" in capsys.readouterr().out
    with pytest.raises(AthanorError, match="choose one with --atmosphere"):
        ran("export", kept, tmp_path / "r.csv", "--ranges")
    ran("export", kept, tmp_path / "r.csv", "--ranges", "--atmosphere", "argon")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["map", "nowhere.sqlite"], "no reactivity map nowhere.sqlite"),
        (["map", "nowhere.csv"], "cannot be read"),
        (["map", "pairs.csv", "--atmosphere", "moon"], "allowed are air"),
        (["map", "pairs.csv", "--atmosphere", "argon"], "known are air"),
        (["map", "pairs.csv", "--html", "no/page.html"], "cannot be written"),
        (["map", "pairs.csv", "--json", "."], "cannot be written"),
        (["map"], "there is no reactivity.sqlite here"),
        (["import", "map.sqlite", "nowhere.csv"], "cannot be read"),
        (["import", "map.sqlite", "wrong.csv"], "line 2: no such element: Xx"),
        (["import", "pairs.csv", "pairs.csv"], "not a database"),
        (["import", "no/map.sqlite", "pairs.csv"], "there is no folder no"),
        (["import", "map.sqlite", "pairs.csv", "--atmosphere", "moon"], "allowed are air"),
        (["export", "nowhere.sqlite", "t.csv"], "no reactivity map"),
        (["merge", "map.sqlite", "pairs.csv", "nowhere.sqlite"], "no reactivity map"),
        (["merge", "map.sqlite", "."], "holds no campaign"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    tmp_path: Path,
    table: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.csv").write_text(RANGES.replace("CuCO3,", "Xx,").replace("BaCO3", "Xx"))
    with pytest.raises(AthanorError) as told:
        ran(*arguments)
    assert said in str(told.value)
    assert "\n" not in str(told.value)
    assert {p.name for p in tmp_path.iterdir()} == {table.name, "wrong.csv"}


def test_a_campaign_stays_the_same_while_its_map_grows(tmp_path: Path, table: Path) -> None:
    def run() -> str:
        done = command(
            "agents.cli", "run", "target=BaTiO3", "policy=random", "literature=frequency",
            "candidates.spacing_c=200", "candidates.hold_h=[4]", "yield_asked=1",
            "budget.experiments=2", "reactivity=map.sqlite", "hydra.run.dir=c",
            cwd=tmp_path, env={"ATHANOR_DATA": "/nonexistent"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def events() -> list[Event]:
        journal = Journal.in_folder(tmp_path / "c", campaigns_in(tmp_path / "c")[0])
        found = journal.events()
        journal.close()
        return found

    ran("import", tmp_path / "map.sqlite", table)
    assert "attempt 1" in run()
    before, known = events(), known_at([str(tmp_path / "map.sqlite")])
    assert [e.kind for e in before][:2] == ["reactivity", "started"]
    assert before[0].payload["observations"] == []  # the table is of other elements
    assert before[1].payload["settings"]["reactivity"] == before[0].payload["fingerprint"]
    assert {o.campaign for o in known} == {"", before[0].campaign}
    assert "attempt 1" not in run()
    assert events() == before
    assert known_at([str(tmp_path / "map.sqlite")]) == known
