"""What a campaign sets out with: its targets, and the candidates of each."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agents.candidate_files import candidates_in
from agents.candidates import CandidateGrid, Candidates, gather, knowledge_behind
from agents.journal import Journal
from agents.ledger import Ledger
from agents.pairs.pin import pin_all
from agents.workplace import Workplace
from knowledge.chemistry import identity
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError, RecordError
from knowledge.literature import Proposer
from knowledge.recipe import Target
from lab import Attended, Lab

_COLUMN = "target"


def targets_of(
    one: object, several: str | Sequence[str] | None, yield_asked: float
) -> list[Target]:
    """The targets that settings ask for, each compound once.

    `several` is a list of formulas, or a CSV file with a column `target`; without any, it is
    `one`. Raises AthanorError for what names no compound.
    """
    if not several:
        return [Target(formula=str(one), yield_asked=yield_asked)]
    formulas = _formulas_in(Path(several)) if isinstance(several, str) else map(str, several)
    found: dict[str, Target] = {}
    for formula in formulas:
        found.setdefault(identity(formula), Target(formula=formula, yield_asked=yield_asked))
    return list(found.values())


def _formulas_in(path: Path) -> list[str]:
    try:
        with path.expanduser().open(encoding="utf-8", newline="") as stream:
            found = [(row.get(_COLUMN) or "").strip() for row in csv.DictReader(stream)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AthanorError(
            f"targets={path}: cannot be read ({error}); give a list, targets=[BaTiO3,SrTiO3], or a "
            f"CSV file with a column `{_COLUMN}`"
        ) from error
    formulas = [f for f in found if f]
    if not formulas:
        raise AthanorError(f"targets={path}: it has no formulas in a column `{_COLUMN}`")
    return formulas


@dataclass(frozen=True)
class Begun:
    """The candidates of each target, and why some targets have none."""

    found: list[Candidates]
    without: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gathering:
    """Where candidates come from, and the map of reactivity that is taken in with them, if any."""

    energies: EnergyStack
    lab: Lab
    grid: CandidateGrid
    proposer: Proposer
    reactivity: str | None

    def begun(self, folder: Path, journal: Journal, targets: Sequence[Target]) -> Begun:
        """The candidates of a campaign: those that it began with, else gathered now.

        Of several targets, those that cannot be had are left out, with the reason. Raises
        AthanorError where none can be had.
        """
        ledger = Ledger(journal.events())
        if ledger.started is not None:
            wanted = {t.identity for t in targets}
            targets = [t for t in ledger.targets if t.identity in wanted] or targets
        found, without = [], dict[str, str]()
        for target in targets:
            try:
                known = self._known(folder, ledger, target)
                found.append(known or self._gathered(target))
            except AthanorError as error:
                if len(targets) == 1:
                    raise
                without[target.formula] = str(error)
        if not found:
            raise AthanorError(f"no target can be had: {next(iter(without.values()))}")
        return Begun(pin_all(journal, self.reactivity, found), without)

    def _known(self, folder: Path, ledger: Ledger, target: Target) -> Candidates | None:
        """The candidates of a target that has begun, with the same knowledge; else none.

        They are not gathered again: a bottle may be empty by now, and the lab says so itself.
        """
        if ledger.started is None:
            return None
        try:
            found = candidates_in(folder, ledger, target.formula)
        except RecordError:  # cut off before it was written, or lost: it is written again
            return None
        now = target, knowledge_behind(self.energies, self.proposer)
        return found if (found.target, found.knowledge) == now else None

    def _gathered(self, target: Target) -> Candidates:
        if not self.lab.inventory:
            by_command = (
                "athanor inventory add BaCO3 --grams 500, athanor inventory import FILE, or "
            )
            raise AthanorError(
                f"the shelf of the lab {self.lab.name} is empty: say what is there with "
                f"{by_command if isinstance(self.lab, Attended) else ''}lab.inventory=[BaCO3,TiO2]"
            )
        return gather(
            target,
            self.lab.inventory,
            self.lab.check,
            self.energies,
            self.proposer,
            self.grid,
            Workplace.of(self.lab).price,
        )
