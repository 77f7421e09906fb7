"""The sheet of one experiment: everything that a person needs to weigh, fire and record it.

A Sheet is data, made by a pure function; terminal, page and table show this one object.
"""

from collections.abc import Iterable, Mapping, Sequence
from shlex import quote
from typing import Annotated, Self

from pydantic import Field, model_validator

from agents.bench.failures import Expectation
from agents.bench.jars import FromLot, from_lots, remarks
from agents.bench.signs import Signs, signs
from agents.report.timeline import Segment, in_words, segments
from knowledge.chemistry import identity
from knowledge.errors import RecordError
from knowledge.recipe import Atmosphere
from knowledge.record import Record
from lab.evolved_gas import evolved_ml, taken_up_ml
from lab.hazards import Hazard, hazards
from lab.inventory import Inventory
from lab.manual import AtBench
from lab.procedure import ROOM_C, Action, Cool, Fill, Heat, Mix, Procedure, Scan, Weigh
from lab.protocol import Refused
from lab.stations import BoxFurnace, Diffractometer, Doser, Grinder, Mixer, Stations

# What a person works at, where a lab says nothing of its stations.
BY_HAND = Stations(
    doser=Doser(name="balance"),
    mixer=Mixer(name="mortar"),
    furnace=BoxFurnace(name="furnace"),
    grinder=Grinder(name="mortar"),
    diffractometer=Diffractometer(name="diffractometer"),
)
# The smallest amount would be lost between the grains of a large one if it came last.
MIXING = (
    "in this order, each in portions about as large as what is in the mortar by then (geometric "
    "dilution: Remington, The Science and Practice of Pharmacy)"
)


class Step(Record):
    """One action of the procedure: its number, in words, and where it is done.

    `lots` and `notes` are for a powder to be weighed.
    """

    number: int = Field(ge=1)
    action: Annotated[Action, Field(discriminator="kind")]
    words: str
    station: str
    lots: tuple[FromLot, ...] = ()
    notes: tuple[str, ...] = ()


class Firing(Record):
    """One stay in the furnace, as its controller asks for it, and in which gases.

    `corners` are hours after its begin and Celsius, from room temperature to where it ends.
    """

    number: int = Field(ge=1)
    segments: tuple[Segment, ...]
    corners: tuple[tuple[float, float], ...]
    gases: tuple[str, ...]

    @property
    def hours(self) -> float:
        """Hours from its begin to its end."""
        return self.corners[-1][0]


class Sheet(Record):
    """What is to be done for one experiment, what to beware of, and what to expect.

    `mixing` are the powders in the order in which they go into the mortar. `notes` say what is not
    known and how to get it. `record` are command lines, each with what it is for.
    """

    code: str
    experiment_id: str
    since: str
    target: str
    target_g: float = Field(gt=0)
    yield_asked: float
    equation: str
    steps: tuple[Step, ...] = Field(min_length=1)
    mixing: tuple[str, ...]
    crucible: str
    firings: tuple[Firing, ...]
    gas_off_ml: dict[str, float]
    gas_in_ml: dict[str, float]
    hazards: tuple[Hazard, ...]
    signs: tuple[Signs, ...]
    expectation: Expectation | None
    record: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_numbered(self) -> Self:
        if [s.number for s in self.steps] != list(range(1, len(self.steps) + 1)):
            raise RecordError("the steps of a sheet are numbered 1, 2, 3 ...")
        return self

    @property
    def weighed_g(self) -> float:
        """Grams of all powders."""
        return sum(s.action.mass_g for s in self.steps if isinstance(s.action, Weigh))

    @property
    def scan(self) -> Scan | None:
        """The measurement, if there is one."""
        return next((s.action for s in self.steps if isinstance(s.action, Scan)), None)


