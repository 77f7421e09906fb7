"""One procedure, three labs: what simulated stations do, what a person reads, what robots are sent.

Each account is taken from what that lab really puts out (powder that leaves the shelf, furnace
programmes as they ran, the words on screen and page, the rows of the table, the parameters of
tasks), brought into one form by readers of the tests' own, and must be the procedure's, step by
step. What a person reads is rounded, and is held against the procedure rounded as it is shown.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.bench.sheet import Sheet, sheet
from agents.bench.sheet_csv import to_csv
from knowledge.energies import EnergyStack
from knowledge.recipe import AIR, ARGON, OXYGEN, Atmosphere, Cooling, HeatingStep, Recipe, Target
from lab.alabos.tasks import rules, tasks
from lab.inventory import Inventory
from lab.manual import AtBench
from lab.procedure import Action, Bench, Procedure, furnace_hours, procedure
from lab.simulated import SimulatedLab
from lab.simulated.faults import FaultRates
from lab.simulated.floor import Floor
from lab.stations import Station, Stations
from tests.lab.reading_sheets import Account, as_printed, as_rounded, as_shown, gas_of

POWDERS = ("BaCO3", "BaO2", "TiO2", "Y2O3", "CuO")
CONF = Path(__file__).parents[2] / "conf" / "lab" / "alabos.yaml"
ALABOS = yaml.safe_load(CONF.read_text(encoding="utf-8"))
RULES = rules(ALABOS["tasks"], ALABOS["task_types"])
SEALED = Atmosphere(name="mine", partial_pressures_atm={"O2": 0.05, "CO2": 0.3}, flowing=False)


def recipe(*steps: HeatingStep, powders: Sequence[str] = ("BaCO3", "TiO2"), **more: Any) -> Recipe:
    target = "YBa2Cu3O7" if "CuO" in powders else "BaTiO3"
    return Recipe.balanced(Target(formula=target), tuple(powders), steps, **more)


def fired(temperature_c: float, hold_h: float = 4, **more: Any) -> HeatingStep:
    return HeatingStep(temperature_c=temperature_c, hold_h=hold_h, **more)


def gas(of: Atmosphere) -> dict[str, Any]:
    return {
        "gas": of.name,
        "flowing": of.flowing,
        **{f"{g} atm": p for g, p in of.partial_pressures_atm.items()},
    }


def as_planned(done: Procedure) -> Account:
    return [_said(action) for action in done.actions]


def _said(action: Action) -> tuple[str, dict[str, Any]]:
    plain = action.model_dump(exclude={"kind", "atmosphere"})
    return action.kind, plain | (gas(action.atmosphere) if hasattr(action, "atmosphere") else {})


def as_simulated(done: Procedure) -> tuple[Account, float]:
    """What the floor of the simulated lab does, with the hours that it takes by its clock.

    Masses are those taken off the shelf, and furnace programmes those that ran.
    """
    seen: list[tuple[str, dict[str, Any]] | None] = []
    noted = [_Noting(station, seen) for station in Stations().all]
    floor = Floor(
        Stations(*noted),
        FaultRates(),
        seed=0,
        weigh=lambda _, formula, grams: seen.append(
            ("weigh", {"formula": formula, "mass_g": grams})
        ),
    )
    floor.submit("e", done, ("e",))
    assert floor.advance_until_finished("e")
    floor.audit()
    handled = floor.collect("e")
    assert handled is not None
    assert handled.scanned
    assert handled.masses_g == pytest.approx(done.masses_g)
    programmes = iter(handled.firings)
    account: Account = []
    for each in seen:
        account += [_said(a) for a in next(programmes)] if each is None else [each]
    return account, floor.now_h


@dataclass(frozen=True)
class _Noting:
    """A station that notes what it is told to do, when it does it. A stay in a furnace is none."""

    station: Station
    seen: list[Any]

    @property
    def name(self) -> str:
        return self.station.name

    @property
    def units(self) -> int:
        return self.station.units

    @property
    def positions(self) -> int:
        return self.station.positions

    @property
    def does(self) -> tuple[type, ...]:
        return self.station.does

    def check(self, action: Action) -> None:
        self.station.check(action)

    def hours(self, actions: Sequence[Action]) -> float:
        if any(a.kind in ("heat", "cool") for a in actions):
            self.seen.append(None)
        else:
            self.seen.extend(_said(a) for a in actions if a.kind != "weigh")
        return self.station.hours(actions)


def sheet_of(done: Procedure, recipe: Recipe) -> Sheet:
    """What a person is given."""
    stock = Inventory([{"formula": p, "lot": f"lot of {p}", "grams": 1e5} for p in POWDERS])
    at = AtBench("e-0001", "B358J", recipe, done, "2026-11-29T07:00:00+00:00")
    return sheet(at, stock)


def as_written(told: Sheet) -> Account:
    """What the table of the sheet says, read by nothing but the csv module."""
    account: Account = []
    names = {"temperature": "temperature_c", "time": "minutes", "from": "from_deg", "to": "to_deg",
             "hold": "hold_h", "mass": "mass_g", "powder": "formula"}  # fmt: skip
    last = "0"
    for row in csv.DictReader(io.StringIO(to_csv([told]))):
        if row["step"] != last:
            assert int(row["step"]) == int(last) + 1
            last = row["step"]
            account.append((row["action"], {}))
        said, what, value = account[-1][1], row["what"], row["value"]
        if what == "gas is":
            said["flowing"] = value == "flowing"
        elif what.startswith("pressure of "):
            said[f"{what.removeprefix('pressure of ')} atm"] = float(value)
        elif what == "ramp":
            said["rate_c_per_min" if row["action"] == "cool" else "ramp_c_per_min"] = float(value)
        elif what in ("powder", "crucible", "gas"):
            said[names.get(what, what)] = value
        elif row["action"] == "cool" and what == "temperature":
            assert float(value) == 25
        elif what and not what.startswith("of lot "):
            said[names[what]] = float(value)
    return account


def as_sent(done: Procedure) -> Account:
    """What AlabOS is sent by the rules that come with the project."""
    account: Account = []
    for task in tasks(done, RULES):
        told = task.parameters
        if task.type == "PowderDosing":
            account += [("weigh", dict(powder)) for powder in told["powders"]]
            account.append(("mix", {"minutes": told["mixing_min"]}))
            account.append(("fill", {"crucible": told["crucible"]}))
            assert (told["target"], told["target_g"]) == (done.target, done.target_g)
        elif task.type == "Heating":
            for line in told["profile"]:
                heat = {k: line[k] for k in ("temperature_c", "hold_h", "ramp_c_per_min")}
                # Told beside the hours, to nine decimals.
                assert line["hold_min"] == pytest.approx(60 * line["hold_h"], abs=1e-9)
                account.append(("heat", heat | _gas_sent(line, "")))
                rate = {"rate_c_per_min": line["cooling_c_per_min"]}
                account.append(("cool", rate | _gas_sent(line, "cooling_")))
        elif task.type == "RecoverPowder":
            account += [("recover", {}), ("grind", {"minutes": told["grinding_min"]})]
            if "refill_crucible" in told:
                account.append(("fill", {"crucible": told["refill_crucible"]}))
        else:
            assert task.type == "Diffraction"
            scan = {"from_deg": told["from_deg"], "to_deg": told["to_deg"]}
            account.append(("scan", scan | {"minutes": told["scan_min"]}))
    return account


def _gas_sent(line: dict[str, Any], of: str) -> dict[str, Any]:
    pressures = {f"{each['gas']} atm": each["pressure_atm"] for each in line[f"{of}gases"]}
    return {"gas": line[f"{of}atmosphere"], "flowing": line[f"{of}flowing"], **pressures}


def agree(given: Recipe, bench: Bench) -> None:
    """The three accounts are the procedure's, and the simulated clock is right."""
    done = procedure(given, bench)
    planned = as_planned(done)
    told = sheet_of(done, given)
    assert as_written(told) == planned
    _check_words(told, done)
    assert as_sent(done) == planned
    simulated, hours = as_simulated(done)
    assert simulated == planned
    bench_h = sum(_at_bench_min(kind, said) for kind, said in planned) / 60
    firing_h = sum(10 / 60 + furnace_hours(programme) for programme in done.firings)
    assert hours == pytest.approx(bench_h + firing_h)


