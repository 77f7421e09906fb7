"""What came out of the furnace: Outcome, PhaseFraction, Fault."""

from typing import Literal, Self

from pydantic import Field, model_validator

from knowledge.chemistry import identity, parse
from knowledge.errors import RecordError
from knowledge.recipe import HeatingStep
from knowledge.record import Record

# Fractions are refined one by one, so their sum is allowed to miss 1 by what refinement leaves.
_SUM_SLACK = 0.02


class PhaseFraction(Record):
    """One phase of a product, as measured."""

    formula: str
    weight_fraction: float = Field(ge=0, le=1)
    sigma: float = Field(ge=0, le=1)
    polymorph: str | None = None

    @model_validator(mode="after")
    def _is_a_compound(self) -> Self:
        parse(self.formula)
        return self


class Fault(Record):
    """Something that went wrong, where, and whether it took the sample with it."""

    kind: str
    stage: str
    message: str
    sample_lost: bool = False


class Outcome(Record):
    """Everything one experiment told: phases, what stayed unidentified, faults, lab time."""

    experiment_id: str
    status: Literal["measured", "failed", "refused", "cancelled"] = "measured"
    phases: tuple[PhaseFraction, ...] = ()
    unidentified_weight_fraction: float = Field(default=0.0, ge=0, le=1)
    profile: tuple[HeatingStep, ...] = ()
    faults: tuple[Fault, ...] = ()
    lab_time_h: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = sum(p.weight_fraction for p in self.phases) + self.unidentified_weight_fraction
        if self.status == "measured" and abs(total - 1) > _SUM_SLACK:
            raise RecordError(
                f"experiment {self.experiment_id}: the weight fractions add up to {total:.3f}; "
                "phases and the unidentified share must add up to 1"
            )
        if self.status != "measured" and self.phases:
            raise RecordError(
                f"experiment {self.experiment_id} is {self.status} but reports phases: "
                "report it as measured, or without phases"
            )
        return self

    def weight_fraction(self, formula: str) -> float:
        """Measured weight fraction of a phase, however its formula is written; 0 if not seen."""
        name = identity(formula)
        return sum(p.weight_fraction for p in self.phases if identity(p.formula) == name)

    def sigma(self, formula: str) -> float:
        """Standard deviation of that weight fraction; of the largest phase where it is not seen."""
        name = identity(formula)
        seen = [p.sigma for p in self.phases if identity(p.formula) == name]
        return max(seen or [p.sigma for p in self.phases] or [0.0])
