"""What an explanation holds: causes with their probabilities, repairs, and what was predicted."""

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from knowledge.errors import RecordError
from knowledge.recipe import Recipe
from knowledge.record import Record

Cause = Literal[
    "kinetics",
    "intermediate",
    "energies",
    "volatility",
    "melting",
    "amorphous",
    "weighing",
    "fault",
]
# How a cause is called in what a person reads.
CAUSE_WORDS: dict[Cause, str] = {
    "kinetics": "too slow",
    "intermediate": "an intermediate took the driving force",
    "energies": "the energies are wrong here",
    "volatility": "an element evaporated",
    "melting": "it melted",
    "amorphous": "glass, or a phase nobody knows",
    "weighing": "wrong amounts",
    "fault": "a fault in the lab",
}
Verdict = Literal["made", "missed", "failed", "refused", "cancelled", "pending"]


class Accusation(Record):
    """One cause, how likely it is now and was before the product was seen, and why.

    `subject` are the solids or elements it is about; `temperature_c` the one that matters to it
    (below which a pair stalls, above which a phase melts), none where none does.
    """

    cause: Cause
    probability: float = Field(ge=0, le=1)
    prior: float = Field(ge=0, le=1)
    says: str
    subject: tuple[str, ...] = ()
    temperature_c: float | None = None
    evidence: tuple[str, ...] = ()


class Repair(Record):
    """What to do about a cause, what it costs, and how likely it succeeds.

    `recipe` is none for advice that changes no recipe; `candidate` says whether a policy may choose
    it. `probability_of_success` is the agent's; none where it was not asked. `furnace_h` counts
    ramps and cooling; `price` is of the precursors of one batch, none where the books do not say.
    """

    cause: Cause
    what: str
    recipe: Recipe | None = None
    candidate: bool = False
    probability_of_success: float | None = Field(default=None, ge=0, le=1)
    furnace_h: float | None = Field(default=None, ge=0)
    price: float | None = Field(default=None, ge=0)


class ElementBalance(Record):
    """How much of an element the named phases hold, against what was weighed in.

    `log_ratio` is ln(found / weighed in), relative to the other elements; below zero, some is
    missing. `sigma` counts the error of the refinement and what the unidentified share may hide.
    """

    element: str
    log_ratio: float
    sigma: float = Field(gt=0)

    @property
    def missing(self) -> float:
        """Share that is missing, below 0 for too much: 1 - found / weighed in."""
        return 1 - math.exp(self.log_ratio)


class Surprise(Record):
    """How far an outcome lay from what was predicted.

    `bits` is -log2 of the probability that was given to what happened (reached or not); `z` the
    distance of the yield in predicted standard deviations, none where no yield was predicted.
    """

    bits: float = Field(ge=0)
    z: float | None = None
    says: str


class Neighbour(Record):
    """An experiment alike, and what came of it."""

    experiment_id: str
    recipe: str
    yield_fraction: float | None
    outcome: str


class Paper(Record):
    """A published recipe alike; `likeness` of its target is 1 for the same composition."""

    target: str
    precursors: tuple[str, ...]
    temperature_c: float | None
    year: int | None
    doi: str
    likeness: float


class Explanation(Record):
    """Why an experiment was tried and why it came out as it did.

    `causes` are likeliest first and their probabilities add up to 1; empty where nothing is to be
    explained (pending, made, refused or cancelled). `repairs` are cheapest first for the likeliest
    cause. `notes` say what could not be looked at and how to get it.
    """

    experiment_id: str
    attempt: int
    verdict: Verdict
    recipe: Recipe
    says: str
    policy: str
    why_tried: str
    probability_of_success: float
    interval: tuple[float, float]
    pathway: tuple[str, ...]
    intermediates: tuple[str, ...]
    teaches: str
    causes: tuple[Accusation, ...] = ()
    repairs: tuple[Repair, ...] = ()
    balance: tuple[ElementBalance, ...] = ()
    surprise: Surprise | None = None
    neighbours: tuple[Neighbour, ...] = ()
    papers: tuple[Paper, ...] = ()
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _probabilities_add_up(self) -> Self:
        total = sum(a.probability for a in self.causes)
        if self.causes and abs(total - 1) > 1e-6:
            raise RecordError(f"the probabilities of the causes add up to {total:g}, not to 1")
        return self

    @property
    def likeliest(self) -> Accusation | None:
        """The likeliest cause; none where nothing is to be explained."""
        return self.causes[0] if self.causes else None
