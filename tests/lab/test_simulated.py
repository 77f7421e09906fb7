"""The simulated lab: the contract, results, time, and a truth kept hidden."""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.campaign import Budget, Campaign
from agents.candidates import Candidates
from agents.journal import Journal
from agents.policies.athanor import AthanorPolicy
from agents.pursuit import Pursuit
from knowledge.chemistry import identity
from knowledge.energies import EnergyStack, embedded_table
from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import HeatingStep, Recipe, Target
from lab import Pausable, Pending, Refused, Unsubmitted
from lab.procedure import furnace_hours, procedure
from lab.simulated import FaultRates, SimulatedLab
from tests.conformance.lab import PausableLabConformance
from tests.conftest import INVENTORY
from tests.lab.test_chemistry import embedded

POWDERS = ("BaCO3", "TiO2")


class TestConforms(PausableLabConformance):
    def make(self) -> Pausable:
        return SimulatedLab(0, INVENTORY, energies=embedded())


class TestSlowConforms(PausableLabConformance):
    def make(self) -> Pausable:
        return SimulatedLab(0, INVENTORY, energies=embedded(), polls_until_done=3)


class TestFaultyConforms(PausableLabConformance):
    """Wrong masses, heats and labels are bad data, not broken contracts."""

    def make(self) -> Pausable:
        faults = FaultRates(wrong_mass=0.5, overshoot=0.5, mislabelled_phase=0.5, noticed=0.5)
        return SimulatedLab(0, INVENTORY, energies=embedded(), faults=faults, batch_wait_h=5)


class TestRememberingConforms(PausableLabConformance):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self.state, self.made = tmp_path, 0

    def make(self) -> Pausable:
        self.made += 1
        file = self.state / f"{self.made}.db"
        return SimulatedLab(0, INVENTORY, energies=embedded(), state=file)


def opened(seed: int = 0, stock: Sequence[Any] = POWDERS, **settings: Any) -> SimulatedLab:
    return SimulatedLab(seed, stock, energies=embedded(), **settings)


def recipe(
    temperature_c: float = 1000,
    hold_h: float = 12,
    precursors: tuple[str, ...] = POWDERS,
    **fields: Any,
) -> Recipe:
    step = HeatingStep(temperature_c=temperature_c, hold_h=hold_h, **fields)
    return Recipe.balanced(Target(formula="BaTiO3"), precursors, (step,))


def outcome_of(lab: SimulatedLab, name: str) -> Outcome:
    status = lab.poll(name)
    assert isinstance(status, Outcome)
    return status


def run(lab: SimulatedLab, *recipes: Recipe, prefix: str = "e") -> list[Outcome]:
    """Submit all, then ask for each."""
    names = [f"{prefix}{n}" for n in range(len(recipes))]
    for name, each in zip(names, recipes, strict=True):
        lab.submit(each, name)
    return [outcome_of(lab, name) for name in names]


def told(outcome: Outcome) -> dict[str, float]:
    return {p.formula: p.weight_fraction for p in outcome.phases}


# Results


def test_results_do_not_depend_on_what_the_experiment_is_called() -> None:
    results = [
        [o.phases for o in run(opened(), recipe(950), recipe(950), prefix=prefix)]
        for prefix in ("mine", "yours", "../ü ")
    ]
    assert results[0] == results[1] == results[2]
    first, replicate = results[0]
    assert first != replicate  # measured anew


def test_replicates_scatter_as_they_say() -> None:
    """Thirty of one recipe: one truth, measured with a scatter near the sigma that is told."""
    shares = [o.weight_fraction("BaTiO3") for o in run(opened(), *[recipe(1000)] * 30)]
    # Scaling to a sum of one makes errors of large fractions smaller: by 0.7 for a half.
    assert 0.4 * 0.015 < np.std(shares) < 1.5 * 0.015


def test_the_order_of_experiments_does_not_matter() -> None:
    recipes = [recipe(900), recipe(1100), recipe(1300)]
    forward = run(opened(3), *recipes)
    backward = run(opened(3), *recipes[::-1])[::-1]
    assert [o.phases for o in forward] == [o.phases for o in backward]


def test_worlds_differ_and_repeat() -> None:
    first, other, again = (run(opened(seed), recipe(950))[0] for seed in (0, 1, 0))
    assert first == again
    assert first.phases != other.phases


