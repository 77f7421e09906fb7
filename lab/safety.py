"""The envelope that no recipe leaves: pure checks, used inside every lab.

The defaults are those of an ordinary solid-state lab: box furnaces with alumina crucibles under an
extraction hood that draws 1000 m3 an hour, and no glove box. A lab sets its own in
`conf/lab/envelope`, each limit with its source; see also the tables in `lab/data`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from itertools import chain
from typing import Any

from knowledge.chemistry import identity, parse
from knowledge.errors import RecordError
from knowledge.recipe import ATMOSPHERES, Atmosphere, HeatingStep, Recipe
from lab import crucibles, limits
from lab.data import table
from lab.evolved_gas import evolved_ml, in_ml, toxic_limits_ml
from lab.powders import CLASSES, FORBIDDEN_POWDERS, INCOMPATIBLE, is_a, is_powder
from lab.procedure import DEFAULT_BATCH_G
from lab.protocol import Refused

# Radioactive, or toxic enough that an open furnace is no place for them.
_FORBIDDEN_ELEMENTS = (
    "Be", "As", "Cd", "Os", "Hg", "Tl", "Tc", "Pm", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa",
    "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr",
)  # fmt: skip
_GLOVE_BOX_ONLY = ("air-sensitive", *(row["powder"] for row in table("glove_box")))
# Limits on toxic gas are for gas that comes over an hour, as at this ramp over 300 C.
_VENTED_RAMP_C_PER_MIN = 5.0
_SEGMENTS_PER_FIRING = 3  # up, hold, down


@dataclass(frozen=True)
class Envelope:
    """Limits of furnace, crucible and room.

    Temperatures in Celsius, ramps in C/min, times in hours, masses in grams, gases in millilitres
    at 25 C and 1 atm from one sample. `min_share` is the mole fraction among the elements other
    than O, C, H and N below which one harms neither crucible nor furnace. Powders are formulas or
    classes (`lab.powders.CLASSES`). Raises RecordError for a limit that is none.
    """

    max_temperature_c: float = 1400.0
    min_temperature_c: float = 100.0
    min_ramp_c_per_min: float = 0.1
    max_ramp_c_per_min: float = 20.0
    max_hold_h: float = 100.0
    max_steps: int = 10
    max_segments: int = 30
    max_batch_g: float = 20.0
    max_gas_ml: float = 5000.0
    min_share: float = 0.01
    atmospheres: Sequence[str] = ("air", "oxygen")
    crucible: str = "alumina"
    glove_box: bool = False
    forbidden_elements: Sequence[str] = _FORBIDDEN_ELEMENTS
    forbidden_powders: Sequence[str] = FORBIDDEN_POWDERS
    incompatible: Sequence[Sequence[str]] = INCOMPATIBLE
    glove_box_only: Sequence[str] = _GLOVE_BOX_ONLY
    max_toxic_gas_ml: Mapping[str, float] = field(default_factory=toxic_limits_ml, hash=False)
    crucible_limits_c: Mapping[str, Mapping[str, float]] = field(
        default_factory=crucibles.crucible_limits_c, hash=False
    )
    volatile_limits_c: Mapping[str, float] = field(
        default_factory=crucibles.volatile_limits_c, hash=False
    )
    volatile_powders_c: Mapping[str, float] = field(
        default_factory=crucibles.volatile_powders_c, hash=False
    )

    def __post_init__(self) -> None:
        for name, default in _defaults():
            plain = limits.checked(name, getattr(self, name), like=default)
            object.__setattr__(self, name, plain)
        self._check_meaning()

    def check(
        self, recipe: Recipe, inventory: Sequence[str], batch_g: float = DEFAULT_BATCH_G
    ) -> None:
        """Raise Refused, naming rule, value and limit, for a recipe outside the envelope.

        `batch_g` is the grams of target that the charge is for.
        """
        self._check_elements(recipe)
        self._check_inventory(recipe, inventory)
        self._check_programme(recipe)
        self._check_powders(recipe)
        self._check_heat(recipe)
        self._check_gases(recipe, batch_g)

    def describe(self) -> list[tuple[str, str, str]]:
        """Rule, limit and source of every limit, in the order of the fields."""
        return [
            entry
            for name, default in _defaults()
            for entry in limits.described(name, getattr(self, name), default)
        ]

    def _check_meaning(self) -> None:
        """Limits of the right type that mean nothing. Raises RecordError."""
        for name in ("temperature_c", "ramp_c_per_min"):
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low > high:
                raise RecordError(f"lab.envelope.min_{name} is {low:g}: above max_{name}, {high:g}")
        known = limits.known
        known("atmospheres", self.atmospheres, ATMOSPHERES, f"one of {', '.join(ATMOSPHERES)}")
        known("forbidden_elements", self.forbidden_elements, crucibles.ELEMENTS, "an element")
        if any(len(pair) != 2 for pair in self.incompatible):
            raise RecordError(f"lab.envelope.incompatible is {self.incompatible}: give pairs")
        for name, powders in (
            ("forbidden_powders", self.forbidden_powders),
            ("incompatible", tuple(chain(*self.incompatible))),
            ("glove_box_only", self.glove_box_only),
            ("volatile_powders_c", self.volatile_powders_c),
        ):
            fit = [p for p in powders if is_powder(p)]
            known(name, powders, fit, f"a formula or one of {', '.join(CLASSES)}")
        oxides = [o for o in self.volatile_limits_c if crucibles.is_simple_oxide(o)]
        known("volatile_limits_c", self.volatile_limits_c, oxides, "an oxide such as PbO")
        gases = toxic_limits_ml()
        known("max_toxic_gas_ml", self.max_toxic_gas_ml, gases, f"one of {', '.join(gases)}")
        for crucible, held in self.crucible_limits_c.items():
            species = (*crucibles.ELEMENTS, crucibles.ANY, crucibles.FLUORIDE)
            known(f"crucible_limits_c.{crucible}", held, species, "an element, fluoride or any")
        crucibles_known = ", ".join(self.crucible_limits_c)
        asked = f"in crucible_limits_c, which has {crucibles_known}"
        known("crucible", [self.crucible], self.crucible_limits_c, asked)

    def _check_elements(self, recipe: Recipe) -> None:
        for formula in (*recipe.precursors, recipe.target.formula):
            banned = [str(e) for e in parse(formula) if str(e) in self.forbidden_elements]
            if banned:
                raise Refused(
                    "forbidden elements",
                    f"{', '.join(banned)} in {formula}",
                    "this lab handles no toxic or radioactive element",
                )

    def _check_inventory(self, recipe: Recipe, inventory: Sequence[str]) -> None:
        held = {identity(p) for p in inventory}
        missing = [p for p in recipe.precursors if identity(p) not in held]
        if missing:
            raise Refused(
                "inventory", f"{', '.join(missing)} is not in stock", f"in stock: {_few(inventory)}"
            )

    def _check_programme(self, recipe: Recipe) -> None:
        if len(recipe.steps) > self.max_steps:
            raise Refused("steps", f"{len(recipe.steps)} firings", f"at most {self.max_steps}")
        segments = longest_programme(recipe.steps)
        if segments > self.max_segments:
            raise Refused(
                "furnace segments",
                f"{segments} segments without taking the sample out",
                f"at most {self.max_segments}",
            )
        for number, step in enumerate(recipe.steps, start=1):
            where = f"firing {number}"
            if not self.min_temperature_c <= step.temperature_c <= self.max_temperature_c:
                raise Refused(
                    "furnace temperature",
                    f"{step.temperature_c:g} C in {where}",
                    f"allowed are {self.min_temperature_c:g} to {self.max_temperature_c:g} C",
                )
            if not step.hold_h <= self.max_hold_h:
                raise Refused(
                    "furnace time",
                    f"{step.hold_h:g} h in {where}",
                    f"at most {self.max_hold_h:g} h",
                )
            self._check_ramp(step.ramp_c_per_min, where)
            self._check_atmosphere(step.atmosphere, where)
        self._check_ramp(recipe.cooling.rate_c_per_min, "cooling")
        self._check_atmosphere(recipe.cooling.atmosphere, "cooling")

    def _check_ramp(self, rate_c_per_min: float, where: str) -> None:
        if not self.min_ramp_c_per_min <= rate_c_per_min <= self.max_ramp_c_per_min:
            raise Refused(
                "furnace ramp",
                f"{rate_c_per_min:g} C/min in {where}",
                f"allowed are {self.min_ramp_c_per_min:g} to {self.max_ramp_c_per_min:g} C/min",
            )

    def _check_atmosphere(self, gas: Atmosphere, where: str) -> None:
        """The gas itself is compared, not what somebody calls it."""
        if gas.name not in self.atmospheres or gas != ATMOSPHERES.get(gas.name):
            pressures = ", ".join(f"{g} {p:g}" for g, p in gas.partial_pressures_atm.items())
            raise Refused(
                "atmosphere",
                f"{gas.name} ({pressures} atm) in {where}",
                f"this furnace has {', '.join(self.atmospheres)}, as they are defined",
            )

    def _check_powders(self, recipe: Recipe) -> None:
        for powder in recipe.precursors:
            for kind in self.forbidden_powders:
                if is_a(powder, kind, hydrates=True):
                    raise Refused(
                        "forbidden powders", _named(powder, kind), "this lab fires none in any mix"
                    )
            for kind in self.glove_box_only:
                if not self.glove_box and is_a(powder, kind):
                    raise Refused(
                        "glove box",
                        _named(powder, kind),
                        "air spoils it; this lab has no glove box",
                    )
        for one, other in self.incompatible:
            first = next((p for p in recipe.precursors if is_a(p, one, hydrates=True)), None)
            second = next((p for p in recipe.precursors if is_a(p, other, hydrates=True)), None)
            if first and second:
                raise Refused(
                    "incompatible powders",
                    f"{_named(first, one)} with {_named(second, other)}",
                    f"{one} and {other} are never fired together: they can flash or explode",
                )

    def _check_heat(self, recipe: Recipe) -> None:
        """What the charge does to crucible and furnace at the hottest firing."""
        target, hottest_c = recipe.target.formula, recipe.hottest.temperature_c
        for species, limit_c in self.crucible_limits_c[self.crucible].items():
            if hottest_c > limit_c and crucibles.share(target, species) >= self.min_share:
                holding = "" if species == crucibles.ANY else f" with {species}"
                raise Refused(
                    "crucible",
                    f"{hottest_c:g} C in {self.crucible}{holding}",
                    f"at most {limit_c:g} C",
                )
        for oxide, limit_c in self.volatile_limits_c.items():
            element = crucibles.evaporating_element(oxide)
            if hottest_c > limit_c and crucibles.share(target, element) >= self.min_share:
                raise Refused(
                    "volatile charge",
                    f"{hottest_c:g} C with {element} in {target}, which evaporates as {oxide}",
                    f"at most {limit_c:g} C",
                )
        for powder, limit_c in self.volatile_powders_c.items():
            if hottest_c > limit_c and any(is_a(p, powder) for p in recipe.precursors):
                raise Refused(
                    "volatile charge",
                    f"{hottest_c:g} C with {powder}, which evaporates before it reacts",
                    f"at most {limit_c:g} C",
                )

    def _check_gases(self, recipe: Recipe, batch_g: float) -> None:
        limits.number("batch_g", batch_g, above_zero=True)
        if not batch_g <= self.max_batch_g:
            raise Refused("batch size", f"{batch_g:g} g", f"at most {self.max_batch_g:g} g")
        evolved = evolved_ml(recipe, batch_g)
        ramp = max(step.ramp_c_per_min for step in recipe.steps)
        fast = max(1.0, ramp / _VENTED_RAMP_C_PER_MIN)
        for gas, limit_ml in self.max_toxic_gas_ml.items():
            if evolved.get(gas, 0.0) > limit_ml / fast:
                slower = f" or {_VENTED_RAMP_C_PER_MIN:g} C/min" if fast > 1 else ""
                raise Refused(
                    "toxic gas",
                    f"{in_ml(evolved[gas])} {gas} from {batch_g:g} g at {ramp:g} C/min",
                    f"at most {in_ml(limit_ml / fast)}: take a smaller batch{slower}",
                )
        total_ml = sum(evolved.values())
        if total_ml > self.max_gas_ml:
            raise Refused(
                "evolved gas",
                f"{in_ml(total_ml)} from {batch_g:g} g",
                f"at most {in_ml(self.max_gas_ml)}: take a smaller batch",
            )


def longest_programme(steps: Sequence[HeatingStep]) -> int:
    """Segments (up, hold, down) of the longest stay in the furnace; regrinding starts anew."""
    longest = current = 0
    for step in steps:
        current = 0 if step.regrind_before else current
        current += _SEGMENTS_PER_FIRING
        longest = max(longest, current)
    return longest


@lru_cache(maxsize=1)
def _defaults() -> tuple[tuple[str, Any], ...]:
    """Name and default of each field of Envelope."""
    return tuple(
        (f.name, f.default if f.default_factory is MISSING else f.default_factory())
        for f in fields(Envelope)
    )


def _named(powder: str, kind: str) -> str:
    return f"{powder} ({kind})" if kind in CLASSES else powder


def _few(formulas: Sequence[str]) -> str:
    shown = ", ".join(formulas[:12])
    return shown if len(formulas) <= 12 else f"{shown} and {len(formulas) - 12} more"
