"""What a person at the bench may know of a lab: its bench, stations, limits and stock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from knowledge.errors import RecordError
from knowledge.recipe import Recipe
from lab import Lab
from lab.hazards import Hazard, hazards
from lab.inventory import Inventory
from lab.lots import MAX_MASS_G
from lab.procedure import Bench, Procedure, procedure
from lab.safety import Envelope
from lab.stations import Stations


@dataclass(frozen=True)
class Workplace:
    """The public side of a lab. Nothing else of it is ever shown."""

    name: str
    inventory: tuple[str, ...]
    stations: Stations
    bench: Bench
    envelope: Envelope | None
    stock: Inventory
    accepts: Callable[[Recipe], None]

    @classmethod
    def of(cls, lab: Lab, batch_g: float | None = None) -> Self:
        """The workplace of a lab, for its own batch size or another. Raises RecordError.

        A lab that says nothing of its bench has an ordinary one.
        """
        if batch_g is not None and not 0 < batch_g <= MAX_MASS_G:
            raise RecordError(
                f"a batch of {batch_g:g} g cannot be: give grams above zero, such as 2"
            )
        bench = getattr(lab, "bench", None) or Bench()
        return cls(
            name=lab.name,
            inventory=tuple(lab.inventory),
            stations=getattr(lab, "stations", None) or Stations(),
            bench=bench if batch_g is None else bench.model_copy(update={"batch_g": batch_g}),
            envelope=getattr(lab, "envelope", None),
            stock=getattr(lab, "stock", None) or Inventory(lab.inventory),
            accepts=lab.check,
        )

    def price(self, recipe: Recipe) -> float | None:
        """What the precursors of a batch cost; none where the books lack a price."""
        cost = self.stock.price(procedure(recipe, self.bench).masses_g)
        return None if cost.unpriced else cost.amount

    def check(self, recipe: Recipe) -> Procedure:
        """What is done here for a recipe, unless lab, stations or stock refuse it (Refused)."""
        done = procedure(recipe, self.bench)
        if self.envelope is None:
            self.accepts(recipe)  # for the batch that is usual there
        else:
            self.envelope.check(recipe, self.inventory, self.bench.batch_g)
        self.stations.check(done)
        self.stock.check(done.masses_g)
        return done

    @property
    def limits(self) -> Sequence[tuple[str, str, str]]:
        """Rules with what they allow and where that comes from."""
        return () if self.envelope is None else self.envelope.describe()

    def hazards(self, recipe: Recipe) -> tuple[Hazard, ...]:
        """What to beware of in a batch of this size."""
        return hazards(recipe, self.bench.batch_g)