def test_heat_and_time_make_barium_titanate() -> None:
    yields = []
    for seed in range(5):
        cold, hot = run(opened(seed), recipe(300, 2), recipe(1300, 24))
        assert cold.weight_fraction("BaTiO3") == 0
        # 197.34 of 277.21 g/mol are BaCO3; four sigma.
        assert cold.weight_fraction("BaCO3") == pytest.approx(0.712, abs=0.06)
        yields.append(hot.weight_fraction("BaTiO3"))
    # In one world in fifty a compound stays without order.
    assert np.median(yields) > 0.9


def test_hidden_phases_are_never_named() -> None:
    for seed in range(3):
        for outcome in run(opened(seed), *[recipe(t) for t in range(800, 1200, 50)]):
            assert not [p for p in outcome.phases if "hidden" in p.formula or "vap" in p.formula]


def test_fine_powders_react_further() -> None:
    def lab(um: float | None) -> SimulatedLab:
        return opened(stock=[{"formula": f, "particle_size_um": um} for f in POWDERS])

    made = [run(lab(um), recipe(1000, 4))[0].weight_fraction("BaTiO3") for um in (20, 0.2)]
    assert made[1] > made[0] + 0.3


def test_fine_powders_are_fine_however_their_formula_is_written() -> None:
    stock = [{"formula": f, "particle_size_um": 0.2} for f in ("CBaO3", "O2Ti")]
    plain = [{"formula": f, "particle_size_um": 0.2} for f in POWDERS]
    spelled, same = (run(opened(stock=s), recipe(900, 4))[0] for s in (stock, plain))
    shares = [{identity(p.formula): p.weight_fraction for p in o.phases} for o in (spelled, same)]
    assert shares[0] == shares[1]


def test_truth_does_not_depend_on_what_is_left() -> None:
    """A bottle of BaO2 that is used up changes nothing about BaCO3 and TiO2."""
    results = []
    for used in (False, True):
        lab = opened(stock=[*POWDERS, {"formula": "BaO2", "grams": 1.0}])
        if used:
            lab.stock.weigh("somebody", "BaO2", 1.0)
        results.append(run(lab, recipe(1000))[0].phases)
    assert results[0] == results[1]


# Time


def test_time_of_one_experiment_by_hand() -> None:
    """Two powders, mixing, filling, loading, 925 C with 10 h, recovering, grinding, a scan."""
    lab = opened()
    [outcome] = run(lab, recipe(925, 10))
    hours = (10 + 15 + 3) / 60 + 10 / 60 + 16 + (3 + 5 + 2 + 8) / 60
    assert lab.now_h == pytest.approx(hours)
    assert outcome.lab_time_h == pytest.approx(hours, abs=1e-3)  # it is told to three decimals
    assert [s.temperature_c for s in outcome.profile] == [925]


@pytest.mark.parametrize(("count", "rounds"), [(1, 1), (32, 4), (33, 5)])
def test_rounds_of_equal_recipes(count: int, rounds: int) -> None:
    """Four furnaces of eight: 32 that wait for each other are fired at once, one more is not."""
    lab = opened(batch_wait_h=24)
    run(lab, *[recipe(925, 10)] * count)
    busy = sum(h for unit, h in lab.utilisation().items() if "furnace" in unit)
    assert busy == pytest.approx(rounds * (16 + 10 / 60))


def test_time_stands_still_unless_somebody_waits() -> None:
    lab = opened(polls_until_done=2)
    lab.submit(recipe(), "e")
    assert isinstance(lab.poll("e"), Pending)
    assert isinstance(lab.poll("e"), Pending)
    assert isinstance(lab.poll("nobody"), Unsubmitted)
    assert lab.now_h == 0
    now_h = outcome_of(lab, "e").lab_time_h
    assert lab.poll("e") == lab.poll("e")
    assert lab.now_h == pytest.approx(now_h, abs=1e-3)


