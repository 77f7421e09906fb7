"""What every lab promises (lab/protocol.py), tried on recipes that it should run or refuse."""

from collections.abc import Callable
from typing import Protocol

from experiments.checks.promise import Broken, Contract, expect
from experiments.checks.trial import Trial
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab import INVENTORY, Lab, Pausable, Pending, Refused, Status, Unsubmitted

_ODD_NAMES = ("nobody", "", "e1 ", "E1", "é1")


class LabCase(Protocol):
    """What makes a fresh lab, and what it is tried with."""

    trial: Trial

    def make(self) -> Lab:
        """A lab in which nothing was done yet."""

    def finish(self, lab: Lab, experiment_id: str) -> Outcome:
        """The outcome, when it is there. Raises Broken where it never is."""


class PausableCase(LabCase, Protocol):
    """The same, of labs that can be paused."""

    def make(self) -> Pausable:
        """A lab in which nothing was done yet."""


def polled(lab: Lab, experiment_id: str) -> Outcome:
    """The outcome of what is polled a hundred times. Raises Broken where there is none."""
    for _ in range(100):
        status = lab.poll(experiment_id)
        if isinstance(status, Outcome):
            return status
        expect(isinstance(status, Pending), f"while it runs, poll says {status!r}")
    raise Broken("polled a hundred times, the lab had not finished")


LAB: Contract[LabCase] = Contract()
PAUSABLE: Contract[PausableCase] = Contract()


@LAB.promise("give it name, inventory, check, submit, poll and cancel, as lab/protocol.py says")
def is_a_lab(case: LabCase) -> None:
    """It has a name, an inventory, check, submit, poll and cancel."""
    lab = case.make()
    lacks = [n for n in ("name", "inventory", "check", "submit", "poll", "cancel") if _no(lab, n)]
    expect(not lacks, f"{type(lab).__name__} has no {', '.join(lacks)}")
    expect(isinstance(lab.name, str) and bool(lab.name), f"its name is {lab.name!r}")
    missing = [p for p in case.trial.precursors if p not in lab.inventory]
    expect(not missing, f"its inventory lacks {', '.join(missing)}, which it is tried with")


def _no(lab: Lab, name: str) -> bool:
    return not hasattr(lab, name)


@LAB.promise("keep each outcome under its id, and give the same one from then on")
def an_experiment_has_one_outcome_for_ever(case: LabCase) -> None:
    """What is submitted is measured in the end, and polled again it is the same."""
    lab = case.make()
    lab.submit(case.trial.recipe(), "e1")
    outcome = case.finish(lab, "e1")
    expect(outcome.experiment_id == "e1", f"the outcome of e1 says {outcome.experiment_id!r}")
    _measured(outcome)
    _is(lab.poll("e1"), outcome, "polled again, e1")


def _measured(outcome: Outcome) -> None:
    """A recipe within the envelope, in a lab that nobody stopped, is measured."""
    told = "; ".join(f.message for f in outcome.faults)
    expect(outcome.status == "measured", f"{outcome.experiment_id} is {outcome.status} {told}")


def _is(found: Status, due: Status, what: str) -> None:
    expect(found == due, f"{what} is {found!r}, not {due!r}"[:300])


@LAB.promise("when id and recipe are known already, return and change nothing")
def submitting_again_changes_nothing(case: LabCase) -> None:
    """The same recipe and id again change nothing, while it waits and after its outcome."""
    lab = case.make()
    for _ in range(3):
        lab.submit(case.trial.recipe(), "e1")
    outcome = case.finish(lab, "e1")
    lab.submit(case.trial.recipe(), "e1")
    _is(lab.poll("e1"), outcome, "submitted again, e1")