def sheet(
    at: AtBench,
    stock: Inventory,
    stations: Stations = BY_HAND,
    expected: Expectation | None = None,
    notes: Iterable[str] = (),
    earlier_g: Mapping[str, float] | None = None,
    bench: str = "",
) -> Sheet:
    """The sheet of an experiment that is with a person, powders from the shelf as it is now.

    Without `expected` it says nothing of what may come of it; `notes` should say why. `earlier_g`
    are grams of phases that experiments before it take (`jars.earlier_g`), and `bench` the option
    by which commands find the bench (`place.bench_option`).
    """
    done, recipe = at.procedure, at.recipe
    scan = next((a for a in done.actions if isinstance(a, Scan)), Scan(minutes=1))
    left = [f for failure in (expected.failures if expected else ()) for f in failure.leaves]
    return Sheet(
        code=at.code,
        experiment_id=at.experiment_id,
        since=at.since,
        target=done.target,
        target_g=done.target_g,
        yield_asked=recipe.target.yield_asked,
        equation=recipe.equation,
        steps=tuple(
            _step(number, action, stock, stations, earlier_g or {})
            for number, action in enumerate(done.actions, start=1)
        ),
        mixing=mixing_order(done),
        crucible=", ".join(dict.fromkeys(a.crucible for a in done.actions if isinstance(a, Fill))),
        firings=tuple(
            _firing(number, programme) for number, programme in enumerate(done.firings, start=1)
        ),
        gas_off_ml=evolved_ml(recipe, done.target_g),
        gas_in_ml=taken_up_ml(recipe, done.target_g),
        hazards=hazards(recipe, done.target_g),
        signs=signs([done.target, *recipe.precursors, *left], scan.from_deg, scan.to_deg),
        expectation=expected,
        record=record_commands(at, bench),
        notes=tuple(notes),
    )


def mixing_order(done: Procedure) -> tuple[str, ...]:
    """The powders by mass, the smallest first; none where nothing is to be mixed."""
    masses_g = done.masses_g
    if len(masses_g) < 2 or not any(isinstance(a, Mix) for a in done.actions):
        return ()
    return tuple(sorted(masses_g, key=lambda formula: masses_g[formula]))


def record_commands(at: AtBench, bench: str = "") -> tuple[tuple[str, str], ...]:
    """When to type what, and the command line, with the code of the experiment and its bench."""
    target, line = at.recipe.target.formula, f"athanor record {at.code}{bench}"
    other = next(iter(at.recipe.precursors))
    found = f"{line} --phases {quote(f'{target}=0.93,{other}=0.07')}"
    weighed = [
        (
            "if you weighed another mass than asked",
            f"{found} --weighed {quote(powder)}={mass_g:.4f}",
        )
        for powder, mass_g in at.procedure.masses_g.items()
    ][:1]
    return (
        ("what you found, by weight; the rest is unidentified", found),
        *weighed,
        ("if the sample is lost", f"{line} --lost"),
        ("if it will not be fired", f"{line} --not-fired"),
    )


def gas_in_words(gas: Atmosphere) -> str:
    """`air, flowing: O2 0.21, CO2 0.0004, H2O 0.01 atm, the rest inert`."""
    way = "flowing" if gas.flowing else "sealed"
    held = ", ".join(f"{g} {p:g}" for g, p in gas.partial_pressures_atm.items())
    return f"{gas.name}, {way}: {held} atm, the rest inert" if held else f"{gas.name}, {way}: inert"


def _step(
    number: int,
    action: Action,
    stock: Inventory,
    stations: Stations,
    earlier_g: Mapping[str, float],
) -> Step:
    lots: tuple[FromLot, ...] = ()
    notes: tuple[str, ...] = ()
    if isinstance(action, Weigh):
        before_g = earlier_g.get(identity(action.formula), 0.0)
        lots = from_lots(stock, action.formula, action.mass_g, before_g)
        notes = remarks(action.formula, action.mass_g, lots)
    try:
        station = stations.of(action).name
    except Refused:  # a lab that sends this out
        station = ""
    return Step(
        number=number,
        action=action,
        words=in_words(action),
        station=station,
        lots=lots,
        notes=notes,
    )


def _firing(number: int, programme: Sequence[Heat | Cool]) -> Firing:
    lines = segments(programme)
    corners, hours = [(0.0, ROOM_C)], 0.0
    for line in lines:
        hours += line.hours
        corners.append((hours, line.to_c))
    return Firing(
        number=number, segments=tuple(lines), corners=tuple(corners), gases=_gases(programme)
    )


def _gases(programme: Sequence[Heat | Cool]) -> tuple[str, ...]:
    """The gases of a firing, told apart where it is cooled in another than it is held in."""
    every = [(isinstance(a, Heat), gas_in_words(a.atmosphere)) for a in programme]
    if len({gas for _, gas in every}) == 1:
        return (f"all in {every[0][1]}",)
    return tuple(dict.fromkeys(f"{'heat' if heats else 'cool'} in {gas}" for heats, gas in every))
