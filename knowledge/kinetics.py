"""When a pair of solids gets mobile enough to react: a prior, and what observations make of it.

Tammann's rule puts the onset of solid-state reaction near 0.52 of the melting point in kelvin.
Oxide precursors melt between about 1600 and 2400 K, which gives 560 to 980 C: without anything
better the prior is normal with mean 715 C and standard deviation 200 C. Where literature says at
what temperature a target is fired, that is better.
"""

import math
from dataclasses import dataclass

from pydantic import Field

from knowledge.record import Record

TAMMANN_ONSET_C = 715.0
TAMMANN_ONSET_SIGMA_C = 200.0
# Furnace and thermocouple error, where two experiments contradict each other.
BOUND_SIGMA_C = 25.0


class PairwiseBelief(Record):
    """What is believed about one pair of solids in one atmosphere, and the evidence for it.

    The onset is normal, conditioned on the bounds seen: no reaction up to `inert_up_to_c`, reaction
    by `reacted_by_c`. `product_counts` are the times each product was seen.
    """

    pair: tuple[str, ...] = Field(min_length=1, max_length=2)
    atmosphere: str
    probability_of_reacting: float = Field(default=0.9, ge=0, le=1)
    onset_c: float = TAMMANN_ONSET_C
    onset_sigma_c: float = Field(default=TAMMANN_ONSET_SIGMA_C, gt=0)
    inert_up_to_c: float | None = None
    reacted_by_c: float | None = None
    product_counts: dict[str, float] = {}
    evidence: tuple[str, ...] = ()

    @property
    def product_probabilities(self) -> dict[str, float]:
        """Share of each product among the times the pair was seen to react."""
        total = sum(self.product_counts.values())
        return {p: n / total for p, n in self.product_counts.items()}

    def probability_mobile(self, temperature_c: float) -> float:
        """Probability that the pair has reacted after a firing at a temperature, 0 to 1.

        P(onset <= T | bounds), times the probability that the pair reacts at all.
        """
        low = -math.inf if self.inert_up_to_c is None else self.inert_up_to_c
        high = math.inf if self.reacted_by_c is None else self.reacted_by_c
        if high <= low:  # contradictory experiments: the truth is somewhere between them
            middle = (high + low) / 2
            spread = BOUND_SIGMA_C + (low - high) / 2
            onset = _normal_cdf(temperature_c, middle, spread)
        else:
            below, above, here = (
                _normal_cdf(t, self.onset_c, self.onset_sigma_c) for t in (low, high, temperature_c)
            )
            mass = max(above - below, 1e-12)
            onset = min(max((here - below) / mass, 0.0), 1.0)
        reacts = 1.0 if self.reacted_by_c is not None else self.probability_of_reacting
        return float(onset * reacts)

    def reacted(
        self, temperature_c: float, products: tuple[str, ...], evidence: str
    ) -> "PairwiseBelief":
        """The belief after an experiment in which the pair had reacted by this temperature."""
        if evidence in self.evidence:
            return self
        bound = min(temperature_c, math.inf if self.reacted_by_c is None else self.reacted_by_c)
        counts = dict(self.product_counts)
        for product in products:
            counts[product] = counts.get(product, 0.0) + 1 / len(products)
        return self._updated(
            reacted_by_c=bound, product_counts=counts, evidence=(*self.evidence, evidence)
        )

    def inert(self, temperature_c: float, evidence: str) -> "PairwiseBelief":
        """The belief after an experiment in which the pair had not reacted by this temperature."""
        if evidence in self.evidence:
            return self
        bound = max(temperature_c, -math.inf if self.inert_up_to_c is None else self.inert_up_to_c)
        return self._updated(inert_up_to_c=bound, evidence=(*self.evidence, evidence))

    def _updated(self, **changes: object) -> "PairwiseBelief":
        return type(self)(**{**self.model_dump(), **changes})


def _normal_cdf(x: float, mean: float, sigma: float) -> float:
    return 0.5 * (1.0 + math.erf((x - mean) / (sigma * math.sqrt(2.0))))


@dataclass(frozen=True)
class OnsetPrior:
    """Normal distribution of the onset of a pair before any experiment, Celsius."""

    mean_c: float = TAMMANN_ONSET_C
    sigma_c: float = TAMMANN_ONSET_SIGMA_C

    @classmethod
    def from_firing(cls, mean_c: float, sigma_c: float) -> "OnsetPrior":
        """From the temperature that literature fires a target at.

        People fire where the slowest pair has reacted, so onsets lie about one spread below.
        """
        return cls(mean_c - sigma_c, sigma_c)

    def belief(self, pair: tuple[str, ...], atmosphere: str) -> PairwiseBelief:
        """The belief about a pair before any experiment."""
        return PairwiseBelief(
            pair=tuple(sorted(pair)),
            atmosphere=atmosphere,
            onset_c=self.mean_c,
            onset_sigma_c=self.sigma_c,
        )
