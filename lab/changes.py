"""What was changed on a shelf: lots added, corrected and removed, each with who and when."""

import math
from collections.abc import Iterator
from typing import Literal

from knowledge.record import Record
from lab.lots import Lot

_NAMES = {
    "lot": "name",
    "price_per_g": "price per g",
    "particle_size_um": "particle size",
}


class Stock(Record):
    """A lot, and grams of it on the shelf: none for what is bought as needed."""

    lot: Lot
    left_g: float | None

    def __str__(self) -> str:
        return ", ".join([amount(self.left_g), *(f"{n} {v}" for n, v in _told(self.lot) if v)])


class Change(Record):
    """One change. `time` is UTC, ISO 8601; before and after are none where there is no lot."""

    time: str
    who: str
    kind: Literal["added", "corrected", "removed"]
    before: Stock | None = None
    after: Stock | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.what}"

    @property
    def what(self) -> str:
        """Of which lot, what it was, and what it is now."""
        if self.before is None:
            assert self.after is not None
            return f"{self.after.lot}: was not there, now {self.after}"
        if self.after is None:
            return f"{self.before.lot}: was {self.before}, now not there"
        was, now = _differences(self.before, self.after)
        if not now:
            return f"{self.before.lot}: was and is {self.before}"
        return f"{self.before.lot}: was {was}, now {now}"


def amount(left_g: float | None) -> str:
    """Grams in words, to the microgram."""
    as_needed = left_g is None or math.isinf(left_g)
    return "bought as needed" if as_needed else f"{left_g:.6f}".rstrip("0").rstrip(".") + " g"


def _differences(before: Stock, after: Stock) -> tuple[str, str]:
    was, now = [], []
    if before.left_g != after.left_g:
        was.append(amount(before.left_g))
        now.append(amount(after.left_g))
    for (name, old), (_, new) in zip(
        _told(before.lot, every=True), _told(after.lot, every=True), strict=True
    ):
        if old != new:
            was.append(f"{name} {old or 'unknown'}")
            now.append(f"{name} {new or 'unknown'}")
    return ", ".join(was), ", ".join(now)


def _told(lot: Lot, every: bool = False) -> Iterator[tuple[str, str]]:
    """What is known of a lot beside its name and amount; the name and currency too with `every`."""
    fields = ["purity", "supplier", "price_per_g", "particle_size_um"]
    for field in [*(["lot"] if every else []), *fields]:
        value = getattr(lot, field)
        text = "" if value is None else value if isinstance(value, str) else f"{value:g}"
        if field == "price_per_g" and text:
            text = f"{text} {lot.currency}"
        if field == "particle_size_um" and text:
            text = f"{text} um"
        yield _NAMES.get(field, field), text
