"""An AlabOS lab from its settings, each checked before anything is opened or sent."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from knowledge.errors import RecordError
from lab.alabos.lab import AlabosLab
from lab.alabos.mapping import Mapping as TaskMapping
from lab.alabos.outcome import Results
from lab.alabos.server import Server
from lab.alabos.tasks import rules
from lab.inventory import Inventory
from lab.logbook import Logbook
from lab.procedure import Bench
from lab.safety import Envelope
from lab.settings import Entry, check_crucible, entries_of
from lab.web import Address, Exchange
from lab.web.plausible import check_name

TOKEN_VARIABLE = "ATHANOR_ALABOS_TOKEN"
_ADVICE = "see whether AlabOS runs there (`alabos launch`)"
_LONGEST = 1e6  # seconds or hours: more is a slip


def alabos_lab(
    url: str,
    tasks: Sequence[Mapping[str, Any]],
    task_types: Sequence[str],
    inventory: Iterable[Entry],
    log: Path | str | None = "alabos.sqlite",
    results: Mapping[str, Any] | None = None,
    bench: Bench | None = None,
    envelope: Envelope | None = None,
    extra_precursors: Sequence[str] = (),
    inventory_file: Path | str | None = None,
    token_variable: str = TOKEN_VARIABLE,
    ca_file: Path | str | None = None,
    timeout_s: float = 30.0,
    settle_s: float = 120.0,
    silent_h: float = 2.0,
    name: str = "alabos",
) -> AlabosLab:
    """The lab behind the AlabOS server at a URL. conf/lab/alabos.yaml explains each setting.

    Nothing is asked yet. Raises RecordError or AthanorError, in one line, for a setting, a file or
    a token that cannot be, and where the rules in `tasks` leave something to nobody.
    """
    check_name("lab.name", name)
    if not log:
        raise RecordError(
            "lab.log names no file: without one, a restart could hand an experiment over twice; "
            "give lab.log=alabos.sqlite"
        )
    for setting, value in (("settle_s", settle_s), ("silent_h", silent_h)):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and math.isfinite(value) and 0 <= value <= _LONGEST):
            raise RecordError(f"lab.{setting} is {value!r}: it must be from 0 to {_LONGEST:.0f}")
    for setting, part, kind in (("bench", bench, Bench), ("envelope", envelope, Envelope)):
        if part is not None and not isinstance(part, kind):
            raise RecordError(f"lab.{setting} is {part!r}: it must be a {kind.__name__}")
    entries = entries_of(inventory, extra_precursors)
    if not isinstance(token_variable, str) or not token_variable.isidentifier():
        raise RecordError("lab.token_variable must be the name of an environment variable")
    envelope, bench = envelope or Envelope(), bench or Bench()
    check_crucible(bench, envelope)
    mapping = TaskMapping(bench, rules(tasks, task_types))
    mapping.check(envelope.max_steps)
    token = os.environ.get(token_variable) or None
    address = Address.of(url, token_variable)
    exchange = Exchange(address, token, timeout_s, _ADVICE, ca_file or None)
    places = Results.of(results)
    stock = Inventory(entries, inventory_file or None)
    try:
        logbook = Logbook(log)
    except BaseException:
        stock.close()
        raise
    return AlabosLab(
        name,
        Server(exchange),
        logbook,
        mapping,
        places,
        envelope,
        stock,
        settle_s=settle_s,
        silent_h=silent_h,
    )