@LAB.promise('raise Refused("id", ...) where an id is known with another recipe')
def an_id_belongs_to_one_recipe(case: LabCase) -> None:
    """An id used for another recipe is refused, and the first goes on as if nothing was."""
    lab, other = case.make(), case.trial.recipe(1)
    lab.submit(case.trial.recipe(), "e1")
    _refused(lambda: lab.submit(other, "e1"), "another recipe under a used id", rule="id")
    outcome = case.finish(lab, "e1")
    _measured(outcome)
    _refused(lambda: lab.submit(other, "e1"), "another recipe under a done id", rule="id")
    _is(lab.poll("e1"), outcome, "after a refusal, e1")


def _refused(
    call: Callable[[], object], what: str, rule: str | None = None, value: str = ""
) -> None:
    try:
        call()
    except Refused as refusal:
        told = f"{what}: the refusal"
        named = refusal.rule if rule is None else rule
        expect(named in refusal.rule, f"{told} names the rule {refusal.rule!r}, not {rule!r}")
        expect(value in refusal.value, f"{told} says {refusal.value!r}, without {value!r}")
        expect(all((refusal.rule, refusal.limit)), f"{told} lacks a rule or a limit")
        expect("\n" not in str(refusal), f"{told} has several lines")
        return
    raise Broken(f"{what} was not refused")


@LAB.promise("answer Unsubmitted(reason) for ids never taken on; compare whole ids, as they are")
def what_was_never_submitted(case: LabCase) -> None:
    """An id that was never submitted is Unsubmitted, polled or cancelled."""
    for name in _ODD_NAMES:
        lab = case.make()
        _unsubmitted(lab, name)
        lab.submit(case.trial.recipe(), "e1")
        _unsubmitted(lab, name)
        _measured(case.finish(lab, "e1"))


def _unsubmitted(lab: Lab, name: str) -> None:
    for what, status in (("poll", lab.poll(name)), ("cancel", lab.cancel(name))):
        expect(isinstance(status, Unsubmitted), f"{what}({name!r}) is {status!r}")


@LAB.promise("let check(recipe) look only: it raises Refused or returns")
def asking_whether_it_would_run_takes_nothing_on(case: LabCase) -> None:
    """Checking a recipe takes nothing on."""
    lab = case.make()
    for _ in range(3):
        lab.check(case.trial.recipe())
    expect(isinstance(lab.poll("e1"), Unsubmitted), "after check, poll knows e1")


@LAB.promise('keep Outcome(experiment_id=..., status="cancelled") under the id, for ever')
def cancelled_is_final(case: LabCase) -> None:
    """What is cancelled before it is fired stays cancelled, whatever comes after."""
    lab = case.make()
    lab.submit(case.trial.recipe(), "e1")
    status = _cancelled(lab, "e1")
    _is(lab.poll("e1"), status, "polled after it was cancelled, e1")
    lab.submit(case.trial.recipe(), "e1")
    _is(lab.poll("e1"), status, "submitted after it was cancelled, e1")
    _is(lab.cancel("e1"), status, "cancelled twice, e1")
    other = case.trial.recipe(1)
    _refused(lambda: lab.submit(other, "e1"), "another recipe under a cancelled id", rule="id")


def _cancelled(lab: Lab, name: str) -> Outcome:
    status = lab.cancel(name)
    if not isinstance(status, Outcome) or status.status != "cancelled":
        raise Broken(f"cancel of what nobody has fired is {status!r}, not a cancelled Outcome")
    return status


@LAB.promise("find what is cancelled by its id, not by its recipe")
def cancelling_one_leaves_the_others(case: LabCase) -> None:
    """Of three experiments with one recipe, cancelling one leaves the others."""
    lab = case.make()
    for name in ("e1", "e2", "e3"):
        lab.submit(case.trial.recipe(), name)
    status = _cancelled(lab, "e2")
    for name in ("e3", "e1"):
        _measured(case.finish(lab, name))
    _is(lab.poll("e2"), status, "after the others were done, e2")


@LAB.promise("return the outcome from cancel where there is one")
def cancelling_what_is_done_changes_nothing(case: LabCase) -> None:
    """Cancelling what is done gives its outcome and changes nothing."""
    lab = case.make()
    lab.submit(case.trial.recipe(), "e1")
    outcome = case.finish(lab, "e1")
    _is(lab.cancel("e1"), outcome, "cancelled when it was done, e1")


