"""Which promises a lab makes, by what it can do, and what it is tried with."""

from typing import Any

from experiments.checks.clocked_lab import CLOCKED, PAUSABLE_CLOCKED
from experiments.checks.lab import LAB, PAUSABLE
from experiments.checks.named_lab import NamedLab
from experiments.checks.promise import Promise
from experiments.checks.restarted_lab import RESTARTED, RESTARTED_CLOCKED
from experiments.checks.trial import Trial, trial_for
from knowledge.errors import AthanorError
from lab import Clocked, Lab, Pausable, Real


def trial_of(
    target: str, precursors: str, temperatures: str, hold_h: float, too_hot_c: float
) -> Trial:
    """The trial that options describe, lists with commas. Raises AthanorError for what is none."""
    try:
        found_c = tuple(dict.fromkeys(float(t) for t in temperatures.split(",")))
    except ValueError as error:
        raise AthanorError(
            f"--temperatures {temperatures}: give numbers, as in 1100,900"
        ) from error
    if len(found_c) < 2:
        raise AthanorError(f"--temperatures {temperatures}: give two different ones at least")
    powders = tuple(p.strip() for p in precursors.split(",") if p.strip())
    trial = Trial(target, powders, found_c, hold_h, too_hot_c=too_hot_c)
    trial.recipe()
    return trial


def promises_of(case: NamedLab, trial: Trial) -> list[Promise[Any]]:
    """The promises that a lab makes; the case is given the trial, fitted to its inventory.

    Raises AthanorError for a lab that cannot be made, and for one that really fires.
    """
    lab = case.make()
    if isinstance(lab, Real):
        raise AthanorError(
            f"{lab.name} is a real lab: a check would fire some thirty samples; check one that "
            "only pretends to"
        )
    case.trial = trial_for(lab.inventory, trial) if isinstance(lab, Lab) else trial
    found: list[Promise[Any]] = list(LAB.promises)
    if isinstance(lab, Pausable):
        found += PAUSABLE.promises
    if isinstance(lab, Clocked):
        found += CLOCKED.promises
        found += PAUSABLE_CLOCKED.promises if isinstance(lab, Pausable) else []
    if case.restarts:
        found += RESTARTED.promises
        found += RESTARTED_CLOCKED.promises if isinstance(lab, Clocked) else []
    return found
