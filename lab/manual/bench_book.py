"""What is with a person: experiments taken on, what was recorded of them, and the shelf.

A folder with `bench.sqlite`, where entries are only ever added, and `inventory.sqlite`. Powders are
promised to an experiment when it is taken on. What belongs off the shelf follows from the log: the
masses of the result that stands, nothing where it was not fired. The shelf is brought to that after
every entry, and after a kill by whoever opens or writes the book next.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab.inventory import Inventory, Lot
from lab.logbook import Entry, Logbook
from lab.manual.at_bench import (
    AMENDED,
    RECORDED,
    TAKEN_ON,
    TOLD,
    WANTED,
    WEIGHED_OUT,
    AtBench,
    Record,
    SecondResult,
    by_experiment,
    check_masses,
    folded,
    settled,
    tells_the_same,
)
from lab.manual.codes import code_of, read_code
from lab.procedure import Procedure
from lab.protocol import Refused

LOG, SHELF = "bench.sqlite", "inventory.sqlite"
_LISTED = 5


def no_bench(folder: Path) -> RecordError:
    """The error for a folder that is no bench, where one must be."""
    return RecordError(
        f"there is no bench in {folder}: begin with `athanor run lab=manual target=BaTiO3`, or "
        "name its folder with --bench DIR"
    )


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
            raise no_bench(self.folder)
        self.log = Logbook(self.folder / LOG)
        try:
            self.stock = Inventory(stock, self.folder / SHELF)
        except BaseException:
            self.log.close()
            raise

    def experiments(self) -> list[AtBench]:
        """All that was ever taken on, in that order."""
        found = [self._folded(each) for each in by_experiment(self.log.entries()).values()]
        return [each for each in found if each is not None]

    def open(self) -> list[AtBench]:
        """Those without a result, in the order in which they were taken on."""
        return [each for each in self.experiments() if each.outcome is None]

    def get(self, experiment_id: str) -> AtBench | None:
        """An experiment by its whole id; none that was never taken on."""
        return self._folded(self.log.of(experiment_id))

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
        told = found or [e for e in every if e.outcome is None] or every
        listed = ", ".join(f"{e.code} ({e.recipe.target.formula})" for e in told[-_LISTED:])
        more = f" and {len(told) - _LISTED} more" if len(told) > _LISTED else ""
        which = "several experiments end in" if found else "no experiment of this bench is called"
        raise AthanorError(f"{which} {asked!r}: there are {listed or 'none yet'}{more}")

    def take_on(self, experiment_id: str, recipe: Recipe, steps: Procedure) -> None:
        """Give an experiment to a person; the same again changes nothing.

        Raises Refused for an id that is another recipe's, and where a powder runs short.
        """
        # Written before anything is promised, so that a promise of a process that was killed is
        # known as one: promises are only made below, where nobody else writes.
        with self.log.writing():
            if not self.log.of(experiment_id):
                self.log.append(WANTED, experiment_id)
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
                TAKEN_ON,
                experiment_id,
                code=code_of(experiment_id, {e.code for e in self.experiments()}),
                recipe=recipe.model_dump(mode="json"),
                procedure=steps.model_dump(mode="json"),
            )

    def record(self, *records: Record) -> list[bool]:
        """Write down what came of experiments, of all or none; False for what was known already.

        A result that differs from what was recorded needs a `why`, and is taken as long as the
        campaign has not heard of the first one. Raises AthanorError for an experiment that is not
        there, and SecondResult for a second result without that.
        """
        new = []
        with self.log.writing():
            for each in records:
                new.append(self._is_news(each))
                if new[-1]:
                    self._append(RECORDED, each)
        for each in records:
            self._settle(each.outcome.experiment_id)
        return new

    def amended(
        self,
        outcome: Outcome,
        who: str,
        why: str,
        weighed_g: Mapping[str, float] | None = None,
        note: str = "",
    ) -> None:
        """Take note of what the campaign holds of an experiment now, and bring the shelf to it.

        It is no longer open then, and told. Masses that are not given stay those of before. The
        same again changes nothing, nor does an id that was never taken on.
        """
        with self.log.writing():
            known = self.get(outcome.experiment_id)
            if known is None:
                return
            masses_g = known.weighed_g if weighed_g is None else weighed_g
            masses_g = {} if outcome.status == "cancelled" else masses_g
            record = Record(outcome, who, masses_g, why, note)
            check_masses(known, record)
            if known.outcome is None:
                self._append(RECORDED, record)
            elif not (tells_the_same(known, record) and note in ("", known.note)):
                self._append(AMENDED, record)
            if not known.told:
                self.log.append(TOLD, outcome.experiment_id)
        self._settle(outcome.experiment_id)

    def withdraw(self, experiment_id: str, who: str) -> None:
        """Take an experiment back from the person; one that has a result keeps it."""
        with self.log.writing():
            known = self.get(experiment_id)
            if known is None:
                if self.log.of(experiment_id):  # promised, and a process was killed then
                    self.stock.release(experiment_id)
                return
            if known.outcome is None:
                outcome = Outcome(experiment_id=experiment_id, status="cancelled")
                self._append(RECORDED, Record(outcome, who, why="withdrawn"))
        self._settle(experiment_id)

    def tell(self, experiment_id: str) -> Outcome | None:
        """What was recorded, for the campaign: the same for ever from now on. None as yet."""
        with self.log.writing():
            known = self.get(experiment_id)
            if known is None or known.heard is None:
                return None
            self._settle(experiment_id)
            if not known.told:
                self.log.append(TOLD, experiment_id)
            return known.heard

    def mend(self) -> None:
        """Finish what processes that were killed had begun: nothing where nothing is unfinished."""
        with self.log.writing():
            lost = []
            for experiment_id, entries in by_experiment(self.log.entries()).items():
                if self._folded(entries) is None:
                    lost.append(experiment_id)
                else:
                    self._settle(experiment_id, entries)
            for experiment_id in set(lost).intersection(self.stock.promised if lost else ()):
                self.stock.release(experiment_id)

    def close(self) -> None:
        """Let go of the files."""
        self.log.close()
        self.stock.close()

    @cached_property
    def _folds(self) -> dict[str, tuple[list[Entry], AtBench | None]]:
        return {}

    def _folded(self, entries: list[Entry]) -> AtBench | None:
        """What entries of an experiment tell, folded again only when there are others."""
        name = entries[0].experiment if entries else ""
        seen, known = self._folds.get(name, ([], None))
        if seen != entries:
            known = folded(entries)
            self._folds[name] = entries, known
        return known

    def _append(self, kind: str, record: Record) -> None:
        self.log.append(
            kind,
            record.outcome.experiment_id,
            outcome=record.outcome.model_dump(mode="json"),
            who=record.who,
            why=record.why,
            weighed_g=dict(record.weighed_g),
            note=record.note,
        )

    def _is_news(self, record: Record) -> bool:
        """Whether a record tells anything new. Raises AthanorError where it may not."""
        name = record.outcome.experiment_id
        known = self.get(name)
        if known is None:
            raise AthanorError(f"no experiment of this bench is called {name}")
        check_masses(known, record)
        if known.outcome is None:
            return True
        if tells_the_same(known, record):
            return not known.told and record.note not in ("", known.note)
        if known.told or not record.why:
            raise SecondResult(known)
        check_fired(known, record.outcome)
        return True

    def _settle(self, experiment_id: str, entries: list[Entry] | None = None) -> None:
        """Bring the shelf to what stands of an experiment; what is short there is taken as it is.

        The shelf itself keeps what an experiment took: done twice, it is done once.
        """
        with self.log.writing():
            entries = self.log.of(experiment_id) if entries is None else entries
            known = self._folded(entries)
            if known is None or settled(known, entries):
                return
            taken_g = self.stock.use(experiment_id, known.due_g)
            self.log.append(WEIGHED_OUT, experiment_id, due_g=known.due_g, taken_g=taken_g)


def check_fired(known: AtBench, outcome: Outcome) -> None:
    """Raise AthanorError where what was fired is said not to have been."""
    if known.was_fired and outcome.status == "cancelled":
        raise AthanorError(
            f"{known.code} was recorded as fired, and its powders came off the shelf: if it was "
            "not, record it as lost, and put the shelf right with athanor inventory correct"
        )
