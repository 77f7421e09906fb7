"""What is with a person: experiments taken on, what was recorded of them, and the shelf.

A folder with `bench.sqlite`, where entries are only ever added, and `inventory.sqlite`. Powders are
promised to an experiment when it is taken on, and come off the shelf when its result is recorded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from knowledge.record import canonical_json
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


@dataclass(frozen=True)
class Record:
    """What a person says came of an experiment. `weighed_g` is what they weighed, if otherwise."""

    outcome: Outcome
    who: str
    weighed_g: Mapping[str, float] = field(default_factory=dict)
    why: str = ""


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

    def record(self, *records: Record) -> list[bool]:
        """Write down what came of experiments, of all or none; False for what was known already.

        A result that differs from what was recorded needs a `why`, and is taken as long as the
        campaign has not heard of the first one. Raises AthanorError for an experiment that is not
        there, and for a second result without that.
        """
        new = []
        with self.log.writing():
            for each in records:
                new.append(self._is_news(each))
                if new[-1]:
                    self.log.append(
                        _RECORDED,
                        each.outcome.experiment_id,
                        outcome=each.outcome.model_dump(mode="json"),
                        who=each.who,
                        why=each.why,
                        weighed_g=dict(each.weighed_g),
                    )
        for each in records:
            self._settle(each.outcome.experiment_id)
        return new

    def withdraw(self, experiment_id: str, who: str) -> None:
        """Take an experiment back from the person; one that has a result keeps it."""
        with self.log.writing():
            known = self.get(experiment_id)
            if known is None or known.outcome is not None:
                return
            outcome = Outcome(experiment_id=experiment_id, status="cancelled")
            content = {"who": who, "why": "withdrawn", "weighed_g": {}}
            self.log.append(
                _RECORDED, experiment_id, outcome=outcome.model_dump(mode="json"), **content
            )
        self._settle(experiment_id)

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

    def _is_news(self, record: Record) -> bool:
        """Whether a record tells anything new. Raises AthanorError where it may not."""
        name = record.outcome.experiment_id
        known = self.get(name)
        if known is None:
            raise AthanorError(f"no experiment of this bench is called {name}")
        if known.outcome is None:
            return True
        if same(known.outcome, record.outcome):
            return False
        if known.told or not record.why:
            heard = ", which its campaign has heard" if known.told else ""
            raise AthanorError(f"{name} has a result{heard}: {known.outcome.status}")
        if known.was_fired and record.outcome.status == "cancelled":
            raise AthanorError(
                f"{name} was recorded as fired, and its powders came off the shelf: if it was not, "
                "record it as lost, and put the shelf right with athanor inventory correct"
            )
        return True

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
    """Whether two records of an experiment tell the same, whenever they were made."""
    return _told(one) == _told(other)


def _told(outcome: Outcome) -> tuple[object, ...]:
    return (
        outcome.status,
        outcome.phases,
        outcome.unidentified_weight_fraction,
        tuple((f.kind, f.message) for f in outcome.faults),
    )


def _folded(entries: list[Entry]) -> AtBench:
    """The experiment that its entries tell of."""
    first = entries[0]
    recorded = [e for e in entries if e.kind == _RECORDED]
    try:
        return AtBench(
            experiment_id=first.experiment,
            code=str(first.content["code"]),
            recipe=_recipe(canonical_json(first.content["recipe"])),
            procedure=_procedure(canonical_json(first.content["procedure"])),
            since=first.time,
            outcome=Outcome.model_validate(recorded[-1].content["outcome"]) if recorded else None,
            told=any(e.kind == _TOLD for e in entries),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RecordError(
            f"the book of the bench is damaged: {first.experiment}: {error}"
        ) from error


# Parsed once: what was taken on never changes, and is read at every look at the book.
_recipe = lru_cache(maxsize=1000)(Recipe.from_json)
_procedure = lru_cache(maxsize=1000)(Procedure.from_json)
