"""Several energy sources as one: the first that knows a phase is believed."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from knowledge.chemistry import VOLATILE_ELEMENTS, identity, parse, whole_formula
from knowledge.data_folder import data_folder
from knowledge.energies.estimate import default_estimate
from knowledge.energies.mixing import MIXING_SIGMA_EV_PER_ATOM, interpolate
from knowledge.energies.order import stamped, table_paths, tables_in
from knowledge.energies.source import EnergySource, FormationEnergy
from knowledge.energies.tables import embedded_table
from knowledge.errors import NoEnergyError, RecordError

# An estimate less certain than this says nothing about what reacts: solids of one system differ by
# a few tenths of an eV/atom.
MAX_ESTIMATE_SIGMA_EV_PER_ATOM = 0.25


class Estimator(Protocol):
    """What gives an energy for any formula, labelled as an estimate."""

    @property
    def name(self) -> str:
        """How it is called in what a user sees."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything it could answer."""

    def energy(self, formula: str) -> FormationEnergy:
        """The estimate, with kind `estimate`. Raises NoEnergyError naming what is not covered."""


class EnergyStack:
    """Energy sources in order of preference. Implements EnergySource itself.

    The estimator, if any, answers for single compounds that no source knows and that lie between
    no known ones; a system holds only phases that a source knows.
    """

    def __init__(self, sources: Sequence[EnergySource], estimator: Estimator | None = None) -> None:
        if not sources:
            raise NoEnergyError("an energy stack needs at least one source")
        self.sources = tuple(sources)
        self.estimator = estimator
        answering: list[EnergySource | Estimator] = [*self.sources]
        answering += [estimator] if estimator else []
        self.name = " > ".join(s.name for s in answering)
        joined = " ".join(s.fingerprint for s in answering)
        self.fingerprint = hashlib.sha256(joined.encode()).hexdigest()[:16]
        self._systems: dict[frozenset[str], tuple[FormationEnergy, ...]] = {}

    def system(self, elements: Iterable[str]) -> Sequence[FormationEnergy]:
        """Every phase made of these elements only, from the first source that has it."""
        key = frozenset(elements)
        if key not in self._systems:
            found: dict[str, FormationEnergy] = {}
            for source in self.sources:
                for entry in source.system(key):
                    found.setdefault(parse(entry.formula).reduced_formula, entry)
            self._systems[key] = tuple(found[f] for f in sorted(found))
        return self._systems[key]

    def energy(self, formula: str) -> FormationEnergy:
        """The energy of one compound: tabulated, else between end members, else estimated.

        Elements are zero by definition, in a table or not.
        Raises NoEnergyError, saying what is missing and how to get it.
        """
        if len(parse(formula)) == 1:
            return FormationEnergy(formula, 0.0, "elements are zero", sigma_ev_per_atom=0.0)
        known = (
            self._lookup(formula)
            or interpolate(formula, self._lookup, self.system)
            or self._of_family(formula)
        )
        if known is not None:
            return known
        lacking = f"no formation energy for {formula} in {self.name}"
        if self.estimator is not None:
            estimate = self.estimator.energy(formula)
            if estimate.sigma_ev_per_atom <= MAX_ESTIMATE_SIGMA_EV_PER_ATOM:
                return estimate
            lacking += f" (its estimate is off by {estimate.sigma_ev_per_atom:.1f} eV/atom or so)"
        raise NoEnergyError(
            f"{lacking}: put a CSV with the columns formula, ev_per_atom, source at "
            "thermo/my_energies.csv in the folder named by ATHANOR_DATA, or name it in "
            "ATHANOR_ENERGIES"
        )

    def require(self, target: str) -> None:
        """Raise NoEnergyError, in a user's words, unless the system of a target is covered."""
        elements = {str(e) for e in parse(target)}
        covered = {
            str(e)
            for entry in self.system(elements | VOLATILE_ELEMENTS)
            for e in parse(entry.formula)
            if len(parse(entry.formula)) > 1
        }
        missing = sorted(elements - covered - VOLATILE_ELEMENTS)
        if missing:
            raise NoEnergyError(
                f"no energies for compounds of {', '.join(missing)} (for {target}): the tables at "
                f"hand are {self.name}; run athanor fetch energies, name a table of your own in "
                "ATHANOR_ENERGIES or put it in ATHANOR_DATA, or choose another target"
            )
        self.energy(target)

    def _lookup(self, formula: str) -> FormationEnergy | None:
        name = whole_formula(formula)
        for entry in self.system({str(e) for e in parse(formula)}):
            if whole_formula(entry.formula) == name:
                return entry
        return None

    def _of_family(self, formula: str) -> FormationEnergy | None:
        """The one known member of an oxygen family stands for the others, with a wider sigma."""
        known = self._lookup(identity(formula))
        if known is None:
            return None
        sigma = math.hypot(known.sigma_ev_per_atom, MIXING_SIGMA_EV_PER_ATOM)
        return replace(
            known,
            formula=formula,
            source=f"taken from {known.formula}, the same phase with other oxygen content",
            sigma_ev_per_atom=sigma,
            kind="interpolated",
        )


def energies_from(
    tables: Sequence[str | Path] | str | Path | None = (), materials_project: bool = False
) -> EnergyStack:
    """All energies at hand, most preferred first, as `knowledge.energies.order` says.

    `tables` are files of one's own; `materials_project` asks its server for what they lack.
    Raises RecordError or MissingDataError for a table that is broken or not there.
    """
    if not isinstance(materials_project, bool):
        raise RecordError(
            f"energies.materials_project is {materials_project}: allowed are true and false"
        )
    if not isinstance(tables, str | Path | None) and not (
        isinstance(tables, Sequence) and all(isinstance(t, str | Path) for t in tables)
    ):
        raise RecordError(
            f"energies.tables is {tables!r}: it must be a list of files, such as [mine.csv]"
        )
    named = (tables,) if isinstance(tables, str | Path) else tuple(tables or ())
    found = stamped(table_paths(named, data_folder()))
    return _stack(tuple(str(p) for p in named), str(data_folder()), found, materials_project)


def default_energies() -> EnergyStack:
    """The user's own tables and the fetched ones, if any, the embedded one, and the estimate."""
    return energies_from()


@lru_cache(maxsize=4)
def _stack(
    named: tuple[str, ...],
    folder: str,
    _found: tuple[tuple[Path, tuple[int, int]], ...],
    materials_project: bool,
) -> EnergyStack:
    """One stack for one set of files, which keeps the systems it has put together."""
    sources: list[EnergySource] = [*tables_in(Path(folder), named)]
    if materials_project:
        from knowledge.energies.materials_project import MaterialsProject

        sources.append(MaterialsProject(Path(folder) / "materials_project"))
    return EnergyStack([*sources, embedded_table()], default_estimate())
