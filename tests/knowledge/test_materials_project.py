"""The Materials Project's source, with a stand-in that has the interface of its client.

The stand-in is a package `mp_api` on the path: MPRester with `db_version` and
`materials.thermo.search`, which answers from a list and writes down what it is asked.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.energies import energies_from
from knowledge.energies.corrections import GROUP_CORRECTIONS_EV
from knowledge.energies.gibbs import solid_ev_per_atom
from knowledge.energies.materials_project import MaterialsProject
from knowledge.errors import MissingDataError, RecordError
from tests.conformance.energy_source import EnergySourceConformance

CLIENT = """
import json, os
from pathlib import Path
HERE = Path(__file__).parent

class MPRestError(Exception): ...

def world():
    return json.loads((HERE / "world.json").read_text())

class Thermo:
    def search(self, chemsys=None, thermo_types=None, all_fields=True, fields=None):
        with (HERE / "asked.jsonl").open("a") as log:
            log.write(json.dumps([chemsys, thermo_types, fields]) + "\\n")
        told = world()
        if told["error"]:
            raise MPRestError(told["error"])
        return [{k: d[k] for k in fields if k in d} for d in told["documents"]
                if d["chemsys"] in chemsys]

class Materials:
    thermo = Thermo()

class MPRester:
    def __init__(self, api_key=None, endpoint=None, include_user_agent=True,
                 use_document_model=True, mute_progress_bars=False):
        assert not use_document_model
        self.materials = Materials()
    @property
    def db_version(self):
        told = world()
        if told["error"]:
            raise MPRestError(told["error"])
        return told["release"]
    def __enter__(self): return self
    def __exit__(self, *_): ...
"""
DOCUMENTS = [
    ("Ba-O-Ti", "BaTiO3", -3.49, "mp-5986"),
    ("Ba-O-Ti", "BaTiO3", -3.50, "mp-5020"),
    ("O-Ti", "TiO2", -3.44, "mp-390"),
    ("Ba-C-O", "BaCO3", -2.57, "mp-5504"),
    ("Ba", "Ba", 0.0, "mp-122"),
]


class Server:
    """What the stand-in answers, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "mp_api" / "client"
        self._folder.mkdir(parents=True)
        (folder / "mp_api" / "__init__.py").write_text("")
        (self._folder / "__init__.py").write_text(CLIENT)
        self.says()

    def says(self, release: str = "2026.04.01", error: str = "", **more: object) -> None:
        documents = [
            {"chemsys": c, "formula_pretty": f, "formation_energy_per_atom": e, "material_id": i}
            | more
            for c, f, e, i in DOCUMENTS
        ]
        told = {"release": release, "error": error, "documents": documents}
        (self._folder / "world.json").write_text(json.dumps(told))

    @property
    def asked(self) -> list[list[list[str]]]:
        log = self._folder / "asked.jsonl"
        return [json.loads(x) for x in log.read_text().splitlines()] if log.exists() else []


def _forget() -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == "mp_api"]:
        del sys.modules[name]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    _forget()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("MP_API_KEY", "k" * 32)
    monkeypatch.setenv("ATHANOR_DATA", str(tmp_path / "data"))
    yield Server(tmp_path / "site")
    _forget()


