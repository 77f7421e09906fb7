"""The lab of a person: takes recipes on, and answers when somebody recorded what came of them."""

from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab.experiment_id import check_id
from lab.inventory import Inventory
from lab.manual.bench_book import LOG, SHELF, BenchBook
from lab.procedure import Bench, Procedure, procedure
from lab.protocol import Pending, Status, Unsubmitted
from lab.safety import Envelope
from lab.settings import Entry, check_crucible, entries_of


class ManualLab:
    """A bench and the person at it. Implements Lab, Attended and Real.

    `folder` holds everything (`lab.manual.bench_book`); `inventory` is entered on its shelf.
    `waits`: whether campaigns stay until results are there. A bench is made when it is first
    written to. Raises RecordError for settings that do not hold together, and whenever a file
    cannot be used.
    """

    def __init__(
        self,
        folder: Path | str,
        inventory: Iterable[Entry] = (),
        envelope: Envelope | None = None,
        bench: Bench | None = None,
        waits: bool = False,
        name: str = "manual",
    ) -> None:
        if not isinstance(folder, str | Path) or not str(folder).strip():
            raise RecordError(f"lab.folder is {folder!r}: give the folder of the bench, as bench")
        if not isinstance(waits, bool):
            raise RecordError(f"lab.waits is {waits!r}: it must be true or false")
        self.name, self.waits = name, waits
        self.envelope, self.bench = envelope or Envelope(), bench or Bench()
        check_crucible(self.bench, self.envelope)
        self._folder, self._lots = Path(folder), entries_of(inventory)
        self._opening = Lock()
        self._book: BenchBook | None = None
        self._to_be = Inventory(self._lots)
        if (self._folder / LOG).exists() or (self._folder / SHELF).exists():
            self._book = self._opened()

    @property
    def book(self) -> BenchBook:
        """The book of the bench, which is made when it is first asked for."""
        with self._opening:
            if self._book is None:
                self._book = self._opened()
            return self._book

    @property
    def stock(self) -> Inventory:
        """The shelf; where there is no bench yet, as it will be."""
        return self._to_be if self._book is None else self._book.stock

    @property
    def inventory(self) -> tuple[str, ...]:
        """The precursors of which anything is left."""
        return self.stock.formulas

    def check(self, recipe: Recipe) -> None:
        """Raise Refused, naming rule, value and limit, for a recipe not to be fired here."""
        self.stock.check(self._allowed(recipe).masses_g)

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        """Give a recipe to the person; the same again changes nothing. Raises Refused."""
        check_id(experiment_id)
        if self.book.get(experiment_id) is None:
            # Whether there is enough is seen when it is promised: that may have been done already
            # by a process that was killed then.
            steps = self._allowed(recipe)
        else:  # whether it is the same is for the book to say
            steps = procedure(recipe, self.bench)
        self.book.take_on(experiment_id, recipe, steps)

    def poll(self, experiment_id: str) -> Status:
        """The outcome that was recorded, and until then Pending."""
        outcome = self.book.tell(experiment_id)
        if outcome is not None:
            return outcome
        known = self.book.get(experiment_id)
        if known is None:
            return Unsubmitted(f"{experiment_id} was never given to this bench")
        return Pending(f"with a person, as {known.code}")

    def cancel(self, experiment_id: str) -> Status:
        """Take an experiment back that has no result; then where it stands.

        Whoever has fired it by then is told so when they record it.
        """
        self.book.withdraw(experiment_id, self.name)
        return self.poll(experiment_id)

    def amended(self, outcome: Outcome) -> None:
        """Take note of what a person told the campaign that an experiment really gave."""
        self.book.amended(outcome, self.name, "amended in the campaign")

    def close(self) -> None:
        """Let go of the files."""
        if self._book is not None:
            self._book.close()

    def _opened(self) -> BenchBook:
        book = BenchBook(self._folder, self._lots)
        try:
            book.mend()
        except BaseException:
            book.close()
            raise
        return book

    def _allowed(self, recipe: Recipe) -> Procedure:
        """What is to be done for a recipe. Raises Refused where its limits forbid it."""
        self.envelope.check(recipe, self.inventory, self.bench.batch_g)
        return procedure(recipe, self.bench)
