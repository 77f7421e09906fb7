"""What a lab keeps that goes on after a kill as if it had never stopped.

hypothesis chooses the calls, and shortens those that find a fault; experiments/checks draws them.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from experiments.checks.restarted_lab import NAMES, ORDER, Lives, a_new_process_told_nobody_yet
from experiments.checks.trial import Trial
from lab import Clocked, Pausable
from tests.conformance.lab import LabConformance

_NAMES = st.sampled_from(NAMES)
_RECIPES = st.sampled_from([Trial().recipe(n) for n in ORDER])


class ClockedPausable(Clocked, Pausable, Protocol):
    """A lab with a clock that can be told to wait."""


class Machine(RuleBasedStateMachine):
    """Chooses what happens to the two labs."""

    suite: ClassVar["RestartedLabConformance"]

    def __init__(self) -> None:
        super().__init__()
        self.lives = Lives(self.suite)

    @rule(given=_RECIPES, name=_NAMES)
    def submit(self, given: Any, name: str) -> None:
        self.lives.submit(given, name)

    @rule(name=_NAMES)
    def look(self, name: str) -> None:
        self.lives.look(name)

    @rule(name=_NAMES)
    def poll(self, name: str) -> None:
        self.lives.poll(name)

    @rule(names=st.lists(_NAMES, min_size=3, max_size=6, unique=True))
    def work(self, names: Sequence[str]) -> None:
        self.lives.work(names)

    @rule(name=_NAMES)
    def wait(self, name: str) -> None:
        self.lives.wait(name)

    @rule(name=_NAMES)
    def cancel(self, name: str) -> None:
        self.lives.cancel(name)

    @rule()
    def pause(self) -> None:
        self.lives.pause()

    @rule()
    def resume(self) -> None:
        self.lives.resume()

    @rule()
    def kill(self) -> None:
        self.lives.kill()

    @invariant()
    def one_clock(self) -> None:
        self.lives.one_clock()

    def teardown(self) -> None:
        self.lives.end()


class RestartedLabConformance:
    """`make` gives a fresh lab; `reopen` what is found of it after a kill."""

    examples = 20
    trial = Trial()

    def make(self) -> ClockedPausable:
        raise NotImplementedError

    def reopen(self, lab: ClockedPausable) -> ClockedPausable:
        raise NotImplementedError

    finish = LabConformance.finish

    def test_a_kill_between_two_calls_changes_nothing(self) -> None:
        class ThisMachine(Machine):
            suite = self

        run_state_machine_as_test(
            ThisMachine,
            settings=settings(
                max_examples=self.examples,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )

    def test_a_new_process_told_nobody_yet(self) -> None:
        a_new_process_told_nobody_yet.keep(self)
