"""The envelope that no recipe leaves: pure checks, used inside every lab."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge.chemistry import identity, parse
from knowledge.recipe import Recipe
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
    max_ramp_c_per_min: float = 20.0
    max_hold_h: float = 100.0
    max_steps: int = 10
    atmospheres: Sequence[str] = ("air", "oxygen")
    forbidden_elements: Sequence[str] = field(default=_FORBIDDEN_ELEMENTS)

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
            if step.ramp_c_per_min > self.max_ramp_c_per_min:
                raise Refused(
                    "furnace ramp",
                    f"{step.ramp_c_per_min:g} C/min in {where}",
                    f"at most {self.max_ramp_c_per_min:g} C/min",
                )
            if step.hold_h > self.max_hold_h:
                raise Refused(
                    "furnace time",
                    f"{step.hold_h:g} h in {where}",
                    f"at most {self.max_hold_h:g} h",
                )
            if step.atmosphere.name not in self.atmospheres:
                raise Refused(
                    "atmosphere",
                    f"{step.atmosphere.name} in {where}",
                    f"this furnace has {', '.join(self.atmospheres)}",
                )


def _few(formulas: Sequence[str]) -> str:
    shown = ", ".join(formulas[:12])
    return shown if len(formulas) <= 12 else f"{shown} and {len(formulas) - 12} more"
