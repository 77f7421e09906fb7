"""What every lab keeps that has a clock of its own, besides what every lab keeps."""

import pytest

from experiments.checks.clocked_lab import CLOCKED, PAUSABLE_CLOCKED, ClockedCase, lived
from experiments.checks.promise import Promise
from experiments.checks.trial import Trial
from lab import Clocked
from tests.conformance.lab import LabConformance

__all__ = ["ClockedLabConformance", "PausableClockedLabConformance", "lived"]


class ClockedLabConformance:
    """`make` gives a fresh lab as for LabConformance, whose clock nobody else moves."""

    trial = Trial()

    def make(self) -> Clocked:
        raise NotImplementedError

    finish = LabConformance.finish

    @pytest.mark.parametrize("promise", CLOCKED.promises, ids=lambda p: p.name)
    def test_keeps(self, promise: Promise[ClockedCase]) -> None:
        promise.keep(self)


class PausableClockedLabConformance(ClockedLabConformance):
    """What a lab keeps besides that can be paused."""

    @pytest.mark.parametrize("promise", PAUSABLE_CLOCKED.promises, ids=lambda p: p.name)
    def test_keeps_when_paused(self, promise: Promise[ClockedCase]) -> None:
        promise.keep(self)
