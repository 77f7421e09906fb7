"""What to make and how: Target, Atmosphere, HeatingStep, Cooling, Recipe."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from knowledge.balance import Balance, balance, shared_amounts
from knowledge.chemistry import framework, identity, molar_mass_g_per_mol, parse
from knowledge.errors import FormulaError, RecordError
from knowledge.record import Record

ABSOLUTE_ZERO_C = -273.15
GASES = ("O2", "CO2", "H2O", "N2", "NH3", "NO2", "H2", "CO", "Ar")


class Target(Record):
    """A compound to make, and the weight fraction of it that counts as success."""

    formula: str
    yield_asked: float = Field(default=0.9, gt=0, le=1)
    identity: str = ""

    @model_validator(mode="before")
    @classmethod
    def _fill_identity(cls, fields: dict[str, Any]) -> dict[str, Any]:
        formula = str(fields.get("formula", ""))
        name = identity(formula)
        if not framework(parse(formula)):
            raise FormulaError(
                f"{formula} cannot be fired as a solid: give a target with at least one element "
                "besides O, C, H and N"
            )
        if fields.get("identity", name) not in ("", name):
            raise RecordError(f"{formula} is {name}, not {fields['identity']}")
        return {**fields, "identity": name}


class Atmosphere(Record):
    """The gas above the sample: partial pressures in atm, the rest inert; flowing or sealed."""

    name: str
    partial_pressures_atm: dict[str, float]
    flowing: bool = True

    @field_validator("partial_pressures_atm")
    @classmethod
    def _physical(cls, pressures: dict[str, float]) -> dict[str, float]:
        for gas, pressure in pressures.items():
            if gas not in GASES:
                raise RecordError(f"unknown gas {gas}: allowed are {', '.join(GASES)}")
            if not 0 < pressure <= 100:
                raise RecordError(
                    f"{gas} at {pressure:g} atm: a partial pressure is above 0 to 100"
                )
        return dict(sorted(pressures.items()))


AIR = Atmosphere(name="air", partial_pressures_atm={"O2": 0.21, "CO2": 4e-4, "H2O": 0.01})
OXYGEN = Atmosphere(name="oxygen", partial_pressures_atm={"O2": 1.0})
ARGON = Atmosphere(name="argon", partial_pressures_atm={"Ar": 1.0, "O2": 1e-5})
NITROGEN = Atmosphere(name="nitrogen", partial_pressures_atm={"N2": 1.0, "O2": 1e-5})
ATMOSPHERES = {a.name: a for a in (AIR, OXYGEN, ARGON, NITROGEN)}


def atmosphere(name: str) -> Atmosphere:
    """A standard atmosphere by its name. Raises RecordError for others."""
    if name not in ATMOSPHERES:
        raise RecordError(f"unknown atmosphere {name!r}: allowed are {', '.join(ATMOSPHERES)}")
    return ATMOSPHERES[name]


class HeatingStep(Record):
    """One firing: up at a steady ramp, then held. Regrinding, if any, comes before it."""

    temperature_c: float = Field(gt=ABSOLUTE_ZERO_C)
    hold_h: float = Field(ge=0)
    ramp_c_per_min: float = Field(default=5.0, gt=0)
    atmosphere: Atmosphere = AIR
    regrind_before: bool = False


class Cooling(Record):
    """The way down: rate and gas. Oxides that take up oxygen on cooling depend on it."""

    rate_c_per_min: float = Field(default=5.0, gt=0)
    atmosphere: Atmosphere = AIR


class Recipe(Record):
    """Precursors with amounts from a balanced reaction, firings, and how to cool."""

    target: Target
    precursors: dict[str, float] = Field(min_length=1)
    steps: tuple[HeatingStep, ...] = Field(min_length=1)
    cooling: Cooling = Cooling()
    equation: str
    gases_in: dict[str, float] = {}
    gases_out: dict[str, float] = {}

    @classmethod
    def balanced(
        cls,
        target: Target,
        precursors: tuple[str, ...],
        steps: tuple[HeatingStep, ...],
        cooling: Cooling | None = None,
        shared: bool = False,
    ) -> Self:
        """The recipe with the amounts that make one mole of target. Raises UnbalancedError.

        `shared` allows precursors that bring the same (BaO beside BaO2): see `shared_amounts`.
        """
        moles = shared_amounts(target.formula, precursors) if shared else None
        reaction = balance(target.formula, precursors, moles)
        return cls(
            target=target,
            precursors=dict(reaction.precursors),
            steps=steps,
            cooling=cooling or Cooling(atmosphere=steps[-1].atmosphere),
            equation=reaction.equation,
            gases_in=dict(reaction.gases_in),
            gases_out=dict(reaction.gases_out),
        )

    @model_validator(mode="after")
    def _conserves_elements(self) -> Self:
        reaction = balance(self.target.formula, tuple(self.precursors), self.precursors)
        _check_amounts(self.precursors, reaction)
        _check_gases(self.gases_in, reaction.gases_in, reaction.equation)
        _check_gases(self.gases_out, reaction.gases_out, reaction.equation)
        if _terms(self.equation) != _terms(reaction.equation):
            raise RecordError(f"{self.equation!r} is not the balanced {reaction.equation!r}")
        return self

    @property
    def hottest(self) -> HeatingStep:
        """The firing at the highest temperature."""
        return max(self.steps, key=lambda step: step.temperature_c)

    def masses_g(self, target_g: float) -> dict[str, float]:
        """Grams of each precursor that make the given grams of target."""
        moles = target_g / molar_mass_g_per_mol(self.target.formula)
        return {p: n * moles * molar_mass_g_per_mol(p) for p, n in self.precursors.items()}

    def __str__(self) -> str:
        firings = ", then ".join(
            f"{s.temperature_c:g} C {s.hold_h:g} h in {s.atmosphere.name}" for s in self.steps
        )
        return f"{' + '.join(self.precursors)} at {firings}"


def _terms(equation: str) -> list[list[str]]:
    """The terms of both sides: an equation is the same in whatever order they stand."""
    return [sorted(side.strip().split(" + ")) for side in equation.split("->")]


def _check_amounts(given: dict[str, float], reaction: Balance) -> None:
    for formula, moles in reaction.precursors.items():
        if abs(given[formula] - moles) > 1e-6 * max(moles, 1.0):
            raise RecordError(
                f"{given[formula]:g} mol of {formula} per mole of {reaction.target}: the balanced "
                f"reaction takes {moles:g} ({reaction.equation})"
            )


def _check_gases(given: dict[str, float], balanced: Mapping[str, float], equation: str) -> None:
    if any(abs(given.get(g, 0) - balanced.get(g, 0)) > 1e-6 for g in given.keys() | balanced):
        raise RecordError(f"gases {given} are not those of the balanced reaction {equation}")