def test_a_campaign_takes_weeks_in_seconds() -> None:
    """350 experiments, eight at a time, of 15 programmes.

    They take at least what eight places take with no waiting, and at most what four furnaces take
    that never fire two together, with an hour beside for each of the last.
    """
    recipes = [recipe(900 + 50 * (n % 5), 4 * (1 + n % 3)) for n in range(350)]
    lab, began_s = opened(), time.process_time()
    waiting: list[str] = []
    for number, each in enumerate(recipes):
        lab.submit(each, f"e{number}")
        waiting.append(f"e{number}")
        if len(waiting) == 8:
            assert outcome_of(lab, waiting.pop(0)).status == "measured"
    for name in waiting:
        outcome_of(lab, name)
    assert time.process_time() - began_s < 10
    fired_h = sum(furnace_hours(procedure(r).firings[0]) + 10 / 60 for r in recipes)
    assert fired_h / 8 < lab.now_h < fired_h / 4 + 24
    assert all(h <= lab.now_h for h in lab.utilisation().values())


def test_submissions_nobody_asks_for_are_refused_in_time() -> None:
    """Fifty are taken on, and ten thousand more refused by name, each in a millisecond or so; a
    place is free when one is done."""
    lab = opened(max_open=50)
    recipes = [recipe(900 + n, 4) for n in range(50)]
    began_s = time.process_time()
    for n in range(50):
        lab.submit(recipes[n], f"e{n}")
    for n in range(50, 10_050):
        with pytest.raises(Refused, match="at most 50"):
            lab.submit(recipes[n % 50], f"e{n}")
    assert time.process_time() - began_s < 15
    assert isinstance(lab.poll("e10049"), Unsubmitted)
    lab.cancel("e49")
    lab.submit(recipes[0], "e50")
    with pytest.raises(Refused, match="queue"):
        lab.submit(recipes[0], "e51")


# Pauses


def test_what_is_under_way_goes_on_in_a_pause() -> None:
    """A sample is mixed when the lab is paused: nothing fires it, and it can be taken out."""
    lab = opened()
    lab.submit(recipe(), "e1")
    lab.pause()
    status = lab.poll("e1")
    assert isinstance(status, Pending)
    assert status.stage.startswith("paused")
    now_h = lab.now_h
    assert isinstance(lab.poll("e1"), Pending)
    assert lab.now_h == now_h
    lab.resume()
    assert outcome_of(lab, "e1").status == "measured"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_open": 0}, r"lab\.max_open is 0: it must be a whole number, 1 or above"),
        ({"max_open": True}, r"lab\.max_open is True"),
        ({"polls_until_done": -1}, r"lab\.polls_until_done is -1"),
        ({"seed": 1.5}, r"lab\.world_seed is 1\.5"),
        ({"batch_wait_h": -1.0}, "wait"),
    ],
)
def test_settings_that_are_none(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        opened(**settings)


# A truth kept hidden


def _serve(pipe: Connection) -> None:
    """The lab, alone in a process of its own: nothing but records goes in and out."""
    lab = SimulatedLab(5, INVENTORY, energies=EnergyStack([embedded_table()]))
    while (request := pipe.recv()) is not None:
        verb, *arguments = request
        if verb == "submit":
            lab.submit(Recipe.from_json(arguments[0]), arguments[1])
            pipe.send(None)
        else:
            pipe.send(outcome_of(lab, arguments[0]).to_json())


class FarLab:
    """A lab at the other end of a pipe."""

    name, inventory = "simulated", INVENTORY

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def check(self, recipe: Recipe) -> None:
        """Everything asked for here is within the envelope."""

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        self._pipe.send(("submit", recipe.to_json(), experiment_id))
        self._pipe.recv()

    def poll(self, experiment_id: str) -> Outcome:
        self._pipe.send(("poll", experiment_id))
        return Outcome.from_json(self._pipe.recv())

    def cancel(self, experiment_id: str) -> Outcome:
        return self.poll(experiment_id)


def test_nothing_leaks_from_the_lab_to_the_agent(
    candidates: Candidates, energies: EnergyStack
) -> None:
    """The same campaign whether the truth lives in this process or in another."""

    def decisions(lab: Any) -> list[str]:
        journal = Journal("sqlite://", "leak")
        pursuit = Pursuit.with_policy(candidates, AthanorPolicy(candidates, 1))
        Campaign([pursuit], lab, journal, Budget(4)).run()
        return [str(e.payload) for e in journal.events()]

    near = decisions(SimulatedLab(5, INVENTORY, energies=energies))
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,))
    process.start()
    try:
        far = decisions(FarLab(here))
    finally:
        here.send(None)
        process.join(timeout=30)
    assert far == near
