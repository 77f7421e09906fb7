"""The clock of simulated labs: the contract, with what makes labs slow, faulty and crowded."""

from pathlib import Path

import pytest

from agents.configured_lab import configured_lab
from knowledge.outcome import Outcome
from lab import Clocked, Pending
from lab.simulated import FaultRates, SimulatedLab
from lab.stations import BoxFurnace, Stations
from lab.wrapped import Noise, Wrapped
from tests.conformance.clocked_lab import PausableClockedLabConformance, lived
from tests.conformance.lab import recipe
from tests.conftest import INVENTORY
from tests.lab.test_chemistry import embedded


class TestConforms(PausableClockedLabConformance):
    def make(self) -> Clocked:
        return SimulatedLab(0, INVENTORY, energies=embedded())


class TestSlowAndCrowdedConforms(PausableClockedLabConformance):
    """One furnace of one place, and answers that come late."""

    def make(self) -> Clocked:
        stations = Stations(furnace=BoxFurnace(units=1, positions=1))
        return SimulatedLab(
            0, INVENTORY, energies=embedded(), stations=stations, polls_until_done=25
        )


class TestFaultyConforms(PausableClockedLabConformance):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self.state, self.made = tmp_path, 0

    def make(self) -> Clocked:
        self.made += 1
        faults = FaultRates(wrong_mass=0.5, overshoot=0.5, mislabelled_phase=0.5, noticed=0.5)
        return SimulatedLab(
            0, INVENTORY, energies=embedded(), faults=faults, batch_wait_h=5,
            state=self.state / f"{self.made}.db",
        )  # fmt: skip


class TestWrappedConforms(PausableClockedLabConformance):
    def make(self) -> Clocked:
        lab = Wrapped(SimulatedLab(0, INVENTORY, energies=embedded()), [Noise(0.02)], seed=1)
        assert isinstance(lab, Clocked)
        return lab


def test_a_lab_with_a_clock_keeps_it_behind_changes() -> None:
    lab = configured_lab("noisy")
    assert isinstance(lab, Clocked)
    lab.submit(recipe(), "e1")
    assert lab.wait(["e1"])
    assert isinstance(lab.look("e1"), Outcome)


def test_time_of_one_experiment_by_hand() -> None:
    """Two powders, mixing, filling, loading, 925 C with 10 h, recovering, grinding, a scan."""
    lab = SimulatedLab(0, INVENTORY, energies=embedded())
    step = recipe().steps[0].model_copy(update={"temperature_c": 925, "hold_h": 10})
    lab.submit(recipe().model_copy(update={"steps": (step,)}), "e1")
    [(outcome, at_h)] = lived(lab, "e1").values()
    hours = (10 + 15 + 3) / 60 + 10 / 60 + 16 + (3 + 5 + 2 + 8) / 60
    assert at_h == pytest.approx(hours)
    assert outcome.lab_time_h == pytest.approx(hours, abs=1e-3)  # it is told to three decimals


def test_a_slow_lab_is_asked_as_often_as_it_says() -> None:
    """Finished or not, three looks are not answered; waiting is over at once meanwhile."""
    lab = SimulatedLab(0, INVENTORY, energies=embedded(), polls_until_done=3)
    lab.submit(recipe(), "e1")
    for _ in range(3):
        assert lab.wait(["e1"])
        now_h = lab.now_h
        assert isinstance(lab.look("e1"), Pending)
    assert isinstance(lab.look("e1"), Outcome)
    assert lab.now_h == now_h


def test_what_is_under_way_goes_on_in_a_pause_and_nothing_else() -> None:
    """A sample is weighed and mixed; then nothing moves, and the clock stands."""
    lab = SimulatedLab(0, INVENTORY, energies=embedded())
    lab.submit(recipe(), "e1")
    lab.submit(recipe(1000), "e2")
    assert not isinstance(lab.cancel("e2"), Pending)
    lab.pause()
    assert not lab.wait(["e1"])
    now_h = lab.now_h
    status = lab.look("e1")
    assert isinstance(status, Pending)
    assert status.stage.startswith("paused")
    assert not lab.wait(["e1", "e2", "nobody"])
    assert lab.now_h == now_h
