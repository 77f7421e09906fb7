"""The books of an inventory: what was delivered, weighed out and promised, in whole micrograms.

Integers add up exactly, so the books balance: delivered = left + weighed out. This is arithmetic
alone; who may have what is decided in `inventory`, and where books are kept in `books_file`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from lab.changes import Change
from lab.lots import Lot, phase_of

UG_PER_G = 1_000_000


@dataclass(slots=True)
class Bottle:
    """A lot and how much of it was weighed out."""

    lot: Lot
    weighed_ug: int = 0
    stocked_ug: int | None = None

    def __post_init__(self) -> None:
        if self.lot.grams is not None:
            self.stocked_ug = round(self.lot.grams * UG_PER_G)

    @property
    def left_ug(self) -> int | None:
        """What is left; none for what is bought again as needed."""
        return None if self.stocked_ug is None else self.stocked_ug - self.weighed_ug


@dataclass(slots=True)
class Promise:
    """What an experiment asked of one powder, and what of it is still to be weighed."""

    asked_ug: int
    due_ug: int


@dataclass(slots=True)
class Books:
    """Bottles, oldest first, open promises by experiment and phase, and what was changed.

    `used_ug` is what experiments have taken so far, by phase, of those whose use is counted.
    `changes` are those since the books were opened, and `past` gives those before.
    """

    bottles: list[Bottle] = field(default_factory=list)
    promises: dict[str, dict[str, Promise]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    past: Callable[[], list[Change]] = list
    used_ug: dict[str, dict[str, int]] = field(default_factory=dict)
    _shelves: dict[str, list[Bottle]] = field(default_factory=dict)
    _due_ug: dict[str, int] = field(default_factory=dict)

    def enter(self, bottle: Bottle) -> None:
        """Put a bottle behind the others of its phase."""
        self.bottles.append(bottle)
        self._shelves.setdefault(phase_of(bottle.lot), []).append(bottle)

    def remove(self, bottle: Bottle) -> None:
        """Take this very bottle out."""
        phase = phase_of(bottle.lot)
        self.bottles = [b for b in self.bottles if b is not bottle]
        self._shelves[phase] = [b for b in self._shelves[phase] if b is not bottle]

    def shelf(self, phase: str) -> list[Bottle]:
        """The bottles of a phase, oldest first, empty ones too."""
        return self._shelves.get(phase, [])

    def left_ug(self, phase: str) -> int | None:
        """What is left of a phase; none for what never runs short."""
        left = 0
        for bottle in self.shelf(phase):
            if bottle.stocked_ug is None:
                return None
            left += bottle.stocked_ug - bottle.weighed_ug
        return left

    def due_ug(self, phase: str, experiment: str | None = None) -> int:
        """What is promised and not weighed: to one experiment, or to all of them."""
        if experiment is None:
            return self._due_ug.get(phase, 0)
        promise = self.promises.get(experiment, {}).get(phase)
        return promise.due_ug if promise else 0

    def promise(self, experiment: str, phase: str, promise: Promise) -> None:
        """Note a promise."""
        self.promises.setdefault(experiment, {})[phase] = promise
        self._add_due(phase, promise.due_ug)

    def forget(self, experiment: str) -> None:
        """End an experiment's promises."""
        for phase, promise in self.promises.pop(experiment, {}).items():
            self._add_due(phase, -promise.due_ug)

    def take(self, experiment: str, phase: str, micrograms: int) -> list[tuple[Lot, int]]:
        """Weigh out, oldest bottle first; what came from which lot. As much must be there."""
        promised = self.promises.get(experiment, {}).get(phase)
        if promised:
            kept = min(promised.due_ug, micrograms)
            promised.due_ug -= kept
            self._add_due(phase, -kept)
        portions = []
        for bottle in self.shelf(phase):
            left = bottle.left_ug
            taken = micrograms if left is None else min(left, micrograms)
            if taken:
                bottle.weighed_ug += taken
                micrograms -= taken
                portions.append((bottle.lot, taken))
        assert not micrograms
        return portions

    def put_back(self, phase: str, micrograms: int) -> int:
        """Put back what was weighed out, into the bottles used last; how much of it was none's."""
        for bottle in reversed(self.shelf(phase)):
            back = min(bottle.weighed_ug, micrograms)
            bottle.weighed_ug -= back
            micrograms -= back
        return micrograms

    def _add_due(self, phase: str, micrograms: int) -> None:
        self._due_ug[phase] = self._due_ug.get(phase, 0) + micrograms
