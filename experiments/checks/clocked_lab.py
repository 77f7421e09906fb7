"""What every lab promises that has a clock of its own, besides what every lab promises."""

from typing import Protocol

from experiments.checks.lab import LabCase
from experiments.checks.promise import Contract, expect
from knowledge.outcome import Outcome
from lab import Clocked, Pausable, Pending, Unsubmitted

NAMES = ("e1", "e2", "e3", "e4")
_ORDER = (2, 3, 0, 3)  # of the trial's temperatures: the last is fired twice


class ClockedCase(LabCase, Protocol):
    """What makes a fresh lab whose clock nobody else moves."""

    def make(self) -> Clocked:
        """A lab in which nothing was done yet."""


CLOCKED: Contract[ClockedCase] = Contract()
PAUSABLE_CLOCKED: Contract[ClockedCase] = Contract()


def looked(lab: Clocked, experiment_id: str) -> Outcome | None:
    """The outcome of what is done, for labs that have to be asked a few times."""
    for _ in range(100):
        status = lab.look(experiment_id)
        if isinstance(status, Outcome):
            return status
        expect(isinstance(status, Pending), f"look says {status!r} of what was submitted")
    return None


def lived(lab: Clocked, *names: str) -> dict[str, tuple[Outcome, float]]:
    """The outcomes, in the order in which they were there, each with the hour; nobody polls."""
    found: dict[str, tuple[Outcome, float]] = {}
    while left := [n for n in names if n not in found]:
        expect(lab.wait(left), f"wait says that nothing moves, and {', '.join(left)} are open")
        new = {n: (o, lab.now_h) for n in left if (o := looked(lab, n))}
        expect(bool(new), "wait says that one more is done, and look finds none")
        found |= new
    return found


def _filled(case: ClockedCase) -> Clocked:
    lab = case.make()
    for name, number in zip(NAMES, _ORDER, strict=True):
        lab.submit(case.trial.recipe(number), name)
    return lab


def _is_at(lab: Clocked, hour: float, what: str) -> None:
    expect(lab.now_h == hour, f"{what} the clock says {lab.now_h:g} h, not {hour:g} h")


@CLOCKED.promise("give it now_h, look and wait, as Clocked in lab/protocol.py says")
def has_a_clock(case: ClockedCase) -> None:
    """It has a clock, which begins at 0 h."""
    lab = case.make()
    expect(isinstance(lab, Clocked), f"{type(lab).__name__} lacks now_h, look or wait")
    _is_at(lab, 0, "in a fresh lab")


@CLOCKED.promise("move the clock in wait (and poll) alone")
def nothing_but_waiting_lets_time_pass(case: ClockedCase) -> None:
    """Looking, submitting and cancelling let no time pass."""
    lab = _filled(case)
    for _ in range(20):
        for name in NAMES:
            _pending(lab, name)
    expect(isinstance(lab.look("nobody"), Unsubmitted), "look knows what was never submitted")
    expect(isinstance(lab.cancel("e4"), Outcome), "what waits cannot be cancelled")
    _is_at(lab, 0, "after looking and cancelling")


def _pending(lab: Clocked, name: str) -> None:
    status = lab.look(name)
    expect(isinstance(status, Pending), f"look says {status!r} of {name}, and no time has passed")


@CLOCKED.promise("let wait return when one more of the given experiments is done, not before")
def waiting_ends_with_one_more_that_is_done(case: ClockedCase) -> None:
    """Each wait ends with one more that is done, at an hour that never goes back."""
    hours = [at_h for _, at_h in lived(_filled(case), *NAMES).values()]
    expect(hours == sorted(hours), f"results came at {hours} h")
    expect(hours[0] > 0, "the first result took no time")


@CLOCKED.promise("return from wait at once while one of the given was done and not asked for")
def what_is_done_and_was_not_asked_for_is_not_waited_for(case: ClockedCase) -> None:
    """What is done and was not looked at is not waited for."""
    lab = _filled(case)
    expect(lab.wait(NAMES), "wait says that nothing moves in a lab that was just filled")
    now_h = lab.now_h
    expect(lab.wait(NAMES), "wait forgot what is done and nobody looked at")
    _is_at(lab, now_h, "after waiting for what is done")


@CLOCKED.promise("let wait go on past others that are done, until one of the given is")
def waiting_is_for_the_given_ones(case: ClockedCase) -> None:
    """A wait is for the given ones, whatever else is done before."""
    lab = _filled(case)
    expect(lab.wait(["e1"]), "wait says that nothing moves in a lab that was just filled")
    now_h = lab.now_h
    outcome = looked(lab, "e1")
    expect(outcome is not None, "wait for e1 ended, and e1 is not done")
    same = lab.poll("e1") == lab.look("e1") == outcome
    expect(same, "poll and look say different things of what is done")
    _is_at(lab, now_h, "after looking at what is done")


@CLOCKED.promise("let nothing that comes out depend on who looks, polls or waits")
def it_is_the_same_lab_as_one_that_is_polled(case: ClockedCase) -> None:
    """Waited for or polled, each result is the same, at the same hour."""
    waited, polled = _filled(case), _filled(case)
    for name, (outcome, at_h) in lived(waited, *NAMES).items():
        same = case.finish(polled, name) == outcome
        expect(same, f"{name} came out otherwise where it was polled")
        _is_at(polled, at_h, f"with {name} polled until done")


@CLOCKED.promise("return False from wait, at once, where all of the given were told or never known")
def nothing_to_wait_for(case: ClockedCase) -> None:
    """Where there is nothing to wait for, no time passes, whatever else is at work."""
    for names in ((), ("nobody",), ("e1",), ("e1", "nobody")):
        lab = case.make()
        lab.submit(case.trial.recipe(), "e1")
        case.finish(lab, "e1")
        lab.submit(case.trial.recipe(), "e2")
        now_h = lab.now_h
        expect(not lab.wait(names), f"it waited for {names}")
        _is_at(lab, now_h, "after waiting for nothing")
        expect(isinstance(lab.look("e2"), Pending), "e2 was done meanwhile")


@PAUSABLE_CLOCKED.promise("return False from wait while the lab is paused and nothing is under way")
def nothing_moves_in_a_paused_lab(case: ClockedCase) -> None:
    """In a paused lab nothing moves and no time passes."""
    lab = case.make()
    assert isinstance(lab, Pausable)
    lab.pause()
    lab.submit(case.trial.recipe(), "e1")
    expect(not lab.wait(["e1"]), "in a paused lab wait says that something moves")
    for _ in range(20):
        _pending(lab, "e1")
    _is_at(lab, 0, "in a paused lab")
    lab.resume()
    expect(lab.wait(["e1"]), "after a pause wait says that nothing moves")
    expect(looked(lab, "e1") is not None, "after a pause wait ended, and e1 is not done")
