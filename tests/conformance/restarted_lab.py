"""What a lab keeps that goes on after a kill as if it had never stopped."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from knowledge.outcome import Outcome
from lab import Clocked, Pausable, Refused
from tests.conformance.lab import recipe

_NAMES = st.sampled_from([f"e{n}" for n in range(6)])
_RECIPES = st.sampled_from([recipe(t) for t in (900, 1100, 1100, 1200)])


class ClockedPausable(Clocked, Pausable, Protocol):
    """A lab with a clock that can be told to wait."""


class Lives(RuleBasedStateMachine):
    """A lab that is killed between any two calls, beside one that never is."""

    suite: ClassVar["RestartedLabConformance"]

    def __init__(self) -> None:
        super().__init__()
        self.steady, self.killed = self.suite.make(), self.suite.make()

    def _both(self, call: Callable[[ClockedPausable], Any]) -> None:
        answers = []
        for lab in (self.steady, self.killed):
            try:
                answers.append(call(lab))
            except Refused as refusal:
                answers.append(str(refusal))
        assert answers[0] == answers[1]

    @rule(given=_RECIPES, name=_NAMES)
    def submit(self, given: Any, name: str) -> None:
        self._both(lambda lab: lab.submit(given, name))

    @rule(name=_NAMES)
    def look(self, name: str) -> None:
        self._both(lambda lab: lab.look(name))

    @rule(name=_NAMES)
    def poll(self, name: str) -> None:
        self._both(lambda lab: lab.poll(name))

    @rule(names=st.lists(_NAMES, min_size=3, max_size=6, unique=True))
    def work(self, names: Sequence[str]) -> None:
        """As a campaign does: what is told is not waited for, what is done is asked for."""
        self._both(lambda lab: [lab.wait(_open(lab, names)), *map(lab.look, names)])

    @rule(name=_NAMES)
    def wait(self, name: str) -> None:
        """Of what is not told yet; a new process may have told nothing."""
        self._both(lambda lab: lab.wait(_open(lab, [name])))

    @rule(name=_NAMES)
    def cancel(self, name: str) -> None:
        self._both(lambda lab: lab.cancel(name))

    @rule()
    def pause(self) -> None:
        self._both(lambda lab: lab.pause())

    @rule()
    def resume(self) -> None:
        self._both(lambda lab: lab.resume())

    @rule()
    def kill(self) -> None:
        self.killed = self.suite.reopen(self.killed)

    @invariant()
    def one_clock(self) -> None:
        assert self.killed.now_h == self.steady.now_h

    def teardown(self) -> None:
        """All that is open comes to the same end, at the same hour."""
        self.kill()
        self.resume()
        for number in range(6):
            self.poll(f"e{number}")
            self.one_clock()


def _open(lab: Clocked, names: Sequence[str]) -> list[str]:
    """Those of which no outcome is there, as far as looking tells."""
    return [n for n in names if not isinstance(lab.look(n), Outcome)]


class RestartedLabConformance:
    """`make` gives a fresh lab; `reopen` what is found of it after a kill."""

    examples = 20

    def make(self) -> ClockedPausable:
        raise NotImplementedError

    def reopen(self, lab: ClockedPausable) -> ClockedPausable:
        raise NotImplementedError

    def test_a_kill_between_two_calls_changes_nothing(self) -> None:
        class TheseLives(Lives):
            suite = self

        run_state_machine_as_test(
            TheseLives,
            settings=settings(
                max_examples=self.examples,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )

    def test_a_new_process_told_nobody_yet(self) -> None:
        """Whoever waited may have been killed before it heard: time must not pass meanwhile."""
        lab = self.make()
        for name, hot_c in (("e1", 900), ("e2", 1200)):
            lab.submit(recipe(hot_c), name)
        assert lab.wait(["e1"])
        outcome, now_h = lab.look("e1"), lab.now_h
        lab = self.reopen(lab)
        assert lab.wait(["e1", "e2"])
        assert lab.now_h == now_h
        assert lab.look("e1") == outcome
        assert not lab.wait(["e1"])
        assert lab.now_h == now_h
