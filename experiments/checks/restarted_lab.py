"""What a lab promises that goes on after a kill as if it had never stopped."""

import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from experiments.checks.lab import LabCase
from experiments.checks.promise import Broken, Contract, expect
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab import Clocked, Lab, Pausable, Refused

NAMES = tuple(f"e{n}" for n in range(6))
ORDER = (3, 0, 0, 2)  # of the trial's temperatures: one of them twice as often
_WALKS, _STEPS = 20, 20


class RestartedCase(LabCase, Protocol):
    """What makes a fresh lab, and what finds it again after a kill."""

    def reopen(self, lab: Any) -> Lab:
        """What a new process finds of a lab."""


RESTARTED: Contract[RestartedCase] = Contract()
RESTARTED_CLOCKED: Contract[RestartedCase] = Contract()


class Lives:
    """A lab that is killed between any two calls, beside one that never is.

    Every call raises Broken where the two differ.
    """

    def __init__(self, case: RestartedCase) -> None:
        self._case = case
        self.steady, self.killed = case.make(), case.make()

    def submit(self, given: Recipe, name: str) -> None:
        """The same recipe to both."""
        self._both(f"submit({name})", lambda lab: lab.submit(given, name))

    def look(self, name: str) -> None:
        """Without letting time pass."""
        self._both(f"look({name})", lambda lab: lab.look(name))

    def poll(self, name: str) -> None:
        """Time may pass."""
        self._both(f"poll({name})", lambda lab: lab.poll(name))

    def work(self, names: Sequence[str]) -> None:
        """As a campaign does: what is told is not waited for, what is done is asked for."""
        told = f"wait({', '.join(names)})"
        self._both(told, lambda lab: [lab.wait(_open(lab, names)), *map(lab.look, names)])

    def wait(self, name: str) -> None:
        """Of what is not told yet; a new process may have told nothing."""
        self._both(f"wait({name})", lambda lab: lab.wait(_open(lab, [name])))

    def cancel(self, name: str) -> None:
        """Whatever has become of it."""
        self._both(f"cancel({name})", lambda lab: lab.cancel(name))

    def pause(self) -> None:
        """Both wait."""
        self._both("pause()", lambda lab: lab.pause())

    def resume(self) -> None:
        """Both go on."""
        self._both("resume()", lambda lab: lab.resume())

    def kill(self) -> None:
        """One of the two is found again by another process."""
        self.killed = self._case.reopen(self.killed)

    def end(self) -> None:
        """All that is open comes to the same end, at the same hour."""
        self.kill()
        if isinstance(self.steady, Pausable):
            self.resume()
        for name in NAMES:
            self.poll(name)

    def _both(self, told: str, call: Callable[[Any], Any]) -> None:
        steady, killed = (_answer(call, lab) for lab in (self.steady, self.killed))
        if steady != killed:
            raise Broken(f"{told} gives {steady!r} without a kill and {killed!r} after one"[:300])
        self.one_clock()

    def one_clock(self) -> None:
        """Both have the same hour, if they have any."""
        hours = [lab.now_h for lab in (self.steady, self.killed) if isinstance(lab, Clocked)]
        expect(len(set(hours)) < 2, f"the clocks of the two labs say {hours} h")


def _answer(call: Callable[[Any], Any], lab: Lab) -> Any:
    try:
        return call(lab)
    except Refused as refusal:
        return str(refusal)


def _open(lab: Clocked, names: Sequence[str]) -> list[str]:
    """Those of which no outcome is there, as far as looking tells."""
    return [n for n in names if not isinstance(lab.look(n), Outcome)]


@RESTARTED.promise("write down what is taken on before submit returns, and read it when made again")
def a_kill_between_two_calls_changes_nothing(case: RestartedCase) -> None:
    """A lab that is killed between any two calls goes on as one that never was."""
    for walk in range(_WALKS):
        chance, lives = random.Random(walk), Lives(case)
        for _ in range(_STEPS):
            chance.choice(_steps(lives))(lives, chance, case)
        lives.end()


_Step = Callable[[Lives, random.Random, RestartedCase], None]


def _steps(lives: Lives) -> list[_Step]:
    """What may be asked of a lab that can do what these can."""
    steps: list[_Step] = [
        lambda lives, chance, case: lives.submit(
            case.trial.recipe(chance.choice(ORDER)), chance.choice(NAMES)
        ),
        lambda lives, chance, _: lives.poll(chance.choice(NAMES)),
        lambda lives, chance, _: lives.cancel(chance.choice(NAMES)),
        lambda lives, *_: lives.kill(),
    ]
    if isinstance(lives.steady, Pausable):
        steps += [lambda lives, *_: lives.pause(), lambda lives, *_: lives.resume()]
    if isinstance(lives.steady, Clocked):
        steps += [
            lambda lives, chance, _: lives.look(chance.choice(NAMES)),
            lambda lives, chance, _: lives.wait(chance.choice(NAMES)),
            lambda lives, chance, _: lives.work(chance.sample(NAMES, 4)),
        ]
    return steps


@RESTARTED_CLOCKED.promise("after a restart, hold nothing for told: let wait end at once")
def a_new_process_told_nobody_yet(case: RestartedCase) -> None:
    """Whoever waited may be killed before it hears: no time passes until the new process tells."""
    lab = case.make()
    assert isinstance(lab, Clocked)
    for name, number in (("e1", 3), ("e2", 2)):
        lab.submit(case.trial.recipe(number), name)
    expect(lab.wait(["e1"]), "wait says that nothing moves in a lab that was just filled")
    outcome, now_h = lab.look("e1"), lab.now_h
    lab = case.reopen(lab)
    assert isinstance(lab, Clocked)
    expect(lab.wait(["e1", "e2"]), "after a kill wait does not end with what was done before it")
    expect(lab.now_h == now_h, f"the clock went on from {now_h:g} to {lab.now_h:g} h")
    expect(lab.look("e1") == outcome, "after a kill the outcome is another")
    expect(not lab.wait(["e1"]), "what was told is waited for")
    expect(lab.now_h == now_h, f"the clock went on from {now_h:g} to {lab.now_h:g} h")
