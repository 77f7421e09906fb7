"""What is with a person: experiments taken on, what was recorded of them, and the shelf.

A folder with `bench.sqlite`, where entries are only ever added, and `inventory.sqlite`. Powders are
promised to an experiment when it is taken on, and come off the shelf when its result is recorded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab.inventory import Inventory, Lot
from lab.logbook import Entry, Logbook
from lab.manual.codes import code_of, read_code
from lab.procedure import Procedure
from lab.protocol import Refused

LOG, SHELF = "bench.sqlite", "inventory.sqlite"
_TAKEN_ON, _RECORDED, _WEIGHED_OUT, _TOLD = "taken on", "recorded", "weighed out", "told"
_LISTED = 5


@dataclass(frozen=True)
class AtBench:
    """An experiment that a person was given, and what they recorded of it, if anything.

    `told` is whether the campaign has heard of that.
    """

    experiment_id: str
    code: str
    recipe: Recipe
    procedure: Procedure
    since: str
    outcome: Outcome | None = None
    told: bool = False

    @property
    def hours(self) -> float:
        """Hours since it was taken on."""
        begun = datetime.fromisoformat(self.since)
        return (datetime.now(begun.tzinfo) - begun).total_seconds() / 3600

    @property
    def was_fired(self) -> bool:
        """Whether its powders were used, as far as was recorded."""
        return self.outcome is not None and self.outcome.status != "cancelled"


class BenchBook:
    """The book of a bench, shared by all that work there.

    `stock` is entered on the shelf if it is not there yet. Raises RecordError for a folder that
    cannot be used, and where `must_exist`, for one that is no bench: none is made then.
    """

    def __init__(
        self,
        folder: Path | str,
        stock: Iterable[str | Mapping[str, Any] | Lot] = (),
        must_exist: bool = False,
    ) -> None:
        self.folder = Path(folder)
        if must_exist and not (self.folder / LOG).is_file():
            raise RecordError(
                f"there is no bench in {self.folder}: begin with `athanor run lab=manual "
                "target=BaTiO3`, or name its folder with --bench DIR"
            )
        self.log = Logbook(self.folder / LOG)
        try:
            self.stock = Inventory(stock, self.folder / SHELF)
        except BaseException:
            self.log.close()
            raise

    def experiments(self) -> list[AtBench]:
        """All that was ever taken on, in that order."""
        entries: dict[str, list[Entry]] = {}
        for entry in self.log.entries():
            entries.setdefault(entry.experiment, []).append(entry)
        return [_folded(each) for each in entries.values()]

    def open(self) -> list[AtBench]:
        """Those without a result, in the order in which they were taken on."""
        return [each for each in self.experiments() if each.outcome is None]

    def get(self, experiment_id: str) -> AtBench | None:
        """An experiment by its whole id; none that was never taken on."""
        entries = self.log.of(experiment_id)
        return _folded(entries) if entries else None

    def find(self, asked: str) -> AtBench:
        """The experiment that a person means: by its code, its id, or the end of its id.

        Raises AthanorError, naming what there is, for none and for several.
        """
        every = self.experiments()
        named = asked.strip()
        found = [e for e in every if named == e.experiment_id]
        found = found or [e for e in every if named and e.experiment_id.endswith(f"-{named}")]
        if not found:
            code = read_code(named)
            found = [e for e in every if e.code == code]
        if len(found) == 1:
            return found[0]
        waiting = [e for e in found or every if e.outcome is None] or found or every
        told = ", ".join(f"{e.code} ({e.recipe.target.formula})" for e in waiting[-_LISTED:])
        which = "several experiments end in" if found else "no experiment of this bench is called"
        raise AthanorError(f"{which} {asked!r}: there are {told or 'none yet'}")

    def take_on(self, experiment_id: str, recipe: Recipe, steps: Procedure) -> None:
        """Give an experiment to a person; the same again changes nothing.

        Raises Refused for an id that is another recipe's, and where a powder runs short.
        """
        with self.log.writing():
            known = self.get(experiment_id)
            if known is not None:
                if known.recipe.content_id == recipe.content_id:
                    return
                raise Refused(
                    "experiment id",
                    f"{experiment_id} is already used for {known.recipe}",
                    "an id belongs to one recipe: choose another id",
                )
            self.stock.reserve(experiment_id, steps.masses_g)
            self.log.append(
                _TAKEN_ON,
                experiment_id,
                code=code_of(experiment_id, {e.code for e in self.experiments()}),
                recipe=recipe.model_dump(mode="json"),
                procedure=steps.model_dump(mode="json"),
            )

    def record(
        self,
        outcome: Outcome,
        who: str,
        weighed_g: Mapping[str, float] | None = None,
        why: str = "",
    ) -> bool:
        """Write down what came of an experiment; False where that was known already.

        `weighed_g` is what was really weighed. A result that differs from what was recorded needs
        a `why`, and is taken while the campaign has not heard of the first one. Raises AthanorError
        for an experiment that is not there, and for a second result without that.
        """
        with self.log.writing():
            known = self.get(outcome.experiment_id)
            if known is None:
                raise AthanorError(f"no experiment of this bench is called {outcome.experiment_id}")
            if known.outcome is not None:
                if same(known.outcome, outcome):
                    return False
                if not why or known.told:
                    raise AthanorError(
                        f"{known.experiment_id} has a result"
                        + (", which its campaign has heard: amend it" if known.told else "")
                    )
                if known.was_fired and outcome.status == "cancelled":
                    raise AthanorError(
                        f"{known.experiment_id} was recorded as fired, and its powders came off "
                        "the shelf: if it was not fired, record it as lost, and correct the shelf"
                    )
            self.log.append(
                _RECORDED,
                outcome.experiment_id,
                outcome=outcome.model_dump(mode="json"),
                who=who,
                why=why,
                weighed_g=dict(weighed_g or {}),
            )
        self._settle(outcome.experiment_id)
        return True

    def tell(self, experiment_id: str) -> Outcome | None:
        """What was recorded, for the campaign: the same for ever from now on. None as yet."""
        with self.log.writing():
            known = self.get(experiment_id)
            if known is None or known.outcome is None:
                return None
            self._settle(experiment_id)
            if not known.told:
                self.log.append(_TOLD, experiment_id)
            return known.outcome

    def close(self) -> None:
        """Let go of the files."""
        self.log.close()
        self.stock.close()

    def _settle(self, experiment_id: str) -> None:
        """Take what was used off the shelf, once, whenever the process was killed before."""
        with self.log.writing():
            entries = self.log.of(experiment_id)
            known = _folded(entries)
            if known.was_fired and not any(e.kind == _WEIGHED_OUT for e in entries):
                weighed = next(e for e in entries if e.kind == _RECORDED).content["weighed_g"]
                for formula, asked_g in known.procedure.masses_g.items():
                    # Begun: a process was killed after this powder and before the others.
                    if not self.stock.begun(experiment_id, formula):
                        self._weigh(experiment_id, formula, weighed.get(formula, asked_g), asked_g)
                self.log.append(_WEIGHED_OUT, experiment_id)
        self.stock.release(experiment_id)

    def _weigh(self, experiment_id: str, formula: str, grams: float, asked_g: float) -> None:
        try:
            self.stock.weigh(experiment_id, formula, grams)
        except Refused:  # more than the books have: as much as was promised is there
            self.stock.weigh(experiment_id, formula, asked_g)


def same(one: Outcome, other: Outcome) -> bool:
    """Whether two records of an experiment tell the same; when they were made does not count."""
    return one.model_copy(update={"lab_time_h": 0.0}) == other.model_copy(
        update={"lab_time_h": 0.0}
    )


def _folded(entries: list[Entry]) -> AtBench:
    """The experiment that its entries tell of."""
    first = entries[0]
    recorded = [e for e in entries if e.kind == _RECORDED]
    try:
        return AtBench(
            experiment_id=first.experiment,
            code=str(first.content["code"]),
            recipe=Recipe.model_validate(first.content["recipe"]),
            procedure=Procedure.model_validate(first.content["procedure"]),
            since=first.time,
            outcome=Outcome.model_validate(recorded[-1].content["outcome"]) if recorded else None,
            told=any(e.kind == _TOLD for e in entries),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RecordError(
            f"the book of the bench is damaged: {first.experiment}: {error}"
        ) from error
