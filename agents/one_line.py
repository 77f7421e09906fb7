"""Hydra's errors as ours: one line with what was given, what is allowed and where to see it."""

import re

from hydra.errors import InstantiationException, OverrideParseException

from agents.settings_check import SEE_ALL
from knowledge.errors import AthanorError


def in_one_line(error: Exception, more_keys: str = "") -> AthanorError:
    """Hydra's error as one of ours: what was given, what is allowed, where to see it.

    `more_keys`: those that a command has beside the keys of a campaign.
    """
    cause = error.__cause__
    if isinstance(cause, AthanorError):
        return cause
    text = str(error)
    first = text.splitlines()[0] if text else type(error).__name__
    first = re.sub(r",? set env var HYDRA_FULL_ERROR=1 to see chained exception\.?", "", first)
    if isinstance(error, InstantiationException):
        return AthanorError(f"{first.rstrip(':')} {_last_cause(error)}; {SEE_ALL}")
    of_name = re.match(r"AthanorError raised while resolving interpolation: (.+)", first)
    if of_name:  # told while the folder was named
        return AthanorError(of_name[1])
    if isinstance(error, OverrideParseException):
        key = error.override.partition("=")[0]
        return AthanorError(
            f"{key}: {first}; texts with signs such as = : ( ) [ ] want quotes of their own inside "
            "those of the shell: \"policy.name='a=b'\""
        )
    options = re.search(r"Available options in '\w+':\s*(.+?)\n\S", text + "\n\n.", re.DOTALL)
    if options:
        return AthanorError(f"{first}: allowed are {', '.join(options[1].split())}")
    return AthanorError(
        f"{first.rstrip('.')}: keys are target, targets, yield_asked, seed, reactivity, policy, "
        "lab, literature, accept, poll_seconds, patience_h, budget.*, candidates.*, energies.*, "
        f"lab.*, journal.*, watch.*{more_keys}; {SEE_ALL}"
    )


def _last_cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return f"({_line(str(error))})"


def _line(text: str) -> str:
    return " ".join(text.split())
