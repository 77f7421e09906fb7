"""The powders of experiments that AlabOS does: promised when handed over, weighed out at the end.

All of an experiment's powders are taken off the shelf when it is over, if its dosing had begun;
else they are free again. What was found on the server, and whose recipe nobody here knows, is not
taken.
"""

import contextlib
from collections.abc import Iterable

from knowledge.recipe import Recipe
from lab.alabos.case import Case
from lab.alabos.mapping import Mapping
from lab.inventory import Inventory
from lab.protocol import Refused


class Shelf:
    """An inventory, used as a bench does recipes. Raises Refused where powders run short."""

    def __init__(self, stock: Inventory, mapping: Mapping) -> None:
        self.stock, self._mapping = stock, mapping

    def check(self, recipe: Recipe) -> None:
        """Raise Refused unless there is enough for a recipe."""
        self.stock.check(self._mapping.masses_g(recipe))

    def promise(self, name: str, recipe: Recipe) -> None:
        """Promise an experiment what it takes; the same again changes nothing."""
        self.stock.reserve(name, self._mapping.masses_g(recipe))

    def promise_if_there(self, name: str, recipe: Recipe) -> None:
        """The same, for what the server has already: what is short was taken before."""
        with contextlib.suppress(Refused):
            self.promise(name, recipe)

    def settle(self, name: str, case: Case) -> None:
        """Do what the end of an experiment means; what was done already is not done again."""
        if name not in self.stock.promised:
            return
        used_g = {}
        if case.dosed and case.recipe is not None:
            used_g = self._mapping.masses_g(case.recipe)
        self.stock.use(name, used_g)

    def put_right(self, cases: Iterable[tuple[str, Case]]) -> None:
        """After a restart: what is open is promised, what is over is not."""
        for name, case in cases:
            if not case.is_open:
                self.settle(name, case)
            elif case.recipe is not None:
                self.promise_if_there(name, case.recipe)
