"""The powders at hand when it is asked what to buy, and what may be done with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from agents.workplace import Workplace
from knowledge.chemistry import identity
from knowledge.recipe import Recipe
from lab import Refused
from lab.procedure import Bench, procedure
from lab.safety import Envelope
from lab.stations import Stations


def ids(powders: Iterable[str]) -> frozenset[str]:
    """The phases that powders are of, however they are spelled."""
    return frozenset(map(identity, powders))


@dataclass(frozen=True)
class Shelf:
    """The powders at hand, and what may be done with them.

    `free_g` gives grams of a formula that nobody was promised, infinite for what never runs short.
    """

    formulas: Sequence[str]
    free_g: Callable[[str], float]
    envelope: Envelope = field(default_factory=Envelope)
    bench: Bench = field(default_factory=Bench)
    stations: Stations = field(default_factory=Stations)

    @classmethod
    def of(cls, place: Workplace) -> Self:
        """The shelf of a lab, with its limits; ordinary ones where it tells none."""
        return cls(
            place.stock.formulas,
            place.stock.free_g,
            place.envelope or Envelope(),
            place.bench,
            place.stations,
        )

    def check(self, recipe: Recipe, bought: Sequence[str]) -> None:
        """Raise Refused unless the recipe could be made with so much bought beside."""
        self.envelope.check(recipe, (*self.formulas, *bought), self.bench.batch_g)
        done = procedure(recipe, self.bench)
        self.stations.check(done)
        enough = ids(bought)
        short = self.missing({f: g for f, g in done.masses_g.items() if identity(f) not in enough})
        if short:
            given = ", ".join(f"{f}: {g:.4g} g asked" for f, g in short.items())
            raise Refused("inventory", given, "too little is left")

    def missing(self, masses_g: Mapping[str, float]) -> dict[str, float]:
        """Those powders of which less is free than asked."""
        return {f: g for f, g in masses_g.items() if self.free_g(f) < g}

    def stocked(self, bought: Sequence[str]) -> list[str]:
        """The formulas at hand after a purchase."""
        return list({identity(f): f for f in reversed((*self.formulas, *bought))}.values())
