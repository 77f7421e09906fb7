"""What an outcome from elsewhere may hold, beyond what its record asks: names, sizes, magnitudes.

A record of this project's own making is trusted to name phases that exist and to tell times that
can be; one that came over a wire is not.
"""

from knowledge.chemistry import identity
from knowledge.errors import RecordError
from knowledge.outcome import Fault, Outcome

# Hotter than any furnace, longer than any campaign, steeper than any ramp.
_MOST_C = 5000.0
_MOST_H = 100_000.0
_MOST_C_PER_MIN = 1e6
_LONGEST_NAME = 200
_LONGEST_MESSAGE = 2000


def printable(text: str, longest: int = 80) -> str:
    """A text as one line that a terminal may show, at most `longest` letters of it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def check_name(what: str, name: str) -> None:
    """Raise RecordError for what is empty, long, or not to be shown in a terminal."""
    if not (0 < len(name) <= _LONGEST_NAME and name.isprintable()):
        raise RecordError(
            f"{what} is {printable(repr(name), 60)}: it must be 1 to {_LONGEST_NAME} printable "
            "letters"
        )


def check_formula(formula: str) -> None:
    """Raise RecordError for what names no compound, or one that has no identity."""
    check_name("a formula", formula)
    try:
        identity(formula)
    # pymatgen's errors for amounts that nobody foresaw (1e-300, 1e300)
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
        raise RecordError(f"{printable(formula, 40)} names no compound") from None


def check_outcome(outcome: Outcome) -> Outcome:
    """The outcome, what its faults say made fit for a terminal.

    Raises RecordError for names that name nothing and for temperatures and times that cannot be.
    """
    for phase in outcome.phases:
        check_formula(phase.formula)
        if phase.polymorph is not None:
            check_name("a polymorph", phase.polymorph)
    for step in outcome.profile:
        check_name("an atmosphere", step.atmosphere.name)
        _at_most("temperature_c", step.temperature_c, _MOST_C)
        _at_most("hold_h", step.hold_h, _MOST_H)
        _at_most("ramp_c_per_min", step.ramp_c_per_min, _MOST_C_PER_MIN)
    _at_most("lab_time_h", outcome.lab_time_h, _MOST_H)
    faults = tuple(_readable(fault) for fault in outcome.faults)
    return outcome if faults == outcome.faults else outcome.model_copy(update={"faults": faults})


def _readable(fault: Fault) -> Fault:
    return Fault(
        kind=printable(fault.kind, _LONGEST_NAME),
        stage=printable(fault.stage, _LONGEST_NAME),
        message=printable(fault.message, _LONGEST_MESSAGE),
        sample_lost=fault.sample_lost,
    )


def _at_most(name: str, value: float, most: float) -> None:
    if value > most:
        raise RecordError(f"{name} is {value:g}: it cannot be above {most:g}")
