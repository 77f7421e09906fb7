"""What was seen of a pair of solids: one experiment, or one citation, at one temperature.

Observations are the unit that is stored, exchanged and merged. What is believed is folded from
them (knowledge.kinetics), so that two maps put together count nothing twice.
"""

from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Any, Self

from pydantic import Field, model_validator

from knowledge.chemistry import framework, identity, parse
from knowledge.errors import RecordError
from knowledge.recipe import ABSOLUTE_ZERO_C
from knowledge.recipe import atmosphere as named
from knowledge.record import Record, content_hash

# One phase in fifty that a diffraction pattern is said to show is another one.
DOUBT = 0.02
# An observation that is as likely wrong as right says nothing.
NO_WORD = 0.5

Key = tuple[tuple[str, ...], str]


class PairObservation(Record):
    """Whether a pair of solids, or one by itself, had reacted after a firing, and to what.

    `pair` and `products` are identities of solids, sorted, whatever order or spelling is given;
    gases among the products are left out. `products` may be empty: reacted to nobody knows what.
    `source` is an experiment id or a citation. `doubt` is the probability that the observation is
    wrong, above 0 to 0.5 (which says nothing). Raises RecordError, or FormulaError for no formula.
    """

    pair: tuple[str, ...] = Field(min_length=1, max_length=2)
    atmosphere: str
    temperature_c: float = Field(gt=ABSOLUTE_ZERO_C)
    reacted: bool
    products: tuple[str, ...] = ()
    source: str = Field(min_length=1)
    campaign: str = ""
    lab: str = ""
    doubt: float = Field(default=DOUBT, gt=0, le=NO_WORD)

    @model_validator(mode="before")
    @classmethod
    def _identities(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        pair, products = (_formulas(name, fields.get(name, ())) for name in ("pair", "products"))
        pair, products = _as_identities(pair, products)
        return {**fields, "pair": pair, "products": products}

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        named(self.atmosphere)
        if self.products and not self.reacted:
            raise RecordError(
                f"{' + '.join(self.pair)} is said not to react and to give "
                f"{' + '.join(self.products)}: one of the two is wrong"
            )
        return self

    @property
    def key(self) -> Key:
        """What the observation is about: the pair, and the gas it was in."""
        return self.pair, self.atmosphere

    @cached_property
    def event(self) -> tuple[str, tuple[str, ...], str, float]:
        """What makes it the same observation: who saw which pair, in which gas, how hot."""
        return self.source, self.pair, self.atmosphere, self.temperature_c

    def __str__(self) -> str:
        verdict = f"gave {' + '.join(self.products) or 'something new'}"
        return (
            f"{' + '.join(self.pair)} {verdict if self.reacted else 'did not react'} at "
            f"{self.temperature_c:g} C in {self.atmosphere} ({self.source})"
        )


def distinct(observations: Iterable[PairObservation]) -> list[PairObservation]:
    """Each observation once, in an order that depends on what they say alone.

    Of two that tell one event differently, the one with less doubt counts.
    """
    kept: dict[tuple[str, tuple[str, ...], str, float], PairObservation] = {}
    for each in observations:
        other = kept.setdefault(each.event, each)
        if other is not each and _rank(each) < _rank(other):
            kept[each.event] = each
    return [kept[event] for event in sorted(kept)]


def fingerprint(observations: Iterable[PairObservation]) -> str:
    """Hash of what is known; the same for the same observations in any order."""
    return content_hash([each.content_id for each in distinct(observations)])


def _formulas(name: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, tuple | list) or not all(isinstance(f, str) for f in given):
        raise RecordError(f"{name}: give formulas as a list, not {given!r}")
    return tuple(given)


@lru_cache(maxsize=100_000)
def _as_identities(
    pair: tuple[str, ...], products: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Solids by identity, sorted, gases left out of the products. Raises RecordError."""
    solids = tuple(sorted({identity(f) for f in pair}))
    made = tuple(sorted({identity(f) for f in products if _is_solid(f)}))
    gases = [f for f in solids if not _is_solid(f)]
    if gases:
        raise RecordError(f"{gases[0]} is no solid: a pair is of solids, gases are around it")
    if solids and set(solids) <= set(made):
        raise RecordError(f"{' + '.join(solids)} is said to react to itself: name what is new")
    return solids, made


def _rank(observation: PairObservation) -> tuple[float, str]:
    return observation.doubt, observation.content_id


def _is_solid(formula: str) -> bool:
    return bool(framework(parse(formula)))
