"""What to weigh and fire as a table: for a spreadsheet, a balance with a printer, a controller.

One row for each thing that is said of a step, with the columns code, step, action, what, value,
unit. Numbers are written so that they read back as exactly what the procedure holds.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from agents.bench.sheet import Sheet, Step
from knowledge.recipe import Atmosphere
from lab.procedure import ROOM_C, Cool, Fill, Grind, Heat, Mix, Scan, Weigh

COLUMNS = ("code", "step", "action", "what", "value", "unit")

_Row = tuple[str, str | float, str]


def to_csv(sheets: Iterable[Sheet]) -> str:
    """The table of some sheets, one after the other, each step at least a row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for sheet in sheets:
        for step in sheet.steps:
            for what, value, unit in _rows(step):
                written = repr(value) if isinstance(value, float) else value
                writer.writerow((sheet.code, step.number, step.action.kind, what, written, unit))
    return text.getvalue()


def _rows(step: Step) -> Iterator[_Row]:
    action = step.action
    if isinstance(action, Weigh):
        yield "powder", action.formula, ""
        yield "mass", action.mass_g, "g"
        for portion in step.lots:
            if portion.lot:
                yield f"of lot {portion.lot}", portion.grams, "g"
    elif isinstance(action, Fill):
        yield "crucible", action.crucible, ""
    elif isinstance(action, Heat):
        yield "temperature", action.temperature_c, "C"
        yield "ramp", action.ramp_c_per_min, "C/min"
        yield "hold", action.hold_h, "h"
        yield from _gas(action.atmosphere)
    elif isinstance(action, Cool):
        yield "temperature", ROOM_C, "C"
        yield "ramp", action.rate_c_per_min, "C/min"
        yield from _gas(action.atmosphere)
    elif isinstance(action, Mix | Grind):
        yield "time", action.minutes, "min"
    elif isinstance(action, Scan):
        yield "from", action.from_deg, "degrees"
        yield "to", action.to_deg, "degrees"
        yield "time", action.minutes, "min"
    else:
        yield "", "", ""


def _gas(gas: Atmosphere) -> Iterator[_Row]:
    yield "gas", gas.name, ""
    yield "gas is", "flowing" if gas.flowing else "sealed", ""
    for formula, pressure_atm in gas.partial_pressures_atm.items():
        yield f"pressure of {formula}", pressure_atm, "atm"