@pytest.mark.usefixtures("server")
class TestConforms(EnergySourceConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "kept"

    def make(self) -> MaterialsProject:
        return MaterialsProject(self.folder)


def test_each_system_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    source = MaterialsProject(tmp_path / "kept")
    found = source.system({"Ti", "Ba", "O"})
    assert [(e.formula, e.ev_per_atom) for e in found][:2] == [("Ba", 0.0), ("BaTiO3", -3.5)]
    assert "mp-5020" in found[1].source
    assert "2026.04.01" in found[1].source
    ((systems, types, _),) = server.asked
    assert len(systems) == 7
    assert types == ["GGA_GGA+U"]
    source.system({"Ba", "O"})
    source.system({"Ba", "O", "C"})
    assert [set(asked[0]) for asked in server.asked[1:]] == [{"C", "Ba-C", "C-O", "Ba-C-O"}]


@pytest.mark.usefixtures("server")
def test_what_is_kept_needs_no_server_key_or_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = MaterialsProject(tmp_path / "kept")
    found = before.system({"Ba", "O"})
    monkeypatch.delenv("MP_API_KEY")
    monkeypatch.setitem(sys.modules, "mp_api", None)
    monkeypatch.setitem(sys.modules, "mp_api.client", None)
    after = MaterialsProject(tmp_path / "kept")
    assert after.system({"Ba", "O"}) == found
    assert after.fingerprint == before.fingerprint
    with pytest.raises(MissingDataError, match=r"needs the package mp-api.*pip install"):
        after.system({"Sr"})


def test_a_missing_or_refused_key_and_no_network(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.says(error="REST query returned with error status code 403 for key " + "k" * 32)
    with pytest.raises(MissingDataError, match="key in MP_API_KEY is refused") as refused:
        MaterialsProject(tmp_path / "kept")
    assert "kkkk" not in str(refused.value)
    server.says(error="HTTPSConnectionPool:\n Max retries exceeded")
    with pytest.raises(MissingDataError, match="check the network") as refused:
        MaterialsProject(tmp_path / "kept")
    assert "\n" not in str(refused.value)
    monkeypatch.delenv("MP_API_KEY")
    with pytest.raises(MissingDataError, match="get one at https"):
        MaterialsProject(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_releases_are_not_mixed(server: Server, tmp_path: Path) -> None:
    source = MaterialsProject(tmp_path / "kept")
    source.system({"Ba", "O"})
    server.says(release="2027.01.01")
    assert MaterialsProject(tmp_path / "kept").fingerprint == source.fingerprint
    with pytest.raises(RecordError, match=r"release 2027\.01\.01.*delete"):
        source.system({"Ba", "O", "Ti"})
    other = MaterialsProject(tmp_path / "new")
    assert other.fingerprint != source.fingerprint


def test_damage_is_told(server: Server, tmp_path: Path) -> None:
    source = MaterialsProject(tmp_path / "kept")
    source.system({"Ba"})
    (tmp_path / "kept" / "Ba.json").write_text("{")
    with pytest.raises(RecordError, match=r"Ba\.json is damaged.*delete it"):
        source.system({"Ba"})
    server.says(formation_energy_per_atom=None)
    with pytest.raises(RecordError, match="no energy"):
        source.system({"O", "Ti"})
    assert not (tmp_path / "kept" / "O-Ti.json").exists()


def test_below_tables_and_above_the_embedded_one(server: Server, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("formula,ev_per_atom,source\nTiO2,-3.3,me\n")
    stack = energies_from([mine], materials_project=True)
    assert stack.energy("TiO2").source == "mine.csv: me"
    assert stack.energy("BaTiO3").source == "Materials Project 2026.04.01: mp-5020"
    assert stack.energy("BaO").source.startswith("embedded")
    asked = len(server.asked)
    energies_from([mine]).energy("BaTiO3")
    assert len(server.asked) == asked  # only when asked for


@pytest.mark.usefixtures("server")
def test_carbonates_take_the_group_correction(tmp_path: Path) -> None:
    """Their fit leaves carbonates out, so ours is added, over five atoms."""
    carbonate = next(
        e for e in MaterialsProject(tmp_path / "k").system({"Ba", "C", "O"}) if e.formula == "BaCO3"
    )
    assert not carbonate.corrected
    added = solid_ev_per_atom(carbonate, 1000) - solid_ev_per_atom(
        replace(carbonate, corrected=True), 1000
    )
    enthalpy, slope, _ = GROUP_CORRECTIONS_EV["carbonate"]
    assert added == pytest.approx((enthalpy + slope * 1000) / 5)