def _check_words(told: Sheet, done: Procedure) -> None:
    """What is read on screen and page is the procedure, as far as it is shown."""
    rounded = as_rounded(as_planned(done))
    steps, programmes, gases = as_printed(told)
    in_steps = [
        (kind, {k: v for k, v in said.items() if k != "flowing" and not k.endswith(" atm")})
        for kind, said in rounded
    ]
    assert as_shown(told) == in_steps
    assert steps == in_steps
    fired = [[_said(action) for action in programme] for programme in done.firings]
    assert len(programmes) == len(gases) == len(fired)
    for asked, lines, gas_said in zip(map(as_rounded, fired), programmes, gases, strict=True):
        expected, here_c = list[dict[str, Any]](), 25.0
        for kind, said in asked:
            there_c = said.get("temperature_c", 25.0)
            rate = said["ramp_c_per_min" if kind == "heat" else "rate_c_per_min"]
            expected.append({"from_c": here_c, "to_c": there_c, "rate": rate})
            if said.get("hold_h"):
                expected.append({"hold_min": pytest.approx(60 * said["hold_h"], abs=0.51)})
            assert gas_of(gas_said, kind == "heat", said["gas"]).items() <= said.items()
            here_c = there_c
        assert lines == expected


def _at_bench_min(kind: str, said: dict[str, Any]) -> float:
    """Minutes outside the furnace, where 10 go for each loading: those of an ordinary bench."""
    of: dict[str, Callable[[], float]] = {
        "weigh": lambda: 5, "mix": lambda: said["minutes"], "fill": lambda: 3,
        "recover": lambda: 3, "grind": lambda: said["minutes"],
        "scan": lambda: said["minutes"] + 2,
    }  # fmt: skip
    return of[kind]() if kind in of else 0.0


