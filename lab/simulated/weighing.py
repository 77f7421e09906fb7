"""Powder off the shelf, once for each experiment, however often its lab is put together again.

Books in memory go with the process, so a lab that lives its past through again weighs again. Books
in a file have it already: there, what the floor was told before is told again. That a powder was
weighed is seen from the promise, and what cannot be seen from it is kept in the archive: that a
mass was refused, and how fine the powder was.

The archive is written first when an experiment is taken on, and when it is over, so that after a
kill every promise in the books is of an experiment that the archive knows.
"""

import json
from collections.abc import Mapping

from knowledge.chemistry import identity
from lab.archive import Archive
from lab.inventory import Inventory, Portion
from lab.protocol import Refused
from lab.simulated.promises import promised_as, release_of_the_dead

UG_PER_G = 1_000_000

_Sizes = list[tuple[float, float]]


class Shelf:
    """The stock as the experiments of one lab see it.

    `in_file` says whether the books are in a file. Where the archive lasts too, what a kill left
    between the two is mended here, before the past is lived through again.
    """

    def __init__(self, stock: Inventory, archive: Archive, in_file: bool) -> None:
        self._stock, self._archive = stock, archive
        self._lasts = in_file and archive.lasts
        # Nobody would know whose the promises are of a lab whose archive goes with the process.
        self._passing = in_file and not archive.lasts
        self._sizes: dict[str, _Sizes] = {}
        self._told: dict[tuple[str, str, float], str] = {}
        self._finished, self._open = set[str](), set[str]()
        if in_file:
            release_of_the_dead(stock)
        if self._lasts:
            self._mend()
            self._told = archive.weighings()
            self._finished = archive.finished()
            self._open = {name for name, *_ in archive.unfinished()}

    @property
    def lasts(self) -> bool:
        """Whether books and archive both outlive the process."""
        return self._lasts

    def reserve(self, experiment_id: str, masses_g: Mapping[str, float]) -> None:
        """Promise powders to an experiment. Raises Refused where one runs short."""
        self._stock.reserve(self._name(experiment_id), masses_g)

    def release(self, experiment_id: str) -> None:
        """The experiment is over: what was promised to it and not weighed is free."""
        self._stock.release(self._name(experiment_id))
        self._sizes.pop(experiment_id, None)
        self._open.discard(experiment_id)

    def weigh(self, experiment_id: str, formula: str, grams: float) -> None:
        """Take powder off the shelf, unless that was done. Raises Refused where it ran short."""
        earlier = experiment_id in self._finished or experiment_id in self._open
        if earlier and self._was_weighed(experiment_id, formula, grams):
            return
        try:
            portions = self._stock.weigh(self._name(experiment_id), formula, grams)
        except Refused as refusal:
            told = {"refused": (refusal.rule, refusal.value, refusal.limit)}
            self._note(experiment_id, formula, grams, told)
            raise
        sizes = _sizes(portions)
        if sizes:
            self._note(experiment_id, formula, grams, {"sizes": sizes})
            self._sizes.setdefault(experiment_id, []).extend(sizes)

    def caught_up(self) -> None:
        """The past was lived through: what was finished in it comes no more."""
        self._finished = set()
        self._told = {key: told for key, told in self._told.items() if key[0] in self._open}

    def particle_um(self, experiment_id: str) -> float | None:
        """Mean particle size of what was weighed, by mass; none where it is not known."""
        known = self._sizes.get(experiment_id, ())
        grams = sum(g for g, _ in known)
        return sum(g * um for g, um in known) / grams if grams else None

    def _name(self, experiment_id: str) -> str:
        return promised_as(experiment_id) if self._passing else experiment_id

    def _was_weighed(self, experiment_id: str, formula: str, grams: float) -> bool:
        """Whether the powder is off the shelf already. Raises Refused where it was refused."""
        text = self._told.get((experiment_id, formula, grams))
        told = {} if text is None else json.loads(text)
        if "refused" in told:
            raise Refused(*told["refused"])
        if experiment_id in self._finished:
            return True
        if not self._stock.begun(experiment_id, formula):
            return False
        # The process may have ended before it kept how fine the powder was.
        sizes = told.get("sizes") or _sizes(_last_taken(self._stock, formula, grams))
        self._sizes.setdefault(experiment_id, []).extend((g, um) for g, um in sizes)
        return True

    def _note(self, experiment_id: str, formula: str, grams: float, told: object) -> None:
        if self._lasts:
            self._archive.note_weighing(experiment_id, formula, grams, json.dumps(told))

    def _mend(self) -> None:
        """End the promises of experiments whose outcome was the last that a process wrote."""
        for name in self._stock.promised:
            if self._archive.outcome(name) is not None:
                self._stock.release(name)


def _sizes(portions: tuple[Portion, ...]) -> _Sizes:
    return [(grams, lot.particle_size_um) for lot, grams in portions if lot.particle_size_um]


def _last_taken(stock: Inventory, formula: str, grams: float) -> tuple[Portion, ...]:
    """The portions that were taken last of a powder, oldest lot first, for these are emptied first.

    Exact unless another lab took of it since.
    """
    gone_ug = round(stock.weighed_g(formula) * UG_PER_G)
    from_lots: list[tuple[Portion, int]] = []
    for lot in stock.lots:
        if identity(lot.formula) == identity(formula):
            most_ug = gone_ug
            if lot.grams is not None:
                most_ug = round((lot.grams - stock.left_g(formula, lot.lot)) * UG_PER_G)
            taken_ug = min(most_ug, gone_ug)
            gone_ug -= taken_ug
            from_lots.append((Portion(lot, 0.0), taken_ug))
    wanted_ug = round(grams * UG_PER_G)
    found: list[Portion] = []
    for (lot, _), taken_ug in reversed(from_lots):
        part_ug = min(taken_ug, wanted_ug)
        wanted_ug -= part_ug
        if part_ug:
            found.insert(0, Portion(lot, part_ug / UG_PER_G))
    return tuple(found)