@LAB.promise("raise Refused(rule, value, limit) from check and submit, before anything is taken on")
def refuses_what_its_furnace_cannot_do(case: LabCase) -> None:
    """Temperatures that its furnace cannot reach are refused, and the id stays free."""
    for given_c in (case.trial.too_hot_c, -200):
        _refuses(case, case.trial.at(given_c), f"{given_c:g}")


@LAB.promise(f"raise Refused({INVENTORY!r}, formula, ...) for a precursor not in `inventory`")
def refuses_what_it_has_no_powder_for(case: LabCase) -> None:
    """A recipe with a precursor that it does not have is refused by the rule `inventory`."""
    _refuses(case, case.trial.without_powder, case.trial.absent, INVENTORY)


def _refuses(case: LabCase, given: Recipe, value: str, rule: str | None = None) -> None:
    lab = case.make()
    _refused(lambda: lab.check(given), f"check of {given}", rule, value)
    _refused(lambda: lab.submit(given, "e1"), f"{given}", rule, value)
    expect(isinstance(lab.poll("e1"), Unsubmitted), "a refused recipe was taken on")
    lab.submit(case.trial.recipe(), "e1")  # the id is free still
    _measured(case.finish(lab, "e1"))


@PAUSABLE.promise("between pause() and resume() begin nothing, whoever polls")
def a_paused_lab_starts_nothing(case: PausableCase) -> None:
    """A paused lab starts nothing; when it goes on, all is done."""
    lab = case.make()
    lab.submit(case.trial.recipe(), "before")
    lab.pause()
    lab.submit(case.trial.recipe(1), "after")
    for _ in range(20):
        _pending(lab, "before")
        _pending(lab, "after")
    lab.resume()
    for name in ("after", "before"):
        _measured(case.finish(lab, name))


def _pending(lab: Lab, name: str) -> None:
    status = lab.poll(name)
    expect(isinstance(status, Pending), f"in a paused lab {name} is {status!r}")


@PAUSABLE.promise("let nothing that comes out depend on pauses; pausing twice is pausing once")
def a_pause_changes_no_result(case: PausableCase) -> None:
    """A pause changes no result."""
    lab, steady = case.make(), case.make()
    for each in (lab, steady):
        each.submit(case.trial.recipe(), "e1")
    lab.pause()
    lab.pause()
    _pending(lab, "e1")
    lab.resume()
    lab.resume()
    paused, plain = case.finish(lab, "e1"), case.finish(steady, "e1")
    same = (paused.phases, paused.profile) == (plain.phases, plain.profile)
    expect(same, "a lab that was paused and one that was not gave different results")


@PAUSABLE.promise("while it is paused, let submit, poll and cancel keep all that is promised above")
def a_paused_lab_keeps_the_contract(case: PausableCase) -> None:
    """A paused lab refuses, cancels, and knows what is done and what it never saw."""
    lab, trial = case.make(), case.trial
    lab.submit(trial.recipe(), "done")
    outcome = case.finish(lab, "done")
    lab.pause()
    _is(lab.poll("done"), outcome, "in a paused lab, what is done")
    _is(lab.cancel("done"), outcome, "cancelled in a paused lab, what is done")
    expect(isinstance(lab.poll("nobody"), Unsubmitted), "a paused lab knows what it never saw")
    _refused(lambda: lab.submit(trial.at(trial.too_hot_c), "hot"), "in a paused lab, what is hot")
    lab.submit(trial.recipe(1), "e1")
    _cancelled(lab, "e1")


@PAUSABLE.promise("let resume() of a lab that is not paused change nothing")
def going_on_without_a_pause_is_nothing(case: PausableCase) -> None:
    """Going on without a pause changes nothing."""
    lab = case.make()
    lab.resume()
    lab.submit(case.trial.recipe(), "e1")
    _measured(case.finish(lab, "e1"))
