"""What is known of each pair, as rows for a terminal, a page, a figure or a program."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

from agents.reactivity import Reactivity
from knowledge.kinetics import PairwiseBelief

# Half of what lies outside an interval that holds 90 %.
_TAIL = 0.05
_SOURCES_NAMED = 6


@dataclass(frozen=True)
class Row:
    """One pair. Temperatures in Celsius, with how often it was seen so at each; onset at 5, 50 and
    95 % of the posterior, given that the pair reacts at all; `products` likeliest first."""

    belief: PairwiseBelief
    reacted: dict[float, int]
    inert: dict[float, int]
    onset_c: tuple[float, float, float]
    products: tuple[tuple[tuple[str, ...], float], ...]

    @classmethod
    def of(cls, belief: PairwiseBelief) -> Self:
        """The row of a belief that has evidence."""
        posterior = belief.posterior
        low, median, high = (posterior.onset_c(share) for share in (_TAIL, 0.5, 1 - _TAIL))
        total = sum(belief.product_sets.values())
        shares = {products: n / total for products, n in belief.product_sets.items()}
        counts = {
            verdict: Counter(o.temperature_c for o in belief.observations if o.reacted is verdict)
            for verdict in (True, False)
        }
        return cls(
            belief=belief,
            reacted=dict(sorted(counts[True].items())),
            inert=dict(sorted(counts[False].items())),
            onset_c=(low, median, high),
            products=tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0]))),
        )

    @property
    def reacts(self) -> float:
        """Probability that the pair reacts at all, 0 to 1."""
        return self.belief.posterior.reacts

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
    def gives(self) -> str:
        """The products seen most often."""
        return " + ".join(self.products[0][0]) if self.products else ""

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
            "products": [{"solids": list(p), "share": s} for p, s in self.products],
            "observations": [o.model_dump(mode="json") for o in self.belief.observations],
        }


def rows_of(known: Reactivity) -> list[Row]:
    """A row for each pair of which anything was seen, by pair and atmosphere."""
    return [Row.of(belief) for belief in known.beliefs]


def temperatures(counts: dict[float, int]) -> str:
    """`600, 700 (3 times) C`: temperatures with how often, where more than once."""
    told = [f"{t:g}" + (f" ({n} times)" if n > 1 else "") for t, n in counts.items()]
    return ", ".join(told) + " C" if told else ""
