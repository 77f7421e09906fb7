"""A lab behind a socket keeps the contract that the lab itself keeps."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from knowledge.errors import AthanorError
from knowledge.recipe import Recipe
from lab import Clocked, Lab, Pausable, Pending, Refused, Status, Unreachable, Unsubmitted
from lab.remote import LabServer, remote_lab
from lab.simulated import SimulatedLab
from lab.wrapped import Noise, Wrapped
from tests.conformance.lab import LabConformance, PausableLabConformance, recipe
from tests.conftest import INVENTORY
from tests.lab.test_chemistry import embedded


def simulated(polls_until_done: int = 0) -> SimulatedLab:
    return SimulatedLab(0, INVENTORY, energies=embedded(), polls_until_done=polls_until_done)


class Served:
    """Serves labs for as long as a test runs."""

    @pytest.fixture(autouse=True)
    def servers(self) -> Iterator[None]:
        with ExitStack() as self.open:
            yield

    def behind(self, lab: Lab) -> Lab:
        return remote_lab(self.open.enter_context(LabServer(lab)).url)


class TestConforms(Served, PausableLabConformance):
    def make(self) -> Pausable:
        far = self.behind(simulated())
        assert isinstance(far, Pausable)
        return far


class TestSlowConforms(Served, PausableLabConformance):
    def make(self) -> Pausable:
        far = self.behind(simulated(polls_until_done=3))
        assert isinstance(far, Pausable)
        return far


class TestTwiceRemovedConforms(Served, LabConformance):
    """A server that serves what another one does."""

    def make(self) -> Lab:
        return self.behind(self.behind(simulated()))


class Plain:
    """A lab that does no more than it must, and notices when it is asked two things at once."""

    def __init__(self) -> None:
        self.name, self.inventory = "plain", ("BaCO3", "TiO2")
        self.taken: list[str] = []
        self.busy = self.together = 0

    def check(self, recipe: Recipe) -> None:
        raise Refused("mood", f"{recipe}", "not\ntoday")

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        del recipe
        self.busy += 1
        self.together = max(self.together, self.busy)
        time.sleep(0.005)  # long enough for another thread to come in
        self.taken.append(experiment_id)
        self.busy -= 1

    def poll(self, experiment_id: str) -> Status:
        return Pending("x\x1b[2J") if experiment_id in self.taken else Unsubmitted("never\n")

    cancel = poll


class Ticking(Plain):
    """With a clock."""

    now_h = 0.0
    look = Plain.poll

    def wait(self, experiment_ids: list[str]) -> bool:
        self.now_h += 2.5
        return bool(set(experiment_ids) & set(self.taken))


def test_it_can_do_what_the_lab_behind_can() -> None:
    with LabServer(Plain()) as one, LabServer(Ticking()) as other:
        plain, ticking = remote_lab(one.url), remote_lab(other.url, name="mine")
        assert (plain.name, ticking.name) == ("plain", "mine")
        assert not isinstance(plain, Clocked | Pausable)
        assert isinstance(ticking, Clocked)
        assert not isinstance(ticking, Pausable)
        assert isinstance(ticking.look("e1"), Unsubmitted)
        assert ticking.wait(["e1"]) is False
        ticking.submit(recipe(), "e1")
        assert ticking.wait(["e1"]) is True
        assert ticking.look("e1") == ticking.poll("e1")
        assert ticking.now_h == 5.0


def test_one_at_a_time_reaches_the_lab() -> None:
    lab = Plain()
    with LabServer(lab) as server:
        far = remote_lab(server.url)
        threads = [threading.Thread(target=far.submit, args=(recipe(), f"e{n}")) for n in range(12)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert sorted(lab.taken) == sorted(f"e{n}" for n in range(12))
    assert lab.together == 1


ODD_NAMES = ["..", ".", "a/b", "a?look", "a#b", "%2F", "a b", " ", "é\u2028x", "+", "x" * 2000]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_ids_arrive_as_they_are(name: str) -> None:
    lab = Plain()
    with LabServer(lab) as server:
        far = remote_lab(server.url)
        assert isinstance(far.poll(name), Unsubmitted)
        far.submit(recipe(), name)
        assert lab.taken == [name]
        assert isinstance(far.poll(name), Pending)
        with pytest.raises(Refused, match="Unicode"):
            far.poll(name + "\ud800")


def test_what_is_told_can_be_shown() -> None:
    """One line each, without control characters of a terminal."""
    lab = Plain()
    with LabServer(lab) as server:
        far = remote_lab(server.url)
        assert far.poll("e1") == Unsubmitted("never")
        far.submit(recipe(), "e1")
        assert far.poll("e1") == Pending("x [2J")
        with pytest.raises(Refused) as refusal:
            far.check(recipe())
    assert (refusal.value.rule, refusal.value.limit) == ("mood", "not today")


def test_only_recipes_are_sent() -> None:
    lab = Plain()
    with LabServer(lab) as server:
        far = remote_lab(server.url)
        around = Recipe.model_construct(**{**dict(recipe()), "precursors": {"BaCO3": 7.0}})
        for no_recipe in (around, recipe().model_dump(), None):
            with pytest.raises(AthanorError):
                far.submit(no_recipe, "e1")  # type: ignore[arg-type]
    assert not lab.taken


def test_a_server_that_comes_back() -> None:
    lab = simulated()
    with LabServer(lab) as server:
        far, port = remote_lab(server.url), server.port
        far.submit(recipe(), "e1")
    for ask in (
        lambda: far.poll("e1"),
        lambda: far.submit(recipe(), "e1"),
        lambda: far.cancel("e"),
    ):
        with pytest.raises(Unreachable, match=f"cannot reach the lab at 127.0.0.1:{port} "):
            ask()
    assert set(far.inventory) == set(INVENTORY)
    with LabServer(lab, port=port):
        assert far.poll("e1") == lab.poll("e1")


def test_the_same_results_as_without_a_wire() -> None:
    def hard() -> Lab:
        return Wrapped(simulated(), [Noise(0.05)], seed=3)

    here = hard()
    with LabServer(hard()) as server:
        far = remote_lab(server.url)
        for lab in (here, far):
            for n, temperature_c in enumerate((900, 1000, 1100)):
                lab.submit(recipe(temperature_c), f"e{n}")
        assert [far.poll(f"e{n}") for n in range(3)] == [here.poll(f"e{n}") for n in range(3)]


def test_what_is_in_stock_is_asked_again_after_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Plain()
    with LabServer(lab) as server:
        far = remote_lab(server.url)
        lab.inventory = ("TiO2",)
        assert far.inventory == ("BaCO3", "TiO2")
        later = time.monotonic() + 301
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert far.inventory == ("TiO2",)
