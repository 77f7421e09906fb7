"""The envelope that no recipe leaves: pure checks, used inside every lab."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from knowledge.chemistry import identity, parse
from knowledge.errors import RecordError
from knowledge.recipe import ATMOSPHERES, Atmosphere, Recipe
from lab.protocol import Refused

# Radioactive, or toxic enough that an open furnace is no place for them.
_FORBIDDEN_ELEMENTS = (
    "Be", "As", "Cd", "Os", "Hg", "Tl", "Tc", "Pm", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa",
    "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr",
)  # fmt: skip


@dataclass(frozen=True)
class Envelope:
    """Limits of furnace and room. Temperatures in Celsius, ramps in C/min, times in hours."""

    max_temperature_c: float = 1400.0
    min_temperature_c: float = 100.0
    min_ramp_c_per_min: float = 0.1
    max_ramp_c_per_min: float = 20.0
    max_hold_h: float = 100.0
    max_steps: int = 10
    atmospheres: Sequence[str] = ("air", "oxygen")
    forbidden_elements: Sequence[str] = field(default=_FORBIDDEN_ELEMENTS)

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if limit.name.startswith(("min_", "max_")) and not isinstance(value, int | float):
                raise RecordError(f"lab.envelope.{limit.name} is {value!r}: it must be a number")

    def check(self, recipe: Recipe, inventory: Sequence[str]) -> None:
        """Raise Refused, naming rule, value and limit, for a recipe outside the envelope."""
        for formula in (*recipe.precursors, recipe.target.formula):
            banned = [str(e) for e in parse(formula) if str(e) in self.forbidden_elements]
            if banned:
                raise Refused(
                    "forbidden elements",
                    f"{', '.join(banned)} in {formula}",
                    "this lab handles no toxic or radioactive element",
                )
        held = {identity(p) for p in inventory}
        missing = [p for p in recipe.precursors if identity(p) not in held]
        if missing:
            raise Refused(
                "inventory", f"{', '.join(missing)} is not in stock", f"in stock: {_few(inventory)}"
            )
        if len(recipe.steps) > self.max_steps:
            raise Refused("steps", f"{len(recipe.steps)} firings", f"at most {self.max_steps}")
        for number, step in enumerate(recipe.steps, start=1):
            where = f"firing {number}"
            if not self.min_temperature_c <= step.temperature_c <= self.max_temperature_c:
                raise Refused(
                    "furnace temperature",
                    f"{step.temperature_c:g} C in {where}",
                    f"allowed are {self.min_temperature_c:g} to {self.max_temperature_c:g} C",
                )
            if step.hold_h > self.max_hold_h:
                raise Refused(
                    "furnace time",
                    f"{step.hold_h:g} h in {where}",
                    f"at most {self.max_hold_h:g} h",
                )
            self._check_ramp(step.ramp_c_per_min, where)
            self._check_gas(step.atmosphere, where)
        self._check_ramp(recipe.cooling.rate_c_per_min, "cooling")
        self._check_gas(recipe.cooling.atmosphere, "cooling")

    def _check_ramp(self, rate_c_per_min: float, where: str) -> None:
        if not self.min_ramp_c_per_min <= rate_c_per_min <= self.max_ramp_c_per_min:
            raise Refused(
                "furnace ramp",
                f"{rate_c_per_min:g} C/min in {where}",
                f"allowed are {self.min_ramp_c_per_min:g} to {self.max_ramp_c_per_min:g} C/min",
            )

    def _check_gas(self, gas: Atmosphere, where: str) -> None:
        """The gas itself is compared, not what somebody calls it."""
        if gas.name not in self.atmospheres or gas != ATMOSPHERES.get(gas.name):
            pressures = ", ".join(f"{g} {p:g}" for g, p in gas.partial_pressures_atm.items())
            raise Refused(
                "atmosphere",
                f"{gas.name} ({pressures} atm) in {where}",
                f"this furnace has {', '.join(self.atmospheres)}, as they are defined",
            )


def _few(formulas: Sequence[str]) -> str:
    shown = ", ".join(formulas[:12])
    return shown if len(formulas) <= 12 else f"{shown} and {len(formulas) - 12} more"
