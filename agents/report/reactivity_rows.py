"""What is known of each pair, as rows for a terminal, a page, a figure or a program."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

from agents.reactivity import Reactivity
from knowledge.kinetics import PairwiseBelief

# Half of what lies outside an interval that holds 90 %.
_TAIL = 0.05
_SOURCES_NAMED = 6
# Of a pair that is less likely to react at all, an onset says little.
_UNLIKELY = 0.5


@dataclass(frozen=True)
class Products:
    """Solids that a pair gave together: share of the times it did, and from which temperature."""

    solids: tuple[str, ...]
    share: float
    from_c: float


@dataclass(frozen=True)
class Row:
    """One pair. Temperatures in Celsius, with how often it was seen so at each; onset at 5, 50 and
    95 % of the posterior, given that the pair reacts at all; `products` as in `Products`, most
    frequent first, the coolest of equals."""

    belief: PairwiseBelief
    reacted: dict[float, int]
    inert: dict[float, int]
    onset_c: tuple[float, float, float]
    products: tuple[Products, ...]

    @classmethod
    def of(cls, belief: PairwiseBelief) -> Self:
        """The row of a belief that has evidence."""
        posterior = belief.posterior
        low, median, high = (posterior.onset_c(share) for share in (_TAIL, 0.5, 1 - _TAIL))
        total = sum(belief.product_sets.values())
        products = [
            Products(solids, times / total, _coolest(belief, solids))
            for solids, times in belief.product_sets.items()
        ]
        counts = {
            verdict: Counter(o.temperature_c for o in belief.observations if o.reacted is verdict)
            for verdict in (True, False)
        }
        return cls(
            belief=belief,
            reacted=dict(sorted(counts[True].items())),
            inert=dict(sorted(counts[False].items())),
            onset_c=(low, median, high),
            products=tuple(sorted(products, key=lambda p: (-p.share, p.from_c, p.solids))),
        )

    @property
    def reacts(self) -> float:
        """Probability that the pair reacts at all, 0 to 1."""
        return self.belief.posterior.reacts

    @property
    def onset_is_likely(self) -> bool:
        """Whether the pair is more likely than not to react at some temperature."""
        return self.reacts >= _UNLIKELY

    @property
    def onset(self) -> str:
        """The onset in words: `651 (575-725)`, or how unlikely it is that there is one."""
        if not self.onset_is_likely:
            return f"{self.reacts:.0%} to react"
        low, median, high = self.onset_c
        return f"{median:.0f} ({max(low, 0):.0f}-{high:.0f})"

    @property
    def seen_to_react(self) -> bool:
        """Whether it was seen to react, and that is believed."""
        return self.belief.reacted_by_c is not None

    @property
    def name(self) -> str:
        """`BaCO3 + TiO2`, or `CuCO3 alone`."""
        pair = self.belief.pair
        return " + ".join(pair) if len(pair) == 2 else f"{pair[0]} alone"

    @property
    def main_products(self) -> tuple[str, ...]:
        """The solids that it gave most often; nothing where that is not known."""
        return self.products[0].solids if self.products else ()

    @property
    def begins(self) -> str:
        """Where it begins to react, by what is believed of what was seen: `600-700`, `< 600`."""
        low, high = self.belief.inert_up_to_c, self.belief.reacted_by_c
        if low is None:
            return "" if high is None else f"< {high:g}"
        return f"> {low:g}" if high is None else f"{low:g}-{high:g}"

    @property
    def torn(self) -> bool:
        """Whether it was seen inert at or above a temperature at which it was seen to react."""
        return bool(self.reacted and self.inert) and max(self.inert) >= min(self.reacted)

    @property
    def sources(self) -> str:
        """The experiments and citations, the first few by name."""
        named = self.belief.evidence[:_SOURCES_NAMED]
        more = len(self.belief.evidence) - len(named)
        return ", ".join(named) + (f" and {more} more" if more else "")

    def as_json(self) -> dict[str, Any]:
        """The row as plain values."""
        low, median, high = self.onset_c
        return {
            "pair": list(self.belief.pair),
            "atmosphere": self.belief.atmosphere,
            "inert_up_to_c": self.belief.inert_up_to_c,
            "reacted_by_c": self.belief.reacted_by_c,
            "probability_of_reacting": self.reacts,
            "onset_c": {"low": low, "median": median, "high": high},
            "products": [
                {"solids": list(p.solids), "share": p.share, "from_c": p.from_c}
                for p in self.products
            ],
            "observations": [o.model_dump(mode="json") for o in self.belief.observations],
        }


def rows_of(known: Reactivity) -> list[Row]:
    """A row for each pair of which anything was seen, by pair and atmosphere."""
    return [Row.of(belief) for belief in known.beliefs]


def _coolest(belief: PairwiseBelief, solids: tuple[str, ...]) -> float:
    return min(o.temperature_c for o in belief.observations if o.products == solids)


def temperatures(counts: dict[float, int]) -> str:
    """`600, 700 (3 times) C`: temperatures with how often, where more than once."""
    told = [f"{t:g}" + (f" ({n} times)" if n > 1 else "") for t, n in counts.items()]
    return ", ".join(told) + " C" if told else ""
