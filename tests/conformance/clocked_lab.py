"""What every lab keeps that has a clock of its own, besides what every lab keeps."""

import pytest

from knowledge.outcome import Outcome
from lab import Clocked, Pausable, Pending, Unsubmitted
from tests.conformance.lab import LabConformance, recipe

NAMES = ("e1", "e2", "e3", "e4")
RECIPES = [recipe(t) for t in (1200, 900, 1100, 900)]


def told(lab: Clocked, experiment_id: str) -> Outcome | None:
    """The outcome of what is done, for labs that have to be asked a few times."""
    for _ in range(100):
        status = lab.look(experiment_id)
        if isinstance(status, Outcome):
            return status
        assert isinstance(status, Pending)
    return None


def lived(lab: Clocked, *names: str) -> dict[str, tuple[Outcome, float]]:
    """The outcomes, in the order in which they were there, each with the hour; nobody polls."""
    found: dict[str, tuple[Outcome, float]] = {}
    while left := [n for n in names if n not in found]:
        assert lab.wait(left)
        new = {n: (o, lab.now_h) for n in left if (o := told(lab, n))}
        assert new
        found |= new
    return found


class ClockedLabConformance:
    """`make` gives a fresh lab as for LabConformance, whose clock nobody else moves."""

    def make(self) -> Clocked:
        raise NotImplementedError

    finish = LabConformance.finish

    def filled(self) -> Clocked:
        lab = self.make()
        for name, each in zip(NAMES, RECIPES, strict=True):
            lab.submit(each, name)
        return lab

    def test_has_a_clock(self) -> None:
        lab = self.make()
        assert isinstance(lab, Clocked)
        assert lab.now_h == 0

    def test_nothing_but_waiting_lets_time_pass(self) -> None:
        lab = self.filled()
        for _ in range(20):
            for name in NAMES:
                assert isinstance(lab.look(name), Pending)
        assert isinstance(lab.look("nobody"), Unsubmitted)
        assert isinstance(lab.cancel("e4"), Outcome)
        assert lab.now_h == 0

    def test_waiting_ends_with_one_more_that_is_done(self) -> None:
        lab = self.filled()
        hours = [at_h for _, at_h in lived(lab, *NAMES).values()]
        assert len(hours) == len(NAMES)
        assert hours == sorted(hours)
        assert hours[0] > 0

    def test_what_is_done_and_was_not_asked_for_is_not_waited_for(self) -> None:
        lab = self.filled()
        assert lab.wait(NAMES)
        now_h = lab.now_h
        assert lab.wait(NAMES)
        assert lab.now_h == now_h

    def test_waiting_is_for_the_given_ones(self) -> None:
        """Others may be done before; they are told then, and no time passes."""
        lab = self.filled()
        assert lab.wait(["e1"])
        now_h = lab.now_h
        outcome = told(lab, "e1")
        assert outcome is not None
        assert lab.poll("e1") == lab.look("e1") == outcome
        assert lab.now_h == now_h

    def test_it_is_the_same_lab_as_one_that_is_polled(self) -> None:
        """Each result is there at the same hour, and it is the same."""
        looked, polled = self.filled(), self.filled()
        for name, (outcome, at_h) in lived(looked, *NAMES).items():
            assert self.finish(polled, name) == outcome
            assert polled.now_h == at_h

    @pytest.mark.parametrize("names", [(), ("nobody",), ("e1",), ("e1", "nobody")])
    def test_nothing_to_wait_for(self, names: tuple[str, ...]) -> None:
        """Also where all was told: no time passes, whatever else is at work."""
        lab = self.make()
        lab.submit(recipe(), "e1")
        self.finish(lab, "e1")
        lab.submit(recipe(), "e2")
        now_h = lab.now_h
        assert not lab.wait(names)
        assert lab.now_h == now_h
        assert isinstance(lab.look("e2"), Pending)


class PausableClockedLabConformance(ClockedLabConformance):
    """What a lab keeps besides that can be paused."""

    def test_nothing_moves_in_a_paused_lab(self) -> None:
        lab = self.make()
        assert isinstance(lab, Pausable)
        lab.pause()
        lab.submit(recipe(), "e1")
        assert not lab.wait(["e1"])
        assert all(isinstance(lab.look("e1"), Pending) for _ in range(20))
        assert lab.now_h == 0
        lab.resume()
        assert lab.wait(["e1"])
        assert told(lab, "e1") is not None
