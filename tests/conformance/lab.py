"""What every lab keeps: the promises of experiments/checks/lab.py, a test each."""

import pytest

from experiments.checks.lab import LAB, PAUSABLE, LabCase, PausableCase, polled
from experiments.checks.promise import Promise
from experiments.checks.trial import Trial
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab import Lab, Pausable, Refused


def recipe(
    temperature_c: float = 1100.0, precursors: tuple[str, ...] = ("BaCO3", "TiO2")
) -> Recipe:
    return Trial().at(temperature_c, precursors)


class LabConformance:
    """`make` gives a fresh lab that has BaCO3 and TiO2 and a furnace for 1200 C but not 1650 C."""

    trial = Trial()

    def make(self) -> Lab:
        raise NotImplementedError

    def finish(self, lab: Lab, experiment_id: str) -> Outcome:
        """Poll until done; override where an outcome needs more than asking."""
        return polled(lab, experiment_id)

    @pytest.mark.parametrize("promise", LAB.promises, ids=lambda p: p.name)
    def test_keeps(self, promise: Promise[LabCase]) -> None:
        promise.keep(self)

    @pytest.mark.parametrize("temperature_c", [1650, -200])
    def test_labs_of_ours_call_the_rule_alike(self, temperature_c: float) -> None:
        with pytest.raises(Refused) as refusal:
            self.make().check(recipe(temperature_c))
        assert refusal.value.rule == "furnace temperature"
        assert f"{temperature_c} C" in refusal.value.value


class PausableLabConformance(LabConformance):
    """What a lab keeps besides that can be paused."""

    def make(self) -> Pausable:
        raise NotImplementedError

    @pytest.mark.parametrize("promise", PAUSABLE.promises, ids=lambda p: p.name)
    def test_keeps_when_paused(self, promise: Promise[PausableCase]) -> None:
        promise.keep(self)
