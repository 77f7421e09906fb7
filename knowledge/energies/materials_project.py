"""Formation energies from the Materials Project's server, kept on disk by chemical system.

Asked for are GGA and GGA+U energies with the MP2020 corrections (Wang et al., Sci. Rep. 11, 15496
(2021)), not r2SCAN: sigma and group corrections of this project are for PBE. MP2020 corrects an
anion or a transition metal, whatever it is bonded to. Its fit leaves carbonates, nitrates and
hydroxides out (`exclude_polyanions` of pymatgen's CorrectionCalculator), so a carbonate there gets
an oxide's correction and no more, as in the legacy scheme. Hence `corrected` is false, and the
group corrections fitted to legacy energies are added. The schemes differ by 0.015 eV for each O
(-0.687 against -0.702 eV), under 0.05 eV a carbonate or nitrate, within the spread of the former.
Ammonium is not: MP2020 gives N(-3) -0.361 eV, which moves it by about its sigma of 0.4 eV.

The database changes with each release. The first answer pins the release, answers of one are never
mixed with another's, and the fingerprint is that of the release.
"""

import hashlib
import json
import math
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from knowledge.chemistry import parse
from knowledge.energies.source import FormationEnergy
from knowledge.errors import AthanorError, MissingDataError, RecordError

THERMO_TYPE = "GGA_GGA+U"
# Systems in one request: 511 are too many for an address, says the client.
_SYSTEMS_AT_A_TIME = 100
_KEY_FROM = "https://next-gen.materialsproject.org/api"


class MaterialsProject:
    """The Materials Project as an energy source. Implements EnergySource.

    What `folder` holds is answered without network, key or package. Raises MissingDataError, one
    line that says what to do, where package, key or network is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        release = self._pinned() or self._pin()
        self.name = f"Materials Project {release}"
        told = f"materials project {THERMO_TYPE} {release}"
        self.fingerprint = hashlib.sha256(told.encode()).hexdigest()[:16]
        self._release = release

    def system(self, elements: Iterable[str]) -> Sequence[FormationEnergy]:
        """Every phase made of these elements only, the lowest of its polymorphs."""
        symbols = sorted(elements)
        systems = [
            "-".join(chosen)
            for size in range(1, len(symbols) + 1)
            for chosen in combinations(symbols, size)
        ]
        missing = [s for s in systems if not self._file(s).is_file()]
        for start in range(0, len(missing), _SYSTEMS_AT_A_TIME):
            self._ask(missing[start : start + _SYSTEMS_AT_A_TIME])
        best: dict[str, FormationEnergy] = {}
        for system in systems:
            for entry in self._kept(system):
                key = parse(entry.formula).reduced_formula
                if key not in best or entry.ev_per_atom < best[key].ev_per_atom:
                    best[key] = entry
        return [best[key] for key in sorted(best)]

    def _file(self, system: str) -> Path:
        return self._folder / f"{system}.json"

    def _kept(self, system: str) -> list[FormationEnergy]:
        path = self._file(system)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["release"] != self._release:
                raise ValueError(f"it is of release {kept['release']}")
            return [
                FormationEnergy(formula, float(energy), f"{self.name}: {material_id}")
                for formula, energy, material_id in kept["entries"]
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{path} is damaged ({error}): delete it") from error

    def _ask(self, systems: Sequence[str]) -> None:
        """Ask the server for systems, and keep its answers, empty ones too."""
        with _client() as client:
            release = _release(client)
            if release != self._release:
                raise RecordError(
                    f"the Materials Project is at release {release}, the answers kept are of "
                    f"{self._release}: delete {self._folder} to start with the new one"
                )
            try:
                documents = client.materials.thermo.search(
                    chemsys=list(systems),
                    thermo_types=[THERMO_TYPE],
                    all_fields=False,
                    fields=["formula_pretty", "formation_energy_per_atom", "material_id"],
                )
            except Exception as error:  # the client raises whatever its transport does
                raise _in_one_line(error) from error
        answers: dict[str, list[tuple[str, float, str]]] = {system: [] for system in systems}
        for document in documents:
            row = _row(document)
            system = "-".join(sorted(str(e) for e in parse(row[0])))
            if system in answers:
                answers[system].append(row)
        for system, rows in answers.items():
            _write(self._file(system), {"release": self._release, "entries": sorted(rows)})

    def _pinned(self) -> str:
        try:
            told = json.loads((self._folder / "release.json").read_text(encoding="utf-8"))
            return str(told["release"])
        except FileNotFoundError:
            return ""
        except (ValueError, KeyError, TypeError) as error:
            path = self._folder / "release.json"
            raise RecordError(f"{path} is damaged ({error}): delete {self._folder}") from error

    def _pin(self) -> str:
        with _client() as client:
            release = _release(client)
        _write(self._folder / "release.json", {"release": release})
        return release


def _client() -> Any:
    """A client of the server. Raises MissingDataError without the package or a key."""
    try:
        from mp_api.client import MPRester
    except ImportError as error:
        raise MissingDataError(
            f"the Materials Project needs the package mp-api ({error}): pip install mp-api, or "
            "leave the Materials Project out"
        ) from error
    key = os.environ.get("MP_API_KEY", "").strip()
    if not key:
        raise MissingDataError(
            f"the Materials Project needs a key: get one at {_KEY_FROM} and put it in the "
            "environment variable MP_API_KEY"
        )
    try:
        return MPRester(key, use_document_model=False, mute_progress_bars=True)
    except Exception as error:  # the client raises whatever its transport does
        raise _in_one_line(error) from error


def _release(client: Any) -> str:
    try:
        release = client.db_version
    except Exception as error:  # the client raises whatever its transport does
        raise _in_one_line(error) from error
    if not release:
        raise MissingDataError("the Materials Project's server does not say its release: try later")
    return str(release)


def _row(document: Any) -> tuple[str, float, str]:
    """Formula, eV/atom and id of one answer."""
    try:
        energy = float(document["formation_energy_per_atom"])
        row = str(document["formula_pretty"]), energy, str(document["material_id"])
        parse(row[0])
    except (KeyError, TypeError, ValueError, AthanorError) as error:
        raise RecordError(
            f"the Materials Project sent what is no energy ({error!r}): try later"
        ) from error
    if not math.isfinite(energy):
        raise RecordError(f"the Materials Project sent {energy} eV/atom for {row[0]}: try later")
    return row


def _in_one_line(error: Exception) -> MissingDataError:
    told = " ".join(str(error).split()) or type(error).__name__
    if re.search(r"\b40[13]\b|api[ _-]?key|unauthori[sz]ed|forbidden", told, re.IGNORECASE):
        advice = f"the key in MP_API_KEY is refused: get another at {_KEY_FROM}"
    else:
        advice = "check the network and try later, or leave the Materials Project out"
    key = os.environ.get("MP_API_KEY", "").strip()
    told = told.replace(key, "...") if key else told
    return MissingDataError(f"the Materials Project does not answer ({told[:160]}): {advice}")


def _write(path: Path, content: object) -> None:
    """Write JSON beside its place and move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
