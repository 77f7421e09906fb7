"""What a lab has bought: lots of precursors, as told by people and YAML files."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, field_validator

from knowledge.chemistry import identity, parse
from knowledge.errors import RecordError
from knowledge.record import Record
from lab.hydrates import hydrated, plain_formula

# More than a truckload is a slip of the keyboard.
MAX_MASS_G = 1e6
DEFAULT_CURRENCY = "EUR"


class Lot(Record):
    """One delivery of a precursor.

    `grams` none means that it is bought again as needed and never runs short. Prices are per gram
    in `currency`, particle sizes in micrometres, purity is a weight fraction.
    """

    formula: str
    lot: str = ""
    grams: float | None = Field(default=None, ge=0, le=MAX_MASS_G)
    price_per_g: float | None = Field(default=None, ge=0)
    currency: str = DEFAULT_CURRENCY
    particle_size_um: float | None = Field(default=None, gt=0, le=1e4)
    purity: float | None = Field(default=None, gt=0, le=1)
    supplier: str = ""

    @field_validator("lot", mode="before")
    @classmethod
    def _numbers_are_names(cls, name: Any) -> Any:
        """YAML reads a lot called 7 as a number."""
        return str(name) if isinstance(name, int) else name

    @field_validator("formula")
    @classmethod
    def _is_a_compound(cls, formula: str) -> str:
        parse(formula)
        return formula

    def __str__(self) -> str:
        return f"lot {self.lot} of {self.formula}" if self.lot else self.formula


def as_lot(entry: str | Mapping[str, Any] | Lot) -> Lot:
    """A lot from itself, from a plain formula (never runs short) or from a mapping of its fields.

    A mapping may have `hydration`, too: moles of water in the formula unit, which make the formula
    that of the hydrate. Raises RecordError for fields that are unknown or out of range,
    FormulaError for no compound.
    """
    if isinstance(entry, Lot):
        return entry
    if isinstance(entry, str):
        return Lot(formula=plain_formula(entry))
    if not isinstance(entry, Mapping) or "formula" not in entry:
        raise RecordError(
            f"an inventory holds {entry!r}: give a formula such as BaCO3, or fields such as "
            "{formula: BaCO3, grams: 500, lot: A1}"
        )
    fields = {str(name): value for name, value in entry.items()}
    water = fields.pop("hydration", None)
    _check_names(fields)
    if isinstance(fields["formula"], str):
        fields["formula"] = hydrated(plain_formula(fields["formula"]), water)
    return Lot(**fields)


def phase_of(lot: Lot) -> str:
    """The phase that a lot is of, however its formula is spelled."""
    return identity(lot.formula)


def are_one(lot: Lot, other: Lot) -> bool:
    """Whether two lots say the same, in whatever spelling of the formula."""
    return key_of(lot) == key_of(other) and lot == other.model_copy(update={"formula": lot.formula})


def key_of(lot: Lot) -> tuple[str, str]:
    """What tells a lot from all others: its phase and its name."""
    return phase_of(lot), lot.lot


def lots_by_key(stock: Iterable[str | Mapping[str, Any] | Lot]) -> dict[tuple[str, str], Lot]:
    """Lots by phase and name; only what never runs short may be listed twice (RecordError)."""
    lots: dict[tuple[str, str], Lot] = {}
    for entry in stock:
        lot = as_lot(entry)
        first = lots.setdefault(key_of(lot), lot)
        if first is not lot and not (first.grams is None and lot.grams is None):
            raise named_twice(lot)
    return lots


def named_twice(lot: Lot) -> RecordError:
    """The error for a second lot of one name."""
    name = f"called {lot.lot}" if lot.lot else "without a name"
    return RecordError(
        f"another lot of {lot.formula} {name} is in the books: give each delivery a lot name of "
        "its own"
    )


def _check_names(names: Iterable[str]) -> None:
    unknown = [name for name in names if name not in Lot.model_fields]
    if unknown:
        raise RecordError(f"a lot has no {', '.join(unknown)}: allowed are {_columns()}")


def _columns() -> str:
    return ", ".join((*Lot.model_fields, "hydration"))
