"""What a person says to a campaign: each an event in its journal, with who and why.

    say(journal, "paused", who="Ada", why="the furnace smells")

A campaign that runs hears it before it decides anything more; one that does not, when it goes on.
"""

import getpass
import os
import re
import socket
from collections.abc import Sequence
from typing import Any

from agents.candidates import Candidate, Candidates
from agents.journal import Journal
from agents.ledger import Ledger
from agents.recording.result import phases_of
from knowledge.chemistry import identity
from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import Recipe
from lab.manual.codes import code_of

_LONGEST = 500
_LISTED = 5
_AT = re.compile(r"^(?P<set>[^@]+)@(?P<temperature>\d+(\.\d+)?)(/(?P<hours>\d+(\.\d+)?))?$")


def me() -> str:
    """Who is at this terminal: user and machine."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # no name for this number, as in a container
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def say(journal: Journal, kind: str, who: str, why: str, **payload: Any) -> None:
    """Write down what a person said. Raises RecordError for words that say nothing."""
    check_words(who=who, why=why)
    journal.append(kind, {"who": who.strip(), "why": why.strip(), **payload})


def check_words(**options: str) -> None:
    """Raise RecordError, naming the option, for words that say nothing or cannot be shown."""
    for name, text in options.items():
        if not text.strip() or len(text) > _LONGEST or not text.isprintable():
            raise RecordError(
                f"--{name} {text[:40]!r}: give 1 to {_LONGEST} printable characters in one line"
            )


def experiment_named(ledger: Ledger, asked: str) -> str:
    """The id of an experiment: given whole, by its end, by the code on its sheet, or by its
    number from 1 for one target.

    Raises AthanorError, naming those there are, for anything else.
    """
    known = ledger.experiments
    found = [i for i in known if i == asked] or [i for i in known if i.endswith(f"-{asked}")]
    found = found or [i for i in known if code_of(i) == asked.upper()]
    if not found and asked.isdecimal():
        found = [i for i in known if ledger.suggestion(i).decision_index == int(asked) - 1]
    if len(found) == 1:
        return found[0]
    which = "several experiments are" if found else "no experiment is"
    told = ", ".join((found or known)[-_LISTED:]) or "none yet"
    raise AthanorError(f"{which} called {asked!r}: give one of {told}")


def recipe_named(candidates: Sequence[Candidates], ledger: Ledger, asked: str) -> Candidate:
    """A candidate: by the first 6 or more letters of its id, PRECURSORS@TEMPERATURE[/HOURS] such
    as BaCO3+TiO2@1100/4, or the experiment that tried it.

    Raises AthanorError, naming some, for what is none or several.
    """
    every = [c for each in candidates for c in each.items]
    if re.fullmatch("[0-9a-f]{6,16}", asked):
        found = [c for c in every if c.recipe.content_id.startswith(asked)]
    elif _AT.match(asked):
        found = [c for c in every if _is_at(c.recipe, asked)]
    else:
        recipe = ledger.suggestion(experiment_named(ledger, asked)).recipe
        found = [c for c in every if c.recipe == recipe]
    if len(found) == 1:
        return found[0]
    some = "; ".join(f"{c.recipe.content_id} {c.recipe}" for c in (found or every)[:_LISTED])
    which = f"{len(found)} candidates are" if found else "no candidate is"
    raise AthanorError(f"{which} {asked}: there are {some}, and so on")


def _is_at(recipe: Recipe, asked: str) -> bool:
    said = _AT.match(asked)
    assert said is not None
    step = recipe.hottest
    solids = sorted(identity(p.strip()) for p in said["set"].split("+"))
    return (
        sorted(map(identity, recipe.precursors)) == solids
        and step.temperature_c == float(said["temperature"])
        and (said["hours"] is None or step.hold_h == float(said["hours"]))
    )


def amended(
    experiment_id: str, phases: str | None, sigma: float, lost: bool, not_fired: bool
) -> Outcome:
    """The outcome that a person puts in the place of another, or of none.

    `phases` is such as BaTiO3=0.93,Ba2TiO4=0.07, read by `agents.recording.result`. Raises
    AthanorError unless it says just one of the three, and holds together.
    """
    if (phases is not None) + lost + not_fired != 1:
        raise AthanorError(
            "say one thing of the experiment: --phases BaTiO3=0.93,Ba2TiO4=0.07, --lost, or "
            "--not-fired"
        )
    if phases is None:
        kind, status = ("lost", "failed") if lost else ("not fired", "cancelled")
        fault = Fault(kind=kind, stage="amendment", message="as a person says", sample_lost=lost)
        return Outcome(experiment_id=experiment_id, status=status, faults=(fault,))
    product = phases_of(phases, sigma)
    return Outcome(
        experiment_id=experiment_id,
        phases=product.phases,
        unidentified_weight_fraction=product.unidentified,
    )