NAMED = {
    "one firing": (recipe(fired(1000)), Bench()),
    "five grams": (recipe(fired(1250, 12)), Bench(batch_g=5)),
    "oxygen": (
        recipe(
            fired(930, 12, atmosphere=OXYGEN, ramp_c_per_min=3),
            powders=("Y2O3", "BaCO3", "CuO"),
            cooling=Cooling(rate_c_per_min=1, atmosphere=OXYGEN),
        ),
        Bench(),
    ),
    "ground again between two firings": (
        recipe(fired(900, 12), fired(1100, 6.5, regrind_before=True)),
        Bench(crucible="zirconia", mixing_min=20, grinding_min=7, scan_min=30),
    ),
    "two firings without taking it out": (
        recipe(fired(850, 2, atmosphere=ARGON), fired(1000, 3)),
        Bench(),
    ),
    "a sealed gas of one's own": (
        recipe(fired(700, 0, atmosphere=SEALED), powders=("BaO2", "TiO2")),
        Bench(batch_g=0.5),
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_three_labs_do_the_same(name: str) -> None:
    agree(*NAMED[name])


steps = st.builds(
    HeatingStep,
    temperature_c=st.floats(100, 1400),
    hold_h=st.floats(0, 100),
    ramp_c_per_min=st.floats(0.1, 30),
    atmosphere=st.sampled_from([AIR, OXYGEN, ARGON, SEALED]),
    regrind_before=st.booleans(),
)
benches = st.builds(
    Bench,
    batch_g=st.floats(0.01, 30),
    crucible=st.sampled_from(["alumina", "zirconia"]),
    mixing_min=st.floats(0.1, 600),
    grinding_min=st.floats(0.1, 60),
    scan_min=st.floats(0.1, 600),
)


@given(
    st.lists(steps, min_size=1, max_size=4),
    st.sampled_from([("BaCO3", "TiO2"), ("TiO2", "BaO2"), ("CuO", "BaCO3", "Y2O3")]),
    benches,
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_recipe(
    firings: list[HeatingStep], powders: tuple[str, ...], bench: Bench
) -> None:
    agree(recipe(*firings, powders=powders), bench)


def test_the_simulated_lab_does_that_procedure(energies: EnergyStack) -> None:
    """From submission to outcome: masses off its shelf, and the profile that it reports."""
    given, bench = NAMED["ground again between two firings"]
    bench = bench.model_copy(update={"crucible": "alumina"})
    lab = SimulatedLab(0, ["BaCO3", "TiO2"], energies=energies, bench=bench)
    lab.submit(given, "e")
    outcome = lab.poll("e")
    done = procedure(given, bench)
    assert [(s.temperature_c, s.hold_h, s.regrind_before) for s in outcome.profile] == [  # type: ignore[union-attr]
        (900, 12, False), (1100, 6.5, True)
    ]  # fmt: skip
    for formula, grams in done.masses_g.items():
        assert lab.stock.weighed_g(formula) == pytest.approx(grams, abs=1e-6)
