"""What is where on the floor: samples, crucibles, grams; and whether it all adds up."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from knowledge.errors import AthanorError
from knowledge.outcome import Fault
from lab.procedure import Action, Cool, Heat, Procedure
from lab.simulated.faults import Programme
from lab.stations import Station

UG_PER_G = 1_000_000


@dataclass(frozen=True)
class Contamination:
    """Weight share of a sample that came from what was in its crucible before."""

    share: float
    experiment_id: str
    target: str


@dataclass(frozen=True)
class Handled:
    """What was physically done with one sample, faults and all.

    `masses_g` as weighed; `firings` as the furnace really ran them, with whether the sample was
    ground before each (`grindings`) and how many samples were in it (`shared`); `mislabel` is none
    or a number from 0 to 1 to pick the mislabelled phase with; `faults` are those that the agent is
    told, `happened` all of them.
    """

    experiment_id: str
    procedure: Procedure
    masses_g: dict[str, float]
    firings: tuple[Programme, ...]
    grindings: tuple[bool, ...]
    shared: tuple[int, ...]
    contaminations: tuple[Contamination, ...]
    lost: bool
    scanned: bool
    mislabel: float | None
    faults: tuple[Fault, ...]
    happened: tuple[Fault, ...]
    submitted_h: float
    finished_h: float
    furnace_h: float


@dataclass(slots=True, eq=False)
class Crucible:
    """A crucible, and the experiment and target that were in it last."""

    material: str
    last: tuple[str, str] | None = None


@dataclass(slots=True, eq=False)
class Sample:
    """One sample on its way: the stations it visits, where it is, and what was done with it."""

    experiment_id: str
    procedure: Procedure
    draw_key: tuple[object, ...]
    visits: Sequence[tuple[Station, tuple[Action, ...]]]
    submitted_h: float
    visit: int = 0
    arrived_h: float = 0.0
    ticket: int = 0
    weighed_ug: int = 0
    masses_g: dict[str, float] = field(default_factory=dict)
    skew: np.random.Generator | None = None
    crucible: Crucible | None = None
    contaminations: list[Contamination] = field(default_factory=list)
    expected: list[tuple[str, ...]] = field(default_factory=list)
    ground: bool = False
    firings: list[Programme] = field(default_factory=list)
    grindings: list[bool] = field(default_factory=list)
    shared: list[int] = field(default_factory=list)
    furnace_h: float = 0.0
    lost: bool = False
    scanned: bool = False
    mislabel: float | None = None
    told: list[Fault] = field(default_factory=list)
    happened: list[Fault] = field(default_factory=list)
    finished_h: float | None = None

    @property
    def station(self) -> Station:
        """Where it is, or waits to be."""
        return self.visits[self.visit][0]

    @property
    def actions(self) -> tuple[Action, ...]:
        """What is done with it there."""
        return self.visits[self.visit][1]

    def skip_firings(self) -> None:
        """Make the last firing the present visit: what is left is to recover and measure."""
        self.visit = max(i for i, (_, actions) in enumerate(self.visits) if heats(actions))

    def handled(self) -> Handled:
        """The record of a finished sample."""
        assert self.finished_h is not None
        return Handled(
            experiment_id=self.experiment_id,
            procedure=self.procedure,
            masses_g=self.masses_g,
            firings=tuple(self.firings),
            grindings=tuple(self.grindings),
            shared=tuple(self.shared),
            contaminations=tuple(self.contaminations),
            lost=self.lost,
            scanned=self.scanned,
            mislabel=self.mislabel,
            faults=tuple(self.told),
            happened=tuple(self.happened),
            submitted_h=self.submitted_h,
            finished_h=self.finished_h,
            furnace_h=self.furnace_h,
        )


def heats(actions: Sequence[Action]) -> bool:
    """Whether actions are a furnace programme."""
    return isinstance(actions[0], Heat | Cool)


@dataclass(slots=True)
class Books:
    """Grams and crucibles: what came in must be somewhere, or have gone out.

    Grams are those weighed in, whatever a furnace made of them, in whole micrograms.
    """

    weighed_ug: int = 0
    spilled_ug: int = 0
    recovered_ug: int = 0
    bought: int = 0
    taken: int = 0
    returned: int = 0
    _shelf: dict[str, deque[Crucible]] = field(default_factory=dict)

    def weigh(self, sample: Sample, formula: str, grams: float) -> None:
        """Enter a powder that was weighed."""
        micrograms = round(grams * UG_PER_G)
        self.weighed_ug += micrograms
        sample.weighed_ug += micrograms
        sample.masses_g[formula] = sample.masses_g.get(formula, 0.0) + grams

    def take_crucible(self, sample: Sample, material: str) -> None:
        """Give a sample the crucible that was free longest, or a new one where none is free."""
        self.return_crucible(sample)
        shelf = self._shelf.get(material)
        if shelf:
            sample.crucible = shelf.popleft()
        else:
            sample.crucible = Crucible(material)
            self.bought += 1
        self.taken += 1

    def return_crucible(self, sample: Sample) -> None:
        """Put a sample's crucible, if it has one, back on the shelf."""
        crucible, sample.crucible = sample.crucible, None
        if crucible:
            crucible.last = (sample.experiment_id, sample.procedure.target)
            self._shelf.setdefault(crucible.material, deque()).append(crucible)
            self.returned += 1

    def close(self, sample: Sample) -> None:
        """Enter what becomes of a sample that leaves the floor."""
        self.return_crucible(sample)
        if sample.lost:
            self.spilled_ug += sample.weighed_ug
        else:
            self.recovered_ug += sample.weighed_ug

    def audit(self, live: Iterable[Sample]) -> None:
        """Raise AthanorError unless grams and crucibles add up."""
        live = list(live)
        held_ug = sum(s.weighed_ug for s in live)
        if self.weighed_ug != held_ug + self.spilled_ug + self.recovered_ug:
            raise AthanorError(
                f"the grams do not balance: {self.weighed_ug} ug weighed, {held_ug} in samples, "
                f"{self.spilled_ug} spilled, {self.recovered_ug} recovered"
            )
        used = [s.crucible for s in live if s.crucible]
        free = [c for shelf in self._shelf.values() for c in shelf]
        apart = {id(c) for c in (*used, *free)}
        if not (
            self.taken == self.returned + len(used)
            and self.bought == len(used) + len(free) == len(apart)
        ):
            raise AthanorError(
                f"the crucibles do not balance: {self.bought} bought, {len(used)} in use, "
                f"{len(free)} free, {self.taken} taken, {self.returned} returned"
            )


class Place(NamedTuple):
    """Somewhere that samples are, and how many fit."""

    name: str
    positions: int | None
    samples: tuple[Sample, ...]


def audit_places(places: Iterable[Place], samples: Mapping[str, Sample]) -> None:
    """Raise AthanorError unless each sample is in one place and no place holds too many."""
    found: Counter[str] = Counter()
    for place in places:
        found.update(s.experiment_id for s in place.samples)
        if place.positions is not None and len(place.samples) > place.positions:
            raise AthanorError(
                f"{place.name} holds {len(place.samples)} samples: it has {place.positions} places"
            )
    for name in (*samples, *found):
        if found[name] != 1 or name not in samples:
            known = "" if name in samples else " that left the floor"
            raise AthanorError(f"experiment {name}{known} is in {found[name]} places")
